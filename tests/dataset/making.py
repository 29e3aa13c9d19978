"""Makes run folders as a crawl leaves them, of records made here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec

from shio_scraper import manifest
from shio_scraper.items import RecordType, Reject
from shio_scraper.manifest import File, Manifest, Outcome, Scope
from tests.pipelines.samples import MAKERS

FILES: Final = {"article": "articles", "status": "status", "faq": "faq", "event": "events",
                "reject": "rejects"}  # fmt: skip
DAY: Final = datetime(2026, 1, 1, 8, 0, tzinfo=UTC)


def day(number: float) -> datetime:
    """Return a moment, counted in days."""
    return DAY + timedelta(days=number)


def scope(**changes: Any) -> Scope:
    """Return the scope of a crawl without arguments, changed."""
    everything = Scope(types=["article", "event", "faq", "status"], languages=["en", "zh"])
    return replace(everything, **changes)


def made(kind: str, at: datetime, **changes: Any) -> Any:
    """Return a record that was captured at ``at``."""
    record = replace(MAKERS[kind](), **changes)
    record.provenance = replace(record.provenance, fetched_at=at)  # type: ignore[union-attr]
    return record


def write_run(
    runs: Path,
    began: datetime,
    records: Iterable[RecordType | Reject],
    *,
    outcome: Outcome = "complete",
    reason: str = "finished",
    site: str = "live",
    spider: str = "portal",
    **more: Any,
) -> Path:
    """Write a run's folder below ``runs`` and return it."""
    name = f"{began:%Y%m%dT%H%M%SZ}-{spider}"
    folder = runs / name
    folder.mkdir(parents=True)
    streams = {kind: (folder / f"{stem}.jsonl").open("wb") for kind, stem in FILES.items()}
    for record in records:
        streams[record.type].write(msgspec.json.encode(record) + b"\n")
    for stream in streams.values():
        stream.close()
    run = Manifest(
        run=name, site=site, spider=spider, arguments={}, settings={}, versions={},
        scope=more.pop("scope", scope()), began=began, **more,
    )  # fmt: skip
    if outcome == "unfinished":
        (folder / manifest.BEGUN).write_bytes(msgspec.json.encode(run))
        return folder
    files = [File(path=path.name, bytes=path.stat().st_size, sha256=_digest(path))
             for path in sorted(folder.iterdir())]  # fmt: skip
    ended = replace(
        run, outcome=outcome, reason=reason, ended=began + timedelta(hours=1), files=files
    )
    (folder / manifest.NAME).write_bytes(msgspec.json.encode(ended))
    return folder


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
