"""Leaves a server alone: by robots.txt, and for a rest after an answer that is no page.

After a rest the crawl requests the page again, if the trouble may pass. After too many answers in a
row that are no pages, the crawl stops.
"""

from __future__ import annotations

import asyncio
import logging
import re
from asyncio import Future, ensure_future
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.downloadermiddlewares.retry import RetryMiddleware as ScrapyRetry
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware as ScrapyRobotsTxt
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
)
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.misc import build_from_crawler

from shio_scraper.component import REDIRECTS, Component, Meta, end_crawl
from shio_scraper.crawl.fetching import HostError, NoPageError
from shio_scraper.frontier.leases import lease_of
from shio_scraper.frontier.store import FrontierError
from shio_scraper.items import Reject
from shio_scraper.runs.outcome import CHALLENGED, told

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.robotstxt import RobotParser

logger = logging.getLogger(__name__)

_PASSING: Final = {"challenge", "maintenance", "server_error", "no_frame"}
"""Reasons of rejects that may pass with time."""
TROUBLES: Final = {*_PASSING, "forbidden", "login_wall", "script_shell"}
"""Reasons of rejects of pages that came in place of the requested page."""
_BLOCKED: Final = {"401", "403", "429", "503"}
"""Statuses with which a server turns a client away."""
_TOO_MANY: Final = 429
_BUSY: Final = {_TOO_MANY, 503}
_OK: Final = 200
_SERVER_ERRORS: Final = 500
_NOBODY: Final = (CannotResolveHostError, DownloadConnectionRefusedError)
"""There is no such host, or no server on it, so that a rest would change nothing."""
_NO_ANSWER: Final = (*_NOBODY, DownloadTimeoutError, DownloadFailedError, OSError)
_HTML: Final = re.compile(rb"<(?:!doctype|html|head|body|title|meta|script|h1)\b", re.IGNORECASE)
_BEGINNING: Final = 1024
"""The first bytes of an answer, in which a page of HTML can be recognised."""


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


class _Missing(NamedTuple):
    """A robots.txt that cannot be fetched: the reason of the rejects of its host, and why.

    If ``is_final``, there is no point in another attempt.
    """

    reason: str
    why: str
    is_final: bool = False


class RobotsTxtMiddleware(ScrapyRobotsTxt):
    """Fetches the robots.txt of each host once, however many requests wait for it.

    It replaces that of Scrapy 2.19, which lets requests through while robots.txt is being fetched
    (all waiting ones but the first two), and which takes any answer for rules. Here an answer 4xx
    forbids nothing. After an answer 5xx, or no answer, the host rests and is asked again; if that
    does not help, nothing at all is fetched from it (RFC 9309, section 2.3.1.4).
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._rules: dict[str, Future[RobotParser | _Missing | None]] = {}

    async def process_request(  # type: ignore[override]
        self, request: Request
    ) -> Request | None:
        """Raise ``NoPageError`` if robots.txt forbids the request.

        Raise ``HostError`` if robots.txt cannot be fetched. But if the crawl is about to end,
        return the request, so that it is stored again and stays due.
        """
        if request.meta.get("dont_obey_robotstxt") or not request.url.startswith("http"):
            return None
        try:
            await super().process_request(request)
        except IgnoreRequest as error:
            raise NoPageError("robots", str(error)) from error
        except HostError:
            if Meta.LEASE in request.meta and resting(self.crawler).crawl_ends:
                return request.replace(dont_filter=True)
            raise
        return None

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """Return the rules of a request's host; ``None`` if it has none. Raises ``HostError``."""
        parts = urlsplit(request.url)
        host = f"{parts.scheme}://{parts.netloc}"
        if host not in self._rules:
            self._rules[host] = ensure_future(self._ask(host))
        rules = await self._rules[host]
        if isinstance(rules, _Missing):
            raise HostError(rules.reason, rules.why)
        return rules

    async def _ask(self, host: str) -> RobotParser | _Missing | None:
        rules, rest = await self._fetch(host), resting(self.crawler)
        for tried in range(1, rest.times + 1):
            if not isinstance(rules, _Missing) or rules.is_final or rest.crawl_ends:
                break
            seconds = rest.before(tried)
            logger.warning(
                "%s: %s; nothing is fetched for %g s, then again (%d of %d)",
                host, rules.why, seconds, tried, rest.times,
            )  # fmt: skip
            await rest.rest(seconds)
            rules = await self._fetch(host)
        if isinstance(rules, _Missing) and not rest.crawl_ends:
            logger.warning("Nothing is fetched from %s: %s", host, rules.why)
            self._stats.inc_value("robots/missing")
        return rules

    async def _fetch(self, host: str) -> RobotParser | _Missing | None:
        request = Request(
            f"{host}/robots.txt",
            priority=self.DOWNLOAD_PRIORITY,
            meta={"dont_obey_robotstxt": True},
            callback=NO_CALLBACK,
        )
        assert self.crawler.engine  # noqa: S101  (the engine calls this)
        try:
            return self._read(host, await self.crawler.engine.download_async(request))
        except NoPageError as error:
            if error.reason in {"off_portal", "private", "redirect_loop"}:
                logger.warning(
                    "robots.txt of %s leads elsewhere (%s): no rules", host, error.reason
                )
                return None
            return _Missing("robots", f"{error.reason}: {error}")
        except FrontierError:  # not a failure of the host: the crawl ends
            raise
        except Exception as error:  # any failure of the download
            logger.debug("No robots.txt at %s", host, exc_info=error)
            reason = "unreachable" if isinstance(error, _NO_ANSWER) else "robots"
            why = told(error, urlsplit(host).netloc)
            return _Missing(reason, why, is_final=isinstance(error, _NOBODY))

    def _read(self, host: str, response: Response) -> RobotParser | _Missing | None:
        if response.status >= _SERVER_ERRORS:
            is_final = (retry_after(response) or 0) > resting(self.crawler).longest
            return _Missing("robots", f"robots.txt answers {response.status}", is_final)
        if response.status != _OK:
            return None
        if _HTML.search(response.body, 0, _BEGINNING):
            logger.warning("robots.txt of %s is a page of HTML: no rules", host)
            return None
        body = response.body
        if body.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            body = body.decode("utf-16", "replace").encode()
        return build_from_crawler(self._parserimpl, self.crawler, body)
