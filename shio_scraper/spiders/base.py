"""The base of all spiders: how a capture becomes records, rejects and findings."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Final

from twisted.logger import globalLogBeginner

from shio_scraper import configuration
from shio_scraper.audit.auditing import Auditor
from shio_scraper.audit.layouts import known_before
from shio_scraper.component import Meta, output_failed
from shio_scraper.crawl.learning import Templates
from shio_scraper.crawl.remembering import RememberingSpider
from shio_scraper.crawl.waiting import (
    DUE,
    Waiting,
    waiting_of,
    waiting_request,
    waits_again,
)
from shio_scraper.extraction import Extractor
from shio_scraper.feeds.preflight import OutputError, check
from shio_scraper.frontier import codec
from shio_scraper.frontier.store import WAITING
from shio_scraper.items import RecordType, Reject, Remark
from shio_scraper.pages import Capture
from shio_scraper.parsers import Extraction
from shio_scraper.parsers.template import Template
from shio_scraper.portals import ANY_SITE, Portal, PortalError, register_all
from shio_scraper.runs import outcome, stored
from shio_scraper.runs.manifest import Scope
from shio_scraper.spiders.arguments import (
    OF_SERVICES,
    ArgumentError,
    Arguments,
)

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings

_HEADING: Final = "Unhandled error in Deferred:"
"""The line that Twisted logs before the error itself."""
_NOT_NARROWING = set(Arguments.__struct_fields__) - set(OF_SERVICES)
"""Arguments that do not narrow a crawl, or whose effect the scope states by itself.

