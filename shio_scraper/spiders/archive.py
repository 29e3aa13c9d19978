"""Reads captures from files instead of the network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from shio_scraper import archives
from shio_scraper.archives.reading import Found, Options, Skipped
from shio_scraper.items import Reject
from shio_scraper.spiders.arguments import ArchiveArguments, ArgumentError
from shio_scraper.spiders.base import CaptureSpider

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class ArchiveSpider(CaptureSpider):
    """Archived captures, in file order; of a history, every distinct content of each day."""

    name = "archive"
    keeps_history = True

    def __init__(self, **arguments: Any) -> None:
        super().__init__()
        self.arguments = ArchiveArguments.parse(arguments)

    @classmethod
    def check_arguments(cls, given: Mapping[str, Any]) -> None:
        """Raise ``ArgumentError`` where the spider would refuse an argument."""
        for pattern in ArchiveArguments.parse(given).path:
            if not any(map(archives.format_of, archives.files(pattern))):
                raise ArgumentError(f"path={pattern!r}: no such file, or none of a known format")

    async def start(self) -> AsyncIterator[Any]:
        """Yield the records of every capture."""
        options = Options(portal=self.portal, max_page=self.max_page)
        for pattern in self.arguments.path:
            for file in archives.files(pattern):
                if archives.format_of(file) is None:
                    self._skip(file)
                    continue
                for found in archives.read(file, options):
                    for item in self._items(found):
                        yield item
                        await asyncio.sleep(0)

    def _skip(self, file: Path) -> None:
        """Count a file of another format; the first is named."""
        if self.crawler.stats and not self.crawler.stats.get_value("files_skipped"):
            self.logger.info("Skipped: %s is of no known format; others are counted", file)
        self.count("files_skipped")

    def _items(self, found: Found) -> list[Any]:
        if isinstance(found, Skipped):
            self.count(f"skipped/{found.value}")
            return []
        self.count("captures")
        extraction = found if isinstance(found, Reject) else self.read(found)
        return [extraction] if isinstance(extraction, Reject) else list(self.results(extraction))
