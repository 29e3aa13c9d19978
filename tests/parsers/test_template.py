"""Templates: the same content in a made-up site's frame, with noise that stands and that moves."""

from __future__ import annotations

from typing import Final

import msgspec
import pytest

from shio_scraper import Template, learn_template, parse_page
from shio_scraper.items import Article, RecordType, Reject, Status

SHARED: Final = "The office takes calls from nine to five, on every day but Sunday."
STORIES: Final = (
    ("Ferry landing gets a new roof", "Slates from the old school cover the ferry landing now."),
    ("Choir moves into the tram depot", "Forty singers rehearse where number nine was washed."),
    ("Otters seen below the weir", "Two otters have moved in below the weir, the warden said."),
    ("Library lends out umbrellas", "An umbrella may be kept for three days, rain or shine."),
    ("Chess tables for the quay", "Eight tables of stone were set along the quay on Monday."),
    ("Lamps on the bridge go green", "The bridge saves half of its power by new lamps, it says."),
    ("Bakery street closes for repair", "Carts may not pass the bakery before the end of June."),
)
TEXTS: Final = (
    "It was number {} on the list of things that neighbours had asked for since the flood.",
    "Part {} of the work begins in autumn, if nothing comes between, and ends a year later.",
)
WORDS: Final = ("one", "two", "three", "four", "five", "six", "seven")
ROWS: Final = (
    "<h3>Application Status</h3><table>"
    "<tr><td>02-16</td><td>21315227</td><td>Processing</td></tr></table>"
)
TEASERS: Final = (
    "Readers were amazed by the size of the fish that was served, and by its price.",
    "Our reporter spent a night in the lighthouse, and came back with a cold.",
    "How to keep a cactus alive: seven people who failed tell what they learnt.",
    "The mayor's cat was found on the roof of the theatre, asleep and unhurt.",
    "Twelve places for tea by the water, all of which close when it rains.",
    "Nobody knows who paints the benches, and nobody wants it to end.",
    "The oldest shop of the town sells rope, and will not be hurried.",
)


def paragraphs(number: int) -> list[str]:
    more = [text.format(WORDS[number]) for text in TEXTS]
    return [STORIES[number][1], more[0], SHARED, more[1]]


def page(number: int, *, moves: bool, source: str = "Harbour Weekly") -> str:
    """Return a page of the site; its noise stands still, or is another on each page."""
    title = STORIES[number][0]
    other = number if moves else 0
    near = [STORIES[(other + step) % len(STORIES)][0] for step in (1, 2, 3)]
    body = "".join(f"<p>{text}</p>" for text in paragraphs(number))
    related = "".join(f'<li><a href="/story/{other}{i}">{t}</a></li>' for i, t in enumerate(near))
    return f"""<!DOCTYPE html><html><head><title>{title} - Quay Post</title></head><body>
<div><a href="/">Front</a> <a href="/town">Town</a></div>
<div><p>Sign up for our letter, it comes on Fridays and costs nothing at all.</p></div>
<main><h1>{title}</h1>
<div><span>2024-03-0{number + 1}</span><span>Read {other * 37 + 5}</span></div>
<article>{body}<p>Source: {source}</p>
<p>Found a mistake? Tell us, we read all that is sent to the desk.</p></article>
<section><div><h4>{near[0]}</h4>
<p>{TEASERS[other]}</p><p>{TEASERS[(other + 3) % 7]}</p></div></section>
<div><span>Previous: {near[1]}</span><span>Next: {near[2]}</span></div></main>
<ul>{related}</ul><div>{ROWS}</div>
<footer>Quay Post, all rights kept.</footer></body></html>"""


def address(number: int) -> str:
    return f"https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=22{number}"


def learnt(*, moves: bool, numbers: range = range(5)) -> Template:
    return learn_template((page(n, moves=moves), address(n)) for n in numbers)


def read(number: int, template: Template | None, *, moves: bool) -> list[RecordType | Reject]:
    return parse_page(page(number, moves=moves), address(number), template=template)


@pytest.mark.parametrize("moves", [False, True])
@pytest.mark.parametrize("number", [0, 5, 6])
def test_what_the_pages_share_is_no_text(number: int, *, moves: bool) -> None:
    template = learnt(moves=moves)
    (found,) = (r for r in read(number, template, moves=moves) if isinstance(r, Article))
    assert found.title == STORIES[number][0]
    assert str(found.published) == f"2024-03-0{number + 1}"
    assert found.paragraphs == paragraphs(number)
    assert found.source == "Harbour Weekly"
    assert found.provenance.template == template.digest


@pytest.mark.parametrize("moves", [False, True])
def test_a_list_that_stands_on_every_page_is_read(*, moves: bool) -> None:
    found = read(5, learnt(moves=moves), moves=moves)
    assert [r.serial for r in found if isinstance(r, Status)] == ["227"]


def test_without_a_template_none_is_named() -> None:
    assert {r.provenance.template for r in read(5, None, moves=True) if isinstance(r, Article)} == {
        None
    }


def test_the_digest_is_the_contents() -> None:
    one = learnt(moves=True)
    assert one == learnt(moves=True)
    assert one.digest == learnt(moves=True).digest != learnt(moves=False).digest
    assert Template.from_json(one.to_json()) == one
    assert Template.from_json(one.to_json()).digest == one.digest


def test_the_order_of_the_pages_does_not_matter() -> None:
    pages = [(page(n, moves=True), address(n)) for n in range(5)]
    assert learn_template(pages).to_json() == learn_template(reversed(pages)).to_json()


def test_a_template_of_another_form_is_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        Template.from_json('{"texts": [], "more": 1}')


def test_two_pages_teach_nothing() -> None:
    with pytest.raises(ValueError, match="3 pages at least, not 2"):
        learnt(moves=False, numbers=range(2))


def test_a_page_that_cannot_be_read_teaches_nothing() -> None:
    pages = [(page(n, moves=False), address(n)) for n in range(3)]
    assert learn_template([*pages, (b"", None)]) == learn_template(pages)
