"""Renders shells: pages that are empty without their scripts are read as a browser shows them.

A shell is not requested again: the browser gets the page as it came. The requests of its scripts
are treated like every request of the crawl: only the portal's hosts, robots.txt, delay, archive.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

import msgspec
from scrapy import Request, signals
from scrapy.http import Response

from shio_scraper.archives.payload_index import Kept
from shio_scraper.component import Component, CrawlSpider, Meta
from shio_scraper.crawl import browser
from shio_scraper.crawl.browser import Browser, RenderError
from shio_scraper.crawl.remembering import LeftOutError
from shio_scraper.crawl.waiting import Waiting, is_answered, is_lost, request_with, waiting_of
from shio_scraper.frontier.store import RENDER, RENDERED_LAST
from shio_scraper.items import Reject
from shio_scraper.parsers import Extraction

if TYPE_CHECKING:
    from playwright.async_api import Request as Asked
    from scrapy.crawler import Crawler

    from shio_scraper.pages import Capture

logger = logging.getLogger(__name__)

_OK: Final = 200
_HTML: Final = "text/html; charset=utf-8"
_SENT: Final = ("accept", "content-type", "referer", "x-requested-with")
"""Headers that the request of a script keeps. Cookies and authorization are not among them."""
_LASTING: Final = frozenset({"script", "stylesheet"})
"""Resource types that other pages use, too, so that each such file is requested once."""
_KEPT: Final = 64_000_000
"""The most bytes of such files that are kept for later pages."""


def rendering(
    said: Reject, response: Response, capture: Capture, spider: CrawlSpider
) -> Reject | Request:
    """Return the request that lets a browser render a shell, or else the page's reject ``said``."""
    asked = response.request
    assert asked  # noqa: S101  (the engine sets it)
    if said.reason != "script_shell" or spider.keeps_history:
        return said
    if asked.method == RENDER:
        why = asked.meta.get(Meta.UNSHOWN) or "it shows nothing"
        said.detail = f"{said.detail}; in a browser: {why}"
        return said
    if spider.settings["SHIO_RENDER"] != "shells":
        return said
    return request_with(response, capture).replace(method=RENDER, priority=RENDERED_LAST)