Any other argument may narrow the crawl.
"""


class CaptureSpider(RememberingSpider):
    """Takes every capture through the same steps: ``capture → page → records``."""

    takes: ClassVar[type[Arguments]]
    arguments: Arguments
    max_page: int
    is_resumable: bool = True
    """Whether a crawl that was cut off can be resumed."""

    def __init__(self, **given: Any) -> None:
        super().__init__()
        arguments = self.arguments = self.takes.parse(given)
        self.given, self.portals, self.own_shares = given, arguments.portals, [dict(given)]
        self.subject, self.identity = arguments.subject, arguments.identity
        self.origin, self.leased_as = arguments.origin, arguments.leased_as
        self.fresh = arguments.fresh
        self.asked = (*sorted(arguments.only), *sorted(arguments.language))
        self.read_by: Portal | None = ANY_SITE if arguments.is_any else None
        """The map that all pages are read by; ``None`` if each page's address decides."""

    def check(self) -> None:
        """Raise ``ArgumentError`` if the arguments name something that cannot be read."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Return the spider of ``crawler``."""
        try:
            register_all(crawler.settings.getlist("SHIO_PORTALS"))
            spider = super().from_crawler(crawler, *args, **kwargs)
            check(crawler, spider)
        except (ArgumentError, OutputError, PortalError) as error:
            say_in_one_line()
            raise ArgumentError(str(error)) from error
        spider.max_page = crawler.settings.getint("SHIO_MAX_PAGE")
        for name in ("since", "until"):
            day = getattr(spider.arguments, name)
            if day and str(kwargs.get(name)).strip() != str(day):
                spider.logger.info("%s=%s: %s", name, kwargs.get(name), day)
        return spider

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Add the settings that the spider needs. Raise ``UsageError`` if one cannot be used."""
        super().update_settings(settings)
        configuration.give(settings)

    @property
    def is_full(self) -> bool:
        """Whether the crawl reads the whole live portal, or all of a site without a map."""
        scope, arguments = self.scope, self.arguments
        return (
            (self.origin == "live" or arguments.is_any)
            and not arguments.portals.gives - arguments.only
            and arguments.language == arguments.portals.languages
            and not (scope.since or scope.until or scope.narrowed_by)
        )

    @property
    def scope(self) -> Scope:
        """What the run should see, according to the spider's arguments."""
        arguments = self.arguments
        narrowing = set(self.identity) - _NOT_NARROWING
        history = {"history"} if self.keeps_history else set()
        rest = {"continues"} if self.continues else set()
        return Scope(
            types=sorted(arguments.types),
            languages=sorted(arguments.language),
            portals=[portal.name for portal in self.portals.members],
            since=arguments.since,
            until=arguments.until,
            narrowed_by=sorted(narrowing | history | rest),
        )

    @cached_property
    def auditor(self) -> Auditor:
        """The auditor that accounts for the text of the run's pages."""
        auditor = Auditor(self.count, known_before(self.run_folder.absolute(), self.origin))
        if self.resumed:
            auditor.resume(self.run_folder)
        return auditor

    def wants(self, record: RecordType) -> bool:
        """Tell whether the user asked for ``record``."""
        return self.arguments.wants(record)

    @cached_property
    def extractor(self) -> Extractor:
        """The extractor that reads the crawl's captures."""
        return Extractor(
            self.max_page,
            template=self.templates.of,
            keeps_history=self.keeps_history,
            portal=self.read_by,
        )

    @cached_property
    def templates(self) -> Templates[Any]:
        """The templates that the run begins with, and those that it learns."""
        templates: Templates[Any] = Templates(self.known_templates(), self._store, self.read_by)
        if self.resumed or self.continues:
            self._resume(templates)
        return templates

    def known_templates(self) -> list[Template]:
        """Return the templates that the run begins with: those in its folder."""
        return stored.templates(self.run_folder)

    def _resume(self, templates: Templates[Request]) -> None:
        """Let those pages wait again that waited when the crawl was cut off.

        A page that was already due had a template, which is stored when it is first used. If that
        template is gone and too few of its pages are left to learn it again, the page waits for
        further pages (``waits_again``).
        """
        for data in (*self.frontier.at(DUE), *self.frontier.at(WAITING)):
            request = codec.decode(data, self)
            waiting = waiting_of(request)
            if not waiting.is_there:
                continue
            reader = Extractor(self.max_page, template=templates.of, portal=self.read_by)
            extraction = reader.read(waiting.held.capture)
            if isinstance(extraction, Extraction) and (layout := templates.lacks(extraction)):
                templates.wait(layout, waiting.held.capture, request)

    def read_waiting(self, response: Response, how: dict[str, Any]) -> Iterator[Any]:
        """Yield the records of a page that waited for its template."""
        assert response.request  # noqa: S101  (it carried the page)
        waiting: Waiting = response.meta[Meta.WAITED]
        extraction = self.read(waiting.held.capture)
        if isinstance(extraction, Extraction) and (layout := self.templates.lacks(extraction)):
            if (self.resumed or self.continues) and response.request.priority == DUE:
                yield waits_again(response.request)
                return
            self.templates.settle(layout)
            extraction = self.read(waiting.held.capture)
        if isinstance(extraction, Reject):
            yield extraction
        else:
            yield from self.results(extraction, **how["given"])

    def records_of(
        self, extraction: Extraction, capture: Capture, response: Response
    ) -> Iterator[Any]:
        """Yield the results of a page, or a stored request that yields them later.

        A page waits in such a request while the template of its layout is not learnt.
        """
        assert response.request  # noqa: S101  (every page's response has one)
        layout = self.templates.lacks(extraction)
        if layout is None:
            yield from self.results(extraction, **response.request.cb_kwargs)
            return
        request = waiting_request(response, capture, self.read_waiting)
        due = self.templates.wait(layout, capture, request)
        yield from (waiter.replace(priority=DUE) for waiter in due) if due else (request,)

    def _store(self, template: Template) -> None:
        """Store a template in the run's folder. If the disk refuses it, the crawl ends."""
        try:
            stored.store_template(self.run_folder, template)
        except OSError as error:
            output_failed(self.crawler, f"{error.filename}: {error.strerror}")

    def read(self, capture: Capture) -> Extraction | Reject:
        """Read one capture."""
        return self.extractor.read(capture)

    def results(self, extraction: Extraction, **reached_by: Any) -> Iterator[RecordType | Remark]:  # noqa: ARG002
        """Yield the wanted records, every reject and every finding; count the page and its notes.

        ``reached_by`` holds the request's ``cb_kwargs``: how the crawl reached the page.
        """
        self.extractor.keep(extraction)
        rejects = extraction.rejects
        if self.read_by:  # on a site without a map, many pages rightly give no record
            rejects = [reject for reject in rejects if reject.reason != "no_records"]
        if not any(reject.costs_page for reject in rejects):
            self.note_read(extraction.page.url)
        for note, count in extraction.notes.items():
            self.note(note, count, extraction.page.url)
        for record in extraction.records:
            if self.wants(record):
                yield record
            else:
                self.count(f"not_asked_for/{record.type}")
        yield from rejects
        yield from self._audit(extraction)

    def _audit(self, extraction: Extraction) -> list[Remark]:
        """Return the findings of a page. An exception here costs no record and no link."""
        try:
            return list(self.auditor.audit(extraction))
        except Exception as error:
            detail = f"{type(error).__name__}: {error}"
            self.logger.error("Cannot account for %s: %s", extraction.page.url, detail)  # noqa: TRY400
            self.logger.debug("Accounting error", exc_info=error)
            self.count("audit/failed")
            return []

    def count(self, name: str, count: int = 1) -> None:
        """Add to a run stat."""
        if self.crawler.stats:
            self.crawler.stats.inc_value(name, count)

    def note_read(self, url: str | None) -> None:
        """Count a page that was read."""
        if self.crawler.stats:
            outcome.note_read(self.crawler.stats, url)

    def note(self, name: str, count: int, url: str | None) -> None:
        """Count an oddity of a page, by its name. The first page of each name is logged."""
        first = self.crawler.stats and not self.crawler.stats.get_value(f"notes/{name}")
        if first and name != "sidebar_repeated":
            self.logger.info("Noted: %s, first on %s", name, url or "a page without address")
        self.count(f"notes/{name}", count)


def say_in_one_line() -> None:
    """Make the log show an uncaught ``ArgumentError`` as one line, also when a script runs it."""
    for name in ("twisted", "asyncio"):
        logging.getLogger(name).addFilter(_without_traceback)
    # Until its logging is begun, Twisted prints critical messages itself, beside Scrapy's log.
    globalLogBeginner.beginLoggingTo([], discardBuffer=True, redirectStandardIO=False)


def _without_traceback(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, ArgumentError):
        record.msg, record.args, record.exc_info = f"Wrong argument: {error}", (), None
    return str(record.msg) != _HEADING


def told_type(response: Response) -> str | None:
    """Return the ``Content-Type`` header of a response as text; ``None`` if there is none."""
    header = response.headers.get(b"Content-Type")
    return header.decode("latin-1") if header else None


def now() -> datetime:
    """Return the current time in UTC, without microseconds, as captures have it."""
    return datetime.now(UTC).replace(microsecond=0)
