"""Leave out who is to be called: ``SHIO_CONTACTS=off``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.exceptions import NotConfigured

from shio_scraper.items import AuditEvent, Event
from shio_scraper.portals import ALL

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

OFF = "off"
_WITHHELD = "(left out: SHIO_CONTACTS=off)"


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


def withhold(item: Any) -> None:
    """Take the contact out of an event, in place; a name or number in its body stays there."""
    if isinstance(item, Event):
        item.contact = item.phone = None
    elif isinstance(item, AuditEvent) and _may_name_a_contact(item):
        item.text = _WITHHELD


def _may_name_a_contact(item: AuditEvent) -> bool:
    """Tell whether what is odd stands on an event's page, or one that may be an event's."""
    address = ALL.locate(item.url)
    return item.block is not None and (address is None or address.kind in {None, "event"})
