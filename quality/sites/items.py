"""Judges items of lists (found, missed or made up, and their titles) and the link to the next page.

The label of a ``listing`` has ``items``, each with ``title``, ``day`` (ISO 8601), ``start`` (the
day with the time, or null) and ``links``. ``title_near`` says that the page prints the title beside
the day; without that nobody can know the title. An item is found by its day, else by a link.

The label of a ``next`` has the possible addresses of the next page in ``next``, an empty list if
there is no next page. ``pages`` are addresses to which only a number leads. They do not count if
the page has no other link to the next page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote, urljoin

from quality.sample import Json
from quality.scores import f1 as word_f1
from quality.sites.judging import Share
from shio_scraper import Examination, Item

_ALIKE: Final = 0.8
"""From this F1 of its words on, a title counts as right."""
_TRIMMED: Final = re.compile(r"[?&/]*(?:#.*)?$")


def judge_items(found: Examination, want: Json) -> Mapping[str, Share]:
    """Return the shares of a list's items."""
    url = found.page.url if found.page else None
    left, hits, named, near = list(found.items), 0, 0, 0
    started = [0, 0]
    for wanted in want["items"]:
        links = {_plain(urljoin(url or "", link)) for link in wanted["links"]}
        same = [item for item in left if _is(item, wanted["day"], links)]
        if not same:
            continue
        item = max(same, key=lambda one: _rank(one, wanted))
        left.remove(item)
        hits += 1
        if wanted.get("title_near"):
            near += 1
            named += _is_called(item.title, wanted["title"])
        if item.starts and wanted.get("start"):
            started[1] += 1
            started[0] += item.starts[:16] == wanted["start"][:16]
    return {
        "recall": (hits, len(want["items"])),
        "precision": (hits, len(found.items)),
        "titles": (named, near),
        "starts": (started[0], started[1]),
    }


def judge_next(found: Examination, want: Json) -> Mapping[str, Share]:
    """Return the shares of a page's link to the next page: found, or rightly absent."""
    given = found.next_page and _plain(found.next_page)
    if want["next"]:
        return {"right": (given in set(map(_plain, want["next"])), 1)}
    return {} if want["pages"] else {"given on none": (given is not None, 1)}


def _is(item: Item, day: str, links: set[str]) -> bool:
    if item.day:
        return item.day.isoformat() == day
    return not links.isdisjoint(_plain(one) for one in (item.url, *_documents(item)) if one)


def _documents(item: Item) -> list[str]:
    return [link.url for link in item.documents]


def _rank(item: Item, wanted: Json) -> tuple[bool, float]:
    starts = (item.starts or "")[:16] == (wanted.get("start") or "-")[:16]
    return starts, word_f1(item.title, wanted["title"])


def _is_called(title: str, wanted: str) -> bool:
    """Tell whether a title is the wanted one, perhaps with a word or two more."""
    return word_f1(title, wanted) >= _ALIKE or wanted.casefold() in title.casefold()


def _plain(url: str) -> str:
    plain = _TRIMMED.sub("", unquote(url).casefold().partition("://")[2])
    return plain.removeprefix("www.")
