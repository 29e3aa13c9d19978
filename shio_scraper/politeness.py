"""Politeness that workers share: together they ask a host no more than one of them would.

A permit stands for one request in flight. Without a delay between requests it serves one after
the other for a moment, so that most requests need not ask Redis.
"""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import count
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from scrapy import Request, signals
from scrapy.exceptions import IgnoreRequest, NotConfigured

from shio_scraper.frontier import stores
from shio_scraper.frontier.store import FrontierError, SharedStore

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

_REUSED: Final = 0.25
"""Seconds that a permit goes from request to request; then Redis decides anew who gets it."""
_IDLE: Final = 0.01
"""Seconds after which a permit that no request waits for goes back."""
_ON_ITS_WAY: Final = 0.25
"""Share of the delay after which a request, not yet answered, must have reached its host."""
_GRACE: Final = 30.0
"""Seconds that a permit outlives the time-out of a download."""


class Limits(NamedTuple):
    """What all workers together keep to: requests in flight, seconds between two starts."""

    host: int
    overall: int
    delay: float
    life: float


class PoliteMiddleware:
    """Awaits a permit for each request. Next to the downloader, whose own delay it replaces.

    Two starts are the delay apart, never less: ``DOWNLOAD_DELAY_JITTER`` has no part in it.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._gates: dict[str, Gate] = {}
        self._held: dict[Request, tuple[Gate, Permit]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware. Raises ``NotConfigured`` where no worker shares the crawl."""
        if not stores.is_shared(stores.location(crawler.settings)):
            raise NotConfigured
        middleware = cls(crawler)
        crawler.signals.connect(middleware.begun, signals.request_reached_downloader)
        crawler.signals.connect(middleware.left, signals.request_left_downloader)
        return middleware

    async def process_request(self, request: Request) -> None:
        """Wait until ``request`` may be made. Raises ``IgnoreRequest`` where it never may."""
        if not request.url.startswith("http"):
            return
        gate = self._gate(request)
        try:
            self._held[request] = gate, await gate.enter()
        except FrontierError as error:
            raise IgnoreRequest(f"no permit: {error}") from error

    def begun(self, request: Request) -> None:
        """Note that a request goes out."""
        downloader: Any = self._crawler.engine.downloader if self._crawler.engine else None
        slot = downloader.slots.get(request.meta.get("download_slot")) if downloader else None
        if slot and request in self._held:
            slot.delay = 0
            gate, permit = self._held[request]
            gate.begin(permit)

    def left(self, request: Request) -> None:
        """Give the permit of a request back."""
        held = self._held.pop(request, None)
        if held:
            gate, permit = held
            gate.leave(permit)

    def _gate(self, request: Request) -> Gate:
        assert self._crawler.engine  # noqa: S101  (Scrapy makes it before)
        host = self._crawler.engine.downloader.get_slot_key(request)
        if host not in self._gates:
            store = stores.shared_by(self._crawler)
            self._gates[host] = Gate(store, host, self._limits(host))
        return self._gates[host]

    def _limits(self, host: str) -> Limits:
        settings = self._crawler.settings
        own = settings.getdict("DOWNLOAD_SLOTS").get(host, {})
        most = int(own.get("concurrency", settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")))
        overall = settings.getint("CONCURRENT_REQUESTS") or most
        return Limits(
            host=most,
            overall=overall,
            delay=float(own.get("delay", settings.getfloat("DOWNLOAD_DELAY"))),
            life=settings.getfloat("DOWNLOAD_TIMEOUT") + _GRACE,
        )


class Permit(NamedTuple):
    """A permit and when it was given, in the time of the event loop."""

    name: str
    given: float


class Gate:
    """The permits of one host that this worker has, and those that it waits for."""

    def __init__(self, store: SharedStore, host: str, limits: Limits) -> None:
        self._store = store
        self._host = host
        self._limits = limits
        self._numbers = count()
        self._waiting: deque[asyncio.Future[Permit]] = deque()
        self._idle: list[Permit] = []
        self._ended: list[str] = []
        self._begun: list[str] = []
        self._going: dict[Permit, asyncio.TimerHandle] = {}
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def enter(self) -> Permit:
        """Return a permit, once there is one. Raises ``FrontierError``."""
        if self._idle and not self._waiting:
            return self._idle.pop()
        place: asyncio.Future[Permit] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        self._ask()
        return await place

    def begin(self, permit: Permit) -> None:
        """Note that a request goes out: the delay counts from when it reached the host."""
        if self._limits.delay:
            after = self._limits.delay * _ON_ITS_WAY
            timer = asyncio.get_running_loop().call_later(after, self._arrived, permit)
            self._going[permit] = timer

    def _arrived(self, permit: Permit) -> None:
        if timer := self._going.pop(permit, None):
            timer.cancel()
            self._begun.append(permit.name)
            self._ask()

    def leave(self, permit: Permit) -> None:
        """Take a permit back: the next request may have it, or other workers."""
        loop = asyncio.get_running_loop()
        self._arrived(permit)
        if self._limits.delay or loop.time() - permit.given > _REUSED:
            self._return(permit)
        elif self._waiting:
            self._hand_to_next(permit)
        else:
            self._idle.append(permit)
            loop.call_later(_IDLE, self._return_idle, permit)

    def _return_idle(self, permit: Permit) -> None:
        if permit in self._idle:
            self._idle.remove(permit)
            self._return(permit)

    def _return(self, permit: Permit) -> None:
        self._ended.append(permit.name)
        self._ask()

    def _ask(self) -> None:
        self._news.set()
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._negotiate())

    async def _negotiate(self) -> None:
        """Tell Redis what ended and began, and ask for what is waited for."""
        try:
            while self._waiting or self._ended or self._begun:
                self._news.clear()
                again = await self._exchange()
                if self._waiting:
                    timer = asyncio.get_running_loop().call_later(again, self._news.set)
                    await self._news.wait()
                    timer.cancel()
        except FrontierError as error:
            for place in self._waiting:
                if not place.done():
                    place.set_exception(error)
            self._waiting.clear()

    async def _exchange(self) -> float:
        """Return after how many seconds to ask again."""
        limits, loop = self._limits, asyncio.get_running_loop()
        ended, self._ended = self._ended, []
        begun, self._begun = self._begun, []
        most = min(len(self._waiting), limits.host)
        wanted = [f"{self._store.session_name} {next(self._numbers)}" for _ in range(most)]
        asked = loop.time()
        given, again = await self._store.permits(
            self._host, limits.host, limits.overall, round(limits.delay * 1000),
            round(limits.life * 1000), msgspec.msgpack.encode((ended, wanted, begun)),
        )  # fmt: skip
        late = loop.time() - asked > limits.delay / 2
        for name in wanted[:given]:
            if limits.delay and late:  # too near to the next start
                self._ended.append(name)
            else:
                self._hand_to_next(Permit(name, loop.time()))
        return again / 1000

    def _hand_to_next(self, permit: Permit) -> None:
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(permit)
                return
        self._ended.append(permit.name)
