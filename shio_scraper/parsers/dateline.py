"""The day on which a page was published, as printed next to its title or around its body.

A labelled day of publication counts most. Next comes a day alone or in a byline, the nearer the
better. A day of an update, a capture or an event, within a text or in a link, does not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Final

from shio_scraper.parsers.dates import find, lasts, machine_day
from shio_scraper.parsers.days import portal_day
from shio_scraper.parsers.frame import SIDEBAR, Frame, Role
from shio_scraper.parsers.heading import OTHER_DAY, Heading
from shio_scraper.parsers.labels import any_of
from shio_scraper.parsers.prose import Prose
from shio_scraper.portals import common

_ABOVE: Final = 6
_UNDER: Final = 24
_BEHIND: Final = 20
"""How many blocks are searched for a day: above the title, below it, and below the body."""
_LONGEST: Final = 220
_PUBLISHED: Final = re.compile(rf"(?:{any_of(common.DATE_LABELS)})\W{{0,6}}\Z", re.IGNORECASE)
_NEVER: Final = SIDEBAR | {Role.FOOT, Role.FRAME, Role.QUESTION, Role.ANSWER}
NOT_PRINTED: Final = "day by the page's markup"
"""The rule of a day that the page does not show to a reader."""
_SURE: Final = "article:published_time"
"""The one name in the markup whose earlier day tells that the printed day is an update's."""
_ZONES: Final = timedelta(days=1)
"""How far apart two days can be that are one moment in two time zones."""
_SAID: Final = {_SURE: 0, "datePublished": 1}
"""Names in the markup for a day of publication, the surest first. Other names come after these."""
_LEAST: Final = 0.4
_BELOW: Final = 0.5
_LABELLED: Final = 1.5
_IN_TIME: Final = 0.3
"""Scores of a day: the least that counts, the most below the body, a label's and a ``<time>``'s."""
_LIST: Final = 3
"""So many different days without labels, on one side of a title or text, are a list of days."""
_PASSED: Final = 2
"""The most texts between title and date: a subtitle, a caption."""
_OPENING: Final = 40
"""The most characters before the day of a dateline: ``Pressemitteilung vom 25. Januar 2022 |``."""
_CLOSING: Final = re.compile(r"\)?\s?[-–—|]\s")
"""What separates a dateline from the text that it opens."""
_OPENS: Final = 1.5
_OF_TITLE: Final = 2.2
"""Scores of a day in a dateline, and of a day in the title's element in front of the title."""
_SENTENCE: Final = 80
"""A date with more characters than this in its block stands in a sentence."""


@dataclass(frozen=True, slots=True)
class Day:
    """A possible day of publication: its block, its score, and the rule that found it."""

    day: date
    position: int
    score: float
    rule: str


def days(frame: Frame, heading: Heading, prose: Prose) -> list[Day]:
    """Return the possible days of publication, the best first.

    A day in a list of days is none.
    """
    around = _days(frame, heading, prose)
    candidates = sorted(
        (candidate for candidate in around if candidate.score >= _LEAST),
        key=lambda candidate: -candidate.score,
    )
    beside: dict[str, set[date]] = {}
    for candidate in candidates:
        beside.setdefault(candidate.rule, set()).add(candidate.day)
    last = _last_day(frame)
    return [
        candidate
        for candidate in candidates
        if candidate.day <= last
        and (len(beside[candidate.rule]) < _LIST or candidate.rule.startswith("label"))
    ]


def _last_day(frame: Frame) -> date:
    moment = frame.page.fetched_at
    return portal_day(moment, frame.portal.zone) if moment else date.max


def find_day(frame: Frame, heading: Heading, prose: Prose) -> None:
    """Give ``heading`` the day of publication next to it, if there is one."""
    candidates = days(frame, heading, prose)
    if not candidates:
        heading.day = said_day(frame)
        if heading.day:
            heading.rule = f"{heading.rule}, {NOT_PRINTED}"
        return
    best = candidates[0]
    heading.day, heading.day_at, heading.dated = best.day, best.position, True
    heading.rule = f"{heading.rule}, {best.rule}"
    if best.position >= heading.end and not any(prose.weights[heading.end : best.position + 1]):
        heading.end = best.position + 1


def settle_day(frame: Frame, heading: Heading) -> None:
    """Take the day of publication from the markup if it is earlier than the printed day.

    The printed day, without a label, is then that of an update. If a map says how its portal
    prints days, the printed day stays.
    """
    if heading.day is None or heading.day_at is None:
        return
    text = frame.page.blocks[heading.day_at].text
    if any(_PUBLISHED.search(text[: printed.start]) for printed in find(text, frame.portal.dates)):
        return
    markup_days = [machine_day(text) for name, text in frame.page.said.days if name == _SURE]
    if any(day and day + _ZONES < heading.day for day in markup_days):
        heading.day = min(filter(None, markup_days))
        heading.rule = f"{heading.rule}, an update's, {NOT_PRINTED}"


