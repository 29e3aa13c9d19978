"""Reads captures from files, or from an archive service, instead of the live portal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from shio_scraper import archives, runs
from shio_scraper.archives.holdings import Holdings
from shio_scraper.archives.reading import Found, Options, Skipped
from shio_scraper.crawl.rendering import Shells
from shio_scraper.extraction import is_foreign, is_passed, read_linked
from shio_scraper.items import Reject
from shio_scraper.pages import Capture
from shio_scraper.parsers import Extraction
from shio_scraper.parsers.template import Template
from shio_scraper.runs import stored
from shio_scraper.spiders.arguments import ArchiveArguments, ArgumentError
from shio_scraper.spiders.replay import ReplayingSpider
from shio_scraper.spiders.requesting import OFF

_BREATH = 256
"""How much is passed over before the engine may look at its signals."""
_MOST_NAMES = 100
"""How much of what is passed over is named, at most."""


class ArchiveSpider(ReplayingSpider):
    """Archived captures, in file order; of a history, every distinct content of each day."""

    name = "archive"
    takes = ArchiveArguments
    arguments: ArchiveArguments
    keeps_history = True

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.site = self.service
        self.is_resumable = not self.arguments.reads_files
        self._named = 0
        self._holdings = Holdings()
        self._shells = Shells()

    def check(self) -> None:
        """Raise ``ArgumentError`` where a pattern names no file that can be read."""
        options = Options(portals=self.portals, copy=self.arguments.copy)
        for pattern in self.arguments.path:
            known = False
            for file in archives.files(pattern):
                form = archives.format_of(file, options)
                known = known or form is not None
                if form and not archives.is_installed(form):
                    raise ArgumentError(f"{file} is Parquet: install shio-scraper[{form}]")
            if not known:
                raise ArgumentError(
                    f"path={pattern!r}: no such file, or none of a known format ({archives.SHOWN})"
                )

    async def start(self) -> AsyncIterator[Any]:
        """Yield the records of every capture."""
        if self.service:
            async for piece in self.captures(self.service):
                yield piece
        options = Options(
            portals=self.portals,
            max_page=self.max_page,
            columns=self.arguments.columns,
            copy=self.arguments.copy,
            holdings=self._holdings,
            documents=self.settings["SHIO_ASSETS"] != OFF,
        )
        for number, found in enumerate(archives.read_all(self._files(), options)):
            if number % _BREATH == 0:
                await asyncio.sleep(0)
            for one in self._read(found):
                for item in self._items(one):
                    yield item
                    await asyncio.sleep(0)
        if self.service:  # its pages wait as requests, which come when nothing else is due
            return
        for item in self._rest(options):
            yield item
            await asyncio.sleep(0)

    def _rest(self, options: Options) -> Iterator[Any]:
        """Yield what waited: pages for a template, shells for a browser, documents for links."""
        for one in chain(map(self.read, self.templates.rest()), self._shells.rest()):
            yield from self._items(one)
        yield from read_linked(options, self.settings.getint("SHIO_MAX_DOCUMENT"))

    def results(self, extraction: Extraction, **reached_by: Any) -> Iterator[Any]:
        """Yield what a page gives, and note the documents that its records link."""
        for item in super().results(extraction, **reached_by):
            self._holdings.note(item)
            yield item

    def closed(self, reason: str) -> None:  # noqa: ARG002
        """Forget what was noted."""
        self._holdings.close()

    def reads(self, file: Path) -> bool:
        """Tell whether ``file``, an absolute path, is or would be one of the files to read."""
        given = self.arguments.path
        if any(file.is_relative_to(Path(pattern).resolve()) for pattern in given):
            return True
        return file in {found.resolve() for pattern in given for found in archives.files(pattern)}

    def _files(self) -> Iterator[Path]:
        """Yield the files to read."""
        options = Options(portals=self.portals, copy=self.arguments.copy)
        for file in chain.from_iterable(map(archives.files, self.arguments.path)):
            if archives.format_of(file, options) is None:
                self._skip(f"{file} is of no form that is read ({archives.SHOWN})")
            elif runs.is_output(file):
                self._skip(f"{file} holds a run's records, and no pages")
            else:
                yield file

    def _skip(self, why: str) -> None:
        """Name and count a file that is not read."""
        self._name(why)
        self.count("files_skipped")

    def _pass(self, capture: Capture) -> Skipped:
        """Name and count a page without an address on which nothing is the portals'."""
        place = capture.archive
        where = f"{place.file}, {place.record_id}" if place else "a page"
        self._name(f"{where}: no address, and nothing on it that the portals' pages have")
        return Skipped.OTHER_SITE

    def _name(self, what: str) -> None:
        self._named += 1
        if self._named <= _MOST_NAMES:
            self.logger.info("Passed over: %s", what)
        elif self._named == _MOST_NAMES + 1:
            self.logger.info("Passed over: more, which are counted only (skipped/…)")

    def known_templates(self) -> list[Template]:
        """Return the templates of the runs whose archives are read: they were read with these."""
        files = chain.from_iterable(map(archives.files, self.arguments.path))
        return [*super().known_templates(), *stored.templates_of_archives(files)]

    def _read(self, found: Found) -> list[Extraction | Reject | Skipped]:
        """Read what an archive holds.

        A page of a layout without a template waits; the fifth of them brings all.
        """
        if not isinstance(found, Capture):
            return [found]
        if is_passed(found, self.portals):
            return [self._pass(found)]
        extraction = self.read(found)
        if found.rendered:
            self._shells.show(extraction)
        is_held = not found.rendered and self._shells.hold(extraction)
        if is_held or isinstance(extraction, Reject):
            return [] if is_held else [extraction]
        if is_foreign(extraction, self.portals):
            return [self._pass(found)]
        layout = self.templates.lacks(extraction)
        if layout is None:
            return [extraction]
        return list(map(self.read, self.templates.wait(layout, found, found)))

    def _items(self, found: Extraction | Reject | Skipped) -> list[Any]:
        if isinstance(found, Skipped):
            self.count(f"skipped/{found.value}")
            return []
        self.count("captures")
        return [found] if isinstance(found, Reject) else list(self.results(found))
