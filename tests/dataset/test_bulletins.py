"""Changes as a table, as CSV and as an Atom feed; what a text is in each that means harm."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from shio_scraper.dataset.bulletins import as_atom, as_csv, as_table, edits, marked
from shio_scraper.dataset.intake import take_in
from shio_scraper.dataset.places import Subject
from shio_scraper.dataset.state import Json, State
from shio_scraper.redaction import cell
from tests.dataset.making import day, made, told, write_run

ATOM = "{http://www.w3.org/2005/Atom}"
LIVE = Subject.of("live", ["article/en/1", "article/en/en_shio-2"])
FORMULAS = ('=HYPERLINK("x")', "+1", "-1", "@a", "\ta", "\ra", "'tis", "''=1", "plain", "")


def changes_of(folder: Path, *runs: list[Any]) -> list[Json]:
    with State.open(folder / "state.db", create=True) as state:
        for number, records in enumerate(runs):
            take_in(state, write_run(folder / "runs", day(number), records))
        return told(state)


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula_and_each_can_be_had_back(text: str) -> None:
    assert not cell(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell(text).removeprefix("'") == text


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Line 3 opens today", "Line 3 closes today", "Line 3 [-opens-]{+closes+} today"),
        ("地铁三号线开通", "地铁四号线开通", "地铁[-三-]{+四+}号线开通"),
        (["One.", "Two."], ["One.", "Three.", "Two."], "One. ¶ {+Three. ¶ +}Two."),
        (None, "Xinhua", "{+Xinhua+}"),
        ("a b " * 30 + "old", "a b " * 30 + "new", "…a b a b a b [-old-]{+new+}"),
        ("word " * 3000, "other " * 3000, f"[-{'word ' * 2999}word-]{{+{'other ' * 2999}other+}} "),
        ("a " * 400 + "z", "b " + "a x " * 200, f"[-{'a ' * 400}z-]{{+b {'a x ' * 200}+}}"),
        ("same", "same", "same"),
    ],
)
def test_what_changed_is_marked_in_place(old: Any, new: Any, said: str) -> None:
    assert marked(edits(old, new)).strip() == said.strip()


def test_a_title_that_is_a_formula_and_one_that_is_markup(tmp_path: Path) -> None:
    titles = ["=1+1", "<b>&\x00\ufffe]]>"]
    found = changes_of(
        tmp_path,
        [made("article", day(0), title=titles[0])],
        [made("article", day(1), title=titles[1], source=None)],
    )
    head, added, *changed = csv.reader(as_csv(found, LIVE))
    assert dict(zip(head, added, strict=True))["title"] == "'=1+1"
    assert [(row[7], row[8]) for row in changed] == [("title", "'=1+1"), ("source", "Xinhua")]
    feed = ET.fromstring("".join(as_atom(found, LIVE)))  # noqa: S314  (our own)
    shown = [entry.findtext(f"{ATOM}title") for entry in feed.findall(f"{ATOM}entry")]
    assert shown == ["Added: =1+1", r"Changed: <b>&\u0000\ufffe]]>"]
    assert "title: [-=1+1-]" in "\n".join(as_table(found, LIVE))


@pytest.mark.parametrize(
    ("site", "publisher", "licence"),
    [
        ("live", "Information Office of Shanghai Municipality", "No licence"),
        ("demo", "shio-scraper's DEMO", "MIT licence"),
    ],
)
def test_a_feed_names_the_publisher_and_a_demo_says_so(
    tmp_path: Path, site: str, publisher: str, licence: str
) -> None:
    found = changes_of(tmp_path, [made("article", day(0))])
    subject = Subject.of(site, [one["key"] for one in found])
    feed = ET.fromstring("".join(as_atom(found, subject)))  # noqa: S314
    assert {name.text for name in feed.iter(f"{ATOM}name")} == {publisher}
    assert ("DEMO" in (feed.findtext(f"{ATOM}title") or "")) == (site == "demo")
    assert licence in (feed.findtext(f"{ATOM}subtitle") or "")
    assert feed.findtext(f"{ATOM}updated") == "2026-01-01T08:00:00Z"
    again = ET.fromstring("".join(as_atom(found, subject)))  # noqa: S314
    ids = [[one.text for one in tree.iter(f"{ATOM}id")] for tree in (feed, again)]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2


def test_ten_thousand_changes_of_one_run(tmp_path: Path) -> None:
    many = [made("faq", day(0), key=f"faq/en/{n:016x}", question=f"Q {n}") for n in range(10_000)]
    found = changes_of(tmp_path, many)
    assert len(list(as_csv(found, LIVE))) == 10_001
    assert len(ET.fromstring("".join(as_atom(found, LIVE))).findall(f"{ATOM}entry")) == 10_000  # noqa: S314
    assert len(list(as_table(found, LIVE))) == 10_000


def test_a_feed_of_nothing(tmp_path: Path) -> None:
    assert changes_of(tmp_path) == []
    assert ET.fromstring("".join(as_atom([], LIVE))).findall(f"{ATOM}entry") == []  # noqa: S314
    assert list(as_csv([], LIVE)) == ["at,change,type,key,title,url,run,field,old,new"]
