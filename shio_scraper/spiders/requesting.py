"""Requests pages of a site, the documents they link, and the files a browser loads to show them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from parsel import Selector
from scrapy import Request
from scrapy.http import Response

from shio_scraper.addresses import names_document
from shio_scraper.archives.holdings import Holdings
from shio_scraper.component import Meta, Site
from shio_scraper.crawl.fetching import why
from shio_scraper.crawl.page_memory import Watermark
from shio_scraper.crawl.remembering import LeftOutError
from shio_scraper.extraction import read_document
from shio_scraper.frontier.store import KEEPSAKE
from shio_scraper.items import Reject
from shio_scraper.pages import Capture, reject
from shio_scraper.parsers import Extraction
from shio_scraper.portals import GIVES, Address
from shio_scraper.runs import stored
from shio_scraper.spiders.arguments import PortalArguments
from shio_scraper.spiders.base import now, told_type
from shio_scraper.spiders.replay import ReplayingSpider

if TYPE_CHECKING:
    from datetime import datetime

    from scrapy.crawler import Crawler
    from twisted.python.failure import Failure

OK, NOT_MODIFIED = 200, 304
OFF: Final = "off"
_SHOWN: Final = (
    "//img/@src | //img/@srcset | //source/@src | //source/@srcset | //input[@type='image']/@src"
    " | //script/@src | //embed/@src | //object/@data | //*/@background | //video/@poster"
    " | //link[contains(' stylesheet icon ', concat(' ', normalize-space(@rel), ' '))]/@href"
    " | //link[@rel='shortcut icon']/@href"
)
"""XPath of the files that a browser loads to show a page: images, scripts, styles, icons, media."""
_OF_STYLES: Final = re.compile(
    r"(?:url\(\s*+|@import\s++)(?:\"([^\"]++)\"|'([^']++)')|url\(\s*+([^\s'\"()]++)",
    re.IGNORECASE,
)
_OF_SETS: Final = re.compile(r"([^\s,]\S*+)(?:(?<!,)[^,]*+)?")
"""One address of a ``srcset`` (HTML, section 4.8.4.2.1); a comma may follow in the match."""


class Guide:
    """Leads a crawl from page to page."""

    def start(self) -> Iterator[Request]:
        """Yield the requests that the crawl begins with."""
        raise NotImplementedError

    def follow(
        self, extraction: Extraction, watermark: Watermark | None = None, **reached_by: Any
    ) -> Iterator[Any]:
        """Request the pages that this page leads to.

        ``watermark`` says how far an earlier crawl read this listing.
        """
        raise NotImplementedError

    def repeats(self, extraction: Extraction) -> bool:  # noqa: ARG002
        """Tell whether a page has the same text as an earlier page."""
        return False

    def why_left_out(self, request: Request) -> str | None:  # noqa: ARG002
        """Return the stat that says why a page is not fetched; ``None`` if it is fetched."""
        return None

    def attach(self, crawler: Crawler) -> None:
        """Connect to the signals of the crawl."""


class RequestingSpider(ReplayingSpider):
    """Requests pages of ``site``, linked documents and, if ``SHIO_ASSETS`` is ``all``, page files.

    Documents are fetched when no page is due any more, each once. The records that link a document
    are known by then; a resumed crawl finds them in the run's files.
    """

    takes = PortalArguments
    arguments: PortalArguments
    site: Site

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._holdings = Holdings()

    def parse(self, response: Response, **reached_by: Any) -> Iterator[Any]:
        """Yield the records of one page, and the requests for the pages it leads to."""
        raise NotImplementedError

    def request(self, url: str, *, priority: int = 0, **reached_by: Any) -> Request:
        """Return the request for a page. ``reached_by`` tells its callback how it was reached."""
        return Request(
            self.site.fetch_url(url),
            callback=self.parse,
            errback=self.failed,
            priority=priority,
            cb_kwargs={name: value for name, value in reached_by.items() if value},
        )

    def asks_for(self, address: Address) -> bool:
        """Tell whether the user asked for the records of a page. Its family must be known."""
        if address.kind is None or not self.speaks(address):
            return False
        return GIVES.get(address.kind) in self.arguments.only

    def speaks(self, address: Address) -> bool:
        """Tell whether a page may be in a language that the user asked for.

        A page whose address does not tell its language may be.
        """
        language = address.family.language if address.family else None
        return language is None or language in self.arguments.language

    def asked_for(self, request: Request | None) -> str | None:
        """Return the portal's address of the page that was requested before any redirect."""
        if request is None:
            return None
        return self.site.portal_url(request.meta.get("redirect_urls", [request.url])[0])

    def page_of(self, request: Request) -> Address | None:
        """Return the page that was requested before any redirect."""
        return self.portals.locate(self.asked_for(request))

    def capture(self, response: Response) -> Capture:
        """Return a response as a capture."""
        archived = response.meta.get(Meta.KEPT)
        return Capture(
            body=response.body,
            url=self.site.portal_url(response.url),
            fetched_url=response.url,
            fetched_at=archived.fetched_at if archived else now(),
            content_type=told_type(response),
            archive=archived.position if archived else None,
            rendered="rendered" in response.flags,
        )

    def archived_as(self, request: Request, response: Response) -> tuple[str, datetime] | None:
        """Return the address and the time to archive a response under; ``None`` to leave it out.

        A copy's page is archived under the address of the portal's page.
        """
        if not response.url.startswith("http"):
            return None
        if self.service:
            return super().archived_as(request, response)
        return self.site.original(response.url), now()

    def failed(self, failure: Failure) -> Iterator[Reject]:
        """Yield the reject of a page that could not be fetched."""
        if isinstance(failure.value, LeftOutError):
            self.count(failure.value.stat)
            return
        request: Request = failure.request  # type: ignore[attr-defined]
        capture = Capture(body=b"", url=self.asked_for(request), fetched_at=now())
        yield reject(*why(failure.value, request.url), capture)

    def no_page(self, response: Response, **reached_by: Any) -> Iterator[Any]:
        """Yield the outcome of a response that is no page."""
        raise NotImplementedError

    # Documents that pages link, and files that a browser loads to show them.

    def results(self, extraction: Extraction, **reached_by: Any) -> Iterator[Any]:
        """Yield the results of a page, and the requests for its documents and files."""
        yield from super().results(extraction, **reached_by)
        if self._keeps == OFF or (extraction.own and not self.wants(extraction.records[0])):
            return
        for record in extraction.records:
            self._holdings.note(record)
        most = self.settings.getint("SHIO_MAX_ASSETS")
        for number, url in enumerate(dict.fromkeys(self._needed(extraction))):
            if number == most:
                detail = f"more than {most} documents and requisites: SHIO_MAX_ASSETS"
                yield reject("fetch", "endless", detail, extraction.page)
                return
            yield self._asset(url, extraction.language)

    def parse_document(self, response: Response, language: str) -> Iterator[Any]:
        """Yield the record of a linked document, or its reject."""
        if response.status == OK:
            capture = self.capture(response)
            keys = self._holdings.keys(capture.url or "")
            yield read_document(capture, language, keys, self.read_by)
        else:
            yield from self.no_page(response)

    def parse_requisite(self, response: Response) -> Iterator[Request]:
        """Request the files that a style sheet names. No other file leads to further requests.

        The file itself needs no parsing: the archive has it. Style sheets may name ever-new files,
        so ``SHIO_MAX_UNLISTED`` limits them.
        """
        if response.status != OK:
            self.count("assets/failed")
        elif b"css" in (response.headers.get(b"Content-Type") or b""):
            stats, most = self.crawler.stats, self.settings.getint("SHIO_MAX_UNLISTED")
            for url in map(response.urljoin, _of_style(response.body.decode("latin-1"))):
                if stats and (asset := self._own_asset(self.site.original(url))):
                    is_taken = stats.get_value("assets/of_styles", 0) < most
                    self.count("assets/of_styles" if is_taken else "assets/left_out")
                    if is_taken:
                        yield self._asset(asset)

    def requisite_failed(self, failure: Failure) -> None:
        """Count a file that could not be fetched. Log the reason of the first failure."""
        request: Request = failure.request  # type: ignore[attr-defined]
        if isinstance(failure.value, LeftOutError):
            return
        _, reason, detail = why(failure.value, request.url)
        if self.crawler.stats and not self.crawler.stats.get_value("assets/failed"):
            self.logger.info("Not kept: %s (%s: %s)", request.url, reason, detail)
        self.count("assets/failed")

    def on_opened(self) -> None:
        """In a resumed crawl, read which documents the run's records link."""
        if self.resumed and self._keeps != OFF:
            for record in stored.records(self.run_folder):
                self._holdings.note(record)

    def on_closed(self) -> None:
        """Delete the notes on which records link which documents."""
        self._holdings.close()

    @property
    def _keeps(self) -> str:
        """What the crawl fetches besides pages: ``documents``, ``all`` or ``off``."""
        return OFF if self.service else str(self.settings["SHIO_ASSETS"])

    def _needed(self, extraction: Extraction) -> Iterator[str]:
        page = extraction.page
        hrefs = (anchor.href for block in page.blocks for anchor in block.anchors)
        needed = [href for href in hrefs if names_document(href)]
        if self._keeps == "all":
            needed += addresses_shown(page.markup)
        for url in filter(None, map(page.resolve, needed)):
            if asset := self._own_asset(url):
                yield asset

    def _own_asset(self, url: str) -> str | None:
        """Return ``url`` if it is on the portal and no page of a known family, else ``None``."""
        address = self.portals.locate(url)
        if address is None or not address.is_crawled:
            self.count("assets/other_host")
        elif address.family is None and not self.portals.is_private(url):
            return url
        return None

    def _asset(self, url: str, language: str | None = None) -> Request:
        """Return the request for a document or for a file that a page shows.

        ``language`` is that of the page. A file that only a style sheet names has none, and is no
        document.
        """
        is_document = language is not None and names_document(url)
        limit = "SHIO_MAX_DOCUMENT" if is_document else "SHIO_MAX_REQUISITE"
        return self.request(url, priority=KEEPSAKE).replace(
            callback=self.parse_document if is_document else self.parse_requisite,
            errback=self.failed if is_document else self.requisite_failed,
            cb_kwargs={"language": language} if is_document else {},
            meta={"download_maxsize": self.settings.getint(limit)},
        )


def addresses_shown(markup: str) -> Iterator[str]:
    """Yield the addresses of the files that a browser loads to show a page."""
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
