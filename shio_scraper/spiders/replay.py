"""Reads portals from an archive service: asks its index, then fetches each capture.

The rows of the index become requests one by one, each when the earlier one was taken. So memory
holds one answer of the index at a time, however many captures the index names.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.exceptions import CloseSpider

from shio_scraper.archives import warc
from shio_scraper.archives.cdx import Broken, Row, replayed
from shio_scraper.archives.reading import Options, Skipped, passed_over
from shio_scraper.component import Meta
from shio_scraper.crawl.fetching import why
from shio_scraper.items import Reject
from shio_scraper.pages import Capture, reject
from shio_scraper.spiders.base import CaptureSpider, now, told_type
from shio_scraper.spiders.index import (
    Index,
    NoPartError,
    ServiceClient,
    TroubleError,
    part,
    part_headers,
    status_of,
)
from shio_scraper.spiders.sites import WAYBACK, ArchiveService

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

_OK: Final = 200
_COLLECTIONS: Final = "/collinfo.json"
"""The end of an address that returns a list of indexes, such as Common Crawl's."""
_GIVE_UP: Final = 3
"""After this number of unreadable indexes in a row, no further index is asked."""
_PAGES: Final = ("text/", "application/xhtml", "warc/revisit", "unk", "-")
_NO_PAGES: Final = ("text/css", "text/javascript", "text/xml")
_SETTINGS: Final = {
    # A refresh in a replayed page is not followed: the page itself is the capture.
    "METAREFRESH_ENABLED": False,
    # No retry at once after 429 and 503: the service is busy, and the crawl rests as it asks.
    "RETRY_HTTP_CODES": [500, 502, 504, 522, 524, 408],
}


