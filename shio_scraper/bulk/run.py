"""All shards → files of records: planned, read by worker processes, merged."""

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
    """What ends an extraction; the message is one line for the user."""


class Outcome(NamedTuple):
    """What an extraction counted, and a line for each file or shard that failed."""

    counts: Counter[str]
    failed: list[str]


@dataclass(frozen=True)
class Job:
    """Files to read, and the folder for what they give."""

    shards: Sequence[Shard]
    folder: Path
    how: How
    format: str = "jsonl"
    workers: int = 1
    died: dict[Shard, str] = field(default_factory=dict)
    """Shards that have no part, and why."""

    @cached_property
    def parts(self) -> list[Path]:
        """The parts, in the order of the input."""
        how = self.how.digest()
        return [self.folder / PARTS / shard.digest(how) for shard in self.shards]

    @cached_property
    def samples(self) -> list[Path]:
        """What each shard has to learn templates from, in the order of the input."""
        how = replace(self.how, templates=()).digest()
        return [self.folder / PARTS / f"{shard.digest(how)}.pages" for shard in self.shards]

    @property
    def rest(self) -> Path:
        """The part of what waited for a payload of another shard."""
        names = " ".join(part.name for part in self.parts)
        return self.folder / PARTS / sha256(names.encode()).hexdigest()[:24]


def run(job: Job) -> Outcome:
    """Do what is missing, write the files, and tell what there was.

    Raises ``BulkError`` where the disk refuses, ``KeyboardInterrupt``. What is done by then
    is not done again.
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
    """Learn the templates of the input's layouts, from the first pages of each in its order.

    Return the job that reads with them. A shard that was looked at is not looked at again.
    """
    todo = [(f, shard) for f, shard in zip(job.samples, job.shards, strict=True) if not f.exists()]
    deque(_pooled(job, pool, sample, todo), maxlen=0)
    packs = (file.read_bytes() for file in job.samples if file.exists())
    templates = learn(packs, job.how.templates, job.how.portal)
    for template in templates:
        store_template(job.folder, template)
    return replace(job, how=replace(job.how, templates=templates))


def _read(job: Job, pool: ProcessPool) -> None:
    """Read every shard that has no good part yet; then what waited."""
    wanted = list(zip(job.parts, job.shards, strict=True))
    todo = [(p, shard) for p, shard in wanted if shard not in job.died and not _is_done(p)]
    bytes_done = sum(shard.size for _, shard in wanted) - sum(shard.size for _, shard in todo)
    with tqdm(
        total=sum(shard.size for shard in job.shards), initial=bytes_done,
        unit="B", unit_scale=True, disable=None, leave=False,
    ) as bar:  # fmt: skip
        for shard in _pooled(job, pool, read_shard, todo):
            bar.update(shard.size)
    there = [part for part in job.parts if part.exists()]
    job.rest.unlink(missing_ok=True)
    if any(map(waits, there)):
        read_waiting(there, job.rest, job.how)


def _is_done(part: Path) -> bool:
    """Tell whether a part is there and nothing in it failed; one that failed goes."""
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
    """Read shards in worker processes, and yield each as it is done, or its worker died."""
    futures = {pool.schedule(work, args=[shard, part, job.how]): shard for part, shard in todo}
    for done in as_completed(futures):
        shard = futures[cast("ProcessFuture[None]", done)]
        try:
            done.result()
        except ProcessExpired as error:
            job.died[shard] = f"{shard.shown}: its worker died (exit code {error.exitcode})"
        yield shard


def _write(job: Job) -> Outcome:
    """Merge the parts into files, and put them in place."""
    with TemporaryDirectory(prefix=_NEW, dir=job.folder) as name:
        new = Path(name)
        counts = merge(_lines(job), new, job.format)
        there = [part for part in [*job.parts, job.rest] if part.exists()]
        for part in there:
            counts.update(counts_of(part))
        failed = [*job.died.values(), *chain.from_iterable(map(failures_of, there))]
        (new / SUMMARY).write_text(_summary(job, counts, failed), encoding="utf-8")
        for file in sorted(new.iterdir()):
            file.replace(job.folder / file.name)
    _tidy(job)
    return Outcome(counts, failed)


def _lines(job: Job) -> Iterator[Line]:
    """Yield the lines of all parts, and a reject for each that is not there."""
    for part, shard in zip([*job.parts, job.rest], [*job.shards, None], strict=True):
        if shard in job.died:
            yield encode("reject", None, reject("read", "worker_died", job.died[shard]))
        elif part.exists():
            yield from lines_of(part)


def _summary(job: Job, counts: Counter[str], failed: list[str]) -> str:
    """Return what there was, as JSON: the same for the same input."""
    found: dict[str, Any] = {
        "files": len({piece.path for shard in job.shards for piece in shard.pieces}),
        "shards": len(job.shards),
        "counts": {name: counts[name] for name in sorted(counts) if counts[name]},
        "failed": sorted(failed),
    }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _tidy(job: Job) -> None:
    """Remove the parts of other inputs, and files of the other format."""
    keep = {part.name for part in [*job.parts, *job.samples, job.rest]}
    for part in (job.folder / PARTS).iterdir():
        if part.name not in keep:
            part.unlink(missing_ok=True)
    other = {"jsonl": "parquet", "parquet": "jsonl"}[job.format]
    for name in FILES:
        (job.folder / f"{name}.{other}").unlink(missing_ok=True)
