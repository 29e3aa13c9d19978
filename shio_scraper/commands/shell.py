"""``scrapy shell``, with variables for the page and the records of the response."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from scrapy.commands import shell
from scrapy.settings.default_settings import SCHEDULER

from shio_scraper.pages import Capture, UnreadableError, read
from shio_scraper.parsers import extract
from shio_scraper.portals import portal_of

_OF_A_RUN = (
    "shio_scraper.feeds.exporters.RecordFeedExporter",
    "shio_scraper.extensions.files.RunFiles",
    "shio_scraper.extensions.progress.RunReport",
    "shio_scraper.extensions.ending.Ending",
)


class Command(shell.Command):
    """Adds the variables ``page`` (as the parsers see it), ``records`` and ``rejects``."""

    def process_options(self, args: list[str], opts: Namespace) -> None:
        """Set up the shell so that it leaves no run behind: a look at a page is no crawl."""
        super().process_options(args, opts)
        assert self.settings is not None  # noqa: S101  (Scrapy sets it)
        self.settings.set("SHIO_ARCHIVE", "off", priority="cmdline")
        self.settings.set("SCHEDULER", SCHEDULER, priority="cmdline")  # nothing to resume
        self.settings["EXTENSIONS"].update(dict.fromkeys(_OF_A_RUN), priority="cmdline")

    def update_vars(self, vars: dict[str, Any]) -> None:  # noqa: A002  (Scrapy's name)
        """Add the page, records and rejects of the response to the shell's variables."""
        response = vars.get("response")
        if response is None:
            return
        content_type = (response.headers.get(b"Content-Type") or b"").decode("latin-1")
        url = response.url if portal_of(response.url) else None
        try:
            page = read(Capture(body=response.body, url=url, content_type=content_type))
        except UnreadableError as error:
            vars.update(page=None, records=[], rejects=[error])
            return
        extraction = extract(page)
        vars.update(page=page, records=extraction.records, rejects=extraction.rejects)
