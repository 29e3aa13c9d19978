"""``scrapy report``: shows a run, or the whole dataset, as an HTML page or as text."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scrapy.exceptions import UsageError

from shio_scraper import runs
from shio_scraper.command import (
    STATE,
    OwnCommand,
    need,
    option,
    site_given,
    write_lines,
)
from shio_scraper.dataset import places
from shio_scraper.dataset.places import LIVE
from shio_scraper.dataset.state import State, StateError
from shio_scraper.report.source import of_dataset, of_run
from shio_scraper.runs import manifest

if TYPE_CHECKING:
    from shio_scraper.report.summary import Summary

_PAGE: Final = "report.html"


class Command(OwnCommand):
    """Exit status: 0; 1 if a file cannot be read or written; 2 for a wrong argument."""

    usage = "[options] [RUN|DIR]"
    summary = "Show a run, or the whole dataset, on one page"
    about = (
        "RUN is a run's folder or name; DIR a data folder, whose state is shown as the whole "
        "dataset. Without either, the newest run."
    )
    failures = (StateError, OSError, ValueError)
    options = (
        *STATE,
        option("-o", metavar="FILE", dest="target", help=f"the page ({_PAGE}, unless --text)"),
        option("--text", action="store_true", help="print the summary"),
    )

    def answer(self, args: list[str], opts: Namespace) -> int:
        """Write the page, or print the text, or both."""
        target = _target(opts)
        summary = self._summary(self._place(args), opts)
        if opts.text:
            write_lines([_text(summary)])
        if target:
            write_lines([_written(summary, target)])
        return 0

    def _place(self, args: list[str]) -> Path:
        """Return the folder of a run, or the data folder of a dataset. Raises ``UsageError``."""
        if len(args) > 1:
            raise UsageError(f"{' '.join(args)}: name one run or folder")
        if not args:
            for folder in reversed(runs.all_below(self.data)):
                if manifest.is_run(folder):
                    return folder
            what = "crawl first, or name a run or a data folder"
            raise UsageError(f"{self.data}: no run in it: {what}")
        for place in self.run_places(args[0]):
            if manifest.is_run(place) or (place / "runs").is_dir() or place.is_file():
                return place
        raise UsageError(f"{args[0]}: no run, no data folder and no state")

    def _summary(self, place: Path, opts: Namespace) -> Summary:
        """Return the summary of the run or the dataset at ``place``."""
        gone_after = self.settings.getint("SHIO_GONE_AFTER")
        if manifest.is_run(place):
            data = place.absolute().parent.parent
            site = site_given(opts) or places.site_of_run(place, data) or LIVE
            setting = self.settings["SHIO_STATE"]
            path = Path(opts.state) if opts.state else places.state_path(data, setting, site)
            return of_run(place, path, gone_after)
        path = place if place.is_file() else self.known_state_path(opts, place)
        with State.open(path) as state:
            return of_dataset(state, place.parent if place.is_file() else place, gone_after)


def _target(opts: Namespace) -> Path | None:
    """Return the path of the page; ``None`` if no page is asked for. Raises ``UsageError``."""
    if opts.text and not opts.target:
        return None
    target = Path(opts.target or _PAGE)
    if target.is_dir() or not target.parent.is_dir():
        raise UsageError(f"-o {target}: name a file, in a folder that is there")
    need("a page (but not --text)", "report", "jinja2", "vl_convert")
    return target


def _text(summary: Summary) -> str:
    from shio_scraper.report import text  # noqa: PLC0415  (only this needs rich)

    return text.render(summary, text.console()).rstrip()


def _written(summary: Summary, target: Path) -> str:
    """Write the page, and return the line to print. Raises ``OSError``."""
    from shio_scraper.report import page  # noqa: PLC0415  (needs the extra)

    target.write_text(page.render(summary), encoding="utf-8")
    return f"{target}: {summary.name}, {summary.records} records"
