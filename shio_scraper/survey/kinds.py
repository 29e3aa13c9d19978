"""What a page has that is read as of a kind, if it is one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from shio_scraper.items import Article, Event, Faq, PressConference
from shio_scraper.parsers import Extraction
from shio_scraper.parsers.lists import linked_items
from shio_scraper.portals import FamilyKind

_FEW: Final = 3
"""Items that make a list, at least."""
_TEXT: Final = 150
"""Characters of an article without a date, at least."""

Test: TypeAlias = Callable[[Extraction], bool]


def lists_others(read: Extraction) -> bool:
    """Tell a page with several items, most of them dated, or with many."""
    items = linked_items(read.frame)
    dated = sum(item.day is not None for item in items)
    return len(items) >= _FEW and (dated * 2 > len(items) or len(items) >= 2 * _FEW)


def lists_any(read: Extraction) -> bool:
    """Tell a page with several items."""
    return len(linked_items(read.frame)) >= _FEW


def lists_events(read: Extraction) -> bool:
    """Tell a page most of whose items lead to events."""
    items = linked_items(read.frame)
    return bool(items) and sum(item.address.kind == "event" for item in items) * 2 > len(items)


def _asks(read: Extraction) -> bool:
    return sum(isinstance(one, Faq) and bool(one.answer) for one in read.records) > 1


def _announces(read: Extraction) -> bool:
    match read.records:
        case [Event() as event, *_]:
            return bool(event.registration_deadline or event.ends)
    return False


def _confers(read: Extraction) -> bool:
    match read.records:
        case [PressConference() as conference, *_]:
            kinds = Counter(turn.kind for turn in conference.turns)
            return kinds["question"] > 0 and kinds["answer"] > 0
    return False


def _reports(read: Extraction) -> bool:
    match read.records:
        case [Article() as article, *_]:
            return article.published is not None and bool(article.paragraphs)
    return False


def _stands(read: Extraction) -> bool:
    match read.records:
        case [Article() as article, *_]:
            return sum(map(len, article.paragraphs)) >= _TEXT
    return False


ONE_RECORD: Final[Mapping[FamilyKind, Test]] = {
    "questions": _asks,
    "event": _announces,
    "press_conference": _confers,
    "article": _reports,
    "standing": _stands,
}
"""Kinds of pages that list no others, the surest first."""
