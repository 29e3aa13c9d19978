"""Runs → state. Each run is one transaction. Runs come in any order, any number of times."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec

from shio_scraper.dataset.database import to_moment
from shio_scraper.dataset.places import ARCHIVE, is_of, site_of
from shio_scraper.dataset.state import State
from shio_scraper.items import Provenance, Reject
from shio_scraper.portals import ALL
from shio_scraper.redaction import CONTACTS, OFF
from shio_scraper.runs import manifest, stored
from shio_scraper.runs.content import TYPES, content_names, is_same, stored_content_hash
from shio_scraper.runs.manifest import Manifest
from shio_scraper.runs.stored import Line, Stored

Reread: TypeAlias = Callable[[str, Mapping[str, Any], Mapping[str, Any]], bool]
"""Takes a run's name, its record and a newer one. Tells whether only the parser differs."""

_HISTORY: Final = "history"
"""The entry of ``narrowed_by`` for a run that read captures of other times."""
_NO_RECORD: Final = ""
"""The type for a line that is no whole record."""
_BEHIND: Final = {
    "home": ("article", "event", "press_conference"),
    "listing": ("article",),
    "event_listing": ("event",),
}
"""Kind of page → the types of records that such a page leads to."""
_ADD_RUN: Final = """
INSERT INTO runs
    (name, spider, outcome, reason, began, ended, arguments, scope, manifest, counts, unlisted)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '{}', '[]')
"""
_FIND: Final = """
SELECT records.id, versions.id
FROM records LEFT JOIN versions ON versions.record = records.id AND versions.hash = ?
WHERE records.type = ? AND records.key = ?
"""
_SIGHT: Final = "INSERT OR IGNORE INTO sightings VALUES (?, ?, ?)"
_EXCUSE: Final = "INSERT OR IGNORE INTO excuses VALUES (?, ?)"
_KEEP: Final = "INSERT OR IGNORE INTO templates VALUES (?, ?)"
_STORE: Final = """
INSERT INTO {table} (version, lacks, moment, json{run}) VALUES (?, ?, ?, ?{value})
ON CONFLICT (version{run})
DO UPDATE SET lacks = excluded.lacks, moment = excluded.moment, json = excluded.json
WHERE (excluded.lacks, excluded.moment, excluded.json) < (lacks, moment, json)
"""
_DOCUMENT: Final = _STORE.format(table="documents", run="", value="")
_DRAFT: Final = _STORE.format(table="drafts", run=", run", value=", ?")
_NEWEST: Final = """
SELECT moment, hash, version, run FROM seen
WHERE record = ? AND version IN (SELECT version FROM documents)
ORDER BY moment DESC, hash DESC LIMIT 1
"""
_BEFORE: Final = """
SELECT documents.version, documents.json, runs.name, runs.scope FROM documents JOIN runs
WHERE documents.version = ? AND runs.id = ?
"""
_CHANGING: Final = 1_000
"""Maximum changed records whose newest sighting is cached, because the query is slow."""
_FORGET: Final = (
    "DELETE FROM sightings WHERE run = :run",
    "DELETE FROM drafts WHERE run = :run",
    "DELETE FROM runs WHERE id = :run",
    """DELETE FROM reparsed
       WHERE NOT EXISTS (SELECT 1 FROM sightings WHERE version = reparsed.version)""",
    """DELETE FROM versions
       WHERE NOT EXISTS (SELECT 1 FROM sightings WHERE version = versions.id)""",
    """DELETE FROM records
       WHERE NOT EXISTS (SELECT 1 FROM versions WHERE record = records.id)""",
)


class IntakeError(Exception):
    """Raised if a run is not taken in. The message is one line for the user."""


@dataclass(slots=True)
class Taken:
    """What a run brought: its records by type, new and changed records, lines that are no records.

    ``reparsed`` counts the records that differ only because of the parser.
    """

    run: str
    counts: dict[str, int] = field(default_factory=dict)
    new: int = 0
    changed: int = 0
    reparsed: int = 0
    left_out: int = 0
    was_known: bool = False

    def __str__(self) -> str:
        if self.was_known:
            return f"{self.run} was taken in before"
        reparsed = f", {self.reparsed} reparsed" if self.reparsed else ""
        cut = f", {self.left_out} lines are no records" if self.left_out else ""
        return (
            f"{self.run}: {sum(self.counts.values())} records, "
            f"{self.new} new, {self.changed} changed{reparsed}{cut}"
        )


