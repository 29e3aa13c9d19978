"""Puts the demo portals' content into made-up skeletons of other sites, with noise around it.

Each kind is a form that sites have: the place of the byline, the text between paragraphs, the way
columns are made. The noise is the same on each page of a kind, or it changes: related pages,
counters, previous and next, the day of the visit. Each page is read without a template, and with a
template that is learnt from five other pages of its kind. Articles and questions are also read as
pages of no known portal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from html import escape
from random import Random
from types import MappingProxyType
from typing import Final, TypeAlias

from fixtures.portal_builder import truth
from fixtures.portal_builder.content import read_content
from quality.sample import FETCHED_AT, Json
from shio_scraper import Template, examine_page, learn_template

Gold: TypeAlias = frozenset[tuple[str, ...]]
Maker: TypeAlias = Callable[[str, int, Mapping[str, str]], "Made"]

ARTICLE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "byline below the title": "<div class=l><h1>{title}</h1><div class=i><span>{day}</span>"
        " <span>Source: {source}</span> <span>Views: {count}</span></div><div>{ps}</div></div>",
        "byline above the title": "<div><p class=k><time>{long}</time> | Source: {source}</p>"
        "<h1>{title}</h1><div class=b>{ps}</div></div>",
        "title, day and source in a row": "<table><tr><td><h2>{title}</h2></td><td>{day}</td>"
        "<td>Source: {source}</td></tr></table><div>{ps}</div>",
        "empty labels": "<h1>{title}</h1><p class=m><span>Author: </span><span>Source: {source}"
        "</span><span>Published: {day}</span><span>Editor: </span></p><div>{ps}</div>",
        "a day in parts": "<div class=d><b>{dd}</b><i>{year}-{mm}</i></div><h1>{title}</h1>"
        "<p>Source: {source}</p><div>{ps}</div>",
        "tools and credits": "<h1>{title}</h1><p>{day} Source: {source}</p><ul class=t><li><a "
        'href="#p">Print</a></li><li><a href="#s">Share</a></li><li>A+</li></ul><div>{ps}</div>'
        "<p class=e>Editor: {name}</p><div><a href=#w>Weibo</a> <a href=#f>Facebook</a></div>",
        "related pages below": "<article><h1>{title}</h1><div>{day} | Source: {source}</div>{ps}"
        "</article><section class=r><h3>Related</h3>{links}</section>{around}",
        "related pages among paragraphs": "<article><h1>{title}</h1><p class=i>{day} Source: "
        "{source}</p><div>{first}<div class=r><h4>Read more</h4>{links}</div>{rest}</div>"
        "</article>",
        "a newsletter among paragraphs": "<main><h1>{title}</h1><p>{day} Source: {source}</p><div>"
        "{first}<div class=n><h3>The tide in your mailbox</h3><p>Every morning at six we send what "
        "{name} found on the quay.</p><form><input name=m><button>Sign up</button></form></div>"
        "{rest}</div></main>",
        "a paywall's box among paragraphs": "<main><h1>{title}</h1><p>{day} Source: {source}</p>"
        "<div class=b>{first}<aside><p>{count} people read this with a subscription. Yours costs "
        "nothing for a month.</p><a href=/pay>Subscribe</a></aside>{rest}</div></main>",
        "figures with a foot": "<article><h1>{title}</h1><p>{day} Source: {source}</p>{first}"
        "<figure><img src=/p/{count}.jpg><figcaption>The quay at dawn. Photo: {name}</figcaption>"
        "</figure>{rest}</article>",
        "comments": "<div><h1>{title}</h1><p>{day} Source: {source}</p><div>{ps}</div></div>"
        "<div class=c><h3>{few} comments</h3>{comments}</div>",
        "two columns of divs": "<div class=w><div class=s>{box}</div><div class=l><h1>{title}"
        "</h1><p>{day} Source: {source}</p><div>{ps}</div></div></div>",
        "two columns of a table": "<table><tr><td><h1>{title}</h1><p>{day} Source: {source}</p>"
        "<div>{ps}</div></td><td>{box}</td></tr></table>",
        "a float in the text": "<div><h1>{title}</h1><p>{day} Source: {source}</p><div>{first}"
        '<div style="float:right">{box}</div>{rest}</div></div>',
        "teasers in articles": "<main><article><h1>{title}</h1><p>{day} Source: {source}</p><div>"
        "{ps}</div></article>{teasers}</main>",
        "teasers above": "<div class=top>{teasers}</div><div><h1>{title}</h1><p>{day} Source: "
        "{source}</p><div>{ps}</div></div>",
        "paragraphs apart by breaks": "<td><div class=h>{title}</div><div>{day} Source: {source}"
        "</div><div class=b>{brs}</div>{around}</td>",
        "paragraphs in boxes": "<div><h1>{title}</h1><div>{day} Source: {source}</div>{boxed}"
        "</div><div class=f>{links}</div>",
        "previous and next": "<div><h1>{title}</h1><p>{day} Source: {source}</p>{ps}{around}</div>",
    }
)
EVENT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "fields in cells": "<h1>{title}</h1><table>{cells}</table><div>{ps}</div>{box}",
        "fields in terms, in any order": "<h1>{title}</h1><dl>{terms}</dl>{ps}{around}",
        "fields in lines": "<div class=s>{box}</div><h2>{title}</h2><div>{lines}</div><div>{ps}"
        "</div>",
        "fields below the text": "<h1>{title}</h1><div>{ps}</div><ul>{items}</ul>{teasers}",
    }
)
FAQ: Final[Mapping[str, str]] = MappingProxyType(
    {
        "terms": "<h1>FAQ</h1><dl>{dl}</dl>{box}",
        "details": "<h1>FAQ</h1>{details}{links}",
        "headings": "<h1>FAQ</h1><div>{h3}</div><div class=s>{box}</div>",
        "numbers": "<h1>FAQ</h1><div>{numbered}</div>{around}",
        "labels": "<h1>FAQ</h1><div>{labelled}</div>{box}",
    }
)
LISTING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "a list": "<h2>Government News</h2><ul>{li}</ul><div>{box}</div>",
        "a table": "<table>{tr}</table>{box}",
        "days apart": "<div class=s>{box}</div><div>{div}</div>",
        "days in parts": "<ul>{parted}</ul><div>{links}</div>",
    }
)
_FRAME: Final = (
    "<!DOCTYPE html><html lang=en><head><title>{title} - Tide Post</title></head><body><div>"
    "<a href=/>Tide Post</a> <span>{today}</span></div><ul><li><a href=/a>Harbour</a></li><li>"
    "<a href=/b>Weather</a></li><li><a href=/c>People</a></li></ul>{main}<div class=foot>"
    "Copyright 2024 Tide Post. All rights reserved.</div></body></html>"
)
_NAMES: Final = ("Wen Yao", "Marta Lind", "Gu Fan", "Teo Ruiz", "Pan Xi", "Ada Holm", "Lu Qing")
_TITLES: Final = (
    "Eel market moves to the old dock", "Fog horn falls silent after ninety years",
    "Who paints the buoys?", "Dredger finds a piano", "A bridge for otters",
    "The last rope walker retires", "Lighthouse keys go on show", "Tide tables as wallpaper",
    "Ferry captains learn to whistle", "Salt from the roof", "Three cranes get names",
)  # fmt: skip
_SAYINGS: Final = (
    "I have lived beside the dock for years and never saw an eel.",
    "My uncle tuned that horn, and he would not be pleased at all.",
    "Buoys should be blue, whatever the office says about it.",
    "Thank you for a report that does not shout at its readers.",
)
_LISTING_AT: Final = "https://touch.shio.gov.cn/jsp/zfxw_default_en.jsp?siteId=7"
_EVENT_AT: Final = "https://touch.shio.gov.cn/jsp/cfbm_detail_en.jsp?id={}"
_FAQ_AT: Final = "https://touch.shio.gov.cn/jsp/cjwt_detail_en.jsp?id={}"
_COMPARED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "article": ("title", "published", "source", "paragraphs"),
        "event": (
            "title", "registration_deadline", "ends", "contact", "phone", "paragraphs",
        ),
        "press_conference": ("title",),
        "faq": ("question", "answer"),
    }
)  # fmt: skip
_DOCUMENTS: Final = ("article", "event", "press_conference")
"""Types of which a page has one record at most. A second one is made up by the parsers."""
_PAGES: Final = 8
_TAUGHT: Final = 5
_ELSEWHERE: Final = "https://tide-post.example/2024/story-7.html"


@dataclass(frozen=True)
class Made:
    """A page with its address and the records that a careful reader finds, in any order."""

    body: str
    url: str
    gold: Gold


@dataclass(frozen=True)
class Tally:
    """The counts of a kind: all pages, and those wholly right in each way of reading.

    The ways are alone, with a template, and as a page of any site. ``elsewhere`` is ``None`` if
    other sites have no such pages.
    """

    kind: str
    pages: int
    alone: int
    taught: int
    elsewhere: int | None


def tallies() -> list[Tally]:
    """Read the pages of every kind, with constant noise and with changing noise."""
    return [
        _tally(name, f"{family}, {kind}, noise {'moves' if moves else 'stands'}", pages)
        for family, (name, forms, make) in _FAMILIES.items()
        for kind, form in forms.items()
        for moves in (False, True)
        for pages in [_pages(make, form, kind, moves=moves)]
    ]


def _tally(name: str, kind: str, pages: Sequence[Made]) -> Tally:
    alone = taught = elsewhere = 0
    is_of_portals = name in {"event", "listing"}
    for number, page in enumerate(pages):
        others = [*pages[number + 1 :], *pages[:number]][:_TAUGHT]
        template = learn_template((one.body, one.url) for one in others)
        alone += _read(name, page) == page.gold
        taught += _read(name, page, template) == page.gold
        if not is_of_portals:
            elsewhere += _read(name, replace(page, url=_ELSEWHERE)) == page.gold
    return Tally(kind, len(pages), alone, taught, None if is_of_portals else elsewhere)


def _read(name: str, page: Made, template: Template | None = None) -> Gold:
    """Return the records of a page, in the form of its true records."""
    seen = examine_page(page.body, page.url, FETCHED_AT, template=template)
    if name == "listing":
        return frozenset((item.title, str(item.day)) for item in seen.items)
    wanted = {name, *_DOCUMENTS}
    records = [one.to_dict() for one in seen.records if one.type in wanted]
    return frozenset(_values(one) for one in records)


def _values(record: Json) -> tuple[str, ...]:
    """Return the fields of a record that are compared."""
    return tuple(str(record[name]) for name in _COMPARED[record["type"]])


def _pages(make: Maker, form: str, kind: str, *, moves: bool) -> list[Made]:
    return [
        make(form, number, _noise(Random(f"{kind} {number}" if moves else kind)))
        for number in range(_PAGES)
    ]


def _noise(random: Random) -> dict[str, str]:
    """Return the noise around a page's content, by its place."""
    titles = random.sample(_TITLES, 8)
    links = [f'<a href="/{len(title)}.html">{title}</a>' for title in titles]
    ranked = "".join(f"<li>{link} <i>{random.randint(9, 999)}</i></li>" for link in links[:5])
    return {
        "links": f"<ul>{''.join(f'<li>{link}</li>' for link in links[:4])}</ul>",
        "box": f"<h3>Most read</h3><ol>{ranked}</ol>",
        "teasers": "".join(
            f"<article><h3>{link}</h3><p>{saying}</p></article>"
            for link, saying in zip(links[4:7], random.sample(_SAYINGS, 3), strict=True)
        ),
        "around": f"<p>Previous: {links[6]}</p><p>Next: {links[7]}</p>",
        "comments": "".join(
            f"<div><b>{name}</b><p>{saying}</p></div>"
            for name, saying in zip(random.sample(_NAMES, 3), _SAYINGS, strict=False)
        ),
        "count": str(random.randint(100, 90_000)),
        "few": str(random.randint(3, 90)),
        "name": random.choice(_NAMES),
        "today": f"{date(2024, 5, random.randint(1, 28)):%A, %B %d, %Y}",
    }


