"""What is read first on pages of sites without a map: meetings and tables of records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from typing import Final, NamedTuple

from shio_scraper.parsers.event import read_event
from shio_scraper.parsers.frame import CONTENT, Frame, Role
from shio_scraper.parsers.lists import read_items
from shio_scraper.parsers.meeting import fields_of, meetings, page_meeting
from shio_scraper.parsers.prose import is_prose
from shio_scraper.parsers.records import Fields
from shio_scraper.parsers.result import Extraction
from shio_scraper.parsers.table import read_rows
from shio_scraper.portals import ANY_SITE

_LONG: Final = 100
_TEXT: Final = 6
"""So many paragraphs of ``_LONG`` characters are an article, whatever table stands beside them."""


class ListedRecords(NamedTuple):
    """The records that stand in lists and tables of a page.

    ``of_meetings`` are the blocks of the meetings. ``are_most`` says that the page is mainly
    about these records.
    """

    records: Sequence[Fields] = ()
    of_meetings: frozenset[int] = frozenset()
    are_most: bool = False


def listed_records(frame: Frame) -> ListedRecords:
    """Return the meetings and table rows of a page. A row with a reference is never a meeting."""
    if frame.portal is not ANY_SITE:
        return ListedRecords()
    tables = list(read_rows(frame))
    rows = (fields["columns"].blocks for fields in tables if fields["reference"].value)
    meeting_items = meetings(
        read_items(frame), {position for blocks in rows for position in blocks}
    )
    of_meetings = frozenset(position for item in meeting_items for position in item.blocks)
    rest = [row for row in tables if of_meetings.isdisjoint(row["columns"].blocks)]
    records = [*(fields_of(frame, item) for item in meeting_items), *rest]
    are_most = bool(tables or meeting_items) and _are_most(frame, of_meetings)
    return ListedRecords(records, of_meetings, are_most)


def _are_most(frame: Frame, of_meetings: Container[int]) -> bool:
    """Tell whether the records are most of the page's text. Then the other text is no article.

    Six long paragraphs are an article whatever table stands among them. The notice above a
    register has fewer.
    """
    characters = Counter[bool]()
    paragraphs = 0
    for position, (block, role) in enumerate(zip(frame.page.blocks, frame.roles, strict=True)):
        is_record = role is Role.RECORD or position in of_meetings
        if is_record or role in CONTENT:
            characters[is_record] += len(block.text)
            is_long = not is_record and len(block.text) >= _LONG
            paragraphs += is_long and is_prose(block.text)
    return characters[True] >= characters[False] and paragraphs < _TEXT


def read_meeting(result: Extraction, rule: str) -> bool:
    """Read the meeting that the page is about. Return whether the page is about a meeting."""
    meeting = page_meeting(result.frame)
    if meeting is None:
        return False
    for position in (*meeting["starts"].blocks, *meeting["place"].blocks):
        result.frame.roles[position] = Role.VALUE
    return read_event(result, rule, meeting)


def without_list(extraction: Extraction) -> Extraction:
    """Remove the article of a listing page if most of its text stands in the list's items."""
    own = extraction.own
    if own is None or own["type"].value != "article":
        return extraction
    listed = {block for item in read_items(extraction.frame) for block in item.blocks}
    body = own["paragraphs"].pieces
    listed_length = sum(
        len(paragraph.value) for paragraph in body if not listed.isdisjoint(paragraph.blocks)
    )
    if body and 2 * listed_length > sum(len(paragraph.value) for paragraph in body):
        del extraction.records[0], extraction.fields[0]
    return extraction
