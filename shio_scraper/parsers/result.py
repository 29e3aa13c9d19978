"""The result of parsing one page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from shio_scraper.items import Language, Provenance, RecordType, Reject
from shio_scraper.pages import Page, reject
from shio_scraper.parsers.frame import Frame
from shio_scraper.parsers.records import Fields, record_of
from shio_scraper.parsers.template import Layout, Template
from shio_scraper.portals import FamilyKind

_MAX_RECORDS: Final = 5_000
"""Most records that one page gives, and most rejects."""
_OWN: Final = frozenset({"article", "event", "press_conference"})


class Selected(NamedTuple):
    """The first match of a selector: its text, and its blocks (none if it is an attribute)."""

    text: str
    blocks: range


@dataclass(slots=True)
class Extraction:
    """The result of parsing one page: its records and rejects, and what they were made of.

    ``fields`` holds the fields of each record, in the order of ``records``.
    ``notes`` counts, by name, faults and other events on the page.
    ``sidebar`` identifies the form of the rows and pairs on the page. A caller that has read the
    same form before passes it as known, and the same records are not made again.
    ``instead`` says that another page came instead of the requested one.
    ``template`` is the template that the page was read with; ``layout`` is the layout by which
    that template was looked up.
    ``selected`` holds what the selectors of the map found.
    """

    page: Page
    frame: Frame
    language: Language | None
    provenance: Provenance
    records: list[RecordType] = field(default_factory=list)
    fields: list[Fields] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    sidebar: int = 0
    instead: bool = False
    template: Template | None = None
    layout: Layout | None = None
    selected: dict[str, Selected | None] = field(default_factory=dict)

    @property
    def kind(self) -> FamilyKind | None:
        """The kind of page that the address belongs to; ``None`` if no family has the address."""
        return self.page.address.kind if self.page.address else None

    @property
    def own(self) -> Fields | None:
        """The fields of the page's own article, event or press conference; ``None`` without one.

        This record is the first of the page.
        """
        first = self.fields[0] if self.fields else None
        return first if first and first["type"].value in _OWN else None

    def add(self, fields: Fields, doubts: Sequence[str] = ()) -> None:
        """Add the record of ``fields``. A record beyond the limit is only counted."""
        if len(self.records) == _MAX_RECORDS:
            self.note("records_left_out")
            return
        record, ordered = record_of(fields, self.provenance)
        record.doubts = list(doubts)
        self.records.append(record)
        self.fields.append(ordered)

    def add_pair(self, fields: Fields | None) -> bool:
        """Add the record of a question and its answer; return whether there is one.

        ``fields`` is ``None`` for a pair without a question.
        """
        if fields:
            self.add(fields)
            self.note("no_answer", fields["answer"].value is None)
        return fields is not None

    def reject(self, reason: str, detail: str | None = None) -> None:
        """Reject the page, or a part of it. A reject beyond the limit is only counted."""
        if len(self.rejects) == _MAX_RECORDS:
            self.note("rejects_left_out")
        else:
            self.rejects.append(reject("parse", reason, detail, self.page))

    def note(self, name: str, count: int = 1) -> None:
        """Add ``count`` to the note ``name``, which counts a fault or another event."""
        if count:
            self.notes[name] += count
