"""The extension that writes the outputs beside a run's own files."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.extensions.feedexport import FeedExporter, FeedSlot, ItemFilter
from scrapy.utils.defer import ensure_awaitable

from shio_scraper.component import CrawlSpider, end_crawl, ours
from shio_scraper.feeds.exporters import COMPRESSED, path_of
from shio_scraper.items import RECORDS, Remark
from shio_scraper.redaction import redact
from shio_scraper.runs import stored
from shio_scraper.runs.content import identity

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


class RecordFeedExporter(FeedExporter):
    """Scrapy's feeds, each on its own: one that fails is told in a line, and the others go on.

    What a name says is compressed (``.gz``) is. Where a crawl that was cut off goes on, what is
    written anew (``-O``) gets the records so far first; what is appended to (``-o``, JSON Lines)
    gets those that it lacks, then and later.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        for uri, options in self.feeds.items():
            if not options.keys() & {"item_classes", "item_filter"}:
                self.filters[uri] = ItemFilter({"item_classes": RECORDS})
            if plugin := COMPRESSED.get(Path(uri).suffix):
                options.setdefault("postprocessing", [plugin])

    def open_spider(self, spider: Spider) -> None:
        """Open the feeds."""
        feeds = self.feeds
        for uri, options in feeds.items():
            self.feeds = {uri: options}
            try:
                super().open_spider(spider)
            except Exception as error:  # noqa: BLE001  (of any library behind a feed)
                self._give_up(uri, error)
        self.feeds = feeds
        crawl = ours(spider)
        if crawl and crawl.resumed:
            self._catch_up(crawl)

    def item_scraped(self, item: Any, spider: Spider) -> None:
        """Write ``item`` wherever it belongs."""
        slots, self.slots = self.slots, []
        held: list[FeedSlot] = []
        for slot in slots:
            self.slots = [slot]
            try:
                super().item_scraped(item, spider)
            except Exception as error:  # noqa: BLE001
                self._give_up(slot.uri, error)
                self._abandon(slot)
            else:
                held += self.slots
        self.slots = held

    async def close_spider(self, spider: Spider) -> None:
        """Close the feeds; whoever stops the process meanwhile is told that they are not whole."""
        self._set("feeds/unfinished", bool(self.slots))
        await super().close_spider(spider)
        self._set("feeds/unfinished", value=False)

    async def _close_slot(self, slot: FeedSlot, spider: Spider) -> None:  # noqa: ARG002
        """Do as Scrapy does; what fails is one line, where Scrapy prints a traceback or nothing."""
        if not slot.itemcount and not (slot.store_empty and slot.batch_id == 1):
            return
        try:
            slot.start_exporting()
            slot.finish_exporting()
            await ensure_awaitable(slot.storage.store(self._get_file(slot)))
        except Exception as error:  # noqa: BLE001
            self._give_up(slot.uri, error)
            self._abandon(slot)
        await self.crawler.signals.send_catch_log_async(signals.feed_slot_closed, slot=slot)

    def _give_up(self, uri: str, error: Exception) -> None:
        """Tell that a feed is lost; where its reader went away, nobody wants the rest either."""
        what = getattr(error, "strerror", None) or str(error) or type(error).__name__
        name = "standard output" if uri.startswith("stdout:") else uri
        why = redact(f"{name}: {what.splitlines()[0]}")
        logger.error("Cannot write to %s", why)
        if self.crawler.stats:
            self.crawler.stats.inc_value("feeds/failed")
        self._set("feeds/why", why)
        if isinstance(error, BrokenPipeError):
            end_crawl(self.crawler, "broken_pipe")

    def _set(self, name: str, value: Any) -> None:
        if self.crawler.stats:
            self.crawler.stats.set_value(name, value)

    def _abandon(self, slot: FeedSlot) -> None:
        if slot.file and not slot.uri.startswith("stdout:"):
            with suppress(Exception):
                self._get_file(slot).close()

    def _catch_up(self, spider: CrawlSpider) -> None:
        for slot in self.slots:
            path = path_of(slot.uri)
            start = spider.appended_from.get(str(path.absolute())) if path else None
            if path and start is not None and not slot.feed_options.get("overwrite"):
                slot.filter = _Lacking(slot, path, start, history=spider.keeps_history)
        for record in stored.records(spider.run_folder):
            self.item_scraped(record, spider)
        for slot in self.slots:
            how = (
                "written anew with" if slot.feed_options.get("overwrite") else "given what lacked:"
            )
            logger.info("%s is %s %d of the records so far", slot.uri, how, slot.itemcount)


class _Lacking(ItemFilter):
    """Accepts what the feed of ``slot`` does, and its file does not hold from ``start`` on."""

    def __init__(self, slot: FeedSlot, path: Path, start: int, *, history: bool) -> None:
        super().__init__(None)
        self._accepted = slot.filter
        self._history = history
        held = stored.records_from(path, start)
        self._held = {identity(record, history=history) for record in held}

    def accepts(self, item: Any) -> bool:
        """Tell whether ``item`` is to be written."""
        if not self._accepted.accepts(item):
            return False
        return isinstance(item, Remark) or identity(item, history=self._history) not in self._held
