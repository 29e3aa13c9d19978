"""Runs → state: each in one transaction, in any order, any number of times; or all anew."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Final, Self

import msgspec

from shio_scraper.dataset.database import YOUNG, ForeignError, StateError, to_moment
from shio_scraper.dataset.observations import Observations, Reread, forget
from shio_scraper.dataset.places import ARCHIVE, is_of, site_of
from shio_scraper.dataset.seen import Seen, excused, seen, types_behind
from shio_scraper.dataset.state import State
from shio_scraper.redaction import CONTACTS, OFF
from shio_scraper.runs import manifest, stored
from shio_scraper.runs.manifest import Manifest, Scope

_ADD_RUN: Final = """
INSERT INTO runs
    (name, spider, outcome, reason, began, ended, arguments, scope, manifest, counts, unlisted)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '{}', '[]')
"""

_BESIDE: Final = ("-wal", "-shm")
"""What SQLite keeps beside a database."""


class IntakeError(Exception):
    """A run that is not taken in; the message is one line for the user."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a run brought: records, those of them new and changed, lines that are no records.

    ``reparsed`` are those that differ by what read them alone.
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
    """Take in the run in ``folder``; one that has not ended only where that is asked for.

    ``reread`` tells what differs from earlier runs by another parser alone.

    Raises ``IntakeError`` where the run cannot be taken in, ``StateError`` where the state cannot
    be written; then the state is as it was.
    """
    run, digest = _read(folder)
    if digest is None and not unfinished:
        raise IntakeError(
            f"{folder}: the run has not ended; --unfinished takes in what there is so far"
        )
    if run.trial:
        raise IntakeError(f"{folder}: a trial ({run.trial}) is no part of a dataset")
    with state.telling(), state.writing():
        return _Intake(state.database, folder, run, digest, reread).take()


def _read(folder: Path) -> tuple[Manifest, str | None]:
    """Return a run's manifest, and the digest of its file; ``None`` where it has not ended."""
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


class _Intake:
    """Takes in one run, within a transaction."""

    def __init__(
        self,
        database: sqlite3.Connection,
        folder: Path,
        run: Manifest,
        digest: str | None,
        reread: Reread | None,
    ) -> None:
        self._reread = reread
        self._database = database
        self._folder = folder
        self._run = run
        self._digest = digest
        self._left_out = 0
        row = database.execute("SELECT site FROM dataset").fetchone()
        self._site: str | None = row[0] if row else None

    def take(self) -> Taken:
        for statement in YOUNG.split(";"):
            self._database.execute(statement)
        if self._run.site != ARCHIVE:
            self._check_site(self._run.site)
        if self._is_known():
            return Taken(self._run.run, was_known=True)
        self._check_files()
        number = self._add_run()
        observations = Observations(
            self._database, number, self._reread, unfinished=self._digest is None
        )
        try:
            for one in seen(self._folder, self._run):
                self._see(one, observations)
            unlisted = self._unlisted(number)
            if self._digest:
                self._keep_templates()
        except (OSError, ValueError) as error:
            raise IntakeError(f"{self._folder}: {error}") from error
        of_content = ("new", "changed", "reparsed")
        new, changed, reparsed = (observations.counts.pop(name, 0) for name in of_content)
        counts = dict(sorted(observations.counts.items()))
        self._database.execute(
            "UPDATE runs SET counts = ?, unlisted = ? WHERE id = ?",
            (json.dumps(counts), json.dumps(unlisted), number),
        )
        return Taken(self._run.run, counts, new, changed, reparsed, self._left_out)

    def _is_known(self) -> bool:
        """Tell whether the run was taken in; what it said before it ended is taken back."""
        query = "SELECT id, manifest FROM runs WHERE name = ?"
        number, digest = self._database.execute(query, (self._run.run,)).fetchone() or (None, None)
        if digest is not None and self._digest not in {digest, None}:
            raise IntakeError(f"{self._folder}: another run of this name was taken in before")
        if number is not None and digest is None:
            forget(self._database, number)
        return digest is not None

    def _check_site(self, site: str) -> None:
        if self._site is None:
            self._site = site
            self._database.execute("INSERT INTO dataset (site) VALUES (?)", (site,))
        elif self._site != site:
            self._refuse(site)

    def _check_capture(self, fetched_url: str | None) -> None:
        if self._site is None:
            self._check_site(site_of(fetched_url))
        elif not is_of(fetched_url, self._site):
            self._refuse(site_of(fetched_url))

    def _refuse(self, site: str) -> None:
        raise IntakeError(
            f"{self._folder} is of site={site}, and the state of site={self._site}: one state "
            "holds one site, and each has its own where neither SHIO_STATE nor --state names one"
        )

    def _check_files(self) -> None:
        """Raise ``IntakeError`` where the files of an ended run are not as its manifest says."""
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
            msgspec.json.encode(self._scope()).decode(), self._digest,
        )  # fmt: skip
        return int(self._database.execute(_ADD_RUN, row).lastrowid or 0)

    def _scope(self) -> Scope:
        """Return the run's scope, with what it withheld."""
        is_off = self._run.settings.get("SHIO_CONTACTS") == OFF
        return replace(self._run.scope, withheld=list(CONTACTS) if is_off else [])

    def _see(self, one: Seen | None, observations: Observations) -> None:
        if one is None:
            self._left_out += 1
            return
        if self._run.site == ARCHIVE:
            self._check_capture(one.fetched_url)
        observations.add(one.fields, one.moment)

    def _keep_templates(self) -> None:
        """Keep what the run learnt of the site's layouts: the next one begins with it."""
        for path in sorted((self._folder / "templates").glob("*.json")):
            row = (path.stem, path.read_bytes())
            self._database.execute("INSERT OR IGNORE INTO templates VALUES (?, ?)", row)

    def _unlisted(self, number: int) -> list[str]:
        """Note which pages the run saw but could not read; return the types behind them."""
        unlisted: set[str] = set()
        rejects = self._folder / "rejects.jsonl"
        if self._run.outcome == "complete" and rejects.exists():
            for url in excused(rejects):
                self._database.execute("INSERT OR IGNORE INTO excuses VALUES (?, ?)", (url, number))
                unlisted.update(types_behind(url))
        return sorted(unlisted)


