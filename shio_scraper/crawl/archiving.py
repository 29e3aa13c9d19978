"""Archives every capture of a crawl: writes requests and responses into the run's archive."""

from __future__ import annotations

import logging
import math
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

from shio_scraper.addresses import names_document
from shio_scraper.archives import wacz
from shio_scraper.archives.payload_index import FirstCapture, Kept, PayloadIndex, is_there
from shio_scraper.archives.sources import run_of
from shio_scraper.archives.writer import (
    ArchiveWriter,
    Conversion,
    Exchange,
    NoRoomError,
    seal_left_open,
)
from shio_scraper.component import Component, CrawlSpider, Meta, output_failed
from shio_scraper.crawl.page_memory import PageMemory
from shio_scraper.crawl.remembering import LeftOutError
from shio_scraper.dataset import places
from shio_scraper.extraction import Extractor
from shio_scraper.frontier.store import WAITING
from shio_scraper.redaction import OF_REQUESTS, OF_RESPONSES
from shio_scraper.runs import manifest
from shio_scraper.runs.outcome import LEFT_OUT

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Headers, Request, Response
    from scrapy.settings import BaseSettings

logger = logging.getLogger(__name__)

_NOT_MODIFIED: Final = 304
REFERS_TO: Final = "archive/refers_to"
"""The stat with the names of the earlier runs to whose payloads the archive refers."""
_RESERVE: Final = 10
"""One in so many bytes of ``SHIO_ARCHIVE_MAX`` is reserved for pages."""


class ArchiveMiddleware(Component):
    """Archives each exchange as the downloader gives it: still compressed, with redirects, errors.

    The spider says of which address and time a response is a capture (``archived_as``). First,
    files that a killed crawl left open are sealed. If the archive cannot be written, the crawl
    ends. If the archives have reached ``SHIO_ARCHIVE_MAX``, the crawl goes on: it reads the pages
    and counts them as not kept. Raises ``NotConfigured`` if ``SHIO_ARCHIVE`` is "off".
    """

    listens: ClassVar[dict[str, Any]] = {"closed": signals.spider_closed}

    def __init__(self, crawler: Crawler) -> None:
        if crawler.settings["SHIO_ARCHIVE"] == "off":
            raise NotConfigured
        super().__init__(crawler)
        self._settings = crawler.settings
        self._writer: ArchiveWriter | None = None
        self._failed = False
        self._most = crawler.settings.getint("SHIO_ARCHIVE_MAX")
        self._held = 0
        self._is_full = False
        """Whether the archives are full, so that only pages are still kept while there is room."""

    def process_request(self, request: Request) -> None:
        """Raise ``LeftOutError`` for an image, style … if the archives are full.

        Such a file gives no record, so that it is only fetched for the archive.
        """
        if self._is_full and _is_keepsake(request) and not names_document(request.url):
            self._leave_out(request)
            raise LeftOutError(LEFT_OUT, f"the archives may grow no more: {request.url}")

    def process_response(self, request: Request, response: Response) -> Response:
        """Archive ``response``. Note the time and the place in the request's ``meta``."""
        spider = self.spider
        captured = spider.archived_as(request, response) if spider else None
        if spider is None or captured is None or "cached" in response.flags:
            return response
        if "rendered" in response.flags:
            kept: Exchange | Conversion = _conversion(request, response, *captured)
        else:
            kept = _exchange(request, response, *captured)
        capture = None if self._failed else self._keep(spider, kept, request)
        record_id = self._writer.record_id if self._writer and capture else None
        request.meta[Meta.KEPT] = Kept(kept.fetched_at, capture, record_id)
        return response

    def closed(self) -> None:
        """Close the archive, and pack it if ``SHIO_ARCHIVE`` is "wacz"."""
        if self._writer is None or self.spider is None:
            return
        try:
            self._writer.close()
            self._end_payloads(self.spider)
            if self._settings["SHIO_ARCHIVE"] == "wacz" and not self._failed:
                self._pack(self.spider.run_folder)
        except (OSError, sqlite3.Error) as error:
            self._fail(error)

    def _keep(
        self, spider: CrawlSpider, kept: Exchange | Conversion, request: Request
    ) -> FirstCapture | None:
        try:
            if self._writer is None:
                self._writer = self._open(spider)
            room = self._room(request)
            if isinstance(kept, Conversion):
                capture, stat = self._writer.convert(kept, room), "conversions"
            else:
                capture, repeated = self._writer.write(kept, room)
                stat = "revisits" if repeated else "responses"
        except NoRoomError:
            self._leave_out(request)
            return None
        except (OSError, sqlite3.Error) as error:
            self._fail(error)
            return None
        self.stats.inc_value(f"archive/{stat}")
        return capture

    def _room(self, request: Request) -> float:
        """Return how many bytes may be written for the answer to ``request``."""
        reserve = self._most // _RESERVE if _is_keepsake(request) else 0
        return self._left - reserve

    @property
    def _left(self) -> float:
        """The number of bytes by which the archives may still grow."""
        written = self._writer.written if self._writer else 0
        return self._most - self._held - written if self._most else math.inf

    def _leave_out(self, request: Request) -> None:
        """Count a capture that is not kept, and log a warning the first time."""
        if not self.stats.get_value(LEFT_OUT):
            logger.warning(
                "The archives may grow no more (SHIO_ARCHIVE_MAX=%s): %s is the first that is not "
                "kept; what comes is read all the same. `scrapy runs prune` makes room",
                self._most,
                request.url,
            )
        self.stats.inc_value(LEFT_OUT)
        self._is_full = True

    def _end_payloads(self, spider: CrawlSpider) -> None:
        """Note to which runs this run refers, and let later runs refer to this run."""
        assert self._writer  # noqa: S101  (the archive is open)
        referred = {run_of(file) for file in self._writer.refers_to} - {spider.run_folder.name}
        self.stats.set_value(REFERS_TO, sorted(referred))
        if not self._failed:
            self._payloads.hand_on()
        self._payloads.close()
        if why := self._payloads.trouble:
            logger.warning(
                "Payloads that earlier runs keep are archived again, as %s cannot be used: %s",
                self._known,
                why,
            )

    def _open(self, spider: CrawlSpider) -> ArchiveWriter:
        """Seal the files that earlier crawls left open, and return the writer of this archive."""
        folder, settings = spider.run_folder, self._settings
        _seal(folder.parent)
        data, payloads = Path(settings["SHIO_DATA"]), settings["SHIO_PAYLOADS"]
        kept = folder.parent.glob("*/archive/*") if self._most else ()
        self._held = sum(path.stat().st_size for path in kept)
        self._known = places.payloads_path(data, payloads, spider.origin)
        is_alone = settings["SHIO_ARCHIVE"] == "wacz" and not payloads  # a WACZ must stand alone
        if spider.trial or is_alone:
            self._known = None
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
        if self._writer and self._writer.written > self._left:
            logger.warning("Not packed into %s: the archives may grow no more", target.name)
            return
        read = Extractor(self._settings.getint("SHIO_MAX_PAGE")).read
        wacz.pack(sorted(target.parent.glob("*.warc.gz")), target, read)
        logger.info("Packed the archive into %s", target)

    def _fail(self, error: Exception) -> None:
        self._failed = True
        why = getattr(error, "strerror", None) or str(error)
        output_failed(self.crawler, why, what="the archive: ", stat="archive/failed")