def take_in(
    state: State, folder: Path, reread: Reread | None = None, *, unfinished: bool = False
) -> Taken:
    """Take in the run in ``folder``. A run that has not ended is taken in only if ``unfinished``.

    ``reread`` tells which records differ from earlier runs only because of the parser.

    Raises ``IntakeError`` if the run cannot be taken in, ``StateError`` if the state cannot be
    written. After either, the state is as it was.
    """
    run, digest = _read(folder)
    if digest is None and not unfinished:
        raise IntakeError(
            f"{folder}: the run has not ended; --unfinished takes in what there is so far"
        )
    if run.trial:
        raise IntakeError(f"{folder}: a trial ({run.trial}) cannot be part of a dataset")
    with state.telling(), state.writing():
        state.add_tables()
        return _Intake(state, folder, run, digest, reread).take()


def _read(folder: Path) -> tuple[Manifest, str | None]:
    """Return a run's manifest and the digest of its file. ``None`` if the run has not ended."""
    try:
        run = manifest.read(folder)
        if run.outcome == "unfinished":
            return run, None
        return run, sha256((folder / manifest.NAME).read_bytes()).hexdigest()
    except (FileNotFoundError, NotADirectoryError) as error:
        lacks = f"no run: it has no {manifest.NAME}"
        why = "it was pruned" if manifest.is_pruned(folder) else lacks
        raise IntakeError(f"{folder}: {why}") from error
    except OSError as error:
        raise IntakeError(f"{folder}: {error.strerror}") from error
    except ValueError as error:
        raise IntakeError(str(error)) from error


class _Whole(msgspec.Struct):
    """The fields that every record must have."""

    language: str
    url: str | None
    provenance: Provenance


