"""Answers that are no pages: asked for again after a rest, or the crawl stops."""

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
"""Reasons of rejects that time may heal."""
TROUBLES: Final = {*_PASSING, "forbidden", "login_wall", "script_shell"}
"""Reasons that a page stands in for the one that was asked for."""
_BLOCKED: Final = {"401", "403", "429", "503"}
"""Statuses by which a server turns a client away."""
_TOO_MANY: Final = 429
_BUSY: Final = {_TOO_MANY, 503}


class Resting(Component):
    """The rests of one crawl. ``over`` ends all of them: a crawl that is to end need not wait.

    What may pass is asked for ``times`` times more; none rests longer than ``longest`` seconds.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.times = crawler.settings.getint("SHIO_CHALLENGE_RETRY_TIMES")
        self.longest = crawler.settings.getfloat("SHIO_MAX_REST")
        self._delay = crawler.settings.getfloat("SHIO_CHALLENGE_DELAY")
        self._resting = 0
        self.over = False

    def before(self, again: int) -> float:
        """Return the seconds to rest before something is asked for again: more each time."""
        return min(self._delay * float(2 ** (again - 1)), self.longest)

    async def rest(self, seconds: float) -> None:
        """Fetch nothing for so many seconds."""
        engine = self.crawler.engine
        assert engine  # noqa: S101  (it is what calls us)
        self.stats.inc_value("rests")
        self._resting += 1
        engine.pause()
        while seconds > 0 and engine.running and not self.over:
            await asyncio.sleep(min(seconds, 1))
            seconds -= 1
        self._resting -= 1
        if not self._resting:
            engine.unpause()


def resting(crawler: Crawler) -> Resting:
    """Return the rests of ``crawler``."""
    found = crawler.get_extension(Resting)
    assert found  # noqa: S101  (the settings name it)
    return found


def retry_after(response: Response) -> float | None:
    """Return the seconds that a server asks for (RFC 9110, section 10.2.3); else ``None``."""
    text = (response.headers.get(b"Retry-After") or b"").decode("latin-1").strip()
    if text.isdecimal():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


class PatienceMiddleware(Component):
    """Asks again for what may pass, counts troubles in a row, and ends the crawl.

    Next to the spider, so that the request to be made again takes the place of the page's lease.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._most = crawler.settings.getint("SHIO_CHALLENGES_IN_A_ROW")
        self._row = 0

    async def process_spider_output(
        self, response: Response, result: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        """Yield ``result``; in place of a trouble's reject, the request to be made again."""
        if self.spider and self.spider.keeps_history:  # it was so when it was captured
            async for piece in result:
                yield piece
            return
        is_page = response.url.startswith("http")
        async for piece in result:
            if isinstance(piece, Reject) and _is_trouble(piece):
                is_page = False
                yield await self._again(response, piece) or piece
            else:
                yield piece
        if is_page:
            self._row = 0

    async def _again(self, response: Response, reject: Reject) -> Request | None:
        """Return the request to be made again, after a rest; ``None`` where there is no point."""
        assert response.request  # noqa: S101  (a page's)
        self._row += 1
        self.stats.inc_value(f"challenges/{reject.reason}")
        if 0 < self._most <= self._row:
            self._stop(reject)
            return _asked(response.request)
        if reject.reason not in _PASSING:
            return None
        rests, spider = resting(self.crawler), self.crawler.spider
        assert spider  # noqa: S101  (it gave the output)
        again = get_retry_request(
            _asked(response.request), spider=spider, reason=reject.reason,
            max_retry_times=rests.times,
        )  # fmt: skip
        if again is None:
            if lease := lease_of(response):
                lease.failure = reject.reason  # kept for another try
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
        """End the crawl, once: what was asked for last stays due."""
        if self.stats.get_value("challenges/stopped"):
            return
        what = f"{self._row} answers in a row were no pages, the last a {reject.reason}"
        self.stats.set_value("challenges/stopped", f"{what}: {reject.url}")
        resting(self.crawler).over = True
        end_crawl(self.crawler, CHALLENGED)


class RetryMiddleware(ScrapyRetry):
    """Scrapy's, with the rest that a busy server asks for (``Retry-After``), up to a limit.

    Who asks for a longer one is not asked again.
    """

    async def process_response(  # type: ignore[override]
        self, request: Request, response: Response
    ) -> Request | Response:
        """Return the response, or the request that is made again after the rest."""
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
    """Return the request for what was asked for, whatever it was redirected to."""
    meta = {name: value for name, value in request.meta.items() if name not in REDIRECTS}
    url = request.meta.get("redirect_urls", [request.url])[0]
    return request.replace(url=url, meta=meta, dont_filter=True)
