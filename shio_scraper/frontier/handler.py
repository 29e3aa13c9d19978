"""Asks a host only while no other worker may: at the last moment before a request goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

    from shio_scraper.frontier.store import SharedStore


class LeasedHandler(HTTP11DownloadHandler):
    """Scrapy's, which waits until the portal is surely this worker's.

    A request may have waited for the delay, or the process been stopped, for longer than its lease.
    """

    async def download_request(self, request: Request) -> Response:
        """Return the response. Raises ``LeaseLostError``."""
        engine = self._crawler.engine
        store = getattr(engine.scheduler, "store", None) if engine else None
        if store is not None and store.shared:
            await cast("SharedStore", store).ready()
        return await super().download_request(request)
