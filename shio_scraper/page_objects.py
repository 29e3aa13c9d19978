"""Page objects for web-poet projects. Needs ``shio-scraper[poet]``."""

from __future__ import annotations

from web_poet import WebPage

from shio_scraper.extraction import parse_page
from shio_scraper.items import RecordType, Reject


class RecordsPage(WebPage[list[RecordType | Reject]]):
    """The records of a response, its rejects among them (``parse_page``)."""

    async def to_item(self) -> list[RecordType | Reject]:
        """Return the records, in the page's order; the address tells whose page it is."""
        return list(parse_page(bytes(self.response.body), str(self.response.url)))
