"""Pages of the sister site: one content, and markups as unlike as HTML allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from tests.parsers.content import digest

PROMOTION: Final = (
    ("Q & A for resident journalists", "What a newcomer asks."),
    ("Touch Shanghai", "Interviews and visits, asked for online."),
    ("SICIV - Center for Int’l Visitors", "Guides for a day"),
    ("Shanghai, City of Inspiration", "A film of the river."),
)
FETCHED_AT: Final = "2024-03-05T02:00:00Z"


@dataclass(frozen=True, kw_only=True)
class SisterPage:
    """What a page shows, whatever its markup: ``body`` is a line a paragraph."""

    url: str
    section: str | None
    title: str
    day: str | None
    listed: tuple[str, ...] = ()
    body: tuple[str, ...]
    headings: frozenset[str] = frozenset()
    truth: tuple[dict[str, Any], ...]


def _base(kind: str, identity: str, url: str, portal_id: str | None) -> dict[str, Any]:
    return {
        "type": kind, "key": f"{kind}/en/en_shio-{identity}", "language": "en",
        "url": url, "portal_id": portal_id,
    }  # fmt: skip


def turn(speaker: str | None, kind: str | None, *paragraphs: str) -> dict[str, Any]:
    return {"speaker": speaker, "kind": kind, "paragraphs": list(paragraphs)}


_PRESS: Final = "https://en.shio.gov.cn/resource/press/2704.shtml"
PRESS: Final = SisterPage(
    url=_PRESS,
    section="Press Conferences",
    title="Deputy mayor answers on tides & barges",
    day="Mar 09, 2017",
    listed=("Han Yue, Deputy Mayor of the city", "Bei Lan, spokeswoman and host of the day"),
    body=(
        "Bei Lan: Welcome. We begin at once.",
        "Han Yue: There are two things to say: the tide is high, and the barges wait.",
        "It will be so for a week.",
        "Ferry Times: Will the market on the water close? And when does it open again?",
        "It stays open until nine in the evening.",
        "Nobody has to hurry.",
        "Bei Lan: The next one.",
        "Delta Morning Post: Who pays?",
        "Han Yu: The harbour does. Remember: it is a rich one.",
    ),
    truth=(
        {
            **_base("press_conference", "2704", _PRESS, "2704"),
            "title": "Deputy mayor answers on tides & barges",
            "published": "2017-03-09",
            "speakers": [
                {"name": "Han Yue", "role": "Deputy Mayor of the city"},
                {"name": "Bei Lan", "role": "spokeswoman and host of the day"},
            ],
            "turns": [
                turn("Bei Lan", "host", "Welcome. We begin at once."),
                turn(
                    "Han Yue",
                    "answer",
                    "There are two things to say: the tide is high, and the barges wait.",
                    "It will be so for a week.",
                ),
                turn(
                    "Ferry Times",
                    "question",
                    "Will the market on the water close? And when does it open again?",
                ),
                turn(
                    None, None, "It stays open until nine in the evening.", "Nobody has to hurry."
                ),
                turn("Bei Lan", "host", "The next one."),
                turn("Delta Morning Post", "question", "Who pays?"),
                turn("Han Yu", "answer", "The harbour does. Remember: it is a rich one."),
            ],
            "links": [],
        },
    ),
)

_SERVICES: Final = "https://en.shio.gov.cn/resource/services/service-detail.html"
_ASKED: Final = (
    ("How do I hire a boat?", ("Ask at the quay, and bring:", "1. a paper", "2. a pencil")),
    ("Where does a tripod stand best", ("On the bridge.",)),
    ("May a drone fly here?", ()),
    ("Who opens the gate at night?", ("The keeper. He has a bell.",)),
)
QUESTIONS: Final = SisterPage(
    url=_SERVICES,
    section="Services",
    title="Q & A for resident journalists",
    day=None,
    listed=tuple(f"{number}. {question}" for number, (question, _) in enumerate(_ASKED, 1)),
    body=tuple(
        line
        for number, (question, answer) in enumerate(_ASKED, 1)
        if answer
        for line in (f"{number}. {question}", *answer)
    ),
    headings=frozenset(f"{number}. {question}" for number, (question, _) in enumerate(_ASKED, 1)),
    truth=tuple(
        {
            "type": "faq",
            "key": f"faq/en/en_shio-{digest(question)}",
            "language": "en",
            "url": _SERVICES,
            "question": question,
            "answer": "\n".join(answer) or None,
            "question_truncated": False,
            "answer_truncated": False,
        }
        for question, answer in _ASKED
    ),
)


def _article(
    url: str, identity: str, portal_id: str | None, section: str | None, *text: str | None
) -> dict[str, Any]:
    title, published, *paragraphs = text
    return {
        **_base("article", identity, url, portal_id),
        "section": section, "category": None, "title": title, "published": published,
        "paragraphs": paragraphs, "source": None, "gated": False, "teaser": None,
        "images": [], "links": [],
    }  # fmt: skip


_STORY: Final = (
    "The heron is back on the post by the lock, said a keeper who counts them every spring.",
    "He has seen it since 1998. It is no longer young.",
)
_NEWS: Final = "https://en.shio.gov.cn/resource/new/2913.shtml"
NEWS: Final = SisterPage(
    url=_NEWS,
    section=None,
    title="Heron returns to the lock",
    day="Apr 13, 2017",
    body=_STORY,
    truth=(
        _article(_NEWS, "2913", "2913", None, "Heron returns to the lock", "2017-04-13", *_STORY),
    ),
)
_OFFICE: Final = "https://en.shio.gov.cn/resource/office/office.shtml"
OFFICE: Final = SisterPage(
    url=_OFFICE,
    section="About Us",
    title="A desk behind the lock",
    day=None,
    body=_STORY,
    truth=(_article(_OFFICE, "office", None, "About Us", "A desk behind the lock", None, *_STORY),),
)
PAGES: Final = (PRESS, QUESTIONS, NEWS, OFFICE)

Markup = Callable[[SisterPage], str]


def _each(tag: str, lines: Sequence[str]) -> str:
    return "".join(f"<{tag}>{escape(line, quote=False)}</{tag}>" for line in lines)


def _above(page: SisterPage) -> list[str]:
    return [page.section] if page.section else []


def _title(page: SisterPage) -> list[str]:
    return [page.title, *([page.day] if page.day else [])]


def _promoted(promotion: Sequence[tuple[str, str]] = PROMOTION) -> list[str]:
    return [*(line for pair in promotion for line in pair), "View More"]


def boxes_left(page: SisterPage) -> str:
    """Promotion in boxes of its own, in a column before the text."""
    boxes = "".join(f"<div>{_each('h4', [a])}{_each('p', [b])}</div>" for a, b in PROMOTION)
    main = f"{_each('h1', [page.title])}{_each('p', _title(page)[1:])}"
    main += f"<ul>{_each('li', page.listed)}</ul>{_each('p', page.body)}"
    more = "<a href='/m'>View More</a>"
    return f"<h3>{page.section or ''}</h3><div>{boxes}{more}</div><div>{main}</div>"


def boxes_below(page: SisterPage) -> str:
    """Two promotions, in another order, below the text."""
    boxes = "".join(f"<li>{escape(a)}<br>{b}</li>" for a, b in (PROMOTION[2], PROMOTION[0]))
    main = "".join(_each("h3" if line in page.headings else "div", [line]) for line in page.body)
    head = f"{_each('h2', [page.title])}{_each('span', _title(page)[1:])}"
    main = f"<div>{_each('div', page.listed)}</div>{main}"
    return f"<p>{page.section or ''}</p><div>{head}{main}</div><ul>{boxes}</ul>"


def flat(page: SisterPage) -> str:
    """A paragraph a line, promotion between section and title."""
    return _each("p", [*_above(page), *_promoted(), *_title(page), *page.listed, *page.body])


def breaks(page: SisterPage) -> str:
    """Nothing but line breaks; no promotion."""
    lines = [*_above(page), *_title(page), *page.listed, *page.body]
    return "<br>".join(escape(line, quote=False) for line in lines)


def layout_table(page: SisterPage) -> str:
    """A row a line, in tables in tables."""
    rows = "".join(
        f"<tr><td>{_each('p', [line])}</td></tr>"
        for line in [*_above(page), *_title(page), *page.listed, *page.body]
    )
    side = "".join(f"<tr><td>{_each('p', pair)}</td></tr>" for pair in PROMOTION)
    return f"<table><tr><td><table>{rows}</table></td><td><table>{side}</table></td></tr></table>"


def nested(page: SisterPage) -> str:
    """Every part in wrappers of its own; labels are bold."""
    body = ""
    for line in page.body:
        label, colon, rest = line.partition(": ")
        bold = f"<b>{label}:</b> {rest}" if colon and len(label) < 20 else escape(line)
        body += f"<div><div>{bold}</div></div>"
    head = f"<div><div><h1>{escape(page.title)}</h1></div><div>{page.day or ''}</div></div>"
    listed = f"<div><ol>{_each('li', page.listed)}</ol></div>"
    promoted = "".join(f"<div>{_each('p', pair)}</div>" for pair in PROMOTION)
    above = f"<div>{_each('h2', _above(page))}</div><div>{promoted}</div>"
    return f"{above}{head}{listed}<div>{body}</div>"


def unclosed(page: SisterPage) -> str:
    """Tags in capitals that nobody closes."""
    lines = [*_above(page), *_promoted(PROMOTION[1:3]), *_title(page), *page.listed, *page.body]
    return "<HTML><BODY><P>" + "<P>".join(escape(line, quote=False) for line in lines)


def preformatted(page: SisterPage) -> str:
    """Typewriter text."""
    lines = [*_above(page), *_title(page), *page.listed, *page.body, *_promoted()]
    return f"<pre>{chr(10).join(escape(line, quote=False) for line in lines)}</pre>"


MARKUPS: Final[tuple[Markup, ...]] = (
    boxes_left, boxes_below, flat, breaks, layout_table, nested, unclosed, preformatted,
)  # fmt: skip


def as_html(markup: Markup, page: SisterPage) -> bytes:
    text = markup(page)
    head = "<!DOCTYPE html><html><head><title>Office</title></head><body>"
    return (text if text.startswith("<HTML") else f"{head}{text}</body></html>").encode()


def as_text(page: SisterPage) -> str:
    """Return what a text extractor prints."""
    return "\n".join([*_above(page), *_promoted(), *_title(page), *page.listed, *page.body])
