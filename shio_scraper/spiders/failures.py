"""Why a page could not be fetched, as the reason of its reject."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)

from shio_scraper.items import Stage
from shio_scraper.middlewares import HostError, NoPageError

_UNREACHABLE: Final[dict[type, str]] = {
    CannotResolveHostError: "cannot be resolved",
    DownloadConnectionRefusedError: "refuses connections",
    DownloadTimeoutError: "does not answer in time",
}


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
    if said := _UNREACHABLE.get(type(error)):
        return "unreachable", f"{host} {said}"
    return "unreachable", f"{host} breaks off: {type(error).__name__}: {error}"
