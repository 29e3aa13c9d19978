"""Pages that wait for the template of their layout: each waits as a stored request of the crawl."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import msgspec
from scrapy import Request, Spider
from scrapy.downloadermiddlewares.stats import DownloaderStats as ScrapyStats
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from shio_scraper.archives.payload_index import FirstCapture, Kept, is_there
from shio_scraper.component import REDIRECTS, Component, CrawlSpider, Meta
from shio_scraper.crawl.learning import Held
from shio_scraper.frontier.store import CARRYING, READ, WAITING
from shio_scraper.pages import Capture

if TYPE_CHECKING:
    from scrapy.statscollectors import StatsCollector

DUE: Final = -WAITING
"""The priority of a waiting page as soon as the template of its layout is learnt."""
_HEADERS: Final = ("Content-Type", "ETag", "Last-Modified")
_OK: Final = 200


class Waiting(msgspec.Struct):
    """A page that waits, the archived capture with its payload, and the headers to remember."""

    held: Held
    kept: FirstCapture | None
    headers: dict[str, str]
    record_id: str | None = None
    """The record id of the page's own record in the archive."""

    @property
    def is_there(self) -> bool:
        """Whether the archive still has the page.

        The archive does not have it if the crawl was killed before the page was acknowledged. Then
        the page is requested again and waits again.
        """
        return self.kept is None or is_there(self.kept)

    def is_of(self, spider: CrawlSpider) -> bool:
        """Tell whether the archive that should have the page is that of the spider's run."""
        return self.kept is None or self.kept.folder == spider.run_folder.absolute() / "archive"


def waiting_request(response: Response, capture: Capture, callback: Callable[..., Any]) -> Request:
    """Return the request that later reads the page of ``response`` with ``callback``."""
    carrying = request_with(response, capture)
    how = {name: getattr(carrying, name).__name__ for name in ("callback", "errback")}
    how["given"] = carrying.cb_kwargs
    return carrying.replace(
        method=READ, callback=callback, errback=None, cb_kwargs={"how": how}, priority=WAITING
    )


def request_with(response: Response, capture: Capture) -> Request:
    """Return the request of ``response``, which now carries the page that came."""
    asked, kept = response.request, response.meta.get(Meta.KEPT)
    assert asked  # noqa: S101  (the engine sets it)
    values = {name: response.headers.get(name) for name in _HEADERS}
    headers = {name: value.decode("latin-1") for name, value in values.items() if value}
    waiting = Waiting(Held.of(capture), None, headers)
    if kept:
        waiting.kept, waiting.record_id = kept.capture, kept.record_id
    return Request(
        asked.url,
        body=zlib.compress(msgspec.msgpack.encode(waiting, enc_hook=str)),
        callback=asked.callback,
        errback=getattr(asked.errback, "original", asked.errback),
        cb_kwargs=asked.cb_kwargs,
        meta={name: asked.meta[name] for name in REDIRECTS if name in asked.meta},
    )


def is_lost(waiting: Waiting, spider: CrawlSpider) -> bool:
    """Tell whether the archive lost the page because the crawl was cut off (``is_there``)."""
    return bool(spider.resumed or spider.continues) and not waiting.is_there


def waits_again(request: Request) -> Request:
    """Return the request that reads the page of ``request`` again when nothing else is due."""
    meta = {name: request.meta[name] for name in REDIRECTS if name in request.meta}
    return request.replace(priority=WAITING, meta=meta, errback=None, dont_filter=True)


def asked_again(request: Request, how: dict[str, Any], spider: Spider) -> Request:
    """Return a new request to the server for the page that ``request`` carries."""
    return Request(
        request.meta.get("redirect_urls", [request.url])[0],
        callback=getattr(spider, how["callback"]),
        errback=getattr(spider, how["errback"]),
        cb_kwargs=how["given"],
        dont_filter=True,
    )


def waiting_of(request: Request) -> Waiting:
    """Return the page that a request carries. Raises ``ValueError`` if it is damaged."""
    try:
        data = zlib.decompress(request.body)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    return msgspec.msgpack.decode(data, type=Waiting, dec_hook=lambda kind, value: kind(value))


class DownloaderStats(ScrapyStats):
    """Scrapy's stats of downloads. A carried page is not counted: it was counted when it came."""

    def process_response(  # type: ignore[override]
        self, request: Request, response: Response
    ) -> Request | Response:
        """Count the response unless the request carried it, and return it."""
        return (
            response if request.method in CARRYING else super().process_response(request, response)
        )


class WaitingMiddleware(Component):
    """Answers a request that carries a page with that page, so that nothing is fetched."""

    def process_request(self, request: Request) -> Response | Request | None:
        """Return the page as it came. Raises ``ValueError`` if it is damaged.

        Of a page that the archive has lost, return the request that asks for it again; raise
        ``IgnoreRequest`` where that is due anyway. Nothing of such a page is remembered.
        """
        spider = self.spider
        if request.method != READ or spider is None:
            return None
        waiting = waiting_of(request)
        if is_lost(waiting, spider):
            if waiting.is_of(spider):
                raise IgnoreRequest(f"asked for again: {request.url}")
            return asked_again(request, request.cb_kwargs["how"], spider)
        capture = waiting.held.capture
        if capture.fetched_at:
            request.meta[Meta.KEPT] = Kept(capture.fetched_at, waiting.kept)
        is_answered(request, waiting, self.stats)
        return Response(request.url, _OK, waiting.headers, waiting.held.body, ["cached"], request)


def is_answered(request: Request, waiting: Waiting, stats: StatsCollector) -> None:
    """Note that the page that a request carries answers the request."""
    request.meta[Meta.WAITED] = waiting
    request.meta["dont_redirect"] = True
    stats.inc_value("response_received_count", -1)  # Scrapy counted the page when it came
    if lease := request.meta.get(Meta.LEASE):
        lease.answered = True
