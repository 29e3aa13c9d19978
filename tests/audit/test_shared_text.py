"""A text that five articles have in common is told: the frame was taken for a part of them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from shio_scraper.audit.auditing import SharedText
from tests.parsers.accounts import see

URL = "https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id={}"
NAMES = ("Anting", "Baoshan", "Chuansha", "Dongtan", "Fengxian", "Gaoqiao", "Huinan", "Jiading")
TITLES = [f"A new library opens its doors in {name}" for name in NAMES]


def page(name: str, title: str, *more: str) -> str:
    lines = "".join(f"<p>{line}</p>" for line in more)
    return (
        f"<div><h1>{title}</h1><i>2024-03-04</i>"
        f"<p>The library in {name} has three floors, its director said on Monday.</p>"
        f"{lines}<p>Readers of {name} may stay until nine.</p></div>"
    )


def found(pages: Sequence[str], numbers: Sequence[int] | None = None) -> list[list[str]]:
    shared = SharedText()
    numbers = numbers or range(len(pages))
    seen = [see(body, URL.format(n)) for n, body in zip(numbers, pages, strict=True)]
    return [[finding.text for finding in shared.find(one.extraction)] for one in seen]


@pytest.mark.parametrize("line", ["Share: Weibo WeChat Print.", "Views so far: {n}", "يُغلق"])
def test_a_line_among_the_paragraphs(line: str) -> None:
    lines = [line.format(n=17 * n) for n in range(len(NAMES))]
    pages = [page(*what) for what in zip(NAMES, TITLES, lines, strict=True)]
    assert found(pages) == [[], [], [], [], *([line] for line in lines[4:])]


@pytest.mark.parametrize(
    "form", ["{} - Touch Shanghai", "{}_Touch Shanghai", "{} | Touch Shanghai"]
)
def test_a_name_behind_the_title(form: str) -> None:
    pages = [page(name, form.format(title)) for name, title in zip(NAMES, TITLES, strict=True)]
    assert found(pages)[3:] == [[], *[["Touch Shanghai"]] * 4]


def test_a_name_before_the_title() -> None:
    pages = [page(name, f"Library news » {t}") for name, t in zip(NAMES, TITLES, strict=True)]
    assert found(pages)[3:] == [[], *[["Library news"]] * 4]


def test_the_same_title() -> None:
    pages = [page(name, "Home of the district's news") for name in NAMES]
    assert found(pages)[3:] == [[], *[["Home of the district's news"]] * 4]


def test_articles_of_their_own() -> None:
    pages = [page(name, title) for name, title in zip(NAMES, TITLES, strict=True)]
    assert not any(found(pages))


def test_one_article_captured_again_and_again_shares_nothing() -> None:
    pages = [page("Anting", TITLES[0])] * 12
    assert not any(found(pages, [1] * 12))
    assert not any(found(pages, [1, 2, 3, 4] * 3))


def test_it_is_an_event_of_the_run() -> None:
    from tests.audit.test_auditing import Told  # noqa: PLC0415  (the one place that needs it)

    told = Told()
    pages = [page(name, t, "Win a boat today.") for name, t in zip(NAMES, TITLES, strict=True)]
    events = told.tell(*((body, URL.format(n)) for n, body in enumerate(pages)))
    assert [(event.event, event.text, event.url) for event in events] == [
        ("shared_text", "Win a boat today.", URL.format(4))
    ]
    assert told.counts["audit/shared_text"] == 4
