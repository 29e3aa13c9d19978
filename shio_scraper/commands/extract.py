"""``scrapy extract``: turns archives and text collections into files of records without a crawl."""

from __future__ import annotations

import os
from argparse import ArgumentTypeError, Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from signal import SIGTERM, signal
from typing import TYPE_CHECKING, Final

from scrapy.exceptions import UsageError
from scrapy.settings import BaseSettings

from shio_scraper import archives, runs
from shio_scraper.archives.mirrors import Copy
from shio_scraper.archives.reading import Columns, Options
from shio_scraper.bulk.parts import FILES, PARTS
from shio_scraper.bulk.shards import plan
from shio_scraper.bulk.work import How
from shio_scraper.command import OwnCommand, complain, count, fail, need, option, say
from shio_scraper.items import RECORD_FILES
from shio_scraper.portals import ANY_SITE, DEFAULT, PortalError, load
from shio_scraper.runs import stored
from shio_scraper.runs.outcome import CUT_OFF, FAILED
from shio_scraper.spiders.arguments import ArgumentError, address_of, copy_of
from shio_scraper.spiders.requesting import OFF

if TYPE_CHECKING:
    from shio_scraper.bulk.run import Job, Outcome

_MOST_WORKERS: Final = 999
_DAMAGE: Final = "rejects/broken_record"
_FORMATS: Final = ("jsonl", "parquet")
_COLUMNS: Final = ("url", "html", "text", "date")


def _workers(value: str) -> int:
    if (number := count(value)) > _MOST_WORKERS:
        raise ArgumentTypeError(f"{number} are too many: at most {_MOST_WORKERS}")
    return number


class Command(OwnCommand):
    """Exit status: 0; 1 for a failure, damage or no record; 2 for wrong use; 3 if stopped."""

    usage = "PATH… -o DIR [options]"
    summary = "Turn archives into files of records, with one or several processes"
    options = (
        option("-o", metavar="DIR", dest="target", help="the folder to write"),
        option("--workers", metavar="N", type=_workers, default=1, help="processes (default: 1)"),
        option("--format", default="jsonl", choices=_FORMATS, help="(default: jsonl)"),
        option(
            "--site",
            metavar="URL|DIR",
            help="the copy of the portal that the archives come from; with "
            "--portal any, read only pages below this address",
        ),
        option(
            "--portal",
            metavar="NAME",
            default=DEFAULT.name,
            help="the portal (%(default)s); any: read pages of sites without a map",
        ),
        *(
            option(f"--{name}-column", metavar="NAME", help=f"a table's column with the {name}")
            for name in _COLUMNS
        ),
    )

    def answer(self, args: list[str], opts: Namespace) -> int:
        """Extract the records, and print their numbers."""
        if not args or not opts.target:
            raise UsageError("say what to read and where to write: scrapy extract PATH… -o DIR")
        target = Path(opts.target)
        _check_target(target)
        _check_extras(opts.format)
        from shio_scraper.bulk.run import Job  # noqa: PLC0415  (needs the extra)

        how = _how(opts, self.settings)
        try:
            files = list(_files(args, target, how.options()))
            shards = plan(files)
        except OSError as error:
            raise UsageError(f"{error.filename}: {error.strerror}") from error
        how = replace(how, templates=tuple(stored.templates_of_archives(files)))
        return _run(Job(shards, target, how, opts.format, opts.workers))


def _how(opts: Namespace, settings: BaseSettings) -> How:
    """Return how the files are to be read, by options and settings. Raises ``UsageError``."""
    copy, base = None, None
    if opts.portal == ANY_SITE.name:
        base = address_of(opts.site) if opts.site else ""
        if base is None:
            raise UsageError(f"--site {opts.site} is no http(s) address without query and user")
    else:
        try:
            portal = load(opts.portal)
            copy = Copy.of(portal, copy_of(opts.site)) if opts.site else None
        except (ArgumentError, PortalError) as error:
            raise UsageError(str(error)) from error
    keeps_documents = settings["SHIO_ASSETS"] != OFF
    return How(
        max_page=settings.getint("SHIO_MAX_PAGE"),
        columns=Columns(*(getattr(opts, f"{name}_column") for name in _COLUMNS)),
        copy=copy,
        max_document=settings.getint("SHIO_MAX_DOCUMENT") if keeps_documents else 0,
        contacts=settings["SHIO_CONTACTS"],
        any_site=base,
    )


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def _run(job: Job) -> int:
    from shio_scraper.bulk.run import BulkError, run  # noqa: PLC0415  (needs the extra)

    signal(SIGTERM, _stop)
    try:
        job.folder.mkdir(parents=True, exist_ok=True)
        if not runs.lock(job.folder):
            fail("extract", f"{job.folder}: another process writes it", FAILED)
        outcome = run(job)
    except KeyboardInterrupt:
        fail("extract", "stopped; the same command goes on where it was", CUT_OFF)
    except (BulkError, OSError) as error:
        fail("extract", error, FAILED)
    return _tell(job, outcome)


def _tell(job: Job, outcome: Outcome) -> int:
    counts = ", ".join(f"{outcome.counts[name]} {name}" for name in FILES)
    say(f"{job.folder}: {counts}")
    for failure in outcome.failed:
        complain(f"scrapy extract: failed: {failure}")
    if damaged := outcome.counts[_DAMAGE]:
        where = f"rejects.{job.format} names them"
        complain(f"scrapy extract: {damaged} damaged places were passed over; {where}")
    if outcome.failed or damaged:
        return FAILED
    if not any(outcome.counts[name] for name in RECORD_FILES):
        fail("extract", "no record in what was read", FAILED)
    return 0


def _files(patterns: list[str], target: Path, options: Options) -> Iterator[Path]:
    """Yield each file to read once, and print the files of unknown formats.

    Raises ``UsageError`` if a pattern matches no file of a known format.
    """
    inside, seen, others = target.resolve(), set(), list[Path]()
    for pattern in patterns:
        known = False
        for file in archives.files(pattern) if pattern else ():
            form, real = archives.format_of(file, options), Path(os.path.realpath(file))
            if inside in real.parents or runs.is_output(file):
                continue
            if form is None:
                others.append(file)
                continue
            if form == "parquet":
                _check_extras("parquet")
            known = True
            if real not in seen:
                seen.add(real)
                yield file
        if not known:
            name = pattern or "an empty name"
            raise UsageError(f"{name}: no such file, or none of a known format ({archives.SHOWN})")
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        complain(
            f"scrapy extract: passed over: {others[0]}{more}, of no form that is read "
            f"({archives.SHOWN})"
        )


def _check_target(target: Path) -> None:
    """Raise ``UsageError`` if the folder holds anything but an extraction."""
    ours = {"summary.json", "templates", *(f"{name}.{form}" for name in FILES for form in _FORMATS)}
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target} is a file: name a folder")
    if target.is_dir():
        there = [path.name for path in target.iterdir() if not path.name.startswith(".")]
        other = sorted(set(there) - ours)
        if there and not (target / PARTS).is_dir():
            other = sorted(there)  # their names are ours, but no extraction has left its mark here
        if other:
            raise UsageError(f"{target} holds other files ({other[0]}): name another folder")


def _check_extras(form: str) -> None:
    need("extraction", "bulk", "pebble", "tqdm")
    if form == "parquet":
        need("Parquet", "parquet", "pyarrow")
