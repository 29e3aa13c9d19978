"""What is read of sites that no map is of: meetings and tables of records, before all else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from typing import Final, NamedTuple

from shio_scraper.parsers.event import read_event
from shio_scraper.parsers.frame import CONTENT, Frame, Role
from shio_scraper.parsers.lists import read_items
from shio_scraper.parsers.meeting import fields_of, meetings, page_meeting
from shio_scraper.parsers.prose import is_prose
from shio_scraper.parsers.records import Extraction, Fields
from shio_scraper.parsers.table import read_rows
from shio_scraper.portals import ANY_SITE

_LONG: Final = 100
_TEXT: Final = 6
"""Paragraphs of so many characters that are an article, beside whatever table."""


class ListedRecords(NamedTuple):
    """The records that stand in lists and tables.

    ``of_meetings`` are the blocks of meetings; ``are_most`` says that the page is about these.
    """

    records: Sequence[Fields] = ()
    of_meetings: frozenset[int] = frozenset()
    are_most: bool = False


def listed_records(frame: Frame) -> ListedRecords:
    """Return the meetings and the rows of tables on a page; rows with a reference are records."""
    if frame.portal is not ANY_SITE:
        return ListedRecords()
    tables = list(read_rows(frame))
    rows = (fields["columns"].blocks for fields in tables if fields["reference"].value)
    held = meetings(read_items(frame), {position for blocks in rows for position in blocks})
    of_meetings = frozenset(position for item in held for position in item.blocks)
    rest = [row for row in tables if of_meetings.isdisjoint(row["columns"].blocks)]
    records = [*(fields_of(frame, item) for item in held), *rest]
    are_most = bool(tables or held) and _are_most(frame, of_meetings)
    return ListedRecords(records, of_meetings, are_most)


def _are_most(frame: Frame, of_meetings: Container[int]) -> bool:
    """Tell a page whose records are the most of its text: what else it says is no article.

    Six paragraphs are one, whatever table stands among them; a register's notice has fewer.
    """
    said = Counter[bool]()
    paragraphs = 0
    for position, (block, role) in enumerate(zip(frame.page.blocks, frame.roles, strict=True)):
        is_record = role is Role.RECORD or position in of_meetings
        if is_record or role in CONTENT:
            said[is_record] += len(block.text)
            is_long = not is_record and len(block.text) >= _LONG
            paragraphs += is_long and is_prose(block.text)
    return said[True] >= said[False] and paragraphs < _TEXT


def read_meeting(result: Extraction, rule: str) -> bool:
    """Read the meeting that the page is about; tell whether it is about one."""
    meeting = page_meeting(result.frame)
    if meeting is None:
        return False
    for position in (*meeting["starts"].blocks, *meeting["place"].blocks):
        result.frame.roles[position] = Role.VALUE
    return read_event(result, rule, meeting)


def without_list(extraction: Extraction) -> Extraction:
    """Leave out the article of a page that lists others, where its text is what the items say."""
    own = extraction.own
    if own is None or own["type"].value != "article":
        return extraction
    listed = {block for item in read_items(extraction.frame) for block in item.blocks}
    body = own["paragraphs"].pieces
    within = sum(len(one.value) for one in body if not listed.isdisjoint(one.blocks))
    if body and 2 * within > sum(len(one.value) for one in body):
        del extraction.records[0], extraction.fields[0]
    return extraction