def _is_keepsake(request: Request) -> bool:
    """Tell whether a request is for a document, an image, a style … and not for a page.

    Its priority is low enough even after a redirect, which raises the priority.
    """
    return request.priority < WAITING


def _seal(runs: Path) -> None:
    try:
        for path, lost in seal_left_open(runs):
            logger.info(
                "Sealed %s, which a killed crawl left open; %d bytes of a cut record dropped",
                path,
                lost,
            )
    except OSError as error:  # the file of another run is no reason to end this run
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
        # Twisted adds this header where Scrapy does not let us see it.
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
        resource=request.meta.get(Meta.RESOURCE),
        unmodified=_unmodified(request) if response.status == _NOT_MODIFIED else None,
    )


def _conversion(request: Request, response: Response, url: str, fetched_at: datetime) -> Conversion:
    return Conversion(
        url=url,
        fetched_url=response.url,
        fetched_at=fetched_at,
        body=response.body,
        of=request.meta[Meta.WAITED].record_id,
    )


def _unmodified(request: Request) -> FirstCapture | None:
    """Return the earlier capture behind a conditional request, if that capture still exists."""
    known = request.meta.get(Meta.RECALLED)
    capture = known.capture if isinstance(known, PageMemory) else None
    if capture is None or (capture.folder.parent / manifest.PRUNING).exists():
        return None
    return capture if is_there(capture) else None


def _pairs(headers: Headers, secret: frozenset[bytes]) -> list[tuple[str, str]]:
    """Return headers as they were sent, without the ``secret`` ones."""
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
        "software": ", ".join(f"{name} {version(name)}" for name in ("shio-scraper", "Scrapy")),
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
