"""Why a page could not be fetched, as the reason of its reject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.exceptions import DownloadCancelledError, IgnoreRequest, ResponseDataLossError

from shio_scraper.middlewares import ForbiddenError

if TYPE_CHECKING:
    from twisted.python.failure import Failure


def why(failure: Failure) -> tuple[str, str]:
    """Return the reason, a code of ``docs/rejects.md``, and the detail."""
    error = failure.value
    if isinstance(error, ForbiddenError):
        return error.reason, str(error)
    # Scrapy tells a body that grows too large while it is unpacked by its message alone.
    if isinstance(error, DownloadCancelledError) or "DOWNLOAD_MAXSIZE" in str(error):
        return "too_large", str(error)
    if isinstance(error, IgnoreRequest):
        return "redirect_loop", str(error)
    if isinstance(error, ResponseDataLossError):
        return "truncated", "the body ended before its announced length"
    return "unreachable", f"{type(error).__name__}: {error}"