@dataclass(frozen=True, slots=True)
class Old:
    """The state that is to be replaced, as far as it can be read."""

    path: Path
    site: str | None = None
    runs: frozenset[str] = frozenset()
    is_readable: bool = False

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the state at ``path``. Raises ``StateError`` where something else lies there."""
        try:
            with State.open(path) as state:
                runs = frozenset(run.name for run in state.runs())
                return cls(path, state.site, runs, is_readable=True)
        except ForeignError:
            raise
        except StateError:
            return cls(path)

    @property
    def kept_as(self) -> Path | None:
        """Where a state that cannot be read is kept."""
        is_kept = self.path.exists() and not self.is_readable
        return self.path.with_name(f"{self.path.name}.old") if is_kept else None


def rebuild(
    old: Old,
    folders: Iterable[Path],
    site: str | None,
    rereader: Callable[[Path], Reread],
    *,
    unfinished: bool,
    drop: bool,
) -> Iterator[Taken | IntakeError]:
    """Make the state anew from runs, and put it in the old one's place at the end.

    ``rereader`` gives what a run's intake asks.
    Yields what each run brought, or why it was not taken in. Raises ``StateError`` where this
    fails, and where the old state knows runs that ``folders`` lack, unless they may be
    ``drop``ped; then it stays as it is.
    """
    new = old.path.with_name(f"{old.path.name}.new")
    _remove(new)
    try:
        with State.open(new, create=True) as state:
            if site:
                state.settle(site)
            for folder in folders:
                try:
                    yield take_in(state, folder, rereader(folder), unfinished=unfinished)
                except IntakeError as error:
                    yield error
            missing = sorted(old.runs - {run.name for run in state.runs()})
        if missing and site == old.site and not drop:
            raise StateError(
                f"{old.path} stays as it is: it holds {', '.join(missing)}, which cannot be taken "
                "in: name their folders, or leave them out by --drop"
            )
        _replace(old, new)
    finally:
        _remove(new)


def _replace(old: Old, new: Path) -> None:
    """Put the new state in the old one's place: at once, whoever reads or writes it meanwhile."""
    if not old.is_readable:
        _swap(old, new)
        return
    with State.open(new) as source, State.open(old.path) as target, target.telling():
        if {run.name for run in target.runs()} != old.runs:
            raise StateError(f"{old.path}: a run was taken in meanwhile: rebuild it again")
        source.database.backup(target.database)


def _swap(old: Old, new: Path) -> None:
    try:
        if old.kept_as:
            old.path.replace(old.kept_as)
        for end in _BESIDE:
            old.path.with_name(f"{old.path.name}{end}").unlink(missing_ok=True)
        new.replace(old.path)
    except OSError as error:
        raise StateError(f"{error.filename}: {error.strerror}") from error


def _remove(path: Path) -> None:
    for end in ("", *_BESIDE):
        path.with_name(f"{path.name}{end}").unlink(missing_ok=True)
