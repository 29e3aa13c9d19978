"""The crawls of an SQLite frontier, as ``scrapy frontier`` looks at them and changes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from shio_scraper import runs
from shio_scraper.frontier import tables
from shio_scraper.frontier.codec import url_of
from shio_scraper.frontier.store import Crawl, CrawlState, FrontierError, Part
from shio_scraper.frontier.tables import failing, transaction


class SqliteKeeper:
    """The crawls of the file at ``path``. Raises ``FrontierError`` where there is none."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise FrontierError(f"no frontier at {path}: no crawl left one")
        self._database = tables.look(path)

    def crawls(self) -> Iterator[CrawlState]:
        """Yield the crawls, the newest first."""
        with failing(self._database):
            rows = self._database.execute(
                "SELECT id, name, spider, arguments, began, ended FROM crawls "
                "WHERE began IS NOT NULL ORDER BY began DESC, id DESC"
            ).fetchall()
        for number, name, spider, arguments, began, ended in rows:
            part = tables.part(self._database, number)
            yield CrawlState(
                crawl=Crawl(name, spider, json.loads(arguments)),
                began=datetime.fromisoformat(began),
                ended=datetime.fromisoformat(ended) if ended else None,
                counts=tables.counts(self._database, number),
                part=part,
                is_running=part is not None and runs.is_locked(part.folder),
                failures=self._failures(number),
            )

    def part(self, name: str) -> Part | None:
        """Return the part of a crawl, if it was cut off or runs."""
        with failing(self._database):
            query = "SELECT id FROM crawls WHERE name = ?"
            (number,) = self._database.execute(query, (name,)).fetchone() or (None,)
            return None if number is None else tables.part(self._database, number)

    def requeue(self, name: str) -> int:
        """Make the failed requests of a crawl due again; return how many."""
        with transaction(self._database):
            number = self._number(name)
            changed = self._database.execute(
                "UPDATE requests SET state = 0, reason = NULL WHERE crawl = ? AND state = 2",
                (number,),
            ).rowcount
            if changed:
                self._database.execute("UPDATE crawls SET ended = NULL WHERE id = ?", (number,))
        return changed

    def clear(self, name: str) -> int:
        """Forget a crawl; return how many requests it had to do."""
        with transaction(self._database):
            number = self._number(name)
            counts = tables.counts(self._database, number)
            tables.forget(self._database, number)
            self._database.execute("DELETE FROM crawls WHERE id = ?", (number,))
        return counts.waiting + counts.leased

    def _number(self, name: str) -> int:
        query = "SELECT id FROM crawls WHERE name = ?"
        (number,) = self._database.execute(query, (name,)).fetchone() or (None,)
        if number is None:
            raise FrontierError(f"no crawl {name}: see scrapy frontier show")
        return int(number)

    def _failures(self, crawl: int) -> list[tuple[str, str]]:
        query = "SELECT data, reason FROM requests WHERE crawl = ? AND state = 2 ORDER BY id"
        with failing(self._database):
            rows = self._database.execute(query, (crawl,)).fetchall()
        return [(url_of(data), reason) for data, reason in rows]
