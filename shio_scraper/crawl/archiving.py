"""Keeps every capture of a crawl: what was asked and answered → the run's archive."""

from __future__ import annotations

import logging
import sqlite3
from datetime import datetime
from getpass import getuser
from importlib.metadata import version
from pathlib import Path
from socket import gethostname
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.exceptions import NotConfigured

from shio_scraper.archives import wacz
from shio_scraper.archives.payload_index import FirstCapture, Kept, PayloadIndex, is_there
from shio_scraper.archives.sources import run_of
from shio_scraper.archives.writer import ArchiveWriter, Exchange, seal_left_open
from shio_scraper.component import Component, CrawlSpider, Meta, output_failed
from shio_scraper.crawl.page_memory import PageMemory
from shio_scraper.dataset import places
from shio_scraper.extraction import Extractor
from shio_scraper.redaction import OF_REQUESTS, OF_RESPONSES
from shio_scraper.runs import manifest

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Headers, Request, Response
    from scrapy.settings import BaseSettings

logger = logging.getLogger(__name__)

_NOT_MODIFIED: Final = 304
MODES: Final = ("warc", "wacz", "off")
"""What ``SHIO_ARCHIVE`` may be."""
REFERS_TO: Final = "archive/refers_to"
"""The stat of the earlier runs whose payloads the archive refers to."""


class ArchiveMiddleware(Component):
    """Writes each exchange as the downloader gives it: compressed, with redirects and errors.

    The spider says what a response is a capture of (``archived_as``). Files that a killed
    crawl left open are sealed first. An archive that cannot be written ends the crawl.
    Raises ``NotConfigured`` where nothing is to be kept.
    """

    listens: ClassVar[dict[str, Any]] = {"closed": signals.spider_closed}

    def __init__(self, crawler: Crawler) -> None:
        if crawler.settings["SHIO_ARCHIVE"] == "off":
            raise NotConfigured
        super().__init__(crawler)
        self._settings = crawler.settings
        self._writer: ArchiveWriter | None = None
        self._failed = False

    def process_response(self, request: Request, response: Response) -> Response:
        """Archive ``response``, and say in the request's ``meta`` when and where."""
        spider = self.spider
        captured = spider.archived_as(request, response) if spider else None
        if spider is None or captured is None or "cached" in response.flags:
            return response
        fetched_at = captured[1]
        exchange = _exchange(request, response, *captured)
        capture = None if self._failed else self._keep(spider, exchange)
        request.meta[Meta.KEPT] = Kept(fetched_at, capture)
        return response

    def closed(self) -> None:
        """Close the archive; pack it where a WACZ is asked for."""
        if self._writer is None or self.spider is None:
            return
        try:
            self._writer.close()
            self._end_payloads(self.spider)
            if self._settings["SHIO_ARCHIVE"] == "wacz" and not self._failed:
                self._pack(self.spider.run_folder)
        except (OSError, sqlite3.Error) as error:
            self._fail(error)

    def _keep(self, spider: CrawlSpider, exchange: Exchange) -> FirstCapture | None:
        try:
            if self._writer is None:
                self._writer = self._open(spider)
            capture, repeated = self._writer.write(exchange)
        except (OSError, sqlite3.Error) as error:
            self._fail(error)
            return None
        self.stats.inc_value("archive/revisits" if repeated else "archive/responses")
        return capture

    def _end_payloads(self, spider: CrawlSpider) -> None:
        """Say which runs this one refers to; let later ones refer to it, unless it is a trial."""
        assert self._writer  # noqa: S101  (it wrote)
        referred = {run_of(file) for file in self._writer.refers_to} - {spider.run_folder.name}
        self.stats.set_value(REFERS_TO, sorted(referred))
        if not (self._failed or spider.trial):
            self._payloads.hand_on()
        self._payloads.close()
        if why := self._payloads.trouble:
            logger.warning("What earlier runs keep is kept again: %s: %s", self._known, why)

    def _open(self, spider: CrawlSpider) -> ArchiveWriter:
        """Seal what earlier crawls left open; return the writer of this one's archive."""
        folder, settings = spider.run_folder, self._settings
        _seal(folder.parent)
        data = Path(settings["SHIO_DATA"])
        self._known = places.payloads_path(data, settings["SHIO_PAYLOADS"], spider.origin)
        self._payloads = PayloadIndex(self._known, manifest.is_settled)
        writer = ArchiveWriter(
            folder / "archive",
            folder.name,
            _info(spider, settings),
            settings.getint("SHIO_ARCHIVE_FILE_SIZE"),
            self._payloads,
        )
        spider.outputs.register(writer)
        return writer

    def _pack(self, folder: Path) -> None:
        target = folder / "archive" / f"{folder.name}.wacz"
        read = Extractor(self._settings.getint("SHIO_MAX_PAGE")).read
        wacz.pack(sorted(target.parent.glob("*.warc.gz")), target, read)
        logger.info("Packed the archive into %s", target)

    def _fail(self, error: Exception) -> None:
        self._failed = True
        why = getattr(error, "strerror", None) or str(error)
        output_failed(self.crawler, why, what="the archive: ", stat="archive/failed")


