"""``scrapy list``; with ``--portals`` it lists the portals that ``-a portal=`` takes."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from scrapy.commands import list as scrapy_list
from scrapy.exceptions import UsageError

from shio_scraper.command import fail, no_argument, no_other_option
from shio_scraper.portals import ALL, names


class Command(scrapy_list.Command):
    """Lists the spiders as Scrapy does, one per line, because programs read this output."""

    def add_options(self, parser: ArgumentParser) -> None:
        """Add the command's options."""
        super().add_options(parser)
        parser.add_argument("--portals", action="store_true", help="list the portals instead")

    def process_options(self, args: list[str], opts: Namespace) -> None:
        """Refuse what it does not take."""
        super().process_options(args, opts)
        try:
            no_other_option(args)
            no_argument(args)
        except UsageError as error:
            fail("list", error)

    def run(self, args: list[str], opts: Namespace) -> None:
        """Print the names."""
        if not opts.portals:
            super().run(args, opts)
            return
        names()  # registers the portals of other distributions, too
        for portal in ALL.members:
            print(f"{portal.name}: {portal.title}, {portal.origin}")  # noqa: T201  (the answer)
