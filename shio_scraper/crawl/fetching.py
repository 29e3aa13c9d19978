"""Downloader components in place of Scrapy's: what is fetched, content coding, redirects."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple, cast
from urllib.parse import urldefrag, urlsplit

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware as ScrapyMetaRefresh
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware as ScrapyRedirect
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest, ResponseDataLossError
from scrapy.http import HtmlResponse, Request, Response, TextResponse
from scrapy.responsetypes import responsetypes
from scrapy.utils.response import get_base_url

from shio_scraper.addresses import joined
from shio_scraper.component import Component, site_of
from shio_scraper.content_coding import PayloadError, uncoded
from shio_scraper.items import Stage
from shio_scraper.pages import Capture, UnreadableError, read
from shio_scraper.runs.outcome import told

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from shio_scraper.frontier.redis import RedisStore

_OK: Final = 200
_REFRESH: Final = re.compile(rb"http-equiv\s*=\s*[\"']?\s*refresh", re.IGNORECASE)
_REFRESHES: Final = (
    "//meta[translate(normalize-space(@http-equiv), 'REFSH', 'refsh') = 'refresh']"
    "[not(ancestor::noscript or ancestor::template)]/@content"
)
_VALUE: Final = re.compile(
    r"\s*(?P<seconds>\d{0,9})[\d.]*\s*[\s;,]\s*(?:url\s*=\s*)?"
    r"(?:\"(?P<double>[^\"]*)|'(?P<single>[^']*)|(?P<bare>.+))",
    re.IGNORECASE | re.DOTALL,
)
"""The value of a refresh (WHATWG HTML, "shared declarative refresh steps")."""
_AT_ONCE: Final = 1.0
_NOTICE: Final = 200
"""The most characters of a page that only says that it leads elsewhere."""


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


class Refresh(NamedTuple):
    """A refresh: the seconds until a page leads on, and the absolute address it leads to."""

    seconds: float
    url: str


class RedirectMiddleware(ScrapyRedirect):
    """Follows redirects to their end, even if a page is redirected to itself.

    A server that puts its session id into the address redirects a page to the same page. So a
    redirect must pass by the duplicate filter, which identifies pages by their canonical address.
    """

    def process_response(  # type: ignore[override]
        self, request: Request, response: Response
    ) -> Request | Response:
        """Return the response, or the request that it redirects to. Raises ``NoPageError``."""
        try:
            return _on_site(self.crawler, super().process_response(request, response))
        except IgnoreRequest as error:
            raise _loop(self.crawler, response, error) from error


class MetaRefreshMiddleware(ScrapyMetaRefresh):
    """Follows refreshes: of the markup (``<meta http-equiv=refresh>``) or of a header ``Refresh``.

    A page that shows text is read itself, unless it leads elsewhere at once. A refresh to the
    page's own address is ignored.
    """

    def process_response(  # type: ignore[override]
        self, request: Request, response: Response
    ) -> Request | Response:
        """Return the response, or the request that it redirects to. Raises ``NoPageError``."""
        refresh = refresh_of(response)
        if refresh is None or request.meta.get("dont_redirect"):
            return response
        if refresh.seconds >= self._maxdelay or self._stays(response, refresh):
            return response
        try:
            request = self._redirect(
                self._redirect_request_using_get(request, response, refresh.url),
                request,
                "meta refresh",
            )
        except IgnoreRequest as error:
            raise _loop(self.crawler, response, error) from error
        return _on_site(self.crawler, request)

    def _stays(self, response: Response, refresh: Refresh) -> bool:
        if urldefrag(refresh.url)[0] == urldefrag(response.url)[0]:
            return True
        site = site_of(self.crawler)
        here, there = (site and site.portal_url(url) for url in (response.url, refresh.url))
        is_later = refresh.seconds >= _AT_ONCE or (here is not None and here == there)
        return is_later and _shows_something(response)


def refresh_of(response: Response) -> Refresh | None:
    """Return the refresh of a page; ``None`` if the page has none, or the status is not 200."""
    if response.status != _OK or not response.url.startswith("http"):
        return None
    if header := response.headers.get(b"Refresh"):
        return _read(header.decode("latin-1"), response.url)
    if not isinstance(response, HtmlResponse) or not _REFRESH.search(response.body):
        return None
    base = get_base_url(response)
    return next(
        filter(None, (_read(text, base) for text in response.xpath(_REFRESHES).getall())), None
    )


def _read(value: str, base: str) -> Refresh | None:
    match = _VALUE.match(value)
    if match is None:
        return None
    link = match["double"] or match["single"] or match["bare"] or ""
    try:
        url = joined(link, base) if link.strip() else None
    except ValueError:
        return None
    if url is None or not url.startswith(("http://", "https://")):
        return None
    return Refresh(float(match["seconds"] or 0), url)


def _shows_something(response: Response) -> bool:
    content_type = response.headers.get(b"Content-Type", b"") or b""
    capture = Capture(
        body=response.body, url=response.url, content_type=content_type.decode("latin-1") or None
    )
    try:
        return sum(len(block.text) for block in read(capture, len(response.body)).blocks) > _NOTICE
    except UnreadableError:
        return False


def _on_site(crawler: Crawler, result: Request | Response) -> Request | Response:
    """Return a redirect with its address moved to the crawled copy of the portal."""
    site = site_of(crawler)
    if not isinstance(result, Request) or site is None:
        return result
    return result.replace(url=site.on_site(result.url), dont_filter=True)


def _loop(crawler: Crawler, response: Response, error: IgnoreRequest) -> NoPageError:
    """Return the error for an endless redirect. The message says if the server needs a cookie."""
    why = str(error)
    if b"Set-Cookie" in response.headers and not crawler.settings.getbool("COOKIES_ENABLED"):
        gate = "cookies are off, and the server may wait for its own (-s COOKIES_ENABLED=1)"
        why = f"{gate}: {why}"
    return NoPageError("redirect_loop", why)
