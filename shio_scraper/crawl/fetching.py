"""What is fetched, what an answer is, and where it sends its reader, where Scrapy falls short."""

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
"""What a refresh says (WHATWG HTML, "shared declarative refresh steps")."""
_AT_ONCE: Final = 1.0
_NOTICE: Final = 200
"""Characters of a page that says no more than that it leads elsewhere."""


class ReasonedError(Exception):
    """What gives a reject: ``reason`` is a code of ``docs/rejects.md``."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class NoPageError(ReasonedError, IgnoreRequest):
    """A request that gives no page: it is not to be made, or its answer cannot be used."""


class HostError(ReasonedError):
    """A host from which nothing is fetched in this crawl; it may be in the next."""


class ContentCodingMiddleware(HttpCompressionMiddleware):
    """Undoes the content coding of answers as it is undone in archives."""

    def process_response(  # type: ignore[override]
        self, request: Request, response: Response
    ) -> Response:
        """Return the response as it is meant.

        Raises ``NoPageError`` where a page cannot be decoded; of other answers the status tells.
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
        charset = {"encoding": None} if issubclass(kind, TextResponse) else {}  # found anew
        return response.replace(cls=kind, body=body, **charset)


class StayOnPortalMiddleware(Component):
    """Refuses whatever is off the portal or behind a login, redirects included."""

    def process_request(self, request: Request) -> None:
        """Raise ``NoPageError`` for a request that is not to be made."""
        site = site_of(self.crawler)
        if site and not site.may_fetch(request.url) and not request.url.startswith("data:"):
            private = site.portal_url(request.url) is not None
            reason = "private" if private else "off_portal"
            raise NoPageError(reason, f"never fetched: {request.url}")


class CanonicalFingerprinter(Component):
    """Knows a page by its canonical address: one visit, whatever its host, scheme or parameters."""

    def fingerprint(self, request: Request) -> bytes:
        """Return what makes ``request`` the same as another."""
        site = site_of(self.crawler)
        url = (site.portal_url(request.url) if site else None) or request.url
        part = request.headers.get(b"Range") or b""
        body = sha256(request.body).digest() if request.body else b""
        return f"{request.method} {url} ".encode() + part + body


class LeasedHandler(HTTP11DownloadHandler):
    """Scrapy's, which waits until the portal is surely this worker's.

    It waits at the last moment before a request goes out: that may have waited for the delay, or
    the process been stopped, for longer than the lease.
    """

    async def download_request(self, request: Request) -> Response:
        """Return the response. Raises ``LeaseLostError``."""
        engine = self._crawler.engine
        store = getattr(engine.scheduler, "store", None) if engine else None
        if store is not None and store.shared:
            await cast("RedisStore", store).ready()
        return await super().download_request(request)


def why(error: BaseException | None, url: str) -> tuple[Stage, str, str]:
    """Return the stage and the reason, codes of ``docs/rejects.md``, and the detail."""
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
    """After how many seconds a page leads on, and where to: an absolute address."""

    seconds: float
    url: str


class RedirectMiddleware(ScrapyRedirect):
    """Follows redirects to their end, be it the page itself under another address.

    A server that puts its session into the address redirects a page to itself; the
    duplicate filter, which knows pages by their canonical address, must not see it.
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
    """The same for what a page asks for itself, by its markup or a header ``Refresh``.

    A page that shows something is read, unless it leads elsewhere at once; one that leads to
    its own address leads nowhere.
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
    """Return where a page leads by itself; ``None`` where it stays.

    Of an answer that is no page its status tells.
    """
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
    said = _VALUE.match(value)
    if said is None:
        return None
    link = said["double"] or said["single"] or said["bare"] or ""
    try:
        url = joined(link, base) if link.strip() else None
    except ValueError:
        return None
    if url is None or not url.startswith(("http://", "https://")):
        return None
    return Refresh(float(said["seconds"] or 0), url)


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
    """Keep a redirect on the copy of the portal that is crawled."""
    site = site_of(crawler)
    if not isinstance(result, Request) or site is None:
        return result
    return result.replace(url=site.on_site(result.url), dont_filter=True)


def _loop(crawler: Crawler, response: Response, error: IgnoreRequest) -> NoPageError:
    """Return the reason of a redirect that has no end; a gate that asks for its cookie is named."""
    why = str(error)
    if b"Set-Cookie" in response.headers and not crawler.settings.getbool("COOKIES_ENABLED"):
        gate = "cookies are off, and the server may wait for its own (-s COOKIES_ENABLED=1)"
        why = f"{gate}: {why}"
    return NoPageError("redirect_loop", why)
