"""Asks archive services: their index for all captures of a host, and for parts of archive files."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias

from scrapy import Request, signals

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
from shio_scraper.component import RESTS
from shio_scraper.crawl.fetching import ReasonedError, why
from shio_scraper.crawl.patience import resting, retry_after

if TYPE_CHECKING:
    from scrapy.core.engine import ExecutionEngine
    from scrapy.crawler import Crawler
    from scrapy.http import Response

MAX_ANSWERS: Final = 10_000
"""The most answers for one host. A server with more is taken for one that never ends."""
_OK, _PARTIAL, _MISSING = 200, 206, 404
_BUSY: Final = {429, 503}
_RESTS: Final = 3
"""How often a busy service is asked again for the same address."""
_PATIENCE: Final = 120
"""Seconds. A service that asks for a longer rest (``Retry-After``) is not asked again."""
_REST: Final = 10
"""Seconds of rest if a busy service names none."""
_MAX_ANSWER: Final = 64 * 2**20
"""The most bytes of one answer of the index."""
_CONTENT_RANGE: Final = re.compile(rb"bytes (\d{1,20})-(\d{1,20})/")

Ask: TypeAlias = Callable[[str], Awaitable[str]]
"""A function: address → the text of the answer. It raises ``TroubleError``."""
Captures: TypeAlias = AsyncIterator[Row | Broken]


class TroubleError(Exception):
    """An index cannot be read any further. The message tells the user why."""


class TooLargeError(TroubleError):
    """An answer of the index is too large."""


class NoPartError(ReasonedError):
    """A server did not send the requested part of a file."""


class Index:
    """Asks an index for the captures of one host. ``at`` is the last address that was asked.

    Servers divide a long answer in one of three ways, and the first answer shows which: by keys to
    resume with (the Internet Archive), by pages (Common Crawl), or not at all (pywb). In the last
    case the period is halved until an answer is complete.
    """

    def __init__(self, query: Query, ask: Ask) -> None:
        self.at = query.server
        self._query = query
        self._ask = ask
        self._seen: set[int] = set()

    async def captures(self) -> Captures:
        """Yield the rows of the index. Raise ``TroubleError`` if it cannot be read any further."""
        try:
            head = await self._said(self._query.pages(), LIMIT + 1)
        except TooLargeError:
            head = [Dialect.OBJECTS] * (LIMIT + 1)
        match head:
            case [Pages(dialect=Dialect.OBJECTS) as pages, *_]:
                captures = self._by_page(pages.count)
            case [Pages() | Dialect.ARRAYS, *_]:
                captures = self._by_key()
            case _ if len(head) > LIMIT:
                captures = self._by_time(Dialect.OBJECTS)
            case _:
                for row in _rows(head):
                    yield row
                return
        async for row in captures:
            yield row

    async def _by_key(self) -> Captures:
        key = None
        for _ in range(MAX_ANSWERS):
            answer = await self._said(self._query.resume(key))
            rows = _rows(answer)
            for row in rows:
                yield row
            key = next((piece.key for piece in answer if isinstance(piece, Resume)), None)
            if key is None:
                break
            self._note(rows)
        else:
            raise TroubleError(f"more than {MAX_ANSWERS} pages")
        if len(rows) == LIMIT:
            # The answer is cut off without a key to resume with: the server only knows limits.
            async for row in self._by_time(Dialect.ARRAYS):
                yield row

    async def _by_page(self, count: int) -> Captures:
        if count > MAX_ANSWERS:
            raise TroubleError(f"{count} pages, more than {MAX_ANSWERS}")
        for number in range(count):
            rows = _rows(await self._said(self._query.page(number)))
            for row in rows:
                yield row
            if rows:
                self._note(rows)

    async def _by_time(self, dialect: Dialect) -> Captures:
        parts = [self._query]
        while parts:
            part = parts.pop()
            rows = _rows(await self._said(part.window(dialect)))
            if len(rows) != LIMIT:
                for row in rows:
                    yield row
                continue
            halves = part.halves()
            if halves is None or not all(_within(part, row) for row in rows):
                raise TroubleError(f"no more than {LIMIT} captures of a period are to be had")
            parts += reversed(halves)

    def _note(self, rows: list[Row | Broken]) -> None:
        """Remember the rows of an answer. Raise ``TroubleError`` if the same rows came before."""
        mark = hash(tuple(rows))
        if mark in self._seen:
            raise TroubleError("the same page comes again, so the rest is not to be had")
        self._seen.add(mark)

    async def _said(self, address: str, most: int | None = None) -> list[Said]:
        self.at = address
        try:
            return list(islice(said(await self._ask(address)), most))
        except NoIndexError as error:
            raise TroubleError(str(error)) from error


def _rows(answer: Iterable[Said]) -> list[Row | Broken]:
    return [piece for piece in answer if isinstance(piece, Row | Broken)]


def _within(part: Query, piece: Row | Broken) -> bool:
    return isinstance(piece, Broken) or part.first <= piece.time <= part.last


class ServiceClient:
    """The client of one crawl for its archive service. It rests when the service is busy."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    async def ask(self, url: str) -> str:
        """Return the text of an answer of the index. Raise ``TroubleError`` if none comes."""
        request: Request | None = Request(
            url, dont_filter=True, meta={"download_maxsize": _MAX_ANSWER}
        )
        while request:
            response = await self._download(request)
            request = await self.after_rest(response)
        # An index answers "No captures found" with status 404 and a JSON object.
        is_empty = response.status == _MISSING and response.body.lstrip().startswith(b"{")
        if response.status != _OK and not is_empty:
            raise TroubleError(f"status {status_of(response)}")
        if self._crawler.stats:
            self._crawler.stats.inc_value("index/answers")
        return response.body.decode("utf-8", "replace")

    async def turn(self) -> None:
        """Wait until earlier requests left the scheduler (Scrapy's documentation: "lazy start")."""
        engine = self._engine
        while engine.needs_backout() or (
            engine.scheduler is not None and engine.scheduler.has_pending_requests()
        ):
            await self._crawler.signals.wait_for(signals.scheduler_empty)

    async def after_rest(self, response: Response) -> Request | None:
        """Rest for as long as a busy service asks, then return the request to repeat.

        Return ``None`` if the service is not busy, or was asked often enough.
        """
        request = response.request
        # With this header the response is a capture of an error page: the portal was busy when the
        # page was captured, not the service now.
        captured = b"Memento-Datetime" in response.headers
        if response.status not in _BUSY or captured or request is None:
            return None
        rests, named = request.meta.get(RESTS, 0), retry_after(response)
        seconds = _REST if named is None else named
        if rests == _RESTS or seconds > _PATIENCE:
            return None
        await resting(self._crawler).rest(seconds)
        again = request.replace(dont_filter=True)
        again.meta[RESTS] = rests + 1
        return again

    async def _download(self, request: Request) -> Response:
        try:
            return await self._engine.download_async(request)
        except Exception as error:
            _, reason, detail = why(error, request.url)
            trouble = TooLargeError if reason == "too_large" else TroubleError
            raise trouble(detail if reason == "unreachable" else f"{reason}: {detail}") from error

    @property
    def _engine(self) -> ExecutionEngine:
        assert self._crawler.engine  # noqa: S101  (it is what calls us)
        return self._crawler.engine


