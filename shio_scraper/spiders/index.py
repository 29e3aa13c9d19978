"""Every capture that a CDX server knows of one host, however the server divides its answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from hashlib import sha256
from itertools import islice
from typing import Final, TypeAlias

from shio_scraper.archives.cdx import (
    LIMIT,
    Broken,
    Dialect,
    NoIndexError,
    Pages,
    Query,
    Resume,
    Row,
    Said,
    said,
)

MAX_ANSWERS: Final = 10_000
"""Answers for one host: more are no index, but a server that never ends."""

Ask: TypeAlias = Callable[[str], Awaitable[str]]
"""Address → the text of the answer. Raises ``TroubleError``."""


class TroubleError(Exception):
    """An index that cannot be read on; the message says why, for the user."""


class TooLargeError(TroubleError):
    """An answer that is too large to be taken."""


class Index:
    """Asks for the captures of one host; ``at`` is the address that was asked last.

    Servers divide what they have in three ways, and the first answer tells which: by keys to
    resume with (the Internet Archive), by pages (Common Crawl), or not at all (pywb): then
    the time is halved until an answer is whole.
    """

    def __init__(self, query: Query, ask: Ask) -> None:
        self.at = query.server
        self._query = query
        self._asker = ask

    async def captures(self) -> AsyncIterator[Row | Broken]:
        """Yield what the index says. Raises ``TroubleError`` where it cannot be read on."""
        try:
            head = list(islice(said(await self._ask(self._query.pages())), LIMIT + 1))
        except TooLargeError:
            head = [Dialect.OBJECTS] * (LIMIT + 1)
        except NoIndexError as error:
            raise TroubleError(str(error)) from error
        match head:
            case [Pages(dialect=Dialect.OBJECTS) as pages, *_]:
                found = self._by_page(pages.count)
            case [Pages() | Dialect.ARRAYS, *_]:
                found = self._by_key()
            case _ if len(head) > LIMIT:
                found = self._by_time(Dialect.OBJECTS)
            case _:
                found = _all(head)
        async for piece in found:
            yield piece

    async def _by_key(self) -> AsyncIterator[Row | Broken]:
        key, seen = None, set[bytes]()
        for _ in range(MAX_ANSWERS):
            after, rows, mark = None, 0, sha256()
            async for piece in self._said(self._query.resume(key)):
                if isinstance(piece, Resume):
                    after = piece.key
                elif isinstance(piece, Row | Broken):
                    rows += 1
                    mark.update(repr(piece).encode())
                    yield piece
            if after is None:
                break
            if mark.digest() in seen:
                raise TroubleError("the same page comes again, so the rest is not to be had")
            seen.add(mark.digest())
            key = after
        else:
            raise TroubleError(f"more than {MAX_ANSWERS} pages")
        if rows == LIMIT:
            # Cut off, and no key to go on with: this server knows limits alone.
            async for piece in self._by_time(Dialect.ARRAYS):
                yield piece

    async def _by_page(self, count: int) -> AsyncIterator[Row | Broken]:
        if count > MAX_ANSWERS:
            raise TroubleError(f"{count} pages, more than {MAX_ANSWERS}")
        before = b""
        for number in range(count):
            mark = sha256()
            async for piece in self._said(self._query.page(number)):
                mark.update(repr(piece).encode())
                if isinstance(piece, Row | Broken):
                    yield piece
            if mark.digest() == before and before != sha256().digest():
                raise TroubleError("the same page comes again, so the rest is not to be had")
            before = mark.digest()

    async def _by_time(self, dialect: Dialect) -> AsyncIterator[Row | Broken]:
        parts = [self._query]
        while parts:
            part = parts.pop()
            answer = [piece async for piece in self._said(part.window(dialect))]
            found = [piece for piece in answer if isinstance(piece, Row | Broken)]
            if len(found) != LIMIT:
                for piece in found:
                    yield piece
                continue
            halves = part.halves()
            if halves is None or not all(_within(part, piece) for piece in found):
                raise TroubleError(f"no more than {LIMIT} captures of a period are to be had")
            parts += reversed(halves)

    async def _said(self, address: str) -> AsyncIterator[Said]:
        try:
            for piece in said(await self._ask(address)):
                yield piece
        except NoIndexError as error:
            raise TroubleError(str(error)) from error

    async def _ask(self, address: str) -> str:
        self.at = address
        return await self._asker(address)


async def _all(head: list[Said]) -> AsyncIterator[Row | Broken]:
    for piece in head:
        if isinstance(piece, Row | Broken):
            yield piece


def _within(part: Query, piece: Row | Broken) -> bool:
    return isinstance(piece, Broken) or part.first <= piece.time <= part.last
