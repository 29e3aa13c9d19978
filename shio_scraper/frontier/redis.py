"""The frontier of several machines, on Redis 7 or newer.

Each worker has a session, and each crawl a generation: what is late, of a worker that others
took over from or of a crawl that is over, finds no session and changes nothing (``lua/``).
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from shio_scraper.frontier.redis_server import Server
from shio_scraper.frontier.session import Session
from shio_scraper.frontier.store import (
    LAST,
    NEVER,
    REJOIN,
    Checkpoint,
    Counts,
    Crawl,
    Entry,
    FrontierError,
    LeasesLostError,
    Part,
    Taken,
)  # fmt: skip

NAMES: Final = "shio:"
"""What all names in Redis begin with."""
_BATCH: Final = 500
"""Values that are read at once: what is due may be all that is remembered."""
_KNOWN: Final = 50_000
"""Fingerprints that this worker remembers, to send none of them twice."""


class RedisStore:
    """The requests of one crawl in Redis."""

    durable = shared = True

    def __init__(self, location: str, wake: Callable[[], None], lease: float) -> None:
        self._server = Server(location)
        self._wake = wake
        self._lease = lease
        self._crawl = self._site = ""
        self._generation = 0
        self._part: Part
        self._session: Session
        self.session_name = uuid4().hex[:16]
        self._known: set[bytes] = set()
        self._joined = False
        self._rejoins = REJOIN in os.environ
        """It worked on the crawl before, and waits for a server that is away; else this is told."""

    @property
    def filtered(self) -> int:
        """Requests that turned out to be known after ``add``."""
        return self._session.filtered if self._joined else 0

    async def open(self, crawl: Crawl, *, fresh: bool) -> list[Part]:
        """Open ``crawl``, and return its parts, if it goes on; ``fresh`` forgets it before."""
        self._crawl, self._site = f"{NAMES}{crawl.name}", crawl.site
        self._generation = await self._server.run(
            "open", self._keys(), _now(), crawl.spider, json.dumps(crawl.arguments),
            int(fresh), int(self._rejoins), wait=self._rejoins,
        )  # fmt: skip
        if not self._generation:
            raise LeasesLostError("the crawl ended without this worker", ended=True)
        parts = await self._parts(wait=self._rejoins)
        return [part for generation, part in parts if generation == self._generation]

    async def join(self, part: Part) -> Counts:
        """Begin a session that works on ``part``."""
        self._part = part
        counts = await self._server.run(
            "join", self._keys(), self.session_name, self._generation, key_of(part),
            self._text(part), wait=self._rejoins,
        )  # fmt: skip
        if counts is None:
            raise FrontierError("another worker began this crawl anew just now: start once more")
        self._session = Session(self._exchange, Counts(*counts), self._wake, self._lease)
        self._joined = True
        return Counts(*counts)

    def add(self, entry: Entry) -> bool:
        """Store a request, soon; return ``False`` for one that this worker knows to be known."""
        digest = b""
        if entry.fingerprint is not None:
            digest = blake2b(entry.fingerprint, digest_size=16).digest()
            if digest in self._known:
                return False
            if entry.priority > LAST or entry.priority <= NEVER:
                self._remember(digest)
        self._session.add(digest, -entry.priority, entry.data)
        return True

    def take(self, *, idle: bool) -> Taken | None:
        """Return the request that is due, of those leased ahead."""
        return self._session.take(idle=idle)

    def has_pending(self) -> bool:
        """Tell whether a request waits, or is in any worker's hand."""
        return self._joined and self._session.has_pending()

    async def commit(self, checkpoint: Checkpoint) -> None:
        """Acknowledge, in one step. Raises ``LeasesLostError``."""
        part = replace(
            self._part,
            lengths={**self._part.lengths, **checkpoint.lengths},
            stats=dict(checkpoint.stats),
        )
        await self._session.commit(checkpoint, self._text(part))
        self._part = part

    async def claim(self, owner: str | None, identity: bytes, digest: bytes) -> int:
        """Ask to write a record for the request ``owner`` (``lua/exchange.lua``)."""
        return await self._session.claim(owner or f"session {self.session_name}", identity, digest)

    def keep_spare(self, identity: bytes, data: bytes) -> None:
        """Store a request that gives a record, for the case that its owner does not."""
        self._session.keep_spare(identity, data)

    async def permits(self, *arguments: Any) -> list[int]:
        """Ask for permits (``lua/permits.lua``). Raises ``FrontierError``."""
        self._session.check()
        given = await self._server.run("permits", self._keys(), self.session_name, *arguments)
        if given is None:
            raise LeasesLostError("the session is over")
        return list(given)

    async def recall(self, keys: Iterable[str]) -> dict[str, bytes]:
        """Return what the site's memory holds of ``keys``."""
        asked = list(keys)
        found = await self._server.run("recall", self._keys(), *asked)
        return {key: value for key, value in zip(asked, found, strict=True) if value is not None}

    async def due(self, since: int) -> AsyncIterator[tuple[str, bytes]]:
        """Yield key and value of what is due at ``since`` or later, the least first."""
        last = (since, b"")
        while found := await self._server.run("due", self._keys(), *last, _BATCH):
            for _, key, value in found:
                yield key.decode(), value
            last = found[-1][:2]

    async def counts(self) -> Counts:
        """Return the crawl's counts, as they were at the last exchange."""
        return self._session.counts

    async def end(self) -> None:
        """Note that the crawl is complete."""
        await self._server.run(
            "complete", self._keys(), self.session_name, self._generation, _now()
        )

    async def has_ended(self) -> bool:
        """Tell whether the crawl is complete."""
        return b"ended" in await self._server.hash(self._crawl)

    async def left(self) -> list[Part]:
        """Return the parts of workers, dead or alive, of crawls that were cut off."""
        return [part for _, part in await self._parts()]

    async def let_go(self, part: Part) -> None:
        """Forget a part that is cut back, unless this crawl may go on in it."""
        generation = {key_of(found): number for number, found in await self._parts()}
        if generation.get(key_of(part)) != self._generation or await self.has_ended():
            await self._server.forget(f"{self._crawl}:parts", key_of(part))

    async def close(self) -> None:
        """End the session; what it had in hand is due again."""
        try:
            if self._joined:
                await self._session.close()
                await self._server.run("leave", self._keys(), self.session_name, wait=False)
        finally:
            await self._server.close()

    def _exchange(self, number: int, wanted: int, message: list[Any]) -> Awaitable[Any]:
        lease = round(self._lease * 1000)
        return self._server.run(
            "exchange", self._keys(), self.session_name, number, lease, wanted, *message
        )

    async def _parts(self, *, wait: bool = True) -> list[tuple[int, Part]]:
        found = await self._server.hash(f"{self._crawl}:parts", wait=wait)
        return sorted(map(part_of, found.values()), key=lambda each: key_of(each[1]))

    def _keys(self) -> list[str]:
        memory = (f"{NAMES}{kind}:{self._site}" for kind in ("memory", "due"))
        return [self._crawl, f"{self._crawl}:{self._generation}:", *memory]

    def _text(self, part: Part) -> bytes:
        fields = asdict(part) | {"folder": str(part.folder), "generation": self._generation}
        return json.dumps(fields).encode()

    def _remember(self, digest: bytes) -> None:
        if len(self._known) >= _KNOWN:
            self._known.clear()
        self._known.add(digest)


def key_of(part: Part) -> str:
    """Return what names ``part`` in Redis."""
    return f"{part.host}:{part.folder}"


def part_of(text: bytes) -> tuple[int, Part]:
    """Return the generation of a part, and the part."""
    fields = json.loads(text)
    generation = fields.pop("generation")
    return generation, Part(**fields | {"folder": Path(fields["folder"])})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
