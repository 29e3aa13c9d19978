"""Changes in forms for readers: changed words marked; as a table for a terminal, CSV or Atom."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from io import StringIO
from itertools import zip_longest
from typing import Any, Final, Literal, TypeAlias
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from shio_scraper.dataset.places import Subject
from shio_scraper.dataset.state import Json
from shio_scraper.redaction import cell, printable

Edit: TypeAlias = tuple[Literal["=", "-", "+"], str]
"""A piece of text that stayed (``=``), was removed (``-``) or was added (``+``)."""

_WORD: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\W\u3400-\u9fff\uf900-\ufaff]+|\s+|.")
_MOST: Final = 2_000
"""Maximum words of two texts that are compared word by word.

Of longer texts, the part that differs is marked as a whole.
"""
_PAIRS: Final = 50_000
"""Maximum pairs of equal words, one in each text.

A text that repeats one word has as many pairs as the square of its length.
"""
_AROUND: Final = 12
"""Number of unchanged words and spaces that are shown on each side of a change."""
_COLUMNS: Final = ("at", "change", "type", "key", "title", "url", "run", "field", "old", "new")
_ATOM: Final = "http://www.w3.org/2005/Atom"
_NOTHING: Final = "1970-01-01T00:00:00Z"
"""The time of update of a feed without entries."""


def text_of(value: Any) -> str:
    r"""Return a field's value as text for a reader. Each element of a list has its own line.

    >>> text_of([{"text": "a page", "url": "https://a.example/"}, None, "end"])
    'a page https://a.example/\n\nend'
    """
    if isinstance(value, list):
        return "\n".join(map(text_of, value))
    if isinstance(value, dict):
        return " ".join(filter(None, map(text_of, value.values())))
    return "" if value is None else str(value)


def edits(old: Any, new: Any) -> Iterator[Edit]:
    """Yield the pieces that stayed, were removed and were added between two values.

    Of long pieces that stayed, only the ends beside a change are shown.

    >>> list(edits("Line 3 opens", "Line 3 is open"))
    [('=', 'Line 3 '), ('-', 'opens'), ('+', 'is open')]
    """
    before, now = (_WORD.findall(text_of(value)) for value in (old, new))
    first = _alike(before, now)
    last = _alike(before[first:][::-1], now[first:][::-1])
    yield from _kept(before[:first], at_end=True)
    ends = len(before) - last, len(now) - last
    yield from _changed(before[first : ends[0]], now[first : ends[1]])
    yield from _kept(before[ends[0] :], at_begin=True)


def marked(pieces: Iterable[Edit]) -> str:
    """Return edits in the form of ``git diff --word-diff``, on one line.

    >>> marked(edits("Line 3 opens", "Line 3 is open"))
    'Line 3 [-opens-]{+is open+}'
    """
    forms = {"=": "{}", "-": "[-{}-]", "+": "{{+{}+}}"}
    text = "".join(forms[how].format(text) for how, text in pieces)
    return " ¶ ".join(line for line in text.splitlines() if line.strip())


def _alike(words: list[str], other_words: list[str]) -> int:
    """Return the number of equal words at the start of two texts."""
    pairs = enumerate(zip_longest(words, other_words))
    return next((number for number, (a, b) in pairs if a != b), len(words))


def _changed(before: list[str], now: list[str]) -> Iterator[Edit]:
    counts = Counter(word for word in now if not word.isspace())
    if max(len(before), len(now)) > _MOST or sum(counts[word] for word in before) > _PAIRS:
        yield from _replaced(before, now)
        return
    matcher = SequenceMatcher(str.isspace, before, now, autojunk=False)
    for how, start, end, first, last in matcher.get_opcodes():
        if how == "equal":
            yield from _kept(before[start:end], at_begin=True, at_end=True)
        else:
            yield from _replaced(before[start:end], now[first:last])


def _replaced(before: list[str], now: list[str]) -> Iterator[Edit]:
    if before:
        yield "-", "".join(before)
    if now:
        yield "+", "".join(now)


def _kept(words: list[str], *, at_begin: bool = False, at_end: bool = False) -> Iterator[Edit]:
    """Yield unchanged words without their middle.

    The start and end of the whole text are left out.
    """
    if len(words) > _AROUND * (at_begin + at_end):
        begin, end = words[:_AROUND] if at_begin else [], words[-_AROUND:] if at_end else []
        words = [*begin, "…", *end]
    if words:
        yield "=", "".join(words)


def as_table(changes: Iterable[Json], _: Subject) -> Iterator[str]:
    """Yield a line for each change, and a line for each changed field with its words marked."""
    for change in changes:
        yield f"{change['at'][:19]}  {change['change']:<8}  {change['key']}  {change['title']}"
        for name, value in change.get("fields", {}).items():
            yield f"{'':21}{name}: {marked(edits(value['old'], value['new']))}"


def as_csv(changes: Iterable[Json], _: Subject) -> Iterator[str]:
    """Yield the rows of a CSV file: one for each changed field, else one for each change."""
    yield _row(_COLUMNS)
    for change in changes:
        for name, value in (change.get("fields") or {"": {}}).items():
            texts = (text_of(value.get(which)) for which in ("old", "new"))
            yield _row((*(text_of(change[column]) for column in _COLUMNS[:-3]), name, *texts))


def _row(texts: Iterable[str]) -> str:
    stream = StringIO()
    csv.writer(stream, lineterminator="").writerow(map(cell, texts))
    return stream.getvalue()


def as_atom(changes: Iterable[Json], subject: Subject) -> Iterator[str]:
    """Yield an Atom feed (RFC 4287), an entry a line.

    Its time, that of the last change, comes last.
    """
    head = ET.Element("feed", xmlns=_ATOM)
    _add(head, "title", f"Changes: {subject.title}")
    _add(head, "subtitle", f"{subject.description} {subject.licence}")
    _add(head, "id", _urn(subject.site))
    _add(head, "generator", "shio-scraper")
    _add(ET.SubElement(head, "author"), "name", subject.publishers or "nobody")
    updated = _NOTHING
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield _written(head).removesuffix("</feed>")
    for change in changes:
        updated = max(updated, change["at"])
        yield _written(_entry(change, subject))
    yield f"<updated>{updated}</updated></feed>"


def _entry(change: Json, subject: Subject) -> ET.Element:
    entry = ET.Element("entry")
    _add(entry, "title", f"{change['change'].capitalize()}: {change['title']}")
    _add(entry, "id", _urn(subject.site, change["key"], change["change"], change["at"]))
    _add(entry, "updated", change["at"])
    of_record = Subject.of(subject.site, [change["key"]])
    _add(ET.SubElement(entry, "author"), "name", of_record.publishers or "nobody")
    for term in (change["change"], change["type"]):
        ET.SubElement(entry, "category", term=term)
    if change["url"]:
        ET.SubElement(entry, "link", href=printable(change["url"]))
    differing = change.get("fields", {}).items()
    lines = [f"{name}: {marked(edits(value['old'], value['new']))}" for name, value in differing]
    _add(entry, "content", "\n".join(lines or [change["key"]]))
    return entry


def _add(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = printable(text)


def _written(element: ET.Element) -> str:
    return ET.tostring(element, encoding="unicode")


def _urn(*parts: Any) -> str:
    """Return an identifier that is the same each time the feed is made."""
    return uuid5(NAMESPACE_URL, " ".join(map(str, parts))).urn


FORMATS: Final = {"table": as_table, "csv": as_csv, "atom": as_atom}
"""Format → the function that writes changes line by line. JSON Lines need no function."""