def _article(form: str, number: int, noise: Mapping[str, str]) -> Made:
    record = _articles()[number]
    record = {**record, "source": record["source"] or "Xinhua"}
    day = date.fromisoformat(record["published"])
    lines = [escape(line) for line in record["paragraphs"]]
    texts = [f"<p>{line}</p>" for line in lines]
    parts = {
        "title": escape(record["title"]),
        "day": record["published"],
        "long": f"{day:%B} {day.day}, {day.year}",
        **dict(zip(("year", "mm", "dd"), record["published"].split("-"), strict=True)),
        "source": escape(record["source"]),
        "ps": "".join(texts),
        "first": texts[0],
        "rest": "".join(texts[1:]),
        "brs": "<br><br>".join(lines),
        "boxed": "".join(f"<div class=p>{text}</div>" for text in texts),
    }
    return _made(form, record["url"], {**noise, **parts}, [record])


def _event(form: str, number: int, noise: Mapping[str, str]) -> Made:
    article = _articles()[number]
    record = {
        "type": "event",
        "title": article["title"],
        "registration_deadline": f"2024-03-{number + 1:02}",
        "ends": f"2024-04-{2 * number + 1:02}",
        "contact": _NAMES[number % len(_NAMES)],
        "phone": f"021-5550-{number + 17:04}",
        "paragraphs": article["paragraphs"],
    }
    fields = [
        ("Registration Deadline", record["registration_deadline"]),
        ("End Time", record["ends"]),
        ("Contact", record["contact"]),
        ("Phone", record["phone"]),
    ]
    Random(form).shuffle(fields)
    parts = {
        "title": escape(record["title"]),
        "ps": "".join(f"<p>{escape(line)}</p>" for line in record["paragraphs"]),
        "cells": "".join(f"<tr><td>{a}</td><td>{b}</td></tr>" for a, b in fields),
        "terms": "".join(f"<dt>{a}</dt><dd>{b}</dd>" for a, b in fields),
        "lines": "<br>".join(f"{a}: {b}" for a, b in fields),
        "items": "".join(f"<li><b>{a}:</b> <span>{b}</span></li>" for a, b in fields),
    }
    return _made(form, _EVENT_AT.format(number + 40), {**noise, **parts}, [record])


