"""A run's files → what it saw, and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from shio_scraper import stored
from shio_scraper.content import TYPES
from shio_scraper.dataset.moments import to_moment
from shio_scraper.items import Provenance
from shio_scraper.manifest import Manifest
from shio_scraper.stored import Broken, Line

_HISTORY: Final = "history"
"""What narrows the scope of a run that read captures of other times."""


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
