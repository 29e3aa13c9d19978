"""``scrapy verify``: checks that each record has its capture and can be made from it again."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Final

from scrapy.exceptions import UsageError

from shio_scraper import archives
from shio_scraper.archives import warc
from shio_scraper.archives.sources import run_of
from shio_scraper.command import (
    ARCHIVES,
    OwnCommand,
    archive_places,
    data_folder,
    only_argument,
    say,
)
from shio_scraper.reproduction import Differences, IrreproducibleError, Reproducer, match
from shio_scraper.runs import manifest, stored
from shio_scraper.runs.stored import Broken, Stored

_DIGEST: Final = "provenance.body_sha256"


class Command(OwnCommand):
    """Exit status: 0 if all is well; 1 with a line for each problem; 2 for a wrong argument."""

    usage = "[options] DIR|FILE"
    summary = "Check that every record has its capture and is reproduced from it"
    options = (ARCHIVES,)

    def answer(self, args: list[str], opts: Namespace) -> int:
        """Check every record and every archive, and print the problems."""
        place = data_folder(
            only_argument(args, "place: a data folder, a run's, a .jsonl file or an archive")
        )
        if place.is_file() and place.suffix != ".jsonl" and not warc.is_checkable(place):
            raise UsageError(f"{place}: neither a .jsonl file of records nor a WARC or WACZ file")
        max_page = self.settings.getint("SHIO_MAX_PAGE")
        check = _Check(Reproducer(place, archive_places(opts), max_page))
        for problem in chain(check.records(place), check.archives(place)):
            say(problem)
        say(check.summary())
        return 1 if check.counts["problems"] else 0


class _Check:
    """Checks records and archives, and counts what it checked."""

    def __init__(self, reproducer: Reproducer) -> None:
        self.counts: Counter[str] = Counter()
        self._reproducer = reproducer
        self._outside: set[Path] = set()
        self._lacking: dict[str, list[str]] = {}
        """Missing file → the message, and the keys of the run's records in that file."""

    def records(self, place: Path) -> Iterator[str]:
        """Yield the problems of the records in ``place``, the newest run first."""
        if warc.is_checkable(place):
            return
        for run in stored.run_folders(place):
            files = [place] if place.is_file() else stored.files_of(run)
            self.counts["runs"] += bool(files) or manifest.is_run(run)
            yield from self._manifest(run)
            for file in files:
                try:
                    for line in stored.lines(file):
                        yield from self._line(line)
                except OSError as error:
                    yield self._problem(f"{file}: {error.strerror}")
            yield from self._lacks(run)

    def _lacks(self, run: Path) -> Iterator[str]:
        """Yield one problem for each archive file that a run lacks, with the records in it."""
        for why, key, *more in self._lacking.values():
            others = f" and {len(more)} more" if more else ""
            yield self._problem(f"{key}{others} in {run.name}: {why}")
        runs = {run_of(file) for file in self._lacking}
        self._lacking = {}
        with suppress(OSError, ValueError):
            for other in manifest.read(run).refers_to or ():
                if other not in runs and (lacks := self._reproducer.lacks(run, other)):
                    yield self._problem(
                        f"{run.name} refers to a payload that is not there: {lacks}"
                    )

    def archives(self, place: Path) -> Iterator[str]:
        """Yield the problems of the WARC records in ``place`` and wherever its records point."""
        paths = {
            path.resolve(): path for path in archives.files(str(place)) if warc.is_checkable(path)
        }
        paths |= {path.resolve(): path for path in sorted(self._outside)}
        for path in paths.values():
            self.counts["archives"] += 1
            for checked in warc.check(path):
                self.counts["WARC records"] += 1
                for why in checked.problems:
                    record_id = f" {checked.record_id}" if checked.record_id else ""
                    yield self._problem(f"{checked.file}: byte {checked.offset}{record_id}: {why}")

    def summary(self) -> str:
        """Return one line with the counts of everything that was checked."""
        names = ("runs", "records", "reproduced", "archives", "WARC records", "problems")
        return ", ".join(f"{name}: {self.counts[name]}" for name in names)

    def _manifest(self, run: Path) -> Iterator[str]:
        """Yield the files of a run that changed after its end. Archives may have been moved."""
        try:
            written = manifest.read(run)
            changed = manifest.changed(run, written.files)
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            yield self._problem(f"{run.name}: {error}")
            return
        if written.is_out_of_time:
            yield f"{run.name}: the clock went back while it ran: when it ended is not known"
        wrong = [name for name in changed if (run / name).exists() or name.endswith(".jsonl")]
        for name in wrong:
            yield self._problem(f"{run.name}: {name} is not as {manifest.NAME} says")
        if written.ended and not wrong and (why := stored.disagreement(run, written.counts)):
            yield self._problem(f"{run.name}: {why} as was counted")

    def _line(self, line: stored.Line) -> Iterator[str]:
        if isinstance(line, Broken):
            yield self._problem(f"{line.file} line {line.line}: {line.why}")
            return
        self.counts["records"] += 1
        try:
            problems = list(self._record(line))
        except IrreproducibleError as error:
            if error.lacks:
                self._lacking.setdefault(error.lacks, [str(error)]).append(line.key)
                return
            problems = [str(error)]
        self.counts["reproduced"] += not problems
        for problem in problems:
            yield self._problem(f"{line.key} in {line.run.name}: {problem}")

    def _record(self, record: Stored) -> Iterator[str]:
        again = self._reproducer.parse(record)
        if warc.is_checkable(again.place.path):
            self._outside.add(again.place.path)
        matched = match(record.fields, again.records)
        if matched is None:
            yield f"today's parser makes no such record of {again.place.path}"
        else:
            yield from _differing(matched.differences, again.place.path)

    def _problem(self, text: str) -> str:
        self.counts["problems"] += 1
        return text


def _differing(differences: Differences, file: Path) -> Iterator[str]:
    digest = differences.get(_DIGEST)
    if digest:
        yield f"digest: body_sha256 is {digest[0]}, but {digest[1]} in {file}"
    fields = [name for name in differences if name != _DIGEST]
    if fields:
        yield f"not reproduced: {', '.join(fields)}"