class RenderingMiddleware(Component):
    """Answers a request that carries a shell with the page that a browser shows.

    The browser renders one page at a time, and only when no other page is due. If a shell cannot
    be rendered, the answer is the shell itself, and ``meta`` says why.
    """

    listens: ClassVar[dict[str, Any]] = {"closed": signals.spider_closed}

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = crawler.settings
        self._is_on = settings["SHIO_RENDER"] != "off"
        self._browser = Browser(
            browser.find(settings["SHIO_BROWSER"]) or "",
            settings.getfloat("SHIO_RENDER_SECONDS"),
            settings.getfloat("SHIO_RENDER_MEMORY"),
            settings.getint("SHIO_MAX_PAGE"),
        )
        self._turn = asyncio.Lock()
        self._lasting: dict[str, Response] = {}

    async def closed(self) -> None:
        """End the browser."""
        await self._browser.close()

    async def process_request(self, request: Request) -> Response | Request | None:
        """Return the page as the browser shows it.

        If the archive has lost the shell, return a request for the page; raise ``LeftOutError`` if
        such a request is due anyway.
        """
        spider = self.spider
        if request.method != RENDER or spider is None:
            return None
        shell = waiting_of(request)
        if is_lost(shell, spider):
            if shell.is_of(spider):
                raise LeftOutError("render/lost", f"asked for again: {request.url}")
            return request.replace(method="GET", body=b"", priority=0, dont_filter=True)
        async with self._turn:
            response = await self._shown(request, shell, spider)
        is_answered(request, shell, self.stats)
        return response

    async def _shown(self, request: Request, shell: Waiting, spider: CrawlSpider) -> Response:
        capture, site = shell.held.capture, spider.site
        headers = {"Content-Type": capture.content_type or "text/html"}
        document = Response(request.url, _OK, headers, shell.held.body)
        url = site.original(request.url) if site else request.url
        show = self._browser.show if self._is_on else _refuse
        try:
            markup = await show(url, document, partial(self._answer, spider))
        except RenderError as error:
            if not self.stats.get_value("render/failed"):
                logger.info("The browser cannot show %s: %s", url, error)
            self.stats.inc_value("render/failed")
            request.meta[Meta.UNSHOWN] = str(error)
            if capture.fetched_at:
                request.meta[Meta.KEPT] = Kept(capture.fetched_at, shell.kept)
            return Response(request.url, _OK, shell.headers, document.body, ["cached"], request)
        self.stats.inc_value("render/pages")
        shown = markup.encode("utf-8", "replace")
        return Response(request.url, _OK, {"Content-Type": _HTML}, shown, ["rendered"], request)

    async def _answer(self, spider: CrawlSpider, asked: Asked) -> Response | None:
        """Fetch what a page requests, like any request of the crawl; ``None`` refuses it."""
        if asked.url in self._lasting:
            return self._lasting[asked.url]
        try:
            response = await self._fetch(spider, asked)
        except Exception as error:  # noqa: BLE001  (off the portal, forbidden, unreachable …)
            logger.debug("Refused to the browser: %s: %s", asked.url, error)
            self.stats.inc_value("render/refused")
            return None
        if asked.resource_type in _LASTING:
            if sum(len(kept.body) for kept in self._lasting.values()) > _KEPT:
                self._lasting.clear()
            self._lasting[asked.url] = response
        return response

    async def _fetch(self, spider: CrawlSpider, asked: Asked) -> Response:
        engine, settings = self.crawler.engine, self.crawler.settings
        assert engine  # noqa: S101  (the engine calls this)
        while engine.paused:  # noqa: ASYNC110  (during a rest nothing is fetched)
            await asyncio.sleep(1)
        self.stats.inc_value("render/requests")
        return await engine.download_async(
            Request(
                spider.site.fetch_url(asked.url) if spider.site else asked.url,
                method=asked.method,
                headers=[(name, asked.headers[name]) for name in _SENT if name in asked.headers],
                body=asked.post_data_buffer or b"",
                cb_kwargs={"sample": True},  # an update must not leave it out
                meta={
                    "download_maxsize": settings.getint("SHIO_MAX_REQUISITE"),
                    "dont_retry": True,
                    Meta.RESOURCE: asked.resource_type,
                },
            )
        )


async def _refuse(*_: Any) -> str:
    """Render nothing: the crawl was cut off, and is resumed without a browser."""
    raise RenderError("SHIO_RENDER is off")


class Shells:
    """The rejects of shells in archives, held in a temporary file until everything is read.

    The archive may hold, after a shell, the same page as a browser showed it. Then the shell's
    reject is dropped.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("CREATE TABLE held (url TEXT, reject BLOB)")
        self._database.execute("CREATE TABLE shown (url TEXT UNIQUE)")

    def hold(self, found: Extraction | Reject) -> bool:
        """Hold the reject of a page that is a shell. Return ``False`` for any other page."""
        said = found
        if isinstance(found, Extraction) and found.instead:
            (said,) = found.rejects
        if not isinstance(said, Reject) or said.reason != "script_shell" or said.url is None:
            return False
        row = said.url, msgspec.json.encode(said)
        self._database.execute("INSERT INTO held VALUES (?, ?)", row)
        return True

    def show(self, found: Extraction | Reject) -> None:
        """Note that the archive has the page of ``found`` as a browser showed it."""
        url = found.url if isinstance(found, Reject) else found.page.url
        self._database.execute("INSERT OR IGNORE INTO shown VALUES (?)", (url,))

    def rest(self) -> Iterator[Reject]:
        """Yield the rejects of the shells that no browser showed, in their order."""
        shown = "SELECT url FROM shown WHERE url NOT NULL"
        query = f"SELECT reject FROM held WHERE url NOT IN ({shown}) ORDER BY rowid"  # noqa: S608
        for (reject,) in self._database.execute(query):
            yield msgspec.json.decode(reject, type=Reject)
