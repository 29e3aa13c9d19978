"""Rejects of shells in archives, held until all is read: what a browser showed may come later."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import msgspec

from shio_scraper.items import Reject
from shio_scraper.parsers import Extraction


class Shells:
    """Rejects of pages that are empty without their scripts, in a temporary file."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("CREATE TABLE held (url TEXT, reject BLOB)")
        self._database.execute("CREATE TABLE shown (url TEXT UNIQUE)")

    def hold(self, found: Extraction | Reject) -> bool:
        """Hold what a page as it came gave, if that is the reject of a shell; tell whether."""
        said = found
        if isinstance(found, Extraction) and found.instead:
            (said,) = found.rejects
        if not isinstance(said, Reject) or said.reason != "script_shell" or said.url is None:
            return False
        row = said.url, msgspec.json.encode(said)
        self._database.execute("INSERT INTO held VALUES (?, ?)", row)
        return True

    def show(self, found: Extraction | Reject) -> None:
        """Note that a browser showed the page that gave this."""
        url = found.url if isinstance(found, Reject) else found.page.url
        self._database.execute("INSERT OR IGNORE INTO shown VALUES (?)", (url,))

    def rest(self) -> Iterator[Reject]:
        """Yield the rejects of the pages that none showed, in their order."""
        shown = "SELECT url FROM shown WHERE url NOT NULL"
        query = f"SELECT reject FROM held WHERE url NOT IN ({shown}) ORDER BY rowid"  # noqa: S608
        for (held,) in self._database.execute(query):
            yield msgspec.json.decode(held, type=Reject)
