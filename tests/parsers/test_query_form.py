"""Forms are named with what a reader fills in, and what they are for."""

from __future__ import annotations

import pytest

from shio_scraper.pages import Capture, read
from shio_scraper.parsers.query_form import FormField, read_forms

URL = "https://www.marram.example/register/"
REGISTER = """
<form method=POST action="find">
 <input type=hidden name=token value=1>
 <label for=no>Licence number:</label> <input id=no name=no>
 <label>Holder <input name=holder></label>
 <p>From <input type=date name=from></p>
 <input name=ward placeholder="Ward">
 <select name=kind aria-label="Kind of licence"><option>Street</option><option>Mooring</option>
 </select>
 <fieldset><legend>State</legend><input type=radio name=state id=a><label for=a>Current</label>
 <input type=radio name=state id=b><label for=b>Ended</label></fieldset>
 <button>Find</button>
</form>
"""


def forms(body: str) -> list[tuple[str, str, str, list[str]]]:
    page = read(Capture(body=f"<html><body><p>Words.</p>{body}</body></html>", url=URL))
    return [
        (form.method, form.action, form.purpose, [field.label for field in form.fields])
        for form in read_forms(page)
    ]


def test_a_register_is_named_by_its_labels() -> None:
    page = read(Capture(body=f"<html><body><p>Words.</p>{REGISTER}</body></html>", url=URL))
    (form,) = read_forms(page)
    assert str(form) == (
        "POST https://www.marram.example/register/find: "
        "Licence number, Holder, From, Ward, Kind of licence, State"
    )
    assert form.purpose == "query"
    assert form.fields[4:] == (
        FormField("Kind of licence", "kind", "select", ("Street", "Mooring")),
        FormField("State", "state", "radio", ("Current", "Ended")),
    )


@pytest.mark.parametrize(
    ("fields", "purpose"),
    [
        ("<input name=q aria-label=Words>", "search"),
        ("<input name=u><input type=password name=p>", "sign_in"),
        ("<input type=email name=e>", "subscription"),
        ("<input name=n><textarea name=t></textarea>", "message"),
        ("<input type=date name=d>", "query"),
        ("<select name=sort><option>Newest</option></select>", "choice"),
    ],
)
def test_what_it_is_for_is_told_by_its_fields(fields: str, purpose: str) -> None:
    ((method, action, told, _),) = forms(f"<form>{fields}</form>")
    assert (method, action, told) == ("GET", URL, purpose)


def test_a_form_without_a_field_or_an_end() -> None:
    assert forms("<form action=/go><button>Go</button></form>") == []
    assert forms("<form action=/go><input name=q title=Words>") == [
        ("GET", "https://www.marram.example/go", "search", ["Words"])
    ]
