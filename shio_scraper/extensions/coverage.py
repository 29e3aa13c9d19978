"""Counts which fields are filled, by type and layout."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from scrapy import signals

from shio_scraper.items import RECORDS, Reject

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

_OF_ALL: Final = {"type", "key", "language", "provenance"}
"""Fields that no record is without."""
_FIELDS: Final = {
    record_class: [f.name for f in fields(record_class) if f.name not in _OF_ALL]
    for record_class in RECORDS
}
_EMPTY: Final[tuple[Any, ...]] = (None, "", [])


class FieldCoverage:
    """Keeps the stats ``records/<type>/<layout>`` and ``fields/<type>/<layout>/<field>``.

    Of records that were written, so that a record counts once.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the extension of ``crawler``."""
        coverage = cls(crawler)
        crawler.signals.connect(coverage.scraped, signals.item_scraped)
        return coverage

    def scraped(self, item: Any) -> None:
        """Count the filled fields of one record."""
        stats = self._crawler.stats
        if stats is None or isinstance(item, Reject) or type(item) not in _FIELDS:
            return
        where = f"{item.type}/{item.provenance.layout}"
        stats.inc_value(f"records/{where}")
        for name in _FIELDS[type(item)]:
            if getattr(item, name) not in _EMPTY:
                stats.inc_value(f"fields/{where}/{name}")
