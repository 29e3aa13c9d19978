"""Rebuilds the state from its runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from shio_scraper.dataset.database import ForeignError, StateError
from shio_scraper.dataset.intake import IntakeError, Reread, Taken, take_in
from shio_scraper.dataset.state import State


@dataclass(frozen=True, slots=True)
class Old:
    """The state that is to be replaced, as far as it can be read."""

    path: Path
    site: str | None = None
    runs: frozenset[str] = frozenset()
    is_readable: bool = False

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the state at ``path``. Raises ``StateError`` if another kind of file lies there."""
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
        """The path under which a state that cannot be read is kept."""
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
    """Rebuild the state from runs. At the end, put it in the place of the old one.

    ``rereader`` returns the ``reread`` function of ``take_in`` for a run's folder. Yields what
    each run brought, or why it was not taken in. Raises ``StateError`` if this fails. Also raises
    ``StateError`` if the old state knows runs that ``folders`` lack, unless ``drop`` allows that.
    After an error, the old state is as it was.
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
    """Replace the old state by the new one, atomically for other processes that use it."""
    if old.is_readable:
        with State.open(new) as source, State.open(old.path) as target, target.telling():
            if {run.name for run in target.runs()} != old.runs:
                raise StateError(f"{old.path}: a run was taken in meanwhile: rebuild it again")
            source.database.backup(target.database)
        return
    try:
        if old.kept_as:
            old.path.replace(old.kept_as)
        _remove(old.path)
        new.replace(old.path)
    except OSError as error:
        raise StateError(f"{error.filename}: {error.strerror}") from error


def _remove(path: Path) -> None:
    """Remove a state and the files that SQLite keeps beside it."""
    for end in ("", "-wal", "-shm"):
        path.with_name(f"{path.name}{end}").unlink(missing_ok=True)
