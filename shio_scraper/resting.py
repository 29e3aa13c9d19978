"""Leaves a site alone for a while: whoever asks for a rest, nothing is fetched until it is over."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.http import Response


class Resting:
    """The rests of one crawl. ``over`` ends all of them: a crawl that is to end need not wait."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._resting = 0
        self.over = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the extension of ``crawler``."""
        return cls(crawler)

    async def rest(self, seconds: float) -> None:
        """Fetch nothing for so many seconds."""
        engine = self._crawler.engine
        assert engine  # noqa: S101  (it is what calls us)
        if self._crawler.stats:
            self._crawler.stats.inc_value("rests")
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