def _seal(runs: Path) -> None:
    try:
        for path, lost in seal_left_open(runs):
            logger.info(
                "Sealed %s, which a killed crawl left open; %d bytes of a cut record dropped",
                path,
                lost,
            )
    except OSError as error:  # another run's file: no reason to end this one
        logger.warning("Cannot seal %s: %s", error.filename, error.strerror)


def _exchange(request: Request, response: Response, url: str, fetched_at: datetime) -> Exchange:
    parts = urlsplit(request.url)
    query = f"?{parts.query}" if parts.query else ""
    return Exchange(
        url=url,
        fetched_url=response.url,
        fetched_at=fetched_at,
        method=request.method,
        target=f"{parts.path or '/'}{query}",
        # Twisted adds it below what Scrapy lets us see.
        request_headers=[
            ("Host", parts.netloc.rpartition("@")[2]),
            *_pairs(request.headers, OF_REQUESTS),
        ],
        request_body=request.body,
        protocol=response.protocol or "HTTP/1.1",
        status=response.status,
        headers=_pairs(response.headers, OF_RESPONSES),
        body=response.body,
        ip_address=str(response.ip_address) if response.ip_address else None,
        unmodified=_unmodified(request) if response.status == _NOT_MODIFIED else None,
    )


def _unmodified(request: Request) -> FirstCapture | None:
    """Return the capture that a conditional request was made by, if it is there still."""
    known = request.meta.get(Meta.RECALLED)
    capture = known.capture if isinstance(known, PageMemory) else None
    if capture is None or (capture.folder.parent / manifest.PRUNING).exists():
        return None
    return capture if is_there(capture) else None


def _pairs(headers: Headers, secret: frozenset[bytes]) -> list[tuple[str, str]]:
    """Return headers as they were sent, but for those that are nobody's business."""
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in headers.items()
        if name.lower() not in secret
        for value in values
    ]


def _info(spider: CrawlSpider, settings: BaseSettings) -> dict[str, str]:
    """Return the fields of ``warcinfo`` (WARC 1.1, section 5.5; DCMI terms)."""
    site = spider.subject
    what = "the demo portal: made-up pages" if site == "demo" else f"site={site}"
    portals = spider.portals.members
    publishers = dict.fromkeys(portal.publisher for portal in portals)
    licences = "; ".join(
        f"{portal.title}: {portal.licence}" for portal in portals if portal.licence
    )
    return {
        "software": ", ".join(
            f"{name} {version(name)}" for name in ("shio-scraper", "Scrapy", "warcio")
        ),
        "format": "WARC File Format 1.1",
        "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "robots": "classic" if settings.getbool("ROBOTSTXT_OBEY") else "ignore",
        "operator": settings["SHIO_OPERATOR"] or f"{getuser()} at {gethostname()}",
        "hostname": gethostname(),
        "http-header-user-agent": settings["USER_AGENT"],
        "isPartOf": spider.run_folder.name,
        "description": f"Crawl of {what}; {', '.join(portal.title for portal in portals)}",
        "publisher": "; ".join(publishers),
        **({"rights": licences} if licences else {}),
    }
