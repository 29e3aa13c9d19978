"""The signs that a page is damaged: rejects, notes, doubts, validation, accounting, layouts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime

from quality.sample import FETCHED_AT, Json, bare
from shio_scraper.audit.auditing import SharedText
from shio_scraper.audit.layouts import layout_of
from shio_scraper.pages import Capture, UnreadableError, read
from shio_scraper.parsers import Extraction, extract
from shio_scraper.parsers.accounting import account, main_container, parts
from shio_scraper.schema import ValidationError, validate


@dataclass(frozen=True)
class Seen:
    """The signs of a page, in a crawl that has not seen the page's sidebar before."""

    records: tuple[Json, ...]
    signs: Counter[str]
    """Rejects, notes, doubts, refused records and events of accounting, each by name."""
    layout: str
    shared: bool = False
    """Whether the page shares a text with earlier pages of the run."""


def see(body: str | bytes, url: str, run: SharedText | None = None) -> Seen:
    """Read a page and account for it. ``run`` holds the texts of the run's earlier pages."""
    fetched_at = datetime.fromisoformat(FETCHED_AT)
    try:
        page = read(Capture(body=body, url=url, fetched_at=fetched_at))
    except UnreadableError as error:
        return Seen((), Counter({f"reject {error.reason}": 1}), "")
    extraction = extract(page)
    result = account(extraction)
    found = result.parts if result else parts(extraction, main_container(extraction))
    signs = Counter(f"reject {reject.reason}" for reject in extraction.rejects)
    signs += Counter({f"note {note}": count for note, count in extraction.notes.items()})
    signs += Counter(f"event {one.event} {one.text}" for one in (result.findings if result else ()))
    signs += Counter(_refused(extraction))
    doubts = (doubt for one in extraction.records for doubt in getattr(one, "doubts", ()))
    signs += Counter(f"doubt {doubt}" for doubt in doubts)
    layout = layout_of(extraction, found).fingerprint
    shared = any(run.find(extraction)) if run else False
    return Seen(bare(extraction.records), signs, layout, shared)


def _refused(extraction: Extraction) -> list[str]:
    lines = []
    for record in extraction.records:
        try:
            validate(record)
        except ValidationError as error:
            lines.append(f"schema {error}")
    return lines


def tells(damaged: Seen, whole: Seen, known: Container[str]) -> tuple[bool, bool]:
    """Tell whether the damaged page has more signs than the whole one, and a new layout."""
    return bool(damaged.signs - whole.signs), damaged.layout not in known
