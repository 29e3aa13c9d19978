"""All shards → files of records. Worker processes read the shards; the parts are merged."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from pebble import ProcessExpired, ProcessPool
from tqdm import tqdm

from shio_scraper.bulk.parts import (
    FILES,
    PARTS,
    Line,
    counts_of,
    encode,
    failures_of,
    lines_of,
    merge,
    waits,
)
from shio_scraper.bulk.shards import Shard
from shio_scraper.bulk.work import (
    How,
    begin_worker,
    learn,
    read_shard,
    read_waiting,
    sample,
)
from shio_scraper.pages import reject
from shio_scraper.runs.stored import store_template

if TYPE_CHECKING:
    from pebble import ProcessFuture

SUMMARY: Final = "summary.json"
_NEW: Final = ".new-"


class BulkError(Exception):
    """Raised if an extraction cannot go on. The message is one line for the user."""


class Outcome(NamedTuple):
    """The counts of an extraction, and a line for each file or shard that failed."""

    counts: Counter[str]
    failed: list[str]


@dataclass(frozen=True)
class Job:
    """The files to read, and the folder for their records."""

    shards: Sequence[Shard]
    folder: Path
    how: How
    format: str = "jsonl"
    workers: int = 1
    died: dict[Shard, str] = field(default_factory=dict)
    """Shards whose worker died, so that they have no part, with the reason."""

    @cached_property
    def parts(self) -> list[Path]:
        """The files of the parts, in the order of the input."""
        how = self.how.digest()
        return [self.folder / PARTS / shard.digest(how) for shard in self.shards]

    @cached_property
    def samples(self) -> list[Path]:
        """The files of each shard's samples for templates, in the order of the input."""
        how = replace(self.how, templates=()).digest()
        return [self.folder / PARTS / f"{shard.digest(how)}.pages" for shard in self.shards]

    @property
    def rest(self) -> Path:
        """The part with the revisits and linked documents that waited for another shard."""
        names = " ".join(part.name for part in self.parts)
        return self.folder / PARTS / sha256(names.encode()).hexdigest()[:24]


def run(job: Job) -> Outcome:
    """Read all shards that have no part yet, and write the files. Return the outcome.

    Raises ``BulkError`` if the disk refuses, and ``KeyboardInterrupt``. Shards that are read by
    then are not read again.
    """
    (job.folder / PARTS).mkdir(parents=True, exist_ok=True)
    for unfinished in job.folder.glob(f"{_NEW}*"):
        rmtree(unfinished, ignore_errors=True)
    try:
        pool = ProcessPool(job.workers, initializer=begin_worker, context=get_context("spawn"))
        try:
            job = _learn(job, pool)
            _read(job, pool)
        finally:
            pool.stop()  # type: ignore[no-untyped-call]
            pool.join()
        return _write(job)
    except (OSError, sqlite3.Error) as error:
        raise BulkError(f"{job.folder}: {error}") from error


def _learn(job: Job, pool: ProcessPool) -> Job:
    """Learn the templates of the input's layouts from the first pages of each layout.

    Return the job that reads with these templates. A shard whose samples exist is not sampled
    again.
    """
    todo = [(f, shard) for f, shard in zip(job.samples, job.shards, strict=True) if not f.exists()]
    deque(_pooled(job, pool, sample, todo), maxlen=0)
    packs = (file.read_bytes() for file in job.samples if file.exists())
    templates = learn(packs, job.how.templates, job.how.portal)
    for template in templates:
        store_template(job.folder, template)
    return replace(job, how=replace(job.how, templates=templates))


def _read(job: Job, pool: ProcessPool) -> None:
    """Read every shard that has no good part yet, then all that waited for another shard."""
    wanted = list(zip(job.parts, job.shards, strict=True))
    todo = [(p, shard) for p, shard in wanted if shard not in job.died and not _is_done(p)]
    bytes_done = sum(shard.size for _, shard in wanted) - sum(shard.size for _, shard in todo)
    with tqdm(
        total=sum(shard.size for shard in job.shards), initial=bytes_done,
        unit="B", unit_scale=True, disable=None, leave=False,
    ) as bar:  # fmt: skip
        for shard in _pooled(job, pool, read_shard, todo):
            bar.update(shard.size)
    parts = [part for part in job.parts if part.exists()]
    job.rest.unlink(missing_ok=True)
    if any(map(waits, parts)):
        read_waiting(parts, job.rest, job.how)


def _is_done(part: Path) -> bool:
    """Tell whether a part exists and nothing in it failed. A part that failed is deleted."""
    if not part.exists():
        return False
    if failures_of(part):
        part.unlink()
        return False
    return True


def _pooled(
    job: Job,
    pool: ProcessPool,
    work: Callable[[Shard, Path, How], None],
    todo: list[tuple[Path, Shard]],
) -> Iterator[Shard]:
    """Run ``work`` on shards in worker processes.

    Yield each shard when it is done or its worker died.
    """
    futures = {pool.schedule(work, args=[shard, part, job.how]): shard for part, shard in todo}
    for done in as_completed(futures):
        shard = futures[cast("ProcessFuture[None]", done)]
        try:
            done.result()
        except ProcessExpired as error:
            job.died[shard] = f"{shard.shown}: its worker died (exit code {error.exitcode})"
        yield shard


def _write(job: Job) -> Outcome:
    """Merge the parts into files, and put the files in their place."""
    with TemporaryDirectory(prefix=_NEW, dir=job.folder) as name:
        new = Path(name)
        counts = merge(_lines(job), new, job.format)
        parts = [part for part in [*job.parts, job.rest] if part.exists()]
        for part in parts:
            counts.update(counts_of(part))
        failed = [*job.died.values(), *chain.from_iterable(map(failures_of, parts))]
        (new / SUMMARY).write_text(_summary(job, counts, failed), encoding="utf-8")
        for file in sorted(new.iterdir()):
            file.replace(job.folder / file.name)
    _tidy(job)
    return Outcome(counts, failed)


def _lines(job: Job) -> Iterator[Line]:
    """Yield the lines of all parts, and a reject for each part whose worker died."""
    for part, shard in zip([*job.parts, job.rest], [*job.shards, None], strict=True):
        if shard in job.died:
            yield encode("reject", None, reject("read", "worker_died", job.died[shard]))
        elif part.exists():
            yield from lines_of(part)


def _summary(job: Job, counts: Counter[str], failed: list[str]) -> str:
    """Return the summary as JSON. It is the same for the same input."""
    summary: dict[str, Any] = {
        "files": len({piece.path for shard in job.shards for piece in shard.pieces}),
        "shards": len(job.shards),
        "counts": {name: counts[name] for name in sorted(counts) if counts[name]},
        "failed": sorted(failed),
    }
    return json.dumps(summary, indent=2, ensure_ascii=False) + "\n"


def _tidy(job: Job) -> None:
    """Remove the parts of other inputs, and the files of the other format."""
    keep = {part.name for part in [*job.parts, *job.samples, job.rest]}
    for part in (job.folder / PARTS).iterdir():
        if part.name not in keep:
            part.unlink(missing_ok=True)
    other = {"jsonl": "parquet", "parquet": "jsonl"}[job.format]
    for name in FILES:
        (job.folder / f"{name}.{other}").unlink(missing_ok=True)
