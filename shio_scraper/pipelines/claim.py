"""Write each key once, whichever worker comes upon it."""

from __future__ import annotations

import logging
from base64 import b64encode
from typing import TYPE_CHECKING, Any, Final

import msgspec
from scrapy import Request, signals
from scrapy.exceptions import DropItem, NotConfigured

from shio_scraper.content import content_hash, identity
from shio_scraper.frontier import codec, stores
from shio_scraper.frontier.leases import lease_of_item
from shio_scraper.frontier.store import FrontierError
from shio_scraper.items import RecordType, Remark
from shio_scraper.pipelines.deduplicate import DeduplicatePipeline

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

_YOURS: Final = 0
_CONFLICTS: Final = {2, 4}
_PENDING: Final = {3, 4}


class ClaimPipeline:
    """Drops what another worker of the crawl writes; behind ``DeduplicatePipeline``.

    A record is claimed for its page; the claim holds for good once the page is acknowledged.
    Until then the page may be lost with its worker, and give another record when it is done
    again: so the record that is dropped is kept, as a request that gives it.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._history = bool(getattr(crawler.spider, "keeps_history", False))
        self._claimed: dict[int, bytes] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline. Raises ``NotConfigured`` where no worker shares the crawl."""
        if not stores.is_shared(stores.location(crawler.settings)):
            raise NotConfigured
        pipeline = cls(crawler)
        crawler.signals.connect(pipeline.written, signals.item_scraped)
        crawler.signals.connect(pipeline.refused, signals.item_dropped)
        crawler.signals.connect(pipeline.refused, signals.item_error)
        return pipeline

    async def process_item(self, item: Any) -> Any:
        """Return the first record of its identity; raise ``DropItem`` for any other."""
        if isinstance(item, Remark):
            return item
        store, lease = stores.shared_by(self._crawler), lease_of_item(item)
        who = msgspec.msgpack.encode(identity(item, history=self._history))
        try:
            verdict = await store.claim(lease.id if lease else None, who, content_hash(item))
        except FrontierError as error:
            raise DropItem(f"{item.key}: {error}") from error
        if verdict == _YOURS:
            self._claimed[id(item)] = who
            return item
        if verdict in _PENDING:
            self._forget(item)
            store.keep_spare(who, self._request_for(item))
        raise self._drop(item, conflict=verdict in _CONFLICTS)

    def written(self, item: Any) -> None:
        """Note that the feeds have ``item``: the next checkpoint holds its claim too."""
        who, spider = self._claimed.pop(id(item), None), self._crawler.spider
        if who is not None and (outputs := getattr(spider, "outputs", None)):
            outputs.note(who)

    def refused(self, item: Any) -> None:
        """Note that a later pipeline refused ``item``: its claim ends with its page."""
        self._claimed.pop(id(item), None)

    def _forget(self, item: RecordType) -> None:
        """Let the record come again."""
        local = self._crawler.get_item_pipeline(DeduplicatePipeline)
        if isinstance(local, DeduplicatePipeline):
            local.forget(item)

    def _request_for(self, item: RecordType) -> bytes:
        data = b64encode(msgspec.json.encode(item)).decode()
        spider: Any = self._crawler.spider
        url = f"data:application/json;base64,{data}"
        return codec.encode(Request(url, callback=spider.restore, dont_filter=True), spider)

    def _drop(self, item: RecordType, *, conflict: bool) -> DropItem:
        if self._crawler.stats:
            self._crawler.stats.inc_value(
                f"{'conflicts' if conflict else 'duplicates'}/{item.type}"
            )
        if not conflict:
            return DropItem(f"duplicate of {item.key}, of another worker")
        logger.warning(
            "Conflict: %s has another content at another worker, which is kept (%s)",
            item.key, item.provenance.fetched_url,
        )  # fmt: skip
        return DropItem(f"conflict with {item.key}, of another worker")
