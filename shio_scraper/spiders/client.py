"""Talks to an archive service: asks its index, rests when it is busy, fetches parts of files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from scrapy import Request, signals

from shio_scraper.component import RESTS
from shio_scraper.crawl.fetching import ReasonedError, why
from shio_scraper.crawl.patience import resting, retry_after
from shio_scraper.spiders.index import TooLargeError, TroubleError

if TYPE_CHECKING:
    from scrapy.core.engine import ExecutionEngine
    from scrapy.crawler import Crawler
    from scrapy.http import Response

_OK, _PARTIAL, _MISSING = 200, 206, 404
_BUSY: Final = {429, 503}
_RESTS: Final = 3
"""How often a busy service is asked again for the same."""
_PATIENCE: Final = 120
"""Seconds; who asks for a longer rest (``Retry-After``) is not asked again."""
_REST: Final = 10
"""Seconds of rest where a busy service names none."""
_MAX_ANSWER: Final = 64 * 2**20
"""Bytes of one answer of the index."""
_CONTENT_RANGE: Final = re.compile(rb"bytes (\d{1,20})-(\d{1,20})/")


class NoPartError(ReasonedError):
    """A part of a file that did not come."""


class ServiceClient:
    """One crawl's dealings with its archive service."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    async def ask(self, url: str) -> str:
        """Return an answer of the index. Raises ``TroubleError``."""
        request: Request | None = Request(
            url, dont_filter=True, meta={"download_maxsize": _MAX_ANSWER}
        )
        while request:
            response = await self._download(request)
            request = await self.after_rest(response)
        # "No captures found" comes with that status.
        none = response.status == _MISSING and response.body.lstrip().startswith(b"{")
        if response.status != _OK and not none:
            raise TroubleError(f"status {status_of(response)}")
        self._count("index/answers")
        return response.body.decode("utf-8", "replace")

    async def turn(self) -> None:
        """Wait until the requests before were taken (Scrapy's docs: "lazy start")."""
        engine = self._engine
        while engine.needs_backout() or _waiting(engine):
            await self._crawler.signals.wait_for(signals.scheduler_empty)

    async def after_rest(self, response: Response) -> Request | None:
        """Leave a busy service alone for as long as it asks; return the request to make again.

        ``None`` where it is not busy, or was asked often enough.
        """
        request = response.request
        # A capture of an error says when it was taken: then the portal was busy, long ago.
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

    def _count(self, name: str) -> None:
        if self._crawler.stats:
            self._crawler.stats.inc_value(name)

    @property
    def _engine(self) -> ExecutionEngine:
        assert self._crawler.engine  # noqa: S101  (it is what calls us)
        return self._crawler.engine


def part_headers(offset: int, length: int) -> dict[str, str]:
    """Return the headers that ask for a part of a file; compressed it would be other bytes."""
    return {"Range": f"bytes={offset}-{offset + length - 1}", "Accept-Encoding": "identity"}


def part(response: Response, offset: int, length: int) -> bytes:
    """Return the part that was asked for. Raises ``NoPartError``.

    A server that ignores ranges sends the whole file: a small one is taken.
    """
    body = response.body
    if response.status == _OK:
        body = body[offset : offset + length]
    elif response.status != _PARTIAL:
        raise NoPartError("http_status", status_of(response))
    elif not _is_range(response, offset, length):
        said = (response.headers.get(b"Content-Range") or b"nothing").decode("latin-1")
        raise NoPartError("no_range", f"asked for {length} bytes at {offset}, got {said}")
    if len(body) != length:
        raise NoPartError("truncated", f"{len(body)} of {length} bytes at {offset}")
    return body


def status_of(response: Response) -> str:
    """Return the status, and how long a rest the service asks for."""
    rest = (response.headers.get(b"Retry-After") or b"").decode("latin-1")
    return f"{response.status}, Retry-After: {rest}" if rest else str(response.status)


def _waiting(engine: ExecutionEngine) -> bool:
    return engine.scheduler is not None and engine.scheduler.has_pending_requests()


def _is_range(response: Response, offset: int, length: int) -> bool:
    match = _CONTENT_RANGE.match(response.headers.get(b"Content-Range") or b"")
    return match is not None and (int(match[1]), int(match[2])) == (offset, offset + length - 1)
