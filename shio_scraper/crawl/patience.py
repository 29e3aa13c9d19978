"""Leaves a server alone for a rest after an answer that is no page.

After a rest the crawl requests the page again, if the trouble may pass. After too many answers in a
row that are no pages, the crawl stops.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

from scrapy import Request
from scrapy.downloadermiddlewares.retry import RetryMiddleware as ScrapyRetry
from scrapy.downloadermiddlewares.retry import get_retry_request

from shio_scraper.component import REDIRECTS, Component, end_crawl
from shio_scraper.frontier.leases import lease_of
from shio_scraper.items import Reject
from shio_scraper.runs.outcome import CHALLENGED

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)

_PASSING: Final = {"challenge", "maintenance", "server_error", "no_frame"}
"""Reasons of rejects that may pass with time."""
TROUBLES: Final = {*_PASSING, "forbidden", "login_wall", "script_shell"}
"""Reasons of rejects of pages that came in place of the requested page."""
_BLOCKED: Final = {"401", "403", "429", "503"}
"""Statuses with which a server turns a client away."""
_TOO_MANY: Final = 429
_BUSY: Final = {_TOO_MANY, 503}


class Resting(Component):
    """The rests of one crawl. ``over`` ends all rests, because a crawl that ends need not wait.

    A page whose trouble may pass is requested ``times`` more times. No rest is longer than
    ``longest`` seconds.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.times = crawler.settings.getint("SHIO_CHALLENGE_RETRY_TIMES")
        self.longest = crawler.settings.getfloat("SHIO_MAX_REST")
        self._delay = crawler.settings.getfloat("SHIO_CHALLENGE_DELAY")
        self._resting = 0
        self.over = False

    @property
    def crawl_ends(self) -> bool:
        """Whether the crawl is about to end. Requests that have no answer by now stay due."""
        engine = self.crawler.engine
        return self.over or not (engine and engine.running)

    def before(self, again: int) -> float:
        """Return the seconds to rest before attempt number ``again``: twice as long each time."""
        return min(self._delay * float(2 ** (again - 1)), self.longest)

    async def rest(self, seconds: float) -> None:
        """Pause the crawl for ``seconds``: nothing is fetched."""
        engine = self.crawler.engine
        assert engine  # noqa: S101  (the engine calls this)
        self.stats.inc_value("rests")
        self._resting += 1
        engine.pause()
        while seconds > 0 and not self.crawl_ends:
            await asyncio.sleep(min(seconds, 1))
            seconds -= 1
        self._resting -= 1
        if not self._resting:
            engine.unpause()


def resting(crawler: Crawler) -> Resting:
    """Return the rests of ``crawler``."""
    extension = crawler.get_extension(Resting)
    assert extension  # noqa: S101  (the settings name it)
    return extension


def retry_after(response: Response) -> float | None:
    """Return the seconds of ``Retry-After`` (RFC 9110, section 10.2.3); ``None`` without one."""
    text = (response.headers.get(b"Retry-After") or b"").decode("latin-1").strip()
    if text.isdecimal():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


class PatienceMiddleware(Component):
    """Requests a page again if its trouble may pass, counts troubles in a row, and ends the crawl.

    It stands next to the spider, so that the new request is stored in place of the page's lease.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._most = crawler.settings.getint("SHIO_CHALLENGES_IN_A_ROW")
        self._row = 0

    async def process_spider_output(
        self, response: Response, result: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        """Yield ``result``, with a new request in place of a reject that may pass."""
        if self.spider and self.spider.keeps_history:  # a capture in an archive never changes
            async for piece in result:
                yield piece
            return
        is_page = response.url.startswith("http")
        async for piece in result:
            if isinstance(piece, Reject) and _is_trouble(piece):
                is_page = False
                again = await self._again(response, piece)
                if again and (lease := lease_of(response)):
                    lease.failure = None  # the new request tells what becomes of the page
                yield again or piece
            else:
                yield piece
        if is_page:
            self._row = 0

    async def _again(self, response: Response, reject: Reject) -> Request | None:
        """Rest, then return the request to send again; ``None`` if that would be useless."""
        assert response.request  # noqa: S101  (the engine sets it)
        self._row += 1
        self.stats.inc_value(f"challenges/{reject.reason}")
        if 0 < self._most <= self._row:
            self._stop(reject)
            return _asked(response.request)
        if reject.reason not in _PASSING:
            return None
        rests, spider = resting(self.crawler), self.crawler.spider
        assert spider  # noqa: S101  (this is its output)
        again = get_retry_request(
            _asked(response.request), spider=spider, reason=reject.reason,
            max_retry_times=rests.times,
        )  # fmt: skip
        if again is None:
            if lease := lease_of(response):
                lease.failure = reject.reason  # ``frontier requeue`` can try the request again
            return None
        tried = again.meta["retry_times"]
        seconds = rests.before(tried)
        logger.warning(
            "No page but a %s: %s (%s); nothing is fetched for %g s, then again (%d of %d)",
            reject.reason, reject.url, reject.detail, seconds, tried, rests.times,
        )  # fmt: skip
        await rests.rest(seconds)
        return again

    def _stop(self, reject: Reject) -> None:
        """End the crawl, only once. The last request stays due."""
        if self.stats.get_value("challenges/stopped"):
            return
        what = f"{self._row} answers in a row were no pages, the last a {reject.reason}"
        self.stats.set_value("challenges/stopped", f"{what}: {reject.url}")
        resting(self.crawler).over = True
        end_crawl(self.crawler, CHALLENGED)


class RetryMiddleware(ScrapyRetry):
    """Scrapy's retries, with the rest that a busy server asks for (``Retry-After``).

    If the server asks for more than ``SHIO_MAX_REST`` seconds, the page is not requested again.
    """

    async def process_response(  # type: ignore[override]
        self, request: Request, response: Response
    ) -> Request | Response:
        """Return the response, or, after the rest, the request to send again."""
        if request.meta.get("dont_retry") or response.status not in self.retry_http_codes:
            return response
        seconds = retry_after(response) if response.status in _BUSY else 0.0
        if seconds is None and response.status == _TOO_MANY:
            tried = request.meta.get("retry_times", 0)
            seconds = self.crawler.settings.getfloat("SHIO_CHALLENGE_DELAY") * 2**tried
        if seconds and seconds > self.crawler.settings.getfloat("SHIO_MAX_REST"):
            return response
        result: Request | Response = super().process_response(request, response)
        if seconds and isinstance(result, Request):
            logger.warning("Status %d: nothing is fetched for %g s", response.status, seconds)
            await resting(self.crawler).rest(seconds)
        return result


def _is_trouble(reject: Reject) -> bool:
    if reject.reason == "http_status":
        return (reject.detail or "")[:3] in _BLOCKED
    return reject.reason in TROUBLES


def _asked(request: Request) -> Request:
    """Return the original request, before any redirect."""
    meta = {name: value for name, value in request.meta.items() if name not in REDIRECTS}
    url = request.meta.get("redirect_urls", [request.url])[0]
    return request.replace(url=url, meta=meta, dont_filter=True)
