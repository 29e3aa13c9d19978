"""``scrapy drift``: prints which layouts of a run were not known before, and how they differ."""

from __future__ import annotations

from argparse import Namespace

from scrapy.exceptions import UsageError

from shio_scraper.audit.layouts import Drift
from shio_scraper.command import OwnCommand, only_argument, told, write_lines


class Command(OwnCommand):
    """Exit status: 0 if every layout was known; 1 if one is new; 2 for a wrong argument."""

    usage = "[options] RUN"
    summary = "Tell which layouts of a run were not known before"
    about = "RUN is a run's folder, its name in the data folder, or latest."

    def answer(self, args: list[str], opts: Namespace) -> int:  # noqa: ARG002
        """Print the run's layouts."""
        name = only_argument(args, "run: its folder, its name or latest")
        try:
            drift = Drift(self.run_folder(name))
        except (OSError, ValueError) as error:
            raise UsageError(told(error)) from error
        write_lines(drift.report())
        return 1 if drift.new else 0
