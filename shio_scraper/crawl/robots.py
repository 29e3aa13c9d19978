"""Obeys robots.txt (RFC 9309); fetches nothing from a host whose robots.txt cannot be fetched."""

from __future__ import annotations

import logging
import re
from asyncio import Future, ensure_future
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from scrapy import Request
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

from shio_scraper.component import Meta
from shio_scraper.crawl.fetching import HostError, NoPageError
from shio_scraper.crawl.patience import resting, retry_after
from shio_scraper.frontier.store import FrontierError
from shio_scraper.runs.outcome import told

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.robotstxt import RobotParser

logger = logging.getLogger(__name__)

_OK: Final = 200
_SERVER_ERRORS: Final = 500
_NOBODY: Final = (CannotResolveHostError, DownloadConnectionRefusedError)
"""There is no such host, or no server on it, so that a rest would change nothing."""
_NO_ANSWER: Final = (*_NOBODY, DownloadTimeoutError, DownloadFailedError, OSError)
_HTML: Final = re.compile(rb"<(?:!doctype|html|head|body|title|meta|script|h1)\b", re.IGNORECASE)
_BEGINNING: Final = 1024
"""The first bytes of an answer, in which a page of HTML can be recognised."""


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