class _Intake:
    """Takes in one run, within a transaction.

    A run that has not ended has no ``digest``. Its records are stored apart, as drafts, and are
    removed when the run is taken in again.
    """

    def __init__(
        self, state: State, folder: Path, run: Manifest, digest: str | None, reread: Reread | None
    ) -> None:
        self._execute = state.database.execute
        self._site = state.site
        self._folder = folder
        self._run = run
        self._digest = digest
        self._reread = reread
        is_off = run.settings.get("SHIO_CONTACTS") == OFF
        self._scope = replace(run.scope, withheld=list(CONTACTS) if is_off else [])
        self._taken = Taken(run.run)
        self._number = 0
        self._newest: dict[int, tuple[int, bytes, int, int]] = {}
        """Record → moment, hash, version and run of its newest sighting.

        A cache for changed records.
        """

    def take(self) -> Taken:
        if self._run.site != ARCHIVE:
            self._check_site(self._run.site, is_same=self._site == self._run.site)
        if self._is_known():
            return Taken(self._run.run, was_known=True)
        self._check_files()
        self._number = self._add_run()
        taken, counts = self._taken, Counter[str]()
        try:
            for file in stored.files_of(self._folder):
                counts.update(map(self._see, stored.lines(file)))
            unlisted = self._excuse()
            learnt = (self._folder / "templates").glob("*.json") if self._digest else ()
            for path in sorted(learnt):  # the next run begins with these templates
                self._insert(_KEEP, path.stem, path.read_bytes())
        except (OSError, ValueError) as error:
            raise IntakeError(f"{self._folder}: {error}") from error
        taken.left_out = counts.pop(_NO_RECORD, 0)
        taken.counts = dict(sorted(counts.items()))
        self._execute(
            "UPDATE runs SET counts = ?, unlisted = ? WHERE id = ?",
            (json.dumps(taken.counts), json.dumps(unlisted), self._number),
        )
        return taken

    # The run

    def _is_known(self) -> bool:
        """Tell whether the run was taken in. What it gave before it ended is removed."""
        query = "SELECT id, manifest FROM runs WHERE name = ?"
        number, digest = self._one(query, self._run.run) or (None, None)
        if digest is not None and self._digest not in {digest, None}:
            raise IntakeError(f"{self._folder}: another run of this name was taken in before")
        if number is not None and digest is None:  # its files may have been cut off since
            for statement in _FORGET:
                self._execute(statement, {"run": number})
        return digest is not None

    def _check_site(self, site: str, *, is_same: bool) -> None:
        """Raise ``IntakeError`` if the state is of another site. An empty state gets this site."""
        if self._site is None:
            self._site = site
            self._execute("INSERT INTO dataset (site) VALUES (?)", (site,))
        elif not is_same:
            raise IntakeError(
                f"{self._folder} is of site={site}, and the state of site={self._site}: one state "
                "holds one site, and each has its own where neither SHIO_STATE nor --state names "
                "one"
            )

    def _check_files(self) -> None:
        """Raise ``IntakeError`` if the files of an ended run do not match its manifest."""
        files = [file for file in self._run.files if file.path.endswith(".jsonl")]
        try:
            changed = manifest.changed(self._folder, files)
        except OSError as error:
            raise IntakeError(f"{error.filename}: {error.strerror}") from error
        if changed:
            raise IntakeError(
                f"{self._folder}: not as its {manifest.NAME} says: {', '.join(changed)}"
            )
        if self._digest and (why := stored.disagreement(self._folder, self._run.counts)):
            raise IntakeError(f"{self._folder}: its files are not what was written: {why}")

    def _add_run(self) -> int:
        run = self._run
        ended = to_moment(run.ended) if run.ended else None
        arguments = json.dumps(run.arguments, sort_keys=True)
        row = (
            run.run, run.spider, run.outcome, run.reason, to_moment(run.began), ended, arguments,
            msgspec.json.encode(self._scope).decode(), self._digest,
        )  # fmt: skip
        return self._insert(_ADD_RUN, *row)

    def _excuse(self) -> list[str]:
        """Store the pages that the run saw but could not read.

        Return the types of records behind them.

        A record there is not gone, unless the reject says that there is no such page.
        """
        unlisted: set[str] = set()
        rejects = self._folder / "rejects.jsonl"
        if self._run.outcome != "complete" or not rejects.exists():
            return []
        for number, reject in enumerate(stored.of_kind(Reject, rejects), 1):
            if reject is None:
                raise ValueError(f"no reject: line {number} of {rejects.name}")
            if reject.url and not reject.says_none:
                self._insert(_EXCUSE, reject.url, self._number)
                address = ALL.locate(reject.url)
                unlisted.update(_BEHIND.get(address.kind or "", ()) if address else ())
        return sorted(unlisted)

    # What it saw

    def _see(self, line: Line) -> str:
        """Take in the record of a line, and return its type.

        A record was seen when its page was captured, but never before its run began, because a
        clock may have been set back. Only in a history, captures are older than the run.
        """
        if not isinstance(line, Stored) or line.fields["type"] not in TYPES:
            return _NO_RECORD
        fields = line.fields
        try:
            provenance = msgspec.convert(fields, _Whole).provenance
        except msgspec.ValidationError:
            return _NO_RECORD
        if self._run.site == ARCHIVE:
            url = provenance.fetched_url
            self._check_site(site_of(url), is_same=is_of(url, self._site or ""))
        began = to_moment(self._run.began)
        moment = to_moment(provenance.fetched_at) if provenance.fetched_at else began
        if _HISTORY not in self._run.scope.narrowed_by:
            moment = max(moment, began)
        digest = stored_content_hash(fields)
        record, version = self._version(fields, digest)
        self._insert(_SIGHT, version, moment, self._number)
        lacks = int("teaser" in fields and fields["teaser"] is None)
        document = (version, lacks, moment, msgspec.json.encode(fields).decode())
        if self._digest:
            self._insert(_DOCUMENT, *document)
            sighting = (moment, digest, version, self._number)
            if record in self._newest:
                self._newest[record] = max(self._newest[record], sighting)
        else:
            self._insert(_DRAFT, *document, self._number)
        return str(fields["type"])

    def _version(self, fields: dict[str, Any], digest: bytes) -> tuple[int, int]:
        """Return the ids of a record and of its version. Add them if they are new."""
        identity = (fields["type"], fields["key"])
        ids: tuple[Any, Any] = self._one(_FIND, digest, *identity) or (None, None)
        record, version = ids
        if version is not None:
            return record, version
        before = None
        if record is None:
            self._taken.new += 1
            record = self._insert("INSERT INTO records (type, key) VALUES (?, ?)", *identity)
        else:
            before = self._before(record)
        added = self._insert("INSERT INTO versions (record, hash) VALUES (?, ?)", record, digest)
        if before:
            self._compare(added, fields, before)
        return record, added

    def _before(self, record: int) -> Any:
        """Return the newest version of a record and the run that saw it.

        ``None`` if all are drafts.
        """
        if len(self._newest) > _CHANGING:
            self._newest.clear()
        if newest := self._newest.get(record) or self._one(_NEWEST, record):
            self._newest[record] = newest
        return newest and self._one(_BEFORE, *newest[2:])

    def _compare(self, version: int, now: dict[str, Any], before: Any) -> None:
        """Count new content as a change, unless only withheld fields or the parser differ."""
        number, text, run, scope = before
        withheld = {*json.loads(scope).get("withheld", ()), *self._scope.withheld}
        old, names = msgspec.json.decode(text), content_names(now["type"])
        if all(is_same(name, old, now) for name in names if name not in withheld):
            return
        is_reparsed = (
            self._reread is not None
            and old["provenance"]["parser"] != now["provenance"]["parser"]
            and self._reread(run, old, now)
        )
        if is_reparsed:
            self._taken.reparsed += 1
            self._insert("INSERT INTO reparsed VALUES (?, ?)", version, number)
        else:
            self._taken.changed += 1

    def _one(self, query: str, *values: Any) -> Any:
        return self._execute(query, values).fetchone()

    def _insert(self, statement: str, *values: Any) -> int:
        return int(self._execute(statement, values).lastrowid or 0)
