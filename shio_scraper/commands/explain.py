"""``scrapy explain``: where each value of a record comes from, and whether it still would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.exceptions import UsageError

from shio_scraper.archives.sources import run_of
from shio_scraper.command import OwnCommand, meant, only_argument, say
from shio_scraper.commands.explanation import Explanation, as_json, as_text
from shio_scraper.commands.locations import add_archives, archive_places, data_folder
from shio_scraper.dataset.state import State, StateError
from shio_scraper.reproduction import IrreproducibleError, Reproducer, match
from shio_scraper.runs import stored
from shio_scraper.runs.stored import Broken, Stored

if TYPE_CHECKING:
    import argparse

    from scrapy.settings import BaseSettings


class Command(OwnCommand):
    """Exit status: 0 the same record, 1 another or none, 2 for a wrong argument."""

    usage = "[options] KEY"
    summary = "Tell for each field of a record where its value comes from"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's own options."""
        super().add_options(parser)
        parser.add_argument(
            "--data", metavar="DIR", help="data folder, a run's folder or a .jsonl file (SHIO_DATA)"
        )
        add_archives(parser)
        parser.add_argument("--run", help="take the record of this run, not the newest one's")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def answer(self, args: list[str], opts: argparse.Namespace, settings: BaseSettings) -> int:
        """Explain one record."""
        key = only_argument(args, "key, such as article/en/2241")
        place = data_folder(opts.data or settings["SHIO_DATA"])
        subject = _find(place, key, opts.run)
        others = archive_places(opts.archive)
        explanation = _explain(subject, Reproducer(place, others, settings.getint("SHIO_MAX_PAGE")))
        show = as_json if opts.json else as_text
        say(show(explanation), end="")
        return 0 if explanation.is_same else 1


@dataclass
class _Found:
    """The newest capture's record of a key in one run, and the times of all its captures."""

    record: Stored
    captures: list[str | None]


def _find(place: Path, key: str, run: str | None) -> _Found:
    """Return the record of the newest run, or of ``run``. Raises ``UsageError``."""
    broken = 0
    runs = [files for files in stored.record_files(place) if run in {None, files[0].parent.name}]
    if not runs:
        raise UsageError(f"--run {run}: no such run in {place}")
    for files in runs:
        subject: _Found | None = None
        for line in _lines(files):
            broken += isinstance(line, Broken)
            if isinstance(line, Stored) and line.key == key:
                subject = _newer(subject, line)
        if subject:
            return subject
    if run is None and (found := _of_state(place, key)):
        return found
    raise UsageError(f"{key}: {_not_found(runs, key, run)}{_unread(broken)}")


def _of_state(place: Path, key: str) -> _Found | None:
    """Return what a state in a data folder holds of a record whose runs were pruned."""
    for path in sorted(place.glob("state*.db")):
        with suppress(StateError, KeyError, TypeError), State.open(path) as state:
            if fields := state.newest(key):
                run = run_of((fields["provenance"]["archive"] or {"file": ""})["file"])
                record = Stored(path, 0, fields, gone=place / "runs" / run)
                return _Found(record, [_time(record)])
    return None


def _newer(subject: _Found | None, record: Stored) -> _Found:
    time = _time(record)
    if subject is None:
        return _Found(record, [time])
    newest = max(subject.captures, key=lambda at: at or "")
    subject.captures.append(time)
    if (time or "") > (newest or ""):
        subject.record = record
    return subject


def _time(record: Stored) -> str | None:
    provenance = record.fields.get("provenance")
    time = provenance.get("fetched_at") if isinstance(provenance, dict) else None
    return time if isinstance(time, str) else None


def _lines(files: list[Path]) -> Iterator[stored.Line]:
    for file in files:
        try:
            yield from stored.lines(file)
        except OSError as error:
            raise UsageError(f"{file}: {error.strerror}") from error


def _not_found(runs: list[list[Path]], key: str, run: str | None) -> str:
    """Say that there is no such key, and which of the newest run's are like it."""
    keys = {line.key for line in _lines(runs[0]) if isinstance(line, Stored)}
    where = run or f"{len(runs)} run{'s' if len(runs) > 1 else ''}"
    return f"no such key in {where}{meant(key, keys)}"


def _unread(broken: int) -> str:
    if not broken:
        return ""
    what, them = ("line", "it") if broken == 1 else ("lines", "them")
    return f" ({broken} {what} cannot be read: scrapy verify names {them})"


def _explain(subject: _Found, reproducer: Reproducer) -> Explanation:
    record = subject.record
    explanation = Explanation(record, sorted(subject.captures, key=lambda at: at or ""))
    try:
        made = reproducer.parse(record)
    except IrreproducibleError as error:
        explanation.problem = str(error)
        return explanation
    explanation.file = made.place.path
    explanation.page = made.extraction.page if made.extraction else None
    matched = match(record.fields, made.records)
    if matched is None:
        explanation.problem = "today's parser makes no such record of the capture"
        return explanation
    explanation.origins = made.extraction.fields[matched.number] if made.extraction else {}
    explanation.made = made.records[matched.number]
    explanation.differences = matched.differences
    return explanation
