"""``scrapy dataset rebuild``: make the state anew from the runs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scrapy.exceptions import UsageError

from shio_scraper import manifest, runs
from shio_scraper.commands.dataset.places import (
    add_state_option,
    run_folder,
    site_given,
    state_path,
)
from shio_scraper.commands.stdout import complain, say
from shio_scraper.dataset.intake import IntakeError
from shio_scraper.dataset.places import site_of_run
from shio_scraper.dataset.rebuilding import Old, rebuild
from shio_scraper.dataset.site import LIVE

if TYPE_CHECKING:
    import argparse

    from scrapy.settings import BaseSettings

HELP: Final = "make the state anew from the runs in the data folder that have ended"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what follows the sub-command's name."""
    parser.add_argument("runs", metavar="RUN", nargs="*", help="runs that lie elsewhere")
    parser.add_argument("--unfinished", action="store_true", help="with runs that have not ended")
    parser.add_argument(
        "--drop", action="store_true", help="without runs of the old state that are not there"
    )
    add_state_option(parser)


def run(opts: argparse.Namespace, settings: BaseSettings) -> int:
    """Take every run in anew; other sites' runs and those that have not ended are counted."""
    given = [run_folder(name, settings) for name in opts.runs]
    path, data = state_path(opts, settings), Path(settings["SHIO_DATA"])
    old = Old.read(path)
    found = {folder.resolve(): None for folder in [*runs.all_below(data), *given]}
    named = opts.state or settings["SHIO_STATE"]
    site = site_given(opts) or old.site or (_only_site(found, data) if named else LIVE)
    wanted = [one for one in found if _is_wanted(one, data, site, unfinished=opts.unfinished)]
    if not wanted and not path.exists():
        raise UsageError(f"{data}: no run of --site {site}")
    kept_as, failed = old.kept_as, 0
    for taken in rebuild(old, wanted, site, unfinished=opts.unfinished, drop=opts.drop):
        if isinstance(taken, IntakeError):
            failed += 1
            complain(f"scrapy dataset rebuild: {taken}")
        else:
            say(taken)
    left_out = f", {len(found) - len(wanted)} left out" if len(found) > len(wanted) else ""
    kept = f"; the old one is {kept_as}" if kept_as else ""
    say(f"{path}: made anew from {len(wanted) - failed} runs{left_out}{kept}")
    return 1 if failed else 0


def _only_site(folders: Iterable[Path], data: Path) -> str | None:
    """Return the site of all runs. Raises ``UsageError`` where there are several."""
    sites = sorted({site for folder in folders if (site := _site(folder, data))})
    if len(sites) > 1:
        raise UsageError(f"there are runs of several sites: add --site {'|'.join(sites)}")
    return sites[0] if sites else None


def _is_wanted(folder: Path, data: Path, site: str | None, *, unfinished: bool) -> bool:
    try:
        found = manifest.read(folder)
    except (OSError, ValueError):
        return (folder / manifest.NAME).exists()  # the intake says what is wrong with it
    has_ended = found.outcome != "unfinished"
    return (has_ended or unfinished) and _site(folder, data) == site


def _site(folder: Path, data: Path) -> str | None:
    try:
        return site_of_run(folder, data)
    except (OSError, ValueError):
        return None
