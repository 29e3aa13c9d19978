"""``scrapy dataset build``: the whole dataset as files, from the state."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scrapy.exceptions import UsageError

from shio_scraper.commands.dataset.places import add_state_option, known_state_path, misses
from shio_scraper.commands.stdout import say
from shio_scraper.dataset.builds.error import BuildError
from shio_scraper.dataset.builds.folder import check_target
from shio_scraper.dataset.state import State

if TYPE_CHECKING:
    import argparse

    from scrapy.settings import BaseSettings

HELP: Final = "write the whole dataset into a folder, from the state"
FORMATS: Final = ("jsonl", "parquet", "sqlite")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what follows the sub-command's name."""
    parser.add_argument("-o", metavar="DIR", dest="target", required=True, help="the folder")
    parser.add_argument(
        "--format", default=",".join(FORMATS), help=f"one or more of {','.join(FORMATS)}"
    )
    add_state_option(parser)


def run(opts: argparse.Namespace, settings: BaseSettings) -> int:
    """Build, and say what."""
    formats = _formats(opts.format)
    target, gone_after = Path(opts.target), misses(None, settings)
    for module in ("rensa", "pyarrow"):
        if find_spec(module) is None:
            raise UsageError("a build needs more: pip install 'shio-scraper[dataset]'")
    try:
        check_target(target)
    except BuildError as error:
        raise UsageError(str(error)) from error
    from shio_scraper.dataset.builds.build import build  # noqa: PLC0415  (needs the extra)

    with State.open(known_state_path(opts, settings)) as state:
        holdings = build(state, target, formats, gone_after)
    counts = ", ".join(f"{count.rows} {name}" for name, count in holdings.counts.items())
    say(f"{target}: {counts}, as {', '.join(formats)}")
    return 0


def _formats(given: str) -> list[str]:
    """Return the formats, each once. Raises ``UsageError``."""
    names = given.split(",")
    for name in names:
        if name not in FORMATS:
            raise UsageError(f"--format {name!r} cannot be: use {', '.join(FORMATS)}")
    return [name for name in FORMATS if name in names]
