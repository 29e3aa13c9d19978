"""Today's layout and standing pages of the sister site: line breaks, the twin, the title."""

from __future__ import annotations

import pytest

from shio_scraper import parse_page
from shio_scraper.items import Article, Faq

TODAY = "https://en.shio.gov.cn/TrueCMS/shxwbgs/newss/content/20240221101530007.html"
TWIN = "https://www.shio.gov.cn/TrueCMS/shxwbgs/xwfb/content/20240221095500003.htm"
OFFICE = "https://en.shio.gov.cn/resource/office/office.shtml"
HEAD = f'<div>| <a href="{TWIN}">中文版</a> |</div><h1>Quay open</h1><p>2024.02.21</p>'


def article(body: str, url: str | None = TODAY) -> Article:
    (record,) = parse_page(body, url)
    assert isinstance(record, Article)
    return record


OPENED = ("The quay on the upper river was opened by the", "Bridges Office.", "It is of oak.")
LONG = (
    "The quay on the upper river is open to all boats now. It",
    "was built of oak, and the oak was cut in the far north.",
    "Eleven boats lie there, and the oldest of them is grey.",
)


@pytest.mark.parametrize(
    ("lines", "paragraphs"),
    [
        (OPENED, [f"{OPENED[0]} {OPENED[1]}", OPENED[2]]),
        (("Boats", "It is open,", "as it was."), ["Boats", "It is open, as it was."]),
        (LONG, [f"{LONG[0]} {LONG[1]}", LONG[2]]),
    ],
    ids=["sentence", "heading", "paragraphs"],
)
def test_line_breaks_inside_sentences_are_joined(
    lines: tuple[str, ...], paragraphs: list[str]
) -> None:
    html = f"<html><body>{HEAD}<div>{'<br>'.join(lines)}</div></body></html>"
    text = "\n".join(["| 中文版 |", "Quay open", "2024.02.21", *lines])
    assert article(html).paragraphs == article(text).paragraphs == paragraphs
    assert article(text, None).paragraphs == paragraphs


def test_a_line_that_breaks_at_its_width_ends_no_paragraph() -> None:
    lines = (
        "The quay is open now, as",
        "it was in May. Nobody has",
        "used it since then. Come",
        "and see it.",
    )
    html = f"<html><body>{HEAD}<p>{'<br>'.join(lines)}</p></body></html>"
    assert article(html).paragraphs == [" ".join(lines)]


def test_other_layouts_keep_their_lines() -> None:
    body = "The districts that follow have a new bridge<br>Yangpu<br>Jingan"
    page = f"<html><body><h1>Bridges</h1><p>Apr 13, 2017</p><div>{body}</div></body></html>"
    found = article(page, "https://en.shio.gov.cn/resource/new/3002.shtml")
    assert found.paragraphs == body.split("<br>")


WRAPPED = """\
The harbour held its talks on “Boats for All”
(the first of them) and heard Han Yue, who keeps the locks;
Qin Wu spoke as well.
It went on until noon.

2. Making the quays
wider

Nobody else spoke, and those who
came went home.
"""


@pytest.mark.parametrize("break_", ["\n", "<br>"])
def test_blank_lines_part_paragraphs_and_nothing_else_does(break_: str) -> None:
    paragraphs = [" ".join(part.split("\n")) for part in WRAPPED.strip().split("\n\n")]
    if break_ == "\n":
        pages = [f"| 中文版 |\n\nQuay open\n\n2024.02.21\n\n{WRAPPED}"]
        pages.append(f"Press Release for Media Briefing of the Quay\n\n2024.02.21\n\n{WRAPPED}")
    else:
        body = WRAPPED.strip().replace("\n", break_)
        pages = [f"<html><body>{HEAD}<div>{body}</div></body></html>"]
    for page in pages:
        for url in (TODAY, None):
            found = article(page, url)
            assert found.paragraphs == paragraphs
            assert found.key.startswith("article/en/en_shio-")


def test_a_title_that_ends_in_a_day_keeps_it() -> None:
    title, text = (
        "News of the quay on February 20, 2024",
        "It was open for one whole day, they say.",
    )
    found = article(f"| 中文版 |\n\n{title}\n\n{text}")
    assert (found.title, found.published, found.language) == (title, None, "en")
    found = article(f"{title}\n\n2024.02.20\n\n{text}")
    assert (found.title, str(found.published)) == (title, "2024-02-20")


def test_the_heading_of_an_empty_box_and_a_line_of_tabs_are_no_text() -> None:
    text = "The quay was built by the sailors of the town."
    (about,) = parse_page(
        f"Touch Shanghai\n\nOld quays\n\nRecommended Sites\n\n{text}",
        "https://en.shio.gov.cn/resource/home/topics-historical.shtml",
    )
    assert isinstance(about, Article)
    assert (about.title, about.paragraphs) == ("Old quays", [text])
    (office,) = parse_page(
        f"What we do Who we are\nWhat we do\n\n{text}", OFFICE.replace("/resource", "/sh/resource")
    )
    assert isinstance(office, Article)
    assert (office.key, office.title) == ("article/en/en_shio-sh-office", "What we do")


def test_the_twin_is_a_link_where_the_page_links_it() -> None:
    page = f"<html><body>{HEAD}<p>It is open to boats of every size.</p></body></html>"
    (link,) = article(page).links
    assert (link.text, link.url) == ("中文版", TWIN)
    assert article(page.replace(TWIN, "https://www.shio.gov.cn/")).links == []


def test_a_standing_page_without_a_title_has_its_section() -> None:
    body = "<p>The office was founded in a spring.</p><p>It has a desk.</p>"
    found = article(f"<html><body><div>About Us</div><div>{body}</div></body></html>", OFFICE)
    assert (found.section, found.title) == ("About Us", "About Us")
    assert found.paragraphs == ["The office was founded in a spring.", "It has a desk."]


def test_numbers_in_cells_of_their_own_are_no_words_of_a_question() -> None:
    asked = ("Who has the key?", "May I fish?")
    row = "<tr><td>{}</td><td>{}</td></tr>".format
    listed = "".join(row(number, question) for number, question in enumerate(asked, 1))
    below = "".join(f"{row(n, q)}<tr><td colspan=2>No.</td></tr>" for n, q in enumerate(asked, 1))
    page = (
        f"<html><body><h2>Services</h2><table>{listed}</table><table>{below}</table></body></html>"
    )
    records = parse_page(page, "https://en.shio.gov.cn/resource/services/service-detail.html")
    assert [(r.question, r.answer) for r in records if isinstance(r, Faq)] == [
        (question, "No.") for question in asked
    ]
