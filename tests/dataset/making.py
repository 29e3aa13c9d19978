"""Makes run folders as a crawl leaves them, of records made here."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec

from shio_scraper.dataset.changes import Period, changes
from shio_scraper.dataset.state import Json, State
from shio_scraper.items import RECORD_FILES, RecordType, Reject, type_of
from shio_scraper.runs import manifest
from shio_scraper.runs.manifest import File, Manifest, Outcome, Scope
from tests.pipelines.samples import MAKERS

FILES: Final = {type_of(of): name for name, of in RECORD_FILES.items()} | {"reject": "rejects"}
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
        run=name, site=site, spider=spider, arguments={}, versions={},
        settings=more.pop("settings", {}),
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


def told(state: State, **given: Any) -> list[Json]:
    """Return the changes of a state, as objects."""
    return [json.loads(line) for line in changes(state, given.pop("period", Period()), **given)]


def dump(path: Path) -> list[tuple[Any, ...]]:
    """Return everything that a state says, without the numbers of its rows."""
    with closing(sqlite3.connect(path)) as database:
        return [row for query in _DUMP for row in database.execute(query)]


_DUMP: Final = (
    "SELECT * FROM dataset",
    (
        "SELECT name, spider, outcome, reason, began, ended, arguments, scope, unlisted, counts, "
        "manifest FROM runs ORDER BY name"
    ),
    "SELECT url, name FROM excuses JOIN runs ON runs.id = run ORDER BY url, name",
    "SELECT type, key FROM records ORDER BY key",
    (
        "SELECT key, hex(hash), lacks, moment, json FROM versions "
        "JOIN records ON records.id = record LEFT JOIN documents ON version = versions.id "
        "ORDER BY key, hash"
    ),
    (
        "SELECT key, hex(hash), name, lacks, moment, json FROM drafts "
        "JOIN runs ON runs.id = run JOIN versions ON versions.id = version "
        "JOIN records ON records.id = record ORDER BY key, hash, name"
    ),
    (
        "SELECT key, hex(hash), moment, name FROM sightings JOIN runs ON runs.id = run "
        "JOIN versions ON versions.id = version JOIN records ON records.id = record "
        "ORDER BY key, hash, moment, name"
    ),
)


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
