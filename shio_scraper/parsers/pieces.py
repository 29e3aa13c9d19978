"""Reads an entry of a list into pieces without days and times, each with its slot in the entry."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time
from itertools import pairwise, zip_longest
from typing import Final, NamedTuple

from shio_scraper.addresses import names_document
from shio_scraper.items import Link
from shio_scraper.parsers.calendar import Calendar, Day, clock_spans
from shio_scraper.parsers.frame import Frame
from shio_scraper.parsers.repeats import Entry
from shio_scraper.portals import list_words

_AROUND: Final = " -–—|·•*:：,，;@/\"'.…»›>"
_SIGNS: Final = " -–—|·•*:：,，;"
_PARTS: Final = re.compile(r"\s*[,;|–—-]\s*(?=\w)")
"""The separator behind a day or a time, if the text goes on there."""
_SEVERAL: Final = re.compile(r"[|/&,]|\band\b", re.IGNORECASE)
_TOOL: Final = re.compile(rf"(?:{list_words.OF_DOCUMENTS})", re.IGNORECASE)
_PLACE: Final = re.compile(rf"(?:{list_words.PLACE})\s*[:：]\s*(?P<value>\S.*)", re.IGNORECASE)
_PLACE_HEAD: Final = re.compile(rf"(?:{list_words.PLACE})\W*", re.IGNORECASE)
_PLACES: Final = re.compile(list_words.PLACE_WORDS, re.IGNORECASE)
_MEETS: Final = re.compile(list_words.MEETING_WORDS, re.IGNORECASE)
_WEEKDAY: Final = re.compile(
    r"(?<![a-z])(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?s?(?![a-z])[.,]*",
    re.IGNORECASE,
)
_LABEL: Final = re.compile(rf"\A(?:{list_words.ITEM_LABELS})\s*", re.IGNORECASE)
_LETTERS: Final = re.compile(r"[^\W\d_]{2,}|[\u3040-\u30ff\u3400-\u9fff]")
_WORDS: Final = re.compile(r"[^\W\d_]{3,}|[\u3040-\u30ff\u3400-\u9fff]")
_NO_WORDS: Final = re.compile(
    r"\s*\((?:opens|will open|link|pdf|external)[^()]*\)|\s*\.(?:pdf|docx?)\Z", re.IGNORECASE
)
"""A note on what a link opens, or the ending of a file."""
_GENERIC: Final = re.compile(rf"(?:{list_words.GENERIC_HEADINGS})|\W|\d", re.IGNORECASE)
_EMPTY: Final = re.compile(r"\(\W*\)|\[\W*\]")
_LEADS_ON: Final = re.compile(
    r"(?:[\s,;:|@•–—-]|(?<!\w)(?:on|at|from|to|until|am|von|um)(?=\W*\Z))*\Z", re.IGNORECASE
)
"""Signs and words right before a day or a time, such as "on" or "from"."""
_LONGEST: Final = 300

Slot = tuple[object, ...]
"""The place of a piece in its entry: its column, or the tag and number of its element."""
_NO_NAME: Final[Slot] = ("a day, or what is done with a document",)


class Piece(NamedTuple):
    """A part of an entry without days and times: its block, text, link and column header."""

    position: int
    text: str
    url: str | None
    head: str
    is_heading: bool
    slot: Slot = ()


class Moment(NamedTuple):
    """A day that an entry prints, with its block and times of day.

    The times are those behind the day; if there are none, all times of the text.
    """

    position: int
    day: date | None
    times: tuple[time, ...]


@dataclass(slots=True)
class Reading:
    """An entry with its pieces and moments."""

    entry: Entry
    pieces: list[Piece] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)


class PieceReader:
    """Reads entries of a page into pieces and moments."""

    def __init__(self, frame: Frame, calendar: Calendar) -> None:
        self._page = frame.page
        self._calendar = calendar
        self._of_tables: dict[int, tuple[str, ...]] = {}

    def take(self, entry: Entry) -> Reading:
        """Return the pieces and moments of an entry.

        Only the day that marks the entry is cut from names; another day may be part of a name.
        """
        read = Reading(entry)
        tags: Counter[str] = Counter()
        for position in entry.blocks:
            tag = self._page.node(position).tag
            tags[tag] += 1
            block, span = self._page.blocks[position], entry.span
            texts = (block.text[slice(*span)],) if span else block.cells or (block.text,)
            for number, (head, text) in enumerate(zip(self._heads(position), texts, strict=False)):
                self._read(read, position, head, text, (tag, tags[tag], number))
        return read

    def _read(self, read: Reading, position: int, head: str, text: str, place: Slot) -> None:
        """Add the moments and pieces of ``text`` to ``read``.

        ``text`` is that of a block or a cell; ``head`` is the header of its column, ``place`` its
        slot.
        """
        days = self._calendar.days(text, position)
        clocks = clock_spans(text) if len(text) <= _LONGEST else []
        marks: list[Day | None] = [*days] or [None]
        for day, following in zip_longest(marks, days[1:]):
            since, stop = day.start if day else 0, following.start if following else len(text)
            behind = [clock for start, _, clock in clocks if since <= start < stop]
            times = behind or [clock for *_, clock in clocks]
            read.moments.append(Moment(position, day.day if day else None, tuple(times)))
        of_days = [(day.start, day.end) for day in days]
        spans = [(start, end) for start, end, _ in clocks]
        all_spans, spans = of_days + spans, of_days[: position == read.entry.mark] + spans
        links = {link.text: link.url for link in self._page.links(position) if _is_web(link)}
        is_heading = self._page.node(position).heading is not None
        is_cell = bool(self._page.blocks[position].cells)
        for part, (start, end, url) in enumerate(self._parts(text, links, spans)):
            words = _cut(text, start, end, spans)
            bare = _cut(text, start, end, all_spans) if days else words
            slot = (*place, 0 if is_cell else part, url is not None)
            if not words or not _LETTERS.search(bare) or (days and is_tool(bare)):
                words, slot = bare or text[start:end].strip(), _NO_NAME
            if slot is not _NO_NAME or url:
                read.pieces.append(Piece(position, words, url, head, is_heading, slot))

    @staticmethod
    def _parts(
        text: str, links: dict[str, str], spans: list[tuple[int, int]]
    ) -> Iterator[tuple[int, int, str | None]]:
        """Yield start, end and address of each link in a text and of each part between links.

        A part between links has no address, and is split at days and times.
        """
        at, stops = 0, sorted(end for _, end in spans if _PARTS.match(text, end))
        whole: list[tuple[int, int, str | None]] = []
        for words, url in links.items():
            start = text.find(words, at)
            if start >= 0:
                whole += [(at, start, None), (start, start + len(words), url)]
                at = start + len(words)
        for start, end, linked in [*whole, (at, len(text), None)]:
            inside = [stop for stop in stops if start < stop < end] if linked is None else []
            for first, last in pairwise([start, *inside, end]):
                if first < last:
                    yield first, last, linked

    def _heads(self, position: int) -> tuple[str, ...]:
        """Return the header of each cell of a block, from the first row of its table.

        The headers are empty if the block is in no table, or if the first row has no names.
        """
        block = self._page.blocks[position]
        none = ("",) * max(len(block.cells), 1)
        around = [self._page.nodes[number] for number in self._page.ancestors(block.node)]
        table = next((node for node in around if node.tag == "table"), None)
        if table is None or table.start == position:
            return none
        heads = self._columns(table.start)
        if block.cells:
            return heads if len(heads) == len(block.cells) else none
        row = next(node for node in around if node.tag in {"tr", "table"})
        before = sum(cell.start <= position for cell in row.cells)
        return heads[before - 1 : before] or none

    def _columns(self, first: int) -> tuple[str, ...]:
        """Return the headers of the table whose first block is ``first``.

        A first row with a day has no headers.
        """
        if first not in self._of_tables:
            cells = self._page.blocks[first].cells
            is_named = not any(self._calendar.days(cell, first) for cell in cells)
            self._of_tables[first] = cells if is_named else ()
        return self._of_tables[first]


def _cut(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> str:
    """Return ``text`` from ``start`` to ``end`` without ``spans``, and without labels and signs."""
    pieces, at = [], start
    for first, last in sorted(spans):
        if last > at and first < end:
            pieces.append(_LEADS_ON.sub("", text[at : max(first, at)]))
            at = last
    words = " ".join(" ".join([*pieces, text[at:end]]).split())
    if not pieces:
        return _LABEL.sub("", _NO_WORDS.sub("", words).strip(_SIGNS)).strip(_SIGNS)
    words = _EMPTY.sub(" ", _WEEKDAY.sub("", words))
    words = _LABEL.sub("", _NO_WORDS.sub("", words).strip(_AROUND)).strip(_AROUND)
    for opening, closing in ("()", "[]"):
        if words.count(opening) > words.count(closing) and words.rfind(opening) > words.rfind(
            closing
        ):
            head, _, rest = words.rpartition(opening)
            words = f"{head}{rest}" if rest.strip() else head
        if opening not in words:
            words = words.replace(closing, "")
    return " ".join(words.split()).strip(_AROUND)


def is_name(piece: Piece) -> bool:
    """Tell whether a piece may be the name of its entry."""
    return (
        len(piece.text) <= _LONGEST
        and piece.slot is not _NO_NAME
        and _LETTERS.search(piece.text) is not None
        and "://" not in piece.text
        and "@" not in piece.text
        and not is_tool(piece.text)
        and not _PLACE.match(piece.text)
        and (piece.is_heading or not is_place(piece.text))
        and not _PLACE_HEAD.fullmatch(piece.head)
    )


def is_reference(text: str) -> bool:
    """Tell whether a text is the reference number of a case or document, and no name."""
    if not any(map(str.isdigit, text)):
        return False
    return len(_WORDS.findall(text)) < 2 or len(text.split()) == 1  # noqa: PLR2004


def is_place(text: str) -> bool:
    """Tell whether a text is a place (a room, a hall, a street), and no name of a meeting."""
    return _PLACES.search(text) is not None and not meets(text)


def meets(text: str) -> bool:
    """Tell whether a text names a meeting, or a body that meets."""
    return _MEETS.search(text) is not None


def labelled_place(piece: Piece) -> str | None:
    """Return the place that a piece gives behind a label, or below a column header for places."""
    if match := _PLACE.fullmatch(piece.text):
        return match["value"].strip(_AROUND)
    return piece.text if piece.head and _PLACE_HEAD.fullmatch(piece.head) else None


def says_more(text: str) -> bool:
    """Tell whether a line says anything beyond the words of a tool (``is_tool``)."""
    return _LETTERS.search(text) is not None and not is_tool(text)


def names_something(heading: str) -> bool:
    """Tell whether a heading names something: "Meetings 2024" does not say whose meetings."""
    return _LETTERS.search(_GENERIC.sub("", heading)) is not None


def is_tool(text: str) -> bool:
    """Tell whether a text only says what to do with a document, or how a meeting is held."""
    parts = (part.strip(f"()[]{_AROUND}") for part in _SEVERAL.split(text))
    return all(not part or _TOOL.fullmatch(part) for part in parts)


def _is_web(link: Link) -> bool:
    return bool(link.text) and link.url.startswith("http") and "email-protection" not in link.url


def is_document(link: Link) -> bool:
    """Tell whether a link leads to a document of an entry, such as an agenda, not to its page."""
    return names_document(link.url) or is_tool(link.text)
