"""Keeps what pages link and show: documents are records, the rest is in the archive alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from parsel import Selector
from scrapy import Request, signals

from shio_scraper.addresses import names_document
from shio_scraper.archives.holdings import Holdings
from shio_scraper.crawl.fetching import why
from shio_scraper.crawl.remembering import LeftOutError
from shio_scraper.extraction import read_document
from shio_scraper.frontier.store import KEEPSAKE
from shio_scraper.items import Reject
from shio_scraper.pages.rejects import reject
from shio_scraper.parsers import Extraction
from shio_scraper.runs import stored

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from shio_scraper.items import Document
    from shio_scraper.spiders.portal import PortalSpider

_OK: Final = 200
OFF: Final = "off"
_SHOWN: Final = (
    "//img/@src | //img/@srcset | //source/@src | //source/@srcset | //input[@type='image']/@src"
    " | //script/@src | //embed/@src | //object/@data | //*/@background | //video/@poster"
    " | //link[contains(' stylesheet icon ', concat(' ', normalize-space(@rel), ' '))]/@href"
    " | //link[@rel='shortcut icon']/@href"
)
"""What a browser loads to show a page."""
_OF_STYLES: Final = re.compile(
    r"(?:url\(\s*+|@import\s++)(?:\"([^\"]++)\"|'([^']++)')|url\(\s*+([^\s'\"()]++)",
    re.IGNORECASE,
)
_OF_SETS: Final = re.compile(r"([^\s,]\S*+)(?:(?<!,)[^,]*+)?")
"""The addresses of a ``srcset`` (HTML, section 4.8.4.2.1), perhaps with the comma behind each."""


class Assets:
    """Requests the documents that pages of ``spider`` link and, for ``all``, what they show.

    They come when no page is due any more; each is fetched once. What links a document is known
    by then: it is found again in the run's files where a crawl goes on.
    """

    def __init__(self, spider: PortalSpider) -> None:
        self._spider = spider
        self._holdings = Holdings()

    def attach(self, crawler: Crawler) -> None:
        """Read the run's files, where the crawl goes on."""
        crawler.signals.connect(self._opened, signals.spider_opened)
        crawler.signals.connect(self._holdings.close, signals.spider_closed)

    @property
    def mode(self) -> str:
        """What is kept: ``documents``, ``all`` or ``off``."""
        return OFF if self._spider.replay else str(self._spider.settings["SHIO_ASSETS"])

    def follow(self, extraction: Extraction) -> Iterator[Request | Reject]:
        """Request what the page links and shows; a reject says where that is too much."""
        spider = self._spider
        if self.mode == OFF or (extraction.own and not spider.wants(extraction.records[0])):
            return
        for record in extraction.records:
            self._holdings.note(record)
        most = spider.settings.getint("SHIO_MAX_ASSETS")
        for number, url in enumerate(dict.fromkeys(self._needed(extraction))):
            if number == most:
                detail = f"more than {most} documents and requisites: SHIO_MAX_ASSETS"
                yield reject("fetch", "endless", detail, extraction.page)
                return
            yield self._request(url, extraction.language)

    def document(self, response: Response, language: str) -> Document | Reject:
        """Return the record of a document that came."""
        capture = self._spider.capture(response)
        keys = self._holdings.keys(capture.url or "")
        return read_document(capture, language, keys, self._spider.read_by)

    def requisite(self, response: Response) -> Iterator[Request]:
        """Request what a style needs, which may be endless; nothing else leads on."""
        spider = self._spider
        if response.status != _OK:
            spider.count("assets/failed")
        elif b"css" in (response.headers.get(b"Content-Type") or b""):
            stats, most = spider.crawler.stats, spider.settings.getint("SHIO_MAX_UNLISTED")
            for url in map(response.urljoin, _of_style(response.body.decode("latin-1"))):
                if own := self._own(spider.site.original(url)):
                    is_taken = stats.get_value("assets/of_styles", 0) < most
                    spider.count("assets/of_styles" if is_taken else "assets/left_out")
                    if is_taken:
                        yield self._request(own)

    def failed(self, failure: Failure) -> None:
        """Count what could not be had, and say of the first why."""
        spider, request = self._spider, failure.request  # type: ignore[attr-defined]
        if isinstance(failure.value, LeftOutError):
            return
        _, reason, detail = why(failure.value, request.url)
        if not spider.crawler.stats.get_value("assets/failed"):
            spider.logger.info("Not kept: %s (%s: %s)", request.url, reason, detail)
        spider.count("assets/failed")

    def _needed(self, extraction: Extraction) -> Iterator[str]:
        page = extraction.page
        hrefs = (anchor.href for block in page.blocks for anchor in block.anchors)
        found = [href for href in hrefs if names_document(href)]
        if self.mode == "all":
            found += addresses_shown(page.markup)
        for url in filter(None, map(page.resolve, found)):
            if own := self._own(url):
                yield own

    def _own(self, url: str) -> str | None:
        """Return an address that is the portal's, and no page of a known family."""
        spider = self._spider
        address = spider.portals.locate(url)
        if address is None or not address.is_crawled:
            spider.count("assets/other_host")
        elif address.family is None and not spider.portals.is_private(url):
            return url
        return None

    def _request(self, url: str, language: str | None = None) -> Request:
        """Request a document, or what is shown; what a style alone names is no document."""
        spider, is_document = self._spider, language is not None and names_document(url)
        limit = "SHIO_MAX_DOCUMENT" if is_document else "SHIO_MAX_REQUISITE"
        request = spider.request(url, priority=KEEPSAKE)
        return request.replace(
            callback=spider.parse_document if is_document else spider.parse_requisite,
            errback=spider.failed if is_document else spider.requisite_failed,
            cb_kwargs={"language": language} if is_document else {},
            meta={"download_maxsize": spider.settings.getint(limit)},
        )

    def _opened(self) -> None:
        if self._spider.resumed and self.mode != OFF:
            for record in stored.records(self._spider.run_folder):
                self._holdings.note(record)


def addresses_shown(markup: str) -> Iterator[str]:
    """Yield the addresses of what a browser loads to show a page."""
    if not markup.strip():
        return
    page = Selector(markup)
    for attribute in page.xpath(_SHOWN):
        value = attribute.get()
        is_set = "," in value or " " in value.strip()
        yield from (url.rstrip(",") for url in _OF_SETS.findall(value)) if is_set else (value,)
    for style in page.xpath("//style/text() | //*/@style").getall():
        yield from _of_style(style)


def _of_style(style: str) -> Iterator[str]:
    """Yield the addresses that a style sheet names."""
    for match in _OF_STYLES.finditer(style):
        url = next(filter(None, match.groups()))
        if not url.startswith("data:"):
            yield url
