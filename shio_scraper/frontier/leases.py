"""A lease: one request in hand, until nothing of it is left to do.

Scrapy has no signal for that. What comes of a request passes a spider middleware on its way
to the engine, or the errback; each piece is held until a signal says that it arrived.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any, Final

from scrapy import Request, signals
from scrapy.exceptions import IgnoreRequest
from scrapy.utils.asyncgen import as_async_generator
from scrapy.utils.defer import ensure_awaitable
from scrapy.utils.spider import iterate_spider_output
from twisted.python.failure import Failure

from shio_scraper.component import Meta
from shio_scraper.frontier.store import Memo

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.http import Response


class Lease:
    """One request in hand. ``settled`` is called once, when nothing of it is left to do.

    ``answered`` tells whether its response has come, ``failure`` why it failed, if it did.
    ``remembered`` and ``sighted`` are kept with its acknowledgement (``Checkpoint``).
    """

    __slots__ = (
        "_parts", "_settled", "answered", "failure", "id", "remembered", "sighted", "tracked"
    )  # fmt: skip

    def __init__(self, entry_id: Any, settled: Callable[[Lease], None]) -> None:
        self.id = entry_id
        self.answered = False
        self.failure: str | None = None
        self.tracked = False
        self.remembered: dict[str, Memo] = {}
        self.sighted: dict[str, Memo] = {}
        self._settled = settled
        self._parts = 1

    def hold(self) -> None:
        """One more piece is on its way."""
        self._parts += 1

    def release(self) -> None:
        """A piece arrived."""
        self._parts -= 1
        if self._parts == 0:
            self._settled(self)

    async def track(self, output: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Yield the requests and items of ``output``, holding each."""
        self.tracked = True
        try:
            async for piece in output:
                if piece is None:
                    continue
                if isinstance(piece, Request):
                    piece.meta.pop(Meta.LEASE, None)
                    piece.meta[Meta.PARENT] = self
                self.hold()
                yield piece
        finally:
            self.release()


class TrackedErrback:
    """The errback of a request in hand; ``original`` is the spider's, if it has one."""

    def __init__(self, lease: Lease, original: Callable[..., Any] | None) -> None:
        self._lease = lease
        self.original = original

    def __call__(self, failure: Failure) -> Any:
        """Return what the spider's errback gives, tracked; without one, the failure."""
        error = failure.value
        if not isinstance(error, IgnoreRequest):
            self._lease.failure = f"{type(error).__name__}: {error}"
        self._lease.tracked = True
        output: Any = failure
        try:
            if self.original:
                output = self.original(failure)
        except BaseException:
            self._lease.release()
            raise
        if isinstance(output, Failure):
            self._lease.release()
            return output
        return self._lease.track(_iterated(output))


class LeaseMiddleware:
    """Tracks what the callbacks of leased requests give. Next to the engine."""

    def __init__(self, crawler: Crawler) -> None:
        self._failing = {int(code) for code in crawler.settings.getlist("RETRY_HTTP_CODES")}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware, and listen to where pieces arrive."""
        for signal, receiver in _RECEIVERS.items():
            crawler.signals.connect(receiver, signal)
        return cls(crawler)

    async def process_spider_output(
        self, response: Response, result: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        """Yield ``result``; hold each piece, where ``response`` is a leased request's."""
        lease = lease_of(response)
        if lease and response.status in self._failing:
            lease.failure = f"status {response.status}"
        async for piece in lease.track(result) if lease and not lease.tracked else result:
            yield piece


def lease_of(response: Any) -> Lease | None:
    """Return the lease behind a response, or behind the failure in its place."""
    request = getattr(response, "request", None)
    return request.meta.get(Meta.LEASE) if request else None


async def _iterated(output: Any) -> AsyncIterator[Any]:
    async for piece in as_async_generator(await ensure_awaitable(iterate_spider_output(output))):
        yield piece


def _request_arrived(request: Request) -> None:
    """A new request goes to the scheduler; or what a redirect or retry made of a leased one."""
    parent = request.meta.pop(Meta.PARENT, None)
    lease: Lease | None = parent or request.meta.pop(Meta.LEASE, None)
    if lease:
        lease.release()


def _item_arrived(response: Any) -> None:
    lease = lease_of(response)
    if lease:
        lease.release()


def _callback_failed(failure: Failure, response: Any) -> None:
    lease = lease_of(response)
    if lease is None:
        return
    lease.failure = lease.failure or f"{type(failure.value).__name__}: {failure.value}"
    if not lease.tracked:
        lease.release()


def _answered(request: Request) -> None:
    lease: Lease | None = request.meta.get(Meta.LEASE)
    if lease:
        lease.answered = True


_RECEIVERS: Final[dict[object, Callable[..., None]]] = {
    signals.request_scheduled: _request_arrived,
    signals.item_scraped: _item_arrived,
    signals.item_dropped: _item_arrived,
    signals.item_error: _item_arrived,
    signals.spider_error: _callback_failed,
    signals.response_downloaded: _answered,
}
