"""What a run saw, and which of its pages could not be read: nothing that stands there has gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from shio_scraper.dataset.database import to_moment
from shio_scraper.items import Provenance, Reject
from shio_scraper.portals import ALL
from shio_scraper.runs import stored
from shio_scraper.runs.content import TYPES
from shio_scraper.runs.manifest import Manifest
from shio_scraper.runs.stored import Broken, Line

_HISTORY: Final = "history"
"""What narrows the scope of a run that read captures of other times."""

_BEHIND: Final = {
    "home": ("article", "event", "press_conference"),
    "listing": ("article",),
    "event_listing": ("event",),
}
"""The types of records that a page of a kind leads to."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A record as JSON has it; when it was seen, and where its page was fetched from."""

    fields: dict[str, Any]
    moment: int
    fetched_url: str | None


def seen(folder: Path, run: Manifest) -> Iterator[Seen | None]:
    """Yield what the run in ``folder`` saw, ``None`` for a line that is no whole record.

    A record was seen when its page was captured, but never before its run began: a clock went
    back. Only of a history are the captures older than the run. Raises ``OSError``.
    """
    began = to_moment(run.began)
    earliest = None if _HISTORY in run.scope.narrowed_by else began
    for file in stored.files_of(folder):
        for line in stored.lines(file):
            provenance = _provenance(line)
            if isinstance(line, Broken) or provenance is None:
                yield None
                continue
            at = provenance.fetched_at
            moment = began if at is None else to_moment(at)
            if earliest is not None:
                moment = max(moment, earliest)
            yield Seen(line.fields, moment, provenance.fetched_url)


def _provenance(line: Line) -> Provenance | None:
    """Return the provenance of a line that is a whole record; ``None`` for any other."""
    if isinstance(line, Broken) or line.fields["type"] not in TYPES:
        return None
    if not isinstance(line.fields.get("language"), str) or "url" not in line.fields:
        return None
    try:
        return line.provenance
    except msgspec.ValidationError:
        return None


def excused(rejects: Path) -> Iterator[str]:
    """Yield the addresses of the rejects in a file that do not say: there is no such page.

    Raises ``OSError`` and ``ValueError``.
    """
    for number, reject in enumerate(stored.of_kind(Reject, rejects), 1):
        if reject is None:
            raise ValueError(f"no reject: line {number} of {rejects.name}")
        if reject.url and not reject.says_none:
            yield reject.url


def types_behind(url: str) -> tuple[str, ...]:
    """Return the types of records that are missing where the page of an address is.

    >>> types_behind("https://touch.shio.gov.cn/jsp/zfxw_default_en.jsp?siteId=7")
    ('article',)
    """
    address = ALL.locate(url)
    return _BEHIND.get(address.kind or "", ()) if address else ()
