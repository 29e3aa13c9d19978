"""What a run tells people: a line on a terminal meanwhile, then ``stats.json`` and a summary."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, get_args

from scrapy import signals
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import AsyncioLoopingCall, create_looping_call

from shio_scraper.component import Component
from shio_scraper.items import RECORDS, AuditEventName, type_of
from shio_scraper.runs.outcome import outcome

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from twisted.internet.task import LoopingCall

_OF_UPDATES = ["fetched", "not_modified", "not_due"]
"""Pages that were fetched, were not modified, were left alone."""
_COUNTED = ("duplicates", "conflicts", "rejects", "skipped", "not_asked_for", "notes", "doubts")
"""What has a line of its own where there is any."""

logger = logging.getLogger(__name__)
_EVERY = 0.5
"""Seconds between two updates."""


class RunReport(Component):
    """Says where a run goes, and what it gave."""

    # After Scrapy's own stats and feeds, which answer the same signal.
    listens: ClassVar[dict[str, Any]] = {
        "opened": signals.spider_opened,
        "engine_stopped": signals.engine_stopped,
    }

    def opened(self) -> None:
        """Say where the run goes; keep what was asked for."""
        spider = self.spider
        self.stats.set_value("arguments", spider.given if spider else {})
        if spider and not spider.resumed and not self.stats.get_value("frontier/error"):
            logger.info("Crawl of %s begins; records go to %s", spider.subject, spider.run_folder)

    def engine_stopped(self) -> None:
        """Write ``stats.json`` and say what the run gave."""
        stats = self.stats
        if self.spider is None:
            return
        folder = self.spider.run_folder
        how, reason = outcome(stats.get_stats())
        stats.set_value("outcome", how)
        stats.set_value("outcome/reason", reason)
        values = stats.get_stats()
        text = json.dumps(values, indent=2, sort_keys=True, default=str, ensure_ascii=False)
        try:
            (folder / "stats.json").write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            if not stats.get_value("files/failed"):  # the first one tells
                why = f"{folder / 'stats.json'}: {error.strerror}"
                # One line for the user; where it happened in our code tells nothing.
                logger.error("Cannot write to %s", why)  # noqa: TRY400
                stats.set_value("files/failed", why)
        for line in summary(values):
            logger.info(line)


def summary(stats: dict[str, Any]) -> list[str]:
    """Return the run's stats as the lines of a report."""
    pages = stats.get("response_received_count", 0) + stats.get("captures", 0)
    seconds = stats.get("elapsed_time_seconds", 0.0)
    lines = [
        f"Ended: {stats.get('finish_reason', 'unknown')}; {pages} pages in {seconds:.1f} s",
        "Records: " + _counts(stats, "records", list(map(type_of, RECORDS))),
    ]
    if "update/fetched" in stats:
        lines.append("Update: " + _counts(stats, "update", _OF_UPDATES).replace("_", " "))
    for name in _COUNTED:
        found = sorted(key.partition("/")[2] for key in stats if key.startswith(f"{name}/"))
        if found:
            lines.append(f"{name.capitalize().replace('_', ' ')}: {_counts(stats, name, found)}")
    return [*lines, *_odd(stats)]


def _odd(stats: dict[str, Any]) -> Iterator[str]:
    """Yield what accounting met, and whether a layout is new: where to look is said."""
    found = [event for event in get_args(AuditEventName) if f"audit/{event}" in stats]
    if found:
        yield f"Audit: {_counts(stats, 'audit', found)}; audit.jsonl names them"
    if stats.get("drift/new"):
        yield f"Layouts: {_counts(stats, 'drift', ['seen', 'new'])}; scrapy drift tells of them"


def _counts(stats: dict[str, Any], name: str, kinds: list[str]) -> str:
    return ", ".join(f"{stats.get(f'{name}/{kind}', 0)} {kind}" for kind in kinds)


class Progress(Component):
    """Shows pages, records, rejects and the rate while the crawl goes on.

    Raises ``NotConfigured`` where standard error is no terminal.
    """

    listens: ClassVar[dict[str, Any]] = {
        "opened": signals.spider_opened,
        "closed": signals.spider_closed,
    }

    def __init__(self, crawler: Crawler) -> None:
        if not sys.stderr.isatty():
            raise NotConfigured
        super().__init__(crawler)
        self._began = time.monotonic()
        self._task: AsyncioLoopingCall | LoopingCall | None = None

    def opened(self) -> None:
        """Begin."""
        self._began = time.monotonic()
        self._task = create_looping_call(self.show)
        self._task.start(_EVERY)

    def closed(self) -> None:
        """End, and leave the line clean for the summary."""
        if self._task and self._task.running:
            self._task.stop()
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()

    def show(self) -> None:
        """Print the line over the one before."""
        stats = self.stats
        pages = stats.get_value("response_received_count", 0) + stats.get_value("captures", 0)
        rate = pages / max(time.monotonic() - self._began, _EVERY)
        records, rejects = stats.get_value("records", 0), stats.get_value("rejects", 0)
        line = f"{pages} pages  {records} records  {rejects} rejects  {rate:.1f} pages/s"
        sys.stderr.write(f"\r\x1b[K{line}\r")
        sys.stderr.flush()
