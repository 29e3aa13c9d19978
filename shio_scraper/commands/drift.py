"""``scrapy drift``: which layouts of a run were not known before, and how they differ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from scrapy.exceptions import UsageError

from shio_scraper.commands.explain import only_argument
from shio_scraper.commands.stdout import complain, write_lines
from shio_scraper.drift.known import FILE
from shio_scraper.drift.report import Drift
from shio_scraper.own_command import OwnCommand

if TYPE_CHECKING:
    import argparse

_USAGE: Final = 2


class Command(OwnCommand):
    """Exit status: 0 where every layout was known, 1 where one is new, 2 for a wrong argument."""

    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    def syntax(self) -> str:
        """Return what follows the command's name."""
        return "[options] RUN"

    def short_desc(self) -> str:
        """Return the command's line in the list of all."""
        return "Tell which layouts of a run were not known before"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's own options."""
        super().add_options(parser)
        parser.epilog = "RUN is a run's folder, its name in the data folder, or latest."

    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002
        """Print the run's layouts."""
        assert self.settings is not None  # noqa: S101  (Scrapy sets it)
        try:
            name = only_argument(args, "run: its folder, its name or latest")
            drift = Drift(_folder(Path(self.settings["SHIO_DATA"]), name))
        except (UsageError, OSError, ValueError) as error:
            complain(f"scrapy drift: {_line(error)}")
            self.exitcode = _USAGE
            return
        write_lines(line.encode() for line in drift.report())
        self.exitcode = 1 if drift.new else 0


def _folder(data: Path, name: str) -> Path:
    """Return the folder of a run. Raises ``UsageError``."""
    for folder in (data / "runs" / name, data / name, Path(name)):
        if (folder / FILE).is_file():
            return folder.resolve()
    raise UsageError(f"{name}: no run with {FILE} of this name, here or in {data}")


def _line(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
    return str(error)
