"""Why a page could not be fetched, as the reason of its reject."""

from __future__ import annotations

from urllib.parse import urlsplit

from scrapy.exceptions import DownloadCancelledError, ResponseDataLossError

from shio_scraper.crawl.fetching import HostError, NoPageError
from shio_scraper.items import Stage
from shio_scraper.runs.outcome import told


def why(error: BaseException | None, url: str) -> tuple[Stage, str, str]:
    """Return the stage and the reason, codes of ``docs/rejects.md``, and the detail."""
    if isinstance(error, NoPageError | HostError):
        is_read = error.reason == "content_encoding"
        return "read" if is_read else "fetch", error.reason, str(error)
    return "fetch", *_of_download(error, urlsplit(url).netloc)


def _of_download(error: BaseException | None, host: str) -> tuple[str, str]:
    if isinstance(error, DownloadCancelledError):
        return "too_large", str(error)
    if isinstance(error, ResponseDataLossError):
        return "truncated", "the body ended before its announced length"
    return "unreachable", told(error, host)