def said_day(frame: Frame) -> date | None:
    """Return the day of publication in the markup, for a page that prints none.

    If the day of a ``<time>`` stands in a sentence of the page, it belongs to that sentence: the
    day of an event.
    """
    markup_days = sorted(frame.page.said.days, key=lambda day: _SAID.get(day[0], len(_SAID)))
    last = _last_day(frame)
    rules = frame.portal.dates
    for source, text in markup_days:
        day = machine_day(text, rules.zone if frame.portal.origin else None)
        if day is None or not rules.first_year <= day.year or day > last:
            continue
        if source != "time" or not any(
            printed.day == day
            for block in frame.page.blocks
            if len(block.text) > _SENTENCE
            for printed in find(block.text, rules)
        ):
            return day
    return None


def _days(frame: Frame, heading: Heading, prose: Prose) -> Iterator[Day]:
    blocks = frame.page.blocks
    node = prose.container(heading.end)
    last = heading.end
    if node is not None:
        inside = range(max(frame.page.nodes[node].start, heading.end), frame.page.nodes[node].end)
        last = max(i for i in inside if prose.weights[i])
    for position in range(heading.start, heading.end):
        yield from _before(frame, position, heading.title)
    passed = 0
    for number, position in enumerate(
        range(heading.end, min(heading.end + _UNDER, last + 1, len(blocks)))
    ):
        if prose.weights[position]:
            yield from _opening(frame, position) if not passed else ()
            passed += 1
        elif passed <= _PASSED:
            base = 2.0 - 0.05 * number - 0.5 * passed
            yield from _in_block(frame, position, base, "between title and body")
    for number, position in enumerate(
        reversed(range(max(heading.start - _ABOVE, 0), heading.start))
    ):
        yield from _in_block(frame, position, 1.2 - 0.12 * number, "above the title")
    below = (
        i
        for i in range(last + 1, len(blocks))
        if frame.roles[i] not in _NEVER and not (last >= heading.end and _is_alike(frame, last, i))
    )
    for number, position in enumerate(islice(below, _BEHIND)):
        yield from _in_block(frame, position, _BELOW - 0.04 * number, "below the body")


def _before(frame: Frame, position: int, title: str) -> Iterator[Day]:
    """Yield the day that opens the title's element and is not part of the title."""
    text = frame.page.blocks[position].text
    for found in find(text, frame.portal.dates)[:1]:
        if not found.start and not title.startswith(text[: found.end]):
            yield Day(found.day, position, _OF_TITLE, "day before the title, in its element")


def _opening(frame: Frame, position: int) -> Iterator[Day]:
    """Yield the day in the line that opens a text: ``Bern, 17.08.2007 - The council …``."""
    text = frame.page.blocks[position].text
    for found in find(text[: 2 * _OPENING], frame.portal.dates)[:1]:
        before = text[: found.start].rstrip(" :：|")
        is_opening = len(before) <= _OPENING and _CLOSING.match(text, found.end)
        if is_opening and not OTHER_DAY.search(before):
            yield Day(found.day, position, _OPENS, "day of the line that opens the text")


def _is_alike(frame: Frame, last: int, position: int) -> bool:
    """Tell whether a block is made like the text's last one: its day is that of a signature."""
    make = frame.page.make(last)
    return make[1] == "p" and make == frame.page.make(position)


def _in_block(frame: Frame, position: int, base: float, where: str) -> Iterator[Day]:
    block = frame.page.blocks[position]
    if frame.roles[position] in _NEVER or len(block.text) > _LONGEST:
        return
    if any(lasts(block.text) for block in frame.page.blocks[position : position + 2]):
        return
    text = block.text
    for found in find(text, frame.portal.dates):
        before = text[: found.start].rstrip(" :：|")
        if OTHER_DAY.search(before):
            continue
        score = base
        rule = f"day {where}"
        if _PUBLISHED.search(before):
            score, rule = score + _LABELLED, f"labelled day {where}"
        printed = text[found.start : found.end]
        if any(printed in anchor.text for anchor in block.anchors):
            score -= 0.8
        rest = len(text) - len(printed)
        if rest > _SENTENCE and rule.startswith("day"):
            score -= 1.0
        if frame.page.nodes[block.node].tag == "time":
            score += _IN_TIME
        yield Day(found.day, position, score, rule)
