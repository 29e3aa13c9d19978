"""The log reads like a report of the run: no line for each record, no traceback for the network."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from scrapy.logformatter import LogFormatter

if TYPE_CHECKING:
    from scrapy import Request, Spider
    from scrapy.http import Response
    from scrapy.logformatter import LogFormatterResult
    from twisted.python.failure import Failure


class ReportFormatter(LogFormatter):
    """Leaves out what the run's files and stats say better."""

    def scraped(
        self, item: Any, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult | None:  # type: ignore[override]
        """Nothing: the records are in the run's files."""
        return None

    def dropped(
        self, item: Any, exception: BaseException, response: Any, spider: Spider
    ) -> LogFormatterResult:
        """One line at DEBUG: drops are counted."""
        return {"level": logging.DEBUG, "msg": "Dropped: %(reason)s", "args": {"reason": exception}}

    def download_error(
        self, failure: Failure, request: Request, spider: Spider, errmsg: str | None = None
    ) -> LogFormatterResult:
        """One line: the reject has the detail."""
        return {
            "level": logging.INFO,
            "msg": "Not fetched: %(url)s: %(error)s",
            "args": {"url": request.url, "error": errmsg or failure.value},
        }
