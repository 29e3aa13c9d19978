"""``scrapy dataset diff``: what differs between two builds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from shio_scraper.commands.stdout import complain, write_lines
from shio_scraper.dataset.builds import diff as builds
from shio_scraper.dataset.builds.error import BuildError
from shio_scraper.dataset.builds.reading import Build

if TYPE_CHECKING:
    import argparse

    from scrapy.settings import BaseSettings

HELP: Final = "tell what differs between two builds, as JSON Lines; exit status 0: nothing"
_DIFFERENT: Final = 1
_TROUBLE: Final = 2


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what follows the sub-command's name."""
    parser.add_argument("old", metavar="A", help="the folder of a build")
    parser.add_argument("new", metavar="B", help="the folder of another")
    parser.add_argument(
        "--everything", action="store_true", help="compare every field, not only the content's"
    )


def run(opts: argparse.Namespace, settings: BaseSettings) -> int:  # noqa: ARG001
    """Print the differences. As ``diff`` has it: 0 for none, 1 for some, 2 for trouble."""
    differences = _Counted()
    try:
        old, new = Build(Path(opts.old)), Build(Path(opts.new))
        write_lines(differences.of(builds.diff(old, new, everything=opts.everything)))
    except BuildError as error:
        complain(f"scrapy dataset diff: {error}")
        return _TROUBLE
    return _DIFFERENT if differences.any else 0


class _Counted:
    """Whether there was any."""

    any = False

    def of(self, differences: Iterator[dict[str, Any]]) -> Iterator[bytes]:
        """Yield each difference as JSON."""
        for difference in differences:
            self.any = True
            yield msgspec.json.encode(difference)
