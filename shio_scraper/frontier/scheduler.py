"""A scheduler for Scrapy whose requests are leased from a store."""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING, Any, Final, cast

from scrapy import Request, Spider, signals
from scrapy.core.scheduler import BaseScheduler
from scrapy.exceptions import CloseSpider
from scrapy.utils.defer import deferred_from_coro

from shio_scraper.component import Meta
from shio_scraper.frontier import MEMORY, codec, location, open_store, resuming
from shio_scraper.frontier.leases import Checkpoints, Lease, LeasedErrback
from shio_scraper.frontier.store import LAST, FrontierError

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler
    from twisted.internet.defer import Deferred

    from shio_scraper.frontier.redis import RedisStore
    from shio_scraper.frontier.sqlite import SqliteStore

logger = logging.getLogger(__name__)

_REMEMBERED: Final = 20_000
"""The most fingerprints, of 100 bytes each, that are kept in memory to save queries."""


class FrontierScheduler(BaseScheduler):
    """Gives out requests as leases, and acknowledges each request when its page is done."""

    def __init__(self, crawler: Crawler) -> None:
        assert crawler.request_fingerprinter  # noqa: S101  (Scrapy makes it before the scheduler)
        assert crawler.stats  # noqa: S101  (as above)
        self._crawler, self._stats = crawler, crawler.stats
        self._fingerprint = crawler.request_fingerprinter.fingerprint
        self._spider: Spider
        self._store: SqliteStore
        self._checkpoints = Checkpoints.from_crawler(crawler)
        self._at_hand: deque[Request] = deque()
        self._known: set[bytes] = set()
        self._ended = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the scheduler of ``crawler``."""
        return cls(crawler)

    @property
    def store(self) -> SqliteStore:
        """The crawl's store. It exists as soon as the scheduler is open."""
        return self._store

    def open(self, spider: Spider) -> Deferred[None] | None:
        """Open the crawl's store, and resume the crawl if it was cut off."""
        self._spider = spider
        return deferred_from_coro(self._open())

    def close(self, reason: str) -> Deferred[None] | None:
        """Acknowledge what is done. A crawl that did not finish can be resumed."""
        self._ended = reason == "finished"
        return deferred_from_coro(self._close())

    def has_pending_requests(self) -> bool:
        """Tell whether a request is waiting."""
        return bool(self._at_hand) or (not self._checkpoints.failed and self._store.has_pending())

    def enqueue_request(self, request: Request) -> bool:
        """Store ``request``. Return ``False`` if its page is known already."""
        first: Lease | None = request.meta.pop(Meta.LEASE, None)  # of a redirect or a retry
        if isinstance(request.errback, LeasedErrback):
            request.errback = request.errback.original
        try:
            added = self._add(request, first)
        except codec.NotStorableError as error:  # as Scrapy's own scheduler does
            if not self._stats.get_value("scheduler/unserializable"):
                logger.warning("Kept in memory, and lost if the crawl is cut off: %s", error)
            self._stats.inc_value("scheduler/unserializable")
            self._at_hand.append(request)
            added = True
        except FrontierError as error:
            self._checkpoints.fail(error)
            return True
        self._stats.inc_value("scheduler/enqueued" if added else "dupefilter/filtered")
        return added

    def _add(self, request: Request, first: Lease | None) -> bool:
        """Store ``request``. Return ``False`` if its page is known already.

        Most links of a page are known. These are recognised before the request is encoded. A
        redirect or a retry is stored once for each ``first`` request, which is made again after
        a crash.
        """
        fingerprint = None
        if first and request.dont_filter:
            fingerprint = b"%d %s" % (first.id, self._fingerprint(request))
        elif not request.dont_filter:
            fingerprint = self._fingerprint(request)
        if fingerprint in self._known:
            return False
        data = codec.encode(request, self._spider)
        added = self._store.add(data, request.priority, fingerprint)
        if fingerprint and request.priority > LAST:  # a later request may still raise the priority
            if len(self._known) == _REMEMBERED:
                self._known.clear()
            self._known.add(fingerprint)
        return added

    def next_request(self) -> Request | None:
        """Lease and return the request that is due; ``None`` if there is none now."""
        if self._checkpoints.hold_back():
            return None
        if self._at_hand:
            return self._at_hand.popleft()
        with self._checkpoints.failing():
            while taken := self._store.take(idle=not self._checkpoints.has_in_hand()):
                if request := self._restored(*taken):
                    return request
        return None

    async def _open(self) -> None:
        settings, signal_of = self._crawler.settings, self._crawler.signals
        try:
            self._store = open_store(
                location(settings), settings.getfloat("SHIO_LEASE"),
                settings.getfloat("DOWNLOAD_DELAY"), self._checkpoints.fail,
            )  # fmt: skip
            outputs = await resuming.join(self._crawler, self._store)
        except FrontierError as error:
            self._checkpoints.fail(error)
            self._store, outputs = open_store(MEMORY), None
            signal_of.connect(_refuse, signals.spider_opened)
        cast("Any", self._spider).frontier = self._store
        # Set until the end is reached: after a second signal the crawl stops without a last word.
        self._stats.set_value("frontier/resumable", self._store.durable)
        # A strong reference: the engine has dropped its scheduler by then.
        signal_of.connect(self._stopped, signals.engine_stopped, weak=False)
        self._checkpoints.begin(self._store, outputs)

    async def _close(self) -> None:
        await self._checkpoints.close()
        failed = self._checkpoints.failed
        self._ended = self._ended and not failed
        if self._ended:
            self._stats.set_value("frontier/resumable", value=False)
        elif not failed:
            self._stats.set_value("frontier/to_do", self._store.counts().to_do)

    async def _stopped(self) -> None:
        """End a complete crawl in the store, now that all its files are closed. Close the store."""
        with self._checkpoints.failing():
            if self._ended:
                await self._store.end()
            if self._ended and self._store.shared:
                await resuming.tidy(cast("RedisStore", self._store).server)
        with self._checkpoints.failing():
            await self._store.close()

    def _restored(self, number: int, data: bytes) -> Request | None:
        """Return the leased request. If it cannot be restored, it failed: return ``None``."""
        try:
            request = codec.decode(data, self._spider)
        except codec.UnreadableRequestError as error:
            logger.error("A stored request cannot be restored: %s", error)  # noqa: TRY400
            self._checkpoints.give_up(number, f"cannot be restored: {error}")
            self._stats.inc_value("frontier/unreadable")
            return None
        self._checkpoints.lease(number, request)
        self._stats.inc_value("scheduler/dequeued")
        return request


def _refuse() -> None:
    raise CloseSpider("frontier_failed")
