"""Runs → state: each run in one transaction, in any order, any number of times."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec

from shio_scraper import manifest, stored
from shio_scraper.content import stored_content_hash
from shio_scraper.dataset.moments import to_moment
from shio_scraper.dataset.state import State
from shio_scraper.manifest import Manifest
from shio_scraper.stored import Broken, Stored

_FIND: Final = """
SELECT records.id, versions.id
FROM records LEFT JOIN versions ON versions.record = records.id AND versions.hash = ?
WHERE records.type = ? AND records.key = ?
"""
_DOCUMENT: Final = """
INSERT INTO documents (version, lacks, moment, json) VALUES (?, ?, ?, ?)
ON CONFLICT (version) DO UPDATE SET
    lacks = excluded.lacks, moment = excluded.moment, json = excluded.json
WHERE (excluded.lacks, excluded.moment, excluded.json) < (lacks, moment, json)
"""
_DRAFT: Final = """
INSERT INTO drafts (version, run, lacks, moment, json) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (version, run) DO UPDATE SET
    lacks = excluded.lacks, moment = excluded.moment, json = excluded.json
WHERE (excluded.lacks, excluded.moment, excluded.json) < (lacks, moment, json)
"""


class IntakeError(Exception):
    """A run that is not taken in; the message is one line for the user."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a run brought: records read, lines left out, or that nothing was new in it."""

    run: str
    records: int
    left_out: int = 0
    is_known: bool = False


def take_in(state: State, folder: Path, *, unfinished: bool = False) -> Taken:
    """Take in the run in ``folder``.

    Raises ``IntakeError`` where the run cannot be taken in, ``StateError`` where the state cannot
    be written; then the state is as it was.
    """
    run = _read(folder, unfinished=unfinished)
    digest = None
    if run.outcome != "unfinished":
        digest = sha256((folder / manifest.NAME).read_bytes()).hexdigest()
    with state.telling(), state.writing():
        return _Intake(state.database, folder, run, digest).take()


def _read(folder: Path, *, unfinished: bool) -> Manifest:
    try:
        run = manifest.read(folder)
    except FileNotFoundError as error:
        raise IntakeError(f"{folder}: no run: it has no {manifest.NAME}") from error
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise IntakeError(f"{folder / manifest.NAME}: {error}") from error
    if run.outcome == "unfinished" and not unfinished:
        raise IntakeError(
            f"{folder}: the run has not ended; --unfinished takes in what there is so far"
        )
    return run


class _Intake:
    """Takes in one run, within a transaction."""

    def __init__(
        self, database: sqlite3.Connection, folder: Path, run: Manifest, digest: str | None
    ) -> None:
        self._database = database
        self._folder = folder
        self._run = run
        self._digest = digest
        self._began = to_moment(run.began)
        self._counts: Counter[str] = Counter()
        self._left_out = 0
        self._id = 0

    def take(self) -> Taken:
        self._check_site()
        before = self._database.execute(
            "SELECT id, manifest FROM runs WHERE name = ?", (self._run.run,)
        ).fetchone()
        if before and before[1] is not None:
            return Taken(self._run.run, 0, is_known=True)
        if before:
            self._forget(before[0])
        self._id = self._add_run()
        for record in self._records():
            self._add(record)
        self._database.execute(
            "UPDATE runs SET counts = ? WHERE id = ?",
            (json.dumps(self._counts, sort_keys=True), self._id),
        )
        return Taken(self._run.run, self._counts.total(), self._left_out)

    def _check_site(self) -> None:
        row = self._database.execute("SELECT site FROM dataset").fetchone()
        if row is None:
            self._database.execute("INSERT INTO dataset (site) VALUES (?)", (self._run.site,))
        elif row[0] != self._run.site:
            raise IntakeError(
                f"{self._folder}: a run of site={self._run.site}, and the state is of "
                f"site={row[0]}: one state holds one site"
            )

    def _add_run(self) -> int:
        run = self._run
        row = (
            run.run, run.spider, run.outcome, run.reason, self._began,
            to_moment(run.ended) if run.ended else None,
            json.dumps(run.arguments, sort_keys=True), msgspec.json.encode(run.scope).decode(),
            "{}", self._digest,
        )  # fmt: skip
        added = self._database.execute(
            "INSERT INTO runs (name, spider, outcome, reason, began, ended, arguments, scope, "
            "counts, manifest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        return int(added.lastrowid or 0)

    def _forget(self, run: int) -> None:
        """Take back what an unfinished run said so far: it may have been cut since."""
        for statement in (
            "DELETE FROM sightings WHERE run = ?",
            "DELETE FROM drafts WHERE run = ?",
            "DELETE FROM runs WHERE id = ?",
        ):
            self._database.execute(statement, (run,))
        self._database.execute(
            "DELETE FROM versions WHERE NOT EXISTS "
            "(SELECT 1 FROM sightings WHERE version = versions.id)"
        )
        self._database.execute(
            "DELETE FROM records WHERE NOT EXISTS "
            "(SELECT 1 FROM versions WHERE record = records.id)"
        )

    def _records(self) -> Iterator[Stored]:
        for files in stored.record_files(self._folder):
            for file in files:
                for line in stored.lines(file):
                    if isinstance(line, Broken):
                        self._left_out += 1
                    else:
                        yield line

    def _add(self, record: Stored) -> None:
        fields = record.fields
        version = self._version(fields)
        moment = self._moment(fields)
        self._database.execute(
            "INSERT OR IGNORE INTO sightings (version, moment, run) VALUES (?, ?, ?)",
            (version, moment, self._id),
        )
        document = (_lacks(fields), moment, msgspec.json.encode(fields).decode())
        if self._digest is None:
            self._database.execute(_DRAFT, (version, self._id, *document))
        else:
            self._database.execute(_DOCUMENT, (version, *document))
        self._counts[fields["type"]] += 1

    def _version(self, fields: dict[str, Any]) -> int:
        """Return the id of the record's content, new or known."""
        digest = stored_content_hash(fields)
        identity = (fields["type"], fields["key"])
        row = self._database.execute(_FIND, (digest, *identity)).fetchone()
        if row and row[1] is not None:
            return int(row[1])
        record = (
            row[0]
            if row
            else self._database.execute(
                "INSERT INTO records (type, key) VALUES (?, ?)", identity
            ).lastrowid
        )
        added = self._database.execute(
            "INSERT INTO versions (record, hash) VALUES (?, ?)", (record, digest)
        )
        return int(added.lastrowid or 0)

    def _moment(self, fields: dict[str, Any]) -> int:
        """Return when the record was seen: when its page was captured.

        Never before the run began, unless it read a history: the machine's clock went back.
        """
        fetched_at = fields["provenance"]["fetched_at"]
        moment = to_moment(datetime.fromisoformat(fetched_at)) if fetched_at else self._began
        return moment if "history" in self._run.scope.narrowed_by else max(moment, self._began)


def _lacks(fields: dict[str, Any]) -> int:
    return int("teaser" in fields and fields["teaser"] is None)
