"""Page objects for web-poet projects. Needs ``shio-scraper[poet]``."""

from __future__ import annotations

from web_poet import WebPage

from shio_scraper.extraction import parse_page
from shio_scraper.items import RecordType, Reject


class RecordsPage(WebPage[list[RecordType | Reject]]):
    """The records and rejects of a response (``parse_page``)."""

    async def to_item(self) -> list[RecordType | Reject]:
        """Return the records in the page's order. The address tells which portal the page is of."""
        return list(parse_page(bytes(self.response.body), str(self.response.url)))
