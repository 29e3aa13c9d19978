"""Pages that wait for their layout's template: each is one stored request of a crawl."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import msgspec
from scrapy import Request, Spider
from scrapy.downloadermiddlewares.stats import DownloaderStats as ScrapyStats
from scrapy.http import Response

from shio_scraper.archives.payload_index import FirstCapture, Kept, is_there
from shio_scraper.component import REDIRECTS, Component, CrawlSpider, Meta
from shio_scraper.crawl.learning import Held
from shio_scraper.frontier.store import CARRYING, READ, WAITING
from shio_scraper.pages import Capture

if TYPE_CHECKING:
    from scrapy.statscollectors import StatsCollector

DUE: Final = -WAITING
"""Priority of a page that waited, once its layout's template is learnt."""
_HEADERS: Final = ("Content-Type", "ETag", "Last-Modified")
_OK: Final = 200


class Waiting(msgspec.Struct):
    """A page, what holds its payload in an archive, and those of its headers that are noted."""

    held: Held
    kept: FirstCapture | None
    headers: dict[str, str]
    record_id: str | None = None
    """Of the page's own record in the archive."""

    @property
    def is_there(self) -> bool:
        """Whether the archive still has the page.

        It has not where a crawl was killed before the page was acknowledged: then it is asked
        for again, and waits again.
        """
        return self.kept is None or is_there(self.kept)

    def is_of(self, spider: CrawlSpider) -> bool:
        """Tell whether the archive that should have the page is the one of the spider's run."""
        return self.kept is None or self.kept.folder == spider.run_folder.absolute() / "archive"


def waiting_request(response: Response, capture: Capture, callback: Callable[..., Any]) -> Request:
    """Return the request that reads the page of ``response``, by ``callback``, when it is due."""
    made = request_with(response, capture)
    how = {name: getattr(made, name).__name__ for name in ("callback", "errback")}
    how["given"] = made.cb_kwargs
    return made.replace(
        method=READ, callback=callback, errback=None, cb_kwargs={"how": how}, priority=WAITING
    )


def request_with(response: Response, capture: Capture) -> Request:
    """Return the request that ``response`` answers, carrying the page that came."""
    asked, kept = response.request, response.meta.get(Meta.KEPT)
    assert asked  # noqa: S101  (a page's)
    found = {name: response.headers.get(name) for name in _HEADERS}
    headers = {name: value.decode("latin-1") for name, value in found.items() if value}
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
    """Tell whether the crawl was cut off before the page was acknowledged (``is_there``)."""
    return bool(spider.resumed or spider.continues) and not waiting.is_there


def waits_again(request: Request) -> Request:
    """Return the request that reads the page of ``request`` when nothing else is due."""
    meta = {name: request.meta[name] for name in REDIRECTS if name in request.meta}
    return request.replace(priority=WAITING, meta=meta, errback=None, dont_filter=True)


def asked_again(request: Request, how: dict[str, Any], spider: Spider) -> Request:
    """Return the request for the page that ``request`` carries."""
    return Request(
        request.meta.get("redirect_urls", [request.url])[0],
        callback=getattr(spider, how["callback"]),
        errback=getattr(spider, how["errback"]),
        cb_kwargs=how["given"],
        dont_filter=True,
    )


def waiting_of(request: Request) -> Waiting:
    """Return the page that a request carries. Raises ``ValueError``."""
    try:
        data = zlib.decompress(request.body)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    return msgspec.msgpack.decode(data, type=Waiting, dec_hook=lambda kind, value: kind(value))


class DownloaderStats(ScrapyStats):
    """Scrapy's, of what was downloaded: a page that a request carries was counted when it came."""

    def process_response(  # type: ignore[override]
        self, request: Request, response: Response
    ) -> Request | Response:
        """Count the response, and return it."""
        return (
            response if request.method in CARRYING else super().process_response(request, response)
        )


class WaitingMiddleware(Component):
    """Answers a request that carries a page with that page, before anybody is asked."""

    def process_request(self, request: Request) -> Response | None:
        """Return the page as it came. Raises ``ValueError``."""
        if request.method != READ:
            return None
        waiting = waiting_of(request)
        capture = waiting.held.capture
        if capture.fetched_at:
            request.meta[Meta.KEPT] = Kept(capture.fetched_at, waiting.kept)
        is_answered(request, waiting, self.stats)
        return Response(request.url, _OK, waiting.headers, waiting.held.body, ["cached"], request)


def is_answered(request: Request, waiting: Waiting, stats: StatsCollector) -> None:
    """Note that a request is answered by the page that it carries."""
    request.meta[Meta.WAITED] = waiting
    request.meta["dont_redirect"] = True
    stats.inc_value("response_received_count", -1)  # it was counted when it came
    if lease := request.meta.get(Meta.LEASE):
        lease.answered = True