def part_headers(row: Row) -> dict[str, str]:
    """Return the headers that request a part of a file.

    They forbid compression, since the range would then count other bytes.
    """
    offset, length = row.offset or 0, row.length or 0
    return {"Range": f"bytes={offset}-{offset + length - 1}", "Accept-Encoding": "identity"}


def part(response: Response, offset: int, length: int) -> bytes:
    """Return the requested part of a file. Raise ``NoPartError`` if the response lacks it.

    A server that ignores ranges sends the whole file. The part is then cut out of it, if the file
    is small enough to be downloaded.
    """
    body = response.body
    if response.status == _OK:
        body = body[offset : offset + length]
    elif response.status != _PARTIAL:
        raise NoPartError("http_status", status_of(response))
    else:
        header = response.headers.get(b"Content-Range") or b""
        match = _CONTENT_RANGE.match(header)
        if not match or (int(match[1]), int(match[2])) != (offset, offset + length - 1):
            got = header.decode("latin-1") or "nothing"
            raise NoPartError("no_range", f"asked for {length} bytes at {offset}, got {got}")
    if len(body) != length:
        raise NoPartError("truncated", f"{len(body)} of {length} bytes at {offset}")
    return body


def status_of(response: Response) -> str:
    """Return the status as text, with the rest that the service asks for (``Retry-After``)."""
    rest = (response.headers.get(b"Retry-After") or b"").decode("latin-1")
    return f"{response.status}, Retry-After: {rest}" if rest else str(response.status)
