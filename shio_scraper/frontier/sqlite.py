"""The frontier of one machine: an SQLite file in WAL mode, or memory.

A request is a row from the moment it is stored; a lease is a row's state. Transactions are
short, so that several crawls can share the file: what is stored in one turn of the event loop is
one. What is due next is read ahead into a heap.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from heapq import heapify, heappop, heappush
from pathlib import Path
from typing import Final, TypeAlias

from shio_scraper.frontier.database import Database, Failed, State
from shio_scraper.frontier.store import (
    LAST,
    NEVER,
    Checkpoint,
    Counts,
    Crawl,
    Entry,
    FrontierError,
    Part,
    Taken,
)

_AHEAD: Final = 64
"""Requests that are read ahead; four times as many are too many in memory."""
_LOWEST: Final = -(1 << 62)
_ADD: Final = """
INSERT INTO requests (crawl, id, fingerprint, priority, state, data)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (crawl, fingerprint) WHERE fingerprint IS NOT NULL DO UPDATE SET
    id = excluded.id, priority = excluded.priority, state = excluded.state, data = excluded.data
WHERE state = 0 AND priority <= ?7 AND (excluded.priority > ?7 OR excluded.state = 3)
RETURNING id
"""
_LEASE: Final = """
UPDATE requests SET state = 1 WHERE crawl = ?1 AND id IN (
    SELECT id FROM requests WHERE crawl = ?1 AND state = 0 AND priority > ?2
    ORDER BY priority DESC, id LIMIT ?3
) RETURNING -priority, id, data
"""
_AT: Final = """
SELECT data FROM requests WHERE crawl = ? AND priority = ? AND state IN (0, 1) ORDER BY id
"""
_LET_GO: Final = "UPDATE requests SET state = 0 WHERE crawl = ? AND state = 1"

Order: TypeAlias = tuple[int, int]
"""Priority, negated, and id: the smallest is due first."""
_BEFORE_ALL: Final[Order] = (_LOWEST, 0)
_BEHIND_ALL: Final[Order] = (-_LOWEST, 0)


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
        self._next_id = 1
        self._failed: FrontierError | None = None
        self._part: Part
        self._ahead: list[tuple[int, int, bytes]] = []
        self._unread: Order = _BEFORE_ALL
        """From here on, requests may wait that are not read ahead."""

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
            self._database.execute(_LET_GO, (self._crawl,))
            (last,) = self._database.execute(
                "SELECT max(id) FROM requests WHERE crawl = ?", (self._crawl,)
            ).fetchone()
        self._next_id = (last or 0) + 1
        return self.counts()

    def add(self, entry: Entry) -> bool:
        """Store a request; return ``False`` for one whose page is known."""
        order = (-entry.priority, self._next_id)
        ahead = entry.priority > LAST and order < self._unread
        state = State.LEASED if ahead else State.WAITING
        if entry.priority <= NEVER:
            state = State.DONE
        row = (self._crawl, self._next_id, entry.fingerprint, entry.priority, state, entry.data)
        with self._database.failing():
            self._begin()
            added = self._database.execute(_ADD, (*row, LAST)).fetchone()
        if added is None:
            return False
        self._next_id += 1
        if ahead:
            heappush(self._ahead, (*order, entry.data))
        if len(self._ahead) > 4 * _AHEAD:
            self._put_back()
        return True

    def take(self, *, idle: bool) -> Taken | None:
        """Lease the request that is due, if one is; one at ``LAST`` or below only if ``idle``.

        That is where this worker has none in hand.
        """
        for above in (LAST, LAST - 1, _LOWEST) if idle else (LAST,):
            if not self._ahead:
                self._read_ahead(above=above)
        if not self._ahead:
            return None
        _, found, data = heappop(self._ahead)
        return Taken(found, data)

    def has_pending(self) -> bool:
        """Tell whether a request waits."""
        if self._ahead:
            return True
        query = "SELECT 1 FROM requests WHERE crawl = ? AND state = 0 LIMIT 1"
        with self._database.failing():
            return self._database.execute(query, (self._crawl,)).fetchone() is not None

    def at(self, priority: int) -> list[bytes]:
        """Return the requests of a priority that are not done, in their order."""
        with self._database.failing():
            found = self._database.execute(_AT, (self._crawl, priority)).fetchall()
        return [data for (data,) in found]

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
        found = self._database.memos(self._site, [key])
        return found[key].value if found else None

    def due(self, since: int) -> Iterator[tuple[str, bytes]]:
        """Yield key and value of all in the site's memory whose ``due`` is not below ``since``."""
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
        """Let what was read ahead wait again, and close the file."""
        self._flush()
        with self._database.failing():
            self._database.execute(_LET_GO, (self._crawl,))
            self._database.close()

    def _begin(self) -> None:
        """Begin a transaction, for what is stored in this turn of the event loop."""
        if self._failed:
            raise self._failed
        if not self._database.in_transaction:
            self._database.execute("BEGIN IMMEDIATE")
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        """End the transaction; where it fails, the next call tells."""
        try:
            with self._database.failing():
                self._database.commit()
        except FrontierError as error:
            self._failed = error

    def _read_ahead(self, *, above: int) -> None:
        """Lease what is due next, if its priority is ``above`` one."""
        with self._database.failing():
            rows = self._database.execute(_LEASE, (self._crawl, above, _AHEAD)).fetchall()
        self._ahead = rows
        heapify(rows)
        self._unread = max(rows)[:2] if len(rows) == _AHEAD else _BEHIND_ALL

    def _put_back(self) -> None:
        """Let wait again what was read too far ahead."""
        in_order = sorted(self._ahead)
        self._ahead, back = in_order[:_AHEAD], in_order[_AHEAD:]
        self._unread = min(self._unread, back[0][:2])
        with self._database.failing():
            self._begin()
            self._database.executemany(
                "UPDATE requests SET state = 0 WHERE crawl = ? AND id = ?",
                [(self._crawl, row[1]) for row in back],
            )
