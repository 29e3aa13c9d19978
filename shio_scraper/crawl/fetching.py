"""Downloader components in place of Scrapy's: what is fetched, by whom, content coding."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest, ResponseDataLossError
from scrapy.http import Request, Response, TextResponse
from scrapy.responsetypes import responsetypes

from shio_scraper.component import Component, site_of
from shio_scraper.content_coding import PayloadError, uncoded
from shio_scraper.items import Stage
from shio_scraper.runs.outcome import told

if TYPE_CHECKING:
    from shio_scraper.frontier.redis import RedisStore


_OK: Final = 200


class ReasonedError(Exception):
    """An error that becomes a reject. ``reason`` is a code of ``docs/rejects.md``."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class NoPageError(ReasonedError, IgnoreRequest):
    """A request that gives no page: it must not be sent, or its answer cannot be used."""


class HostError(ReasonedError):
    """A host from which this crawl fetches nothing. A later crawl may."""


class ContentCodingMiddleware(HttpCompressionMiddleware):
    """Decodes the content coding of responses, in the same way as for archives."""

    def process_response(  # type: ignore[override]
        self, request: Request, response: Response
    ) -> Response:
        """Return the response with its body decoded.

        Raises ``NoPageError`` if a page with status 200 cannot be decoded. For any other status the
        body becomes empty, because the status says enough.
        """
        coding = b",".join(response.headers.getlist(b"Content-Encoding")).decode("latin-1")
        if not coding:
            return response
        limit = request.meta.get("download_maxsize", self._max_size)
        try:
            body = uncoded(response.body, coding, limit)
        except PayloadError as error:
            if response.status == _OK:
                raise NoPageError(error.reason, str(error)) from error
            body = b""
        del response.headers[b"Content-Encoding"]
        kind = responsetypes.from_args(headers=response.headers, url=response.url, body=body)
        charset = (
            {"encoding": None} if issubclass(kind, TextResponse) else {}
        )  # to be detected anew
        return response.replace(cls=kind, body=body, **charset)


class StayOnPortalMiddleware(Component):
    """Refuses requests off the portal or behind a login, redirects included."""

    def process_request(self, request: Request) -> None:
        """Raise ``NoPageError`` for a request that must not be sent."""
        site = site_of(self.crawler)
        if site and not site.may_fetch(request.url) and not request.url.startswith("data:"):
            private = site.portal_url(request.url) is not None
            reason = "private" if private else "off_portal"
            raise NoPageError(reason, f"never fetched: {request.url}")


class CanonicalFingerprinter(Component):
    """Identifies a page by its canonical address, whatever its host, scheme or parameters."""

    def fingerprint(self, request: Request) -> bytes:
        """Return the fingerprint of ``request``: equal requests have the same fingerprint."""
        site = site_of(self.crawler)
        url = (site.portal_url(request.url) if site else None) or request.url
        part = request.headers.get(b"Range") or b""
        body = sha256(request.body).digest() if request.body else b""
        return f"{request.method} {url} ".encode() + part + body


class LeasedHandler(HTTP11DownloadHandler):
    """Scrapy's download handler, which first waits until this worker surely has the portal.

    It waits right before a request goes out. The request may have waited for the delay, or the
    process may have been stopped, for longer than the lease on the portal.
    """

    async def download_request(self, request: Request) -> Response:
        """Return the response. Raises ``LeaseLostError``."""
        engine = self._crawler.engine
        store = getattr(engine.scheduler, "store", None) if engine else None
        if store is not None and store.shared:
            await cast("RedisStore", store).ready()
        return await super().download_request(request)


def why(error: BaseException | None, url: str) -> tuple[Stage, str, str]:
    """Return stage, reason and detail of the reject for an error; see ``docs/rejects.md``."""
    if isinstance(error, ReasonedError):
        is_read = error.reason == "content_encoding"
        return "read" if is_read else "fetch", error.reason, str(error)
    return "fetch", *_of_download(error, urlsplit(url).netloc)


def _of_download(error: BaseException | None, host: str) -> tuple[str, str]:
    if isinstance(error, DownloadCancelledError):
        return "too_large", str(error)
    if isinstance(error, ResponseDataLossError):
        return "truncated", "the body ended before its announced length"
    return "unreachable", told(error, host)
