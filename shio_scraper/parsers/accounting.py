"""Strict accounting: who took each visible character of a page, and what nobody expected."""

from __future__ import annotations

from dataclasses import dataclass, field

from shio_scraper.parsers.extract import Extraction
from shio_scraper.parsers.findings import Finding, find
from shio_scraper.parsers.left_over import left_over, visible
from shio_scraper.parsers.listing import read_items
from shio_scraper.parsers.parts import Part, main_container, own_reading, parts
from shio_scraper.parsers.roles import Role


@dataclass(slots=True)
class Account:
    """Who took the blocks of a page.

    ``main`` are the positions of the main container: the smallest element with the article's
    or event's title and body, of other pages the whole. ``claimed``, ``ignored`` and
    ``unclaimed`` count its visible characters, white space apart: together they are all of
    them. ``findings`` are of the whole page.
    """

    parts: list[Part]
    main: range
    claimed: int = 0
    ignored: int = 0
    unclaimed: int = 0
    findings: list[Finding] = field(default_factory=list)


def account(extraction: Extraction) -> Account | None:
    """Return the account of a page; ``None`` where the page as a whole was rejected."""
    if any(reject.costs_page for reject in extraction.rejects):
        return None
    reading, frame = own_reading(extraction), extraction.frame
    items = [] if reading else read_items(frame)
    main = main_container(extraction)
    found = parts(extraction, main, items)
    result = Account(found, main)
    beside = dict(left_over(extraction))
    result.findings += find(extraction, found, items)
    result.findings += [Finding("left_over", text, position) for position, text in beside.items()]
    _count(result, extraction, beside)
    return result


def _count(result: Account, extraction: Extraction, beside: dict[int, str]) -> None:
    counts = {"claimed": 0, "ignored": 0, "unclaimed": 0}
    start, end = result.main.start, result.main.stop
    for block, part in zip(extraction.page.blocks[start:end], result.parts[start:end], strict=True):
        counts[part[0]] += len(block.text) - block.text.count(" ")
    for position, text in beside.items():
        if position in result.main:
            counts["claimed"] -= visible(text)
            counts["unclaimed"] += visible(text)
    noise = sum(_noise(extraction, position) for position in _shortened(extraction))
    result.claimed = counts["claimed"] - noise
    result.ignored = counts["ignored"] + noise
    result.unclaimed = counts["unclaimed"]


def _shortened(extraction: Extraction) -> list[int]:
    """Return the paragraphs out of which something was taken: script text, leftovers."""
    reading = own_reading(extraction)
    shortened = reading.body.shortened if reading else {}
    return [i for i in shortened if extraction.frame.roles[i] is Role.PARAGRAPH]


def _noise(extraction: Extraction, position: int) -> int:
    reading = own_reading(extraction)
    lines = dict(reading.body.lines) if reading else {}
    text = extraction.page.blocks[position].text
    return visible(text) - visible(lines.get(position, text))
