"""What every command of ours does with its settings.

It lies beside ``commands``, whose every class of a command Scrapy takes for one.
"""

from __future__ import annotations

import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError

from shio_scraper import settings as project

if TYPE_CHECKING:
    import argparse

    from scrapy.settings import BaseSettings

_USAGE = 2
_OURS = "SHIO_"


class OwnCommand(ScrapyCommand):
    """A command that refuses settings which nothing reads: misspelt ones."""

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Read the options. Exits with 2 where a setting of ours has no such name."""
        super().process_options(args, opts)
        assert self.settings is not None  # noqa: S101  (Scrapy sets it)
        try:
            check_names(self.settings)
        except UsageError as error:
            name = type(self).__module__.split(".")[2]
            sys.stderr.write(f"scrapy {name}: {error}\n")
            sys.exit(_USAGE)


def check_names(settings: BaseSettings) -> None:
    """Raise ``UsageError`` for a setting ``SHIO_…`` that there is not."""
    known = [name for name in vars(project) if name.startswith(_OURS)]
    for name in sorted(name for name in settings if name.startswith(_OURS)):
        if name not in known:
            near = get_close_matches(name, known, n=1)
            meant = f": did you mean {near[0]}?" if near else ""
            raise UsageError(f"there is no setting {name}{meant}")
