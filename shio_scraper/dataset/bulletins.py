"""Changes as others read them: a table for a terminal, CSV for a sheet, Atom for a feed reader."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from shio_scraper.dataset.edits import edits, marked, text_of
from shio_scraper.dataset.state import Json
from shio_scraper.dataset.subject import Subject
from shio_scraper.redaction import cell, printable

_COLUMNS: Final = ("at", "change", "type", "key", "title", "url", "run", "field", "old", "new")
_ATOM: Final = "http://www.w3.org/2005/Atom"
_NOTHING: Final = "1970-01-01T00:00:00Z"
"""When a feed without entries was updated."""


def as_table(changes: Iterable[Json], _: Subject) -> Iterator[str]:
    """Yield a line for each change, and one for each field that changed, words marked in place."""
    for one in changes:
        yield f"{one['at'][:19]}  {one['change']:<8}  {one['key']}  {one['title']}"
        for name, value in one.get("fields", {}).items():
            yield f"{'':21}{name}: {marked(edits(value['old'], value['new']))}"


def as_csv(changes: Iterable[Json], _: Subject) -> Iterator[str]:
    """Yield the rows of a CSV file: one for each field that changed, else for each change."""
    yield _row(_COLUMNS)
    for one in changes:
        for name, value in (one.get("fields") or {"": {}}).items():
            texts = (text_of(value.get(which)) for which in ("old", "new"))
            yield _row((*(text_of(one[column]) for column in _COLUMNS[:-3]), name, *texts))


def _row(texts: Iterable[str]) -> str:
    stream = StringIO()
    csv.writer(stream, lineterminator="").writerow(map(cell, texts))
    return stream.getvalue()


def as_atom(changes: Iterable[Json], subject: Subject) -> Iterator[str]:
    """Yield an Atom feed (RFC 4287), an entry a line. Its time, the last change's, comes last."""
    head = ET.Element("feed", xmlns=_ATOM)
    _add(head, "title", f"Changes: {subject.title}")
    _add(head, "subtitle", f"{subject.description} {subject.licence}")
    _add(head, "id", _urn(subject.site))
    _add(head, "generator", "shio-scraper")
    _add(ET.SubElement(head, "author"), "name", subject.publishers or "nobody")
    updated = _NOTHING
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield _written(head).removesuffix("</feed>")
    for one in changes:
        updated = max(updated, one["at"])
        yield _written(_entry(one, subject))
    yield f"<updated>{updated}</updated></feed>"


def _entry(one: Json, subject: Subject) -> ET.Element:
    entry = ET.Element("entry")
    _add(entry, "title", f"{one['change'].capitalize()}: {one['title']}")
    _add(entry, "id", _urn(subject.site, one["key"], one["change"], one["at"]))
    _add(entry, "updated", one["at"])
    of_record = Subject.of(subject.site, [one["key"]])
    _add(ET.SubElement(entry, "author"), "name", of_record.publishers or "nobody")
    for term in (one["change"], one["type"]):
        ET.SubElement(entry, "category", term=term)
    if one["url"]:
        ET.SubElement(entry, "link", href=printable(one["url"]))
    differing = one.get("fields", {}).items()
    told = [f"{name}: {marked(edits(value['old'], value['new']))}" for name, value in differing]
    _add(entry, "content", "\n".join(told or [one["key"]]))
    return entry


def _add(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = printable(text)


def _written(element: ET.Element) -> str:
    return ET.tostring(element, encoding="unicode")


def _urn(*parts: Any) -> str:
    """Return a name that is the same whenever the feed is made."""
    return uuid5(NAMESPACE_URL, " ".join(map(str, parts))).urn


FORMATS: Final = {"table": as_table, "csv": as_csv, "atom": as_atom}
"""What writes changes for a subject, line by line; JSON Lines are written as they are."""