class ReplayingSpider(CaptureSpider):
    """A spider that reads from an archive service (``service``), if its arguments name one."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.service = ArchiveService.of(self.arguments)
        self._before: tuple[str, str] | None = None
        self._asked = 0
        self._holes = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Return the spider of ``crawler``, prepared for replays."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        if spider.service:
            for name, value in _SETTINGS.items():
                crawler.settings.set(name, value, priority="spider")
            crawler.signals.connect(spider.on_idle, signals.spider_idle)
        return spider

    @cached_property
    def _client(self) -> ServiceClient:
        return ServiceClient(self.crawler)

    async def captures(self, service: ArchiveService) -> AsyncIterator[Request | Reject]:
        """Yield a request for each distinct capture, and a reject for each hole in the index."""
        failed = 0
        try:
            servers = await self._servers(service)
        except TroubleError as error:
            yield self._hole(service.cdx, str(error))
            return
        for server in servers:
            holes = self._holes
            for host in self.portals.hosts:
                async for piece in self._captures_of(host, server, service):
                    yield piece
            failed = failed + 1 if self._holes > holes else 0
            if failed == _GIVE_UP < len(servers):
                yield self._hole(server, f"given up after {failed} indexes with failures")
                return
        if not self._asked and not self._holes:
            hosts = ", ".join(self.portals.hosts)
            self.logger.warning("No capture of %s in %s", hosts, service.cdx)

    def on_idle(self) -> None:
        """Close the crawl as incomplete if a part of the index could not be read."""
        if self._holes:
            raise CloseSpider("index_incomplete")

    def archived_as(self, request: Request, response: Response) -> tuple[str, datetime] | None:  # noqa: ARG002
        """Return the address and time of a replayed capture.

        Return ``None`` for the service's own answers, which are no captures.
        """
        return self._memento(response) if self.service and response.status == _OK else None

    async def replayed(self, response: Response, row: dict[str, Any]) -> AsyncIterator[Any]:
        """Yield the records of a replayed capture. ``row`` holds the fields of its ``Row``."""
        if again := await self._client.after_rest(response):
            yield again
            return
        capture = _capture(row, response.url)
        memento = self._memento(response)
        if response.status != _OK:
            yield reject("fetch", "http_status", status_of(response), capture)
        elif memento is None:
            yield reject("fetch", "no_replay", f"{response.url} is no replay", capture)
        else:
            archived = response.meta.get(Meta.KEPT)
            capture.body = response.body
            capture.url, capture.fetched_at = memento
            capture.content_type = told_type(response)
            capture.archive = archived.position if archived else None
            for item in self._records(capture, response):
                yield item

    async def replayed_part(self, response: Response, row: dict[str, Any]) -> AsyncIterator[Any]:
        """Yield the records of a capture that was fetched as a part of an archive file."""
        if again := await self._client.after_rest(response):
            yield again
            return
        offset, length, name = row["offset"] or 0, row["length"] or 0, row["filename"] or ""
        try:
            data = part(response, offset, length)
        except NoPartError as error:
            yield reject("fetch", error.reason, str(error), _capture(row))
            return
        options = Options(portals=self.portals, max_page=self.max_page)
        entry = warc.capture_of_member(data, name, offset, length, options)
        if isinstance(entry, Skipped):
            self.count(f"skipped/{entry.value}")
        elif isinstance(entry, Reject):
            yield entry
        else:
            for item in self._records(entry, response):
                yield item

    def replay_failed(self, failure: Failure) -> Iterator[Reject]:
        """Yield the reject of a capture that could not be fetched."""
        request: Request = failure.request  # type: ignore[attr-defined]
        row: dict[str, Any] = request.cb_kwargs["row"]
        stage, reason, detail = why(failure.value, request.url)
        if reason == "too_large" and request.callback == self.replayed_part:
            length = row["length"]
            detail = f"more than the {length} bytes asked for, or than SHIO_MAX_PAGE: {detail}"
        yield reject(stage, reason, detail, _capture(row))

    def _records(self, capture: Capture, response: Response) -> Iterator[Any]:
        extraction = self.read(capture)
        if isinstance(extraction, Reject):
            yield extraction
        else:
            yield from self.records_of(extraction, capture, response)

    def _memento(self, response: Response) -> tuple[str, datetime] | None:
        """Return the address and time of a replayed capture (RFC 7089, section 2.1.1).

        The header ``Memento-Datetime`` gives the time, else the address of the replay. Return
        ``None`` if the response is no replay.
        """
        memento = replayed(self.service.base, response.url) if self.service else None
        header = response.headers.get(b"Memento-Datetime")
        if memento is None or header is None:
            return memento
        try:
            return memento[0], parsedate_to_datetime(header.decode("latin-1")).astimezone(UTC)
        except ValueError:
            return memento

    async def _servers(self, service: ArchiveService) -> list[str]:
        """Return the addresses of the indexes. Common Crawl has one for each of its crawls."""
        if not service.cdx.endswith(_COLLECTIONS):
            return [service.cdx]
        try:
            crawls = json.loads(await self._client.ask(service.cdx))
            return [str(crawl["cdx-api"]) for crawl in crawls if service.covers(crawl)]
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise TroubleError("no list of indexes") from error

    async def _captures_of(
        self, host: str, server: str, service: ArchiveService
    ) -> AsyncIterator[Request | Reject]:
        """Yield a request for each wanted capture of ``host``, and a reject for each failure."""
        index = Index(service.query(server, host), self._client.ask)
        try:
            async for row in index.captures():
                if isinstance(row, Broken):
                    yield self._hole(index.at, row.detail)
                elif over := self._why_not(row, service):
                    self.count(over)
                elif url := service.place_of(row):
                    await self._client.turn()
                    self._asked += 1
                    yield self._request(url, row, service)
                else:
                    yield self._hole(index.at, f"no place in a file for {row.url}")
        except TroubleError as error:
            yield self._hole(index.at, str(error))

    def _request(self, url: str, row: Row, service: ArchiveService) -> Request:
        replays = service.name == WAYBACK
        return Request(
            url,
            headers=None if replays else part_headers(row),
            callback=self.replayed if replays else self.replayed_part,
            errback=self.replay_failed,
            cb_kwargs={"row": asdict(row)},
        )

    def _why_not(self, row: Row, service: ArchiveService) -> str | None:
        """Return the stat that says why a capture is skipped; ``None`` if it is fetched.

        The query asks the server to filter, but a server ignores filters that it does not know.
        """
        if not service.first <= row.time <= service.last:
            return "not_asked_for/captured"
        if over := passed_over(row.url, self.portals):
            return f"skipped/{over.value}"
        page = (self.portals.canonical(row.url) or row.url, row.digest)
        before, self._before = self._before, page
        if page == before and row.digest not in {"", "-"}:
            return "skipped/repeated"
        if row.status not in {"200", "-", ""}:
            return "skipped/other_status"
        is_page = row.mime.startswith(_PAGES) and not row.mime.startswith(_NO_PAGES)
        if not is_page or urlsplit(row.url).path.lower() == "/robots.txt":
            return f"skipped/{Skipped.NOT_A_PAGE.value}"
        return None

    def _hole(self, at: str, detail: str) -> Reject:
        """Return the reject of an unreadable piece of the index. The crawl counts as incomplete."""
        self._holes += 1
        self.count("index/failed")
        if self._holes == 1:
            self.logger.error("%s cannot be read: %s; the crawl is not complete", at, detail)
        return reject("fetch", "index", f"{detail}: {at}", Capture(body=b"", fetched_at=now()))


def _capture(row: dict[str, Any], fetched_url: str | None = None) -> Capture:
    return Capture(body=b"", url=row["url"], fetched_url=fetched_url, fetched_at=row["time"])
