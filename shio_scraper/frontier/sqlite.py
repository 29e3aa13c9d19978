"""The frontier of one machine: an SQLite file in WAL mode, or memory.

Each stored request is a row, and a lease is a state of the row. Transactions are short, so that
several crawls can share the file: one transaction holds the changes of one turn of the event loop.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from shio_scraper.frontier.database import Database, Failed, State
from shio_scraper.frontier.store import (
    LAST,
    NEVER,
    Checkpoint,
    Counts,
    Crawl,
    FrontierError,
    Part,
)

_ADD: Final = """
INSERT INTO requests (crawl, id, fingerprint, priority, state, data)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (crawl, fingerprint) WHERE fingerprint IS NOT NULL DO UPDATE SET
    id = excluded.id, priority = excluded.priority, state = excluded.state, data = excluded.data
WHERE state = 0 AND priority <= ?7 AND (excluded.priority > ?7 OR excluded.state = 3)
RETURNING id
"""
_NEXT: Final = """
SELECT id, data, priority FROM requests WHERE crawl = ? AND state = 0 AND priority > ?
ORDER BY priority DESC, id LIMIT 1
"""
_AT: Final = """
SELECT data FROM requests WHERE crawl = ? AND priority = ? AND state IN (0, 1) ORDER BY id
"""


class SqliteStore:
    """The requests of one crawl in an SQLite file; without a path, in memory.

    ``durable`` tells whether the requests outlive the process. ``shared`` tells whether workers on
    other machines may go on with the crawl. Methods that are ``async`` may wait for the network. If
    the store cannot be used, each method calls ``failed`` and then raises ``FrontierError``.
    """

    shared = False

    def __init__(self, path: Path | None, failed: Failed = lambda _: None) -> None:
        self.durable = path is not None
        self._database = Database.at(path)
        self._database.failed = failed
        self._crawl = 0
        self._site = ""
        self._last_id = 0
        self._failed: FrontierError | None = None
        self._part: Part
        self._above = LAST
        """Requests above this priority are due."""

    async def open(self, crawl: Crawl, *, fresh: bool) -> Part | None:
        """Open ``crawl``. Return its part if it was cut off. ``fresh`` deletes its requests first.

        Raises ``LeaseLostError`` if another worker has the crawl, as ``commit`` does.
        """
        self._site = crawl.site
        with self._database.transaction():
            self._crawl = self._database.open_crawl(crawl, fresh=fresh)
        return self._database.part(self._crawl)

    async def join(self, part: Part) -> Counts:
        """Work on ``part``: a new part, or the one that ``open`` returned. Return the counts.

        Requests that were in hand when the crawl was cut off wait again.
        """
        self._part = part
        with self._database.transaction():
            self._database.save_part(self._crawl, part)
            let_go = "UPDATE requests SET state = 0 WHERE crawl = ? AND state = 1"
            self._database.ask(let_go, self._crawl)
            last = "SELECT coalesce(max(id), 0) FROM requests WHERE crawl = ?"
            ((self._last_id,),) = self._database.ask(last, self._crawl)
        return self.counts()

    def add(self, data: bytes, priority: int, fingerprint: bytes | None) -> bool:
        """Store a request. Return ``False`` if its page is known already.

        ``fingerprint`` is ``None`` for a request that is stored in any case.
        """
        state = State.DONE if priority <= NEVER else State.WAITING
        row = (self._crawl, self._last_id + 1, fingerprint, priority, state, data)
        self._begin()
        added = bool(self._database.ask(_ADD, *row, LAST))
        self._last_id += added
        return added

    def take(self, *, idle: bool) -> tuple[int, bytes] | None:
        """Lease the request that is due. Return its id and bytes, or ``None`` if none is due.

        ``idle`` says that this worker has no request in hand. Only then is a request with priority
        ``LAST`` or below due; from then on other requests of the same priority are due, too.
        """
        for number, data, priority in self._database.ask(
            _NEXT, self._crawl, NEVER if idle else self._above
        ):
            self._above = min(LAST, priority - 1)
            self._begin()
            lease = "UPDATE requests SET state = 1 WHERE crawl = ? AND id = ?"
            self._database.ask(lease, self._crawl, number)
            return number, data
        return None

    def has_pending(self) -> bool:
        """Tell whether a request is waiting."""
        return bool(self._database.ask(_NEXT, self._crawl, NEVER))

    def at(self, priority: int) -> list[bytes]:
        """Return the requests of one priority that are not done, in their order."""
        return [data for (data,) in self._database.ask(_AT, self._crawl, priority)]

    async def commit(self, checkpoint: Checkpoint) -> None:
        """Acknowledge a checkpoint in one transaction, after storing the requests added before."""
        part = replace(
            self._part,
            lengths={**self._part.lengths, **checkpoint.lengths},
            stats=dict(checkpoint.stats),
        )
        self._flush()
        if self._failed:
            raise self._failed
        with self._database.transaction():
            self._database.executemany(
                "UPDATE requests SET state = 3, data = x'' WHERE crawl = ? AND id = ?",
                [(self._crawl, done) for done in checkpoint.done],
            )
            self._database.executemany(
                "UPDATE requests SET state = 2, reason = ? WHERE crawl = ? AND id = ?",
                [(reason, self._crawl, failed) for failed, reason in checkpoint.failed.items()],
            )
            self._database.remember(self._site, checkpoint.sighted, anew=False)
            self._database.remember(self._site, checkpoint.remembered)
            self._database.save_part(self._crawl, part)
        self._part = part

    def recall(self, key: str) -> bytes | None:
        """Return the value in the site's memory under ``key``; ``None`` if there is none."""
        memo = self._database.memo(self._site, key)
        return memo.value if memo else None

    def due(self, since: int) -> list[tuple[str, bytes]]:
        """Return key and value of the memos of the site with a ``due`` of at least ``since``."""
        return self._database.due(self._site, since)

    def counts(self) -> Counts:
        """Return the counts of the crawl's requests."""
        return self._database.counts(self._crawl)

    async def end(self) -> None:
        """Note that the crawl is complete, and delete its part, so that nobody goes on with it."""
        with self._database.transaction():
            self._database.save_part(self._crawl, None)
            self._database.set_times(self._crawl, ended=datetime.now(UTC))

    async def close(self) -> None:
        """Close the file."""
        self._flush()
        with self._database.failing():
            self._database.close()

    def _begin(self) -> None:
        """Begin a transaction for everything that is stored in this turn of the event loop."""
        if self._failed:
            raise self._failed
        if not self._database.in_transaction:
            self._database.ask("BEGIN IMMEDIATE")
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        """Commit the transaction. If that fails, the next call raises the error."""
        try:
            with self._database.failing():
                self._database.commit()
        except FrontierError as error:
            self._failed = error