def _faq(form: str, number: int, noise: Mapping[str, str]) -> Made:
    asked = _articles()[4 * number : 4 * number + 4]
    pairs = [
        {
            "type": "faq",
            "question": f"What is known of “{one['title']}”?",
            "answer": one["paragraphs"][1],
        }
        for one in asked
    ]
    texts = [(escape(one["question"]), escape(one["answer"])) for one in pairs]
    parts = {
        "title": "FAQ",
        "dl": "".join(f"<dt>{a}</dt><dd>{b}</dd>" for a, b in texts),
        "details": "".join(
            f"<details><summary>{a}</summary><p>{b}</p></details>" for a, b in texts
        ),
        "h3": "".join(f"<h3>{a}</h3><p>{b}</p>" for a, b in texts),
        "numbered": "".join(f"<p>{n}. {a}</p><p>{b}</p>" for n, (a, b) in enumerate(texts, 1)),
        "labelled": "".join(f"<p>Q: {a}</p><p>A: {b}</p>" for a, b in texts),
    }
    return _made(form, _FAQ_AT.format(number + 40), {**noise, **parts}, pairs)


def _listing(form: str, number: int, noise: Mapping[str, str]) -> Made:
    listed = Random(f"{form} {number}").sample(_articles(), 6)
    rows = [
        (f'<a href="{one["url"]}">{escape(one["title"])}</a>', one["published"]) for one in listed
    ]
    parts = {
        "title": "Government News",
        "li": "".join(f"<li>{link} <span>{day}</span></li>" for link, day in rows),
        "tr": "".join(f"<tr><td>{link}</td><td>{day}</td></tr>" for link, day in rows),
        "div": "".join(f"<div><p>{day}</p><h4>{link}</h4></div>" for link, day in rows),
        "parted": "".join(
            f"<li><b>{day[8:]}</b><i>{day[:7]}</i> <h4>{link}</h4></li>" for link, day in rows
        ),
    }
    made = _made(form, _LISTING_AT, {**noise, **parts}, [])
    return replace(made, gold=frozenset((one["title"], one["published"]) for one in listed))


def _made(form: str, url: str, parts: Mapping[str, str], gold: Iterable[Json]) -> Made:
    body = _FRAME.format(main=form.format(**parts), title=parts["title"], today=parts["today"])
    return Made(body, url, frozenset(map(_values, gold)))


@cache
def _articles() -> list[Json]:
    records = map(truth.article_record, read_content().articles)
    return [one for one in records if one["language"] == "en" and _is_plain(one)]


def _is_plain(record: Json) -> bool:
    """Tell whether a record is an article of text alone, with a day."""
    has_text = len(record["paragraphs"]) > 2 and min(map(len, record["paragraphs"])) > 40
    return bool(record["published"]) and has_text and not record["gated"]


_FAMILIES: Final[Mapping[str, tuple[str, Mapping[str, str], Maker]]] = MappingProxyType(
    {
        "articles": ("article", ARTICLE, _article),
        "events": ("event", EVENT, _event),
        "questions": ("faq", FAQ, _faq),
        "listings": ("listing", LISTING, _listing),
    }
)
