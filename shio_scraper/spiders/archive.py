"""The ``archive`` spider: reads captures from files or an archive service, not the live portal."""

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
"""Captures after which the engine gets a turn to handle its signals."""
_MOST_NAMES = 100
"""The most skipped files and pages that the log names."""


class ArchiveSpider(ReplayingSpider):
    """Reads archived captures in file order, and keeps the history of each record.

    Of a record, every distinct content of each day is kept (``keeps_history``).
    """

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
        """Raise ``ArgumentError`` if a pattern names no file that can be read."""
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
        for number, entry in enumerate(archives.read_all(self._files(), options)):
            if number % _BREATH == 0:
                await asyncio.sleep(0)
            for outcome in self._read(entry):
                for item in self._items(outcome):
                    yield item
                    await asyncio.sleep(0)
        if self.service:  # its waiting pages are requests, which run when nothing else is due
            return
        for item in self._rest(options):
            yield item
            await asyncio.sleep(0)

    def _rest(self, options: Options) -> Iterator[Any]:
        """Yield the items of what waited until all was read.

        Pages waited for a template, shells for the page as a browser showed it, and documents for
        the records that link them.
        """
        for outcome in chain(map(self.read, self.templates.rest()), self._shells.rest()):
            yield from self._items(outcome)
        yield from read_linked(options, self.settings.getint("SHIO_MAX_DOCUMENT"))

    def results(self, extraction: Extraction, **reached_by: Any) -> Iterator[Any]:
        """Yield the results of a page, and note the documents that its records link."""
        for item in super().results(extraction, **reached_by):
            self._holdings.note(item)
            yield item

    def closed(self, reason: str) -> None:  # noqa: ARG002
        """Delete the notes on linked documents."""
        self._holdings.close()

    def reads(self, file: Path) -> bool:
        """Tell whether ``file``, an absolute path, is among the files to read, or would be."""
        given = self.arguments.path
        if any(file.is_relative_to(Path(pattern).resolve()) for pattern in given):
            return True
        return file in {match.resolve() for pattern in given for match in archives.files(pattern)}

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
        """Log and count a file that is not read."""
        self._name(why)
        self.count("files_skipped")

    def _pass(self, capture: Capture) -> Skipped:
        """Log a page with neither an address nor a sign of a portal. Return why it is skipped."""
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
        """Return the known templates and those of the runs whose archives are read.

        With them, a page is read as it was read in its run.
        """
        files = chain.from_iterable(map(archives.files, self.arguments.path))
        return [*super().known_templates(), *stored.templates_of_archives(files)]

    def _read(self, entry: Found) -> list[Extraction | Reject | Skipped]:
        """Return the extractions of one entry of an archive.

        A page of a layout without a template waits and returns nothing. With its fifth page the
        layout's template is learnt, and all waiting pages are read.
        """
        if not isinstance(entry, Capture):
            return [entry]
        if is_passed(entry, self.portals):
            return [self._pass(entry)]
        extraction = self.read(entry)
        if entry.rendered:
            self._shells.show(extraction)
        is_held = not entry.rendered and self._shells.hold(extraction)
        if is_held or isinstance(extraction, Reject):
            return [] if is_held else [extraction]
        if is_foreign(extraction, self.portals):
            return [self._pass(entry)]
        layout = self.templates.lacks(extraction)
        if layout is None:
            return [extraction]
        return list(map(self.read, self.templates.wait(layout, entry, entry)))

    def _items(self, outcome: Extraction | Reject | Skipped) -> list[Any]:
        if isinstance(outcome, Skipped):
            self.count(f"skipped/{outcome.value}")
            return []
        self.count("captures")
        return [outcome] if isinstance(outcome, Reject) else list(self.results(outcome))
