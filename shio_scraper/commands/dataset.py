"""``scrapy dataset``: keeps the state that all runs add up to, and makes builds from it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, TypeAlias

import msgspec
from scrapy.exceptions import UsageError

from shio_scraper import runs
from shio_scraper.command import (
    STATE,
    Option,
    OwnCommand,
    add,
    complain,
    fail,
    need,
    option,
    say,
    say_errors_in_a_line,
    site_given,
    write_lines,
)
from shio_scraper.dataset.builds.build import build, check_target
from shio_scraper.dataset.builds.columns import BuildError
from shio_scraper.dataset.builds.diff import diff
from shio_scraper.dataset.builds.formats import FORMATS
from shio_scraper.dataset.database import VERSION
from shio_scraper.dataset.intake import IntakeError, take_in
from shio_scraper.dataset.places import LIVE, site_of_run
from shio_scraper.dataset.rebuilding import Old, rebuild
from shio_scraper.dataset.state import State, StateError, TakenIn
from shio_scraper.reproduction import Rereader
from shio_scraper.runs import manifest
from shio_scraper.runs.content import TYPES

Action: TypeAlias = Callable[[OwnCommand, Namespace], int]

_DEFAULT: Final = "jsonl,parquet,sqlite"


def _add(command: OwnCommand, opts: Namespace) -> int:
    """Take each run into the state of its site. A run that is refused does not stop the others."""
    refused = 0
    for folder in [command.run_folder(name) for name in opts.runs]:
        site = _site(folder, command.data) or LIVE
        path = command.state_path(opts, site)
        try:
            with State.open(path, create=True) as state:
                state.settle(site)
                say(take_in(state, folder, Rereader(folder), unfinished=opts.unfinished))
        except IntakeError as error:
            complain(f"scrapy dataset add: {error}")
            refused += 1
    return 1 if refused else 0


def _rebuild(command: OwnCommand, opts: Namespace) -> int:
    """Make the state anew from all runs. Count the runs that are left out.

    Left out are runs of other sites, trials, and runs that have not ended.
    """
    given = [command.run_folder(name) for name in opts.runs]
    path, data = command.state_path(opts), command.data
    old = Old.read(path)
    folders = {folder.resolve(): None for folder in [*runs.all_below(data), *given]}
    named = opts.state or command.settings["SHIO_STATE"]
    site = site_given(opts) or old.site or (_only_site(folders, data) if named else LIVE)
    wanted = [
        folder for folder in folders if _is_wanted(folder, data, site, unfinished=opts.unfinished)
    ]
    if not wanted and not path.exists():
        raise UsageError(f"{data}: no run of --site {site}")
    kept_as, failed = old.kept_as, 0
    how = {"unfinished": opts.unfinished, "drop": opts.drop}
    for taken in rebuild(old, wanted, site, Rereader, **how):
        if isinstance(taken, IntakeError):
            failed += 1
            complain(f"scrapy dataset rebuild: {taken}")
        else:
            say(taken)
    left_out = f", {len(folders) - len(wanted)} left out" if len(folders) > len(wanted) else ""
    kept = f"; the old one is {kept_as}" if kept_as else ""
    say(f"{path}: made anew from {len(wanted) - failed} runs{left_out}{kept}")
    return 1 if failed else 0


def _only_site(folders: Iterable[Path], data: Path) -> str | None:
    """Return the site that all runs share. Raises ``UsageError`` if there are several sites."""
    sites = sorted({site for folder in folders if (site := _site(folder, data))})
    if len(sites) > 1:
        raise UsageError(f"there are runs of several sites: add --site {'|'.join(sites)}")
    return sites[0] if sites else None


def _is_wanted(folder: Path, data: Path, site: str | None, *, unfinished: bool) -> bool:
    try:
        run = manifest.read(folder)
    except (OSError, ValueError):
        return (folder / manifest.NAME).exists()  # the intake then reports the damaged manifest
    if run.trial:
        return False
    has_ended = run.outcome != "unfinished"
    return (has_ended or unfinished) and _site(folder, data) == site


def _site(folder: Path, data: Path) -> str | None:
    try:
        return site_of_run(folder, data)
    except (OSError, ValueError):
        return None  # the intake reports the error


def _show(command: OwnCommand, opts: Namespace) -> int:
    """Print a line about the state, a line for each run, and a line for each type of record."""
    gone_after = command.settings.getint("SHIO_GONE_AFTER")
    with State.open(command.known_state_path(opts)) as state:
        lines = [f"{state.path}: site={state.site}, tables of version {VERSION}"]
        lines += [_line(run) for run in state.runs()]
        for kind in TYPES:
            gone = [record.gone for record in state.records(kind, gone_after)]
            lines.append(f"{kind}: {len(gone)} records, {sum(gone)} of them gone")
    write_lines(lines)
    return 0


def _line(run: TakenIn) -> str:
    counts = ", ".join(f"{count} {kind}" for kind, count in run.counts.items()) or "no record"
    narrowed = [*run.scope.narrowed_by, *(f"no list of {kind}" for kind in run.unlisted)]
    why = f" ({', '.join(narrowed)})" if narrowed else ""
    return f"{run.name}: {run.outcome}, {run.reason}{why}: {counts}"


def _build(command: OwnCommand, opts: Namespace) -> int:
    """Build the dataset, and print what the build holds."""
    formats = _formats(opts.format)
    target, gone_after = Path(opts.target), command.settings.getint("SHIO_GONE_AFTER")
    need("a build", "dataset", "rensa", "pyarrow")
    try:
        check_target(target)
    except BuildError as error:
        raise UsageError(str(error)) from error
    with State.open(command.known_state_path(opts)) as state:
        holdings = build(state, target, formats, gone_after)
    counts = ", ".join(f"{count.rows} {name}" for name, count in holdings.counts.items())
    say(f"{target}: {counts}, as {', '.join(formats)}")
    return 0


def _formats(given: str) -> list[str]:
    """Return the formats that the user named, each once. Raises ``UsageError``."""
    names = given.split(",")
    for name in names:
        if name not in FORMATS:
            raise UsageError(f"--format {name!r} cannot be: use {', '.join(FORMATS)}")
    return [name for name in FORMATS if name in names]


def _diff(_: OwnCommand, opts: Namespace) -> int:
    """Print the differences. The exit status is that of ``diff``: 0 none, 1 some, 2 an error."""
    status = 0

    def lines() -> Iterator[bytes]:
        nonlocal status
        for difference in diff(Path(opts.old), Path(opts.new), everything=opts.everything):
            status = 1
            yield msgspec.json.encode(difference)

    try:
        write_lines(lines())
    except BuildError as error:
        fail("dataset diff", error)
    return status


_UNFINISHED: Final = option(
    "--unfinished", action="store_true", help="runs too that have not ended, as far as they are"
)
_SUBCOMMANDS: Final[dict[str, tuple[Action, str, list[Option]]]] = {
    "add": (_add, "take runs into the state, each whole or not at all", [
        *STATE,
        option("runs", metavar="RUN", nargs="+", help="a run's folder, or its name"),
        _UNFINISHED,
    ]),
    "rebuild": (_rebuild, "make the state anew from the runs in the data folder that have ended", [
        *STATE,
        option("runs", metavar="RUN", nargs="*", help="runs that lie elsewhere"),
        _UNFINISHED,
        option("--drop", action="store_true", help="without runs that are not there any more"),
    ]),
    "show": (_show, "tell what the state holds: its site, its runs, its records", [*STATE]),
    "build": (_build, "write the whole dataset into a folder, from the state", [
        *STATE,
        option("-o", metavar="DIR", dest="target", required=True, help="the folder"),
        option("--format", default=_DEFAULT, help=f"some of {','.join(FORMATS)} ({_DEFAULT})"),
    ]),
    "diff": (_diff, "tell what differs between two builds, as JSON Lines; exit status 0: nothing", [
        option("old", metavar="A", help="the folder of a build"),
        option("new", metavar="B", help="the folder of another"),
        option("--everything", action="store_true", help="compare more than the content's fields"),
    ]),
}  # fmt: skip
"""Sub-command → the function that does it, its help, its options."""


class Command(OwnCommand):
    """Exit status: 0; 1 for a failure; 2 for a wrong argument."""

    usage = f"{'|'.join(_SUBCOMMANDS)} …"
    summary = "Keep the dataset that runs add up to, and build files of it"
    failures = (IntakeError, StateError, BuildError)
    options = (option("-h", "--help", action="store_true", help="show this help message and exit"),)

    def left_over(self, args: list[str]) -> list[str]:  # noqa: ARG002
        """Return none: options of sub-commands are left to their parsers."""
        return []

    def answer(self, args: list[str], opts: Namespace) -> int:
        """Run a sub-command, or show its help; Scrapy's options are taken out of ``args``."""
        parser = ArgumentParser("scrapy dataset", description=self.summary, allow_abbrev=False)
        say_errors_in_a_line(parser, "dataset")
        subparsers = parser.add_subparsers(dest="subcommand", required=True)
        for name, (_, what, options) in _SUBCOMMANDS.items():
            sub = subparsers.add_parser(name, help=what, allow_abbrev=False)
            say_errors_in_a_line(sub, f"dataset {name}")
            add(sub, options)
        given = parser.parse_args([*args, "-h"] if opts.help else args)
        self.name = f"dataset {given.subcommand}"
        return _SUBCOMMANDS[given.subcommand][0](self, given)
