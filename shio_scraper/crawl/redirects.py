"""Follows redirects and refreshes: within the site, and to their end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urldefrag

from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware as ScrapyMetaRefresh
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware as ScrapyRedirect
from scrapy.exceptions import IgnoreRequest
from scrapy.http import HtmlResponse, Request, Response
from scrapy.utils.response import get_base_url

from shio_scraper.addresses import joined
from shio_scraper.component import site_of
from shio_scraper.crawl.fetching import NoPageError
from shio_scraper.pages import Capture, UnreadableError, read

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

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
