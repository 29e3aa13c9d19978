"""Leave out who is to be called: ``SHIO_CONTACTS=off``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.exceptions import NotConfigured

from shio_scraper.withholding import OFF, withhold

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler


class ContactsPipeline:
    """Takes ``contact`` and ``phone`` out of events, before anything is written or remembered."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline. Raises ``NotConfigured`` where they are kept."""
        if crawler.settings["SHIO_CONTACTS"] != OFF:
            raise NotConfigured
        return cls()

    def process_item(self, item: Any) -> Any:
        """Return ``item``, without them."""
        withhold(item)
        return item
