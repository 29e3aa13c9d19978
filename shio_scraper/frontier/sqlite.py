"""The frontier of one machine: an SQLite file in WAL mode, or memory.

A request is a row from the moment it is stored; a lease is a row's state. Transactions are
short, so that several crawls can share the file: what changes in one turn of the event loop is one.
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
    """The requests of one crawl in an SQLite file; ``None`` keeps them in memory.

    ``durable`` tells whether they outlive the process, ``shared`` whether workers on other
    machines may go on with the crawl. What is ``async`` may wait for the network. All raise
    ``FrontierError`` where the store cannot be used, and tell ``failed`` before.
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
        """Open ``crawl``, and return its part, if it was cut off; ``fresh`` forgets it before.

        Raises ``LeaseLostError`` where it is another worker's, as ``commit`` does.
        """
        self._site = crawl.site
        with self._database.transaction():
            self._crawl = self._database.open_crawl(crawl, fresh=fresh)
        return self._database.part(self._crawl)

    async def join(self, part: Part) -> Counts:
        """Work on ``part``, a new one or that of ``open``: what was in hand waits again."""
        self._part = part
        with self._database.transaction():
            self._database.save_part(self._crawl, part)
            let_go = "UPDATE requests SET state = 0 WHERE crawl = ? AND state = 1"
            self._database.ask(let_go, self._crawl)
            last = "SELECT coalesce(max(id), 0) FROM requests WHERE crawl = ?"
            ((self._last_id,),) = self._database.ask(last, self._crawl)
        return self.counts()

    def add(self, data: bytes, priority: int, fingerprint: bytes | None) -> bool:
        """Store a request; return ``False`` for one whose page is known.

        ``fingerprint`` is ``None`` where it is not to be filtered.
        """
        state = State.DONE if priority <= NEVER else State.WAITING
        row = (self._crawl, self._last_id + 1, fingerprint, priority, state, data)
        self._begin()
        added = bool(self._database.ask(_ADD, *row, LAST))
        self._last_id += added
        return added

    def take(self, *, idle: bool) -> tuple[int, bytes] | None:
        """Lease the request that is due, if one is; return its id and bytes.

        ``idle`` says that this worker has none in hand: only then one at ``LAST`` or below is due,
        and from then on others of its priority.
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
        """Tell whether a request waits."""
        return bool(self._database.ask(_NEXT, self._crawl, NEVER))

    def at(self, priority: int) -> list[bytes]:
        """Return the requests of a priority that are not done, in their order."""
        return [data for (data,) in self._database.ask(_AT, self._crawl, priority)]

    async def commit(self, checkpoint: Checkpoint) -> None:
        """Acknowledge, in one step; what was added before is stored before."""
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
        """Return what the site's memory holds under ``key``."""
        memo = self._database.memo(self._site, key)
        return memo.value if memo else None

    def due(self, since: int) -> list[tuple[str, bytes]]:
        """Return key and value of all in the site's memory whose ``due`` is not below ``since``."""
        return self._database.due(self._site, since)

    def counts(self) -> Counts:
        """Return the crawl's counts."""
        return self._database.counts(self._crawl)

    async def end(self) -> None:
        """Note that the crawl is complete: its part is no one's to go on with."""
        with self._database.transaction():
            self._database.save_part(self._crawl, None)
            self._database.set_times(self._crawl, ended=datetime.now(UTC))

    async def close(self) -> None:
        """Close the file."""
        self._flush()
        with self._database.failing():
            self._database.close()

    def _begin(self) -> None:
        """Begin a transaction, for what is stored in this turn of the event loop."""
        if self._failed:
            raise self._failed
        if not self._database.in_transaction:
            self._database.ask("BEGIN IMMEDIATE")
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        """End the transaction; where it fails, the next call tells."""
        try:
            with self._database.failing():
                self._database.commit()
        except FrontierError as error:
            self._failed = error
