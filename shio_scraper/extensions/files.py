"""Writes the files of a run, and counts the records, rejects and filled fields in them."""

from __future__ import annotations

import logging
from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar, Final

import msgspec
from scrapy import signals

from shio_scraper import runs
from shio_scraper.component import Component, output_failed
from shio_scraper.items import RECORDS, Reject, Remark
from shio_scraper.runs import manifest, outcome, stored
from shio_scraper.runs.outputs import WholeLines

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


logger = logging.getLogger(__name__)
_OF_ALL: Final = {"type", "key", "language", "provenance"}
"""Fields that are filled in every record, and are therefore not counted."""
_FIELDS: Final = {
    record_class: [f.name for f in fields(record_class) if f.name not in _OF_ALL]
    for record_class in RECORDS
}
_EMPTY: Final[tuple[Any, ...]] = (None, "", [])


class RunFiles(Component):
    """Writes each record and remark at once, as one whole line, into the file of its kind.

    These files are not feeds of Scrapy, so that no setting and no other output affects them. The
    stats ``records/…``, ``fields/…``, ``doubts/…`` and ``rejects/…`` count what was written. The
    stat ``files/failed`` says that a write failed, which ends the crawl. The stat ``files/differ``
    says that at the end the files do not hold what was counted.
    """

    listens: ClassVar[dict[str, Any]] = {
        "opened": signals.spider_opened,
        "scraped": signals.item_scraped,
        "closed": signals.spider_closed,
    }

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._files: dict[type[Any], WholeLines] = {}

    def opened(self) -> None:
        """Open all files, unless the crawl could not begin. Each run has all of the files."""
        spider = self.spider
        if spider is None or self.stats.get_value("frontier/error"):
            return
        for name, item_class in runs.FILES.items():
            self._files[item_class] = WholeLines(spider.run_folder / name)
            spider.outputs.register(self._files[item_class])

    def scraped(self, item: Any) -> None:
        """Write one record or remark, and count it."""
        file = self._files.get(type(item))
        if file is None or self._has_failed():
            return
        try:
            file.write(msgspec.json.encode(item) + b"\n")
        except OSError as error:
            output_failed(self.crawler, f"{file.name}: {error.strerror}")
        else:
            self._count(item)

    def closed(self) -> None:
        """Close the files, and check that they hold what was counted."""
        for file in self._files.values():
            file.close()
        if self.spider is None or not self._files or self._has_failed():
            return
        stats = self.stats
        if why := stored.disagreement(self.spider.run_folder, manifest.counts(stats.get_stats())):
            stats.set_value("files/differ", why)

    def _count(self, item: Any) -> None:
        stats = self.stats
        if isinstance(item, Reject):
            stats.inc_value(f"rejects/{item.reason}")
            stats.inc_value("rejects")
            outcome.note_reject(stats, item)
        elif not isinstance(item, Remark):
            where = f"{item.type}/{item.provenance.layout}"
            filled = [f for f in _FIELDS[type(item)] if getattr(item, f) not in _EMPTY]
            for name in ("records", f"records/{item.type}", f"records/{where}"):
                stats.inc_value(name)
            for name in filled:
                stats.inc_value(f"fields/{where}/{name}")
            for doubt in item.doubts:
                stats.inc_value(f"doubts/{doubt}")

    def _has_failed(self) -> bool:
        return bool(self.stats.get_value("files/failed"))
