"""Reports on a run: a progress line while it runs, then ``stats.json`` and a summary."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from asyncio import Task, ensure_future, sleep
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar, Final, get_args

from scrapy import signals

from shio_scraper.component import Component, output_failed
from shio_scraper.frontier.scheduler import FrontierScheduler
from shio_scraper.frontier.store import FrontierError
from shio_scraper.items import RECORDS, AuditEventName, type_of
from shio_scraper.redaction import logs_objects
from shio_scraper.report.figures import PACE, Figures, pages
from shio_scraper.runs.outcome import outcome

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

_OF_UPDATES = ["fetched", "not_modified", "not_due"]
"""Stats of an update: pages that were fetched, that were not modified, that were not due."""
_COUNTED = (
    "duplicates",
    "conflicts",
    "rejects",
    "skipped",
    "not_asked_for",
    "notes",
    "doubts",
    "planned",
    "kinds",
    "bounds",
)
"""Groups of stats that have a line of their own in the summary, if there are any."""

logger = logging.getLogger(__name__)
_EVERY: Final = 0.5
"""Seconds between two readings of the figures."""
_COUNT_EVERY: Final = 4
"""Readings after which the waiting requests are counted anew, if there is a terminal."""
_LOG_EVERY: Final = 120
"""Readings after which a line goes to the log: one minute."""


class RunReport(Component):
    """Logs where a run writes its records, and at the end what the run gave."""

    # Scrapy's own stats and feeds answer the same signal and must come first.
    listens: ClassVar[dict[str, Any]] = {
        "opened": signals.spider_opened,
        "engine_stopped": signals.engine_stopped,
    }

    def opened(self) -> None:
        """Log where the run writes its records, and store the spider's arguments in the stats."""
        spider = self.spider
        self.stats.set_value("arguments", spider.given if spider else {})
        if spider and not spider.resumed and not self.stats.get_value("frontier/error"):
            logger.info("Crawl of %s begins; records go to %s", spider.subject, spider.run_folder)

    def engine_stopped(self) -> None:
        """Write ``stats.json`` and log the summary."""
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
            output_failed(self.crawler, f"{folder / 'stats.json'}: {error.strerror}")
        for line in summary(values):
            logger.info(line)


def summary(stats: dict[str, Any]) -> list[str]:
    """Return the lines of the summary of a run, from its stats."""
    seconds = stats.get("elapsed_time_seconds", 0.0)
    lines = [
        f"Ended: {stats.get('finish_reason', 'unknown')}; {pages(stats)} pages in {seconds:.1f} s",
        "Records: " + _counts(stats, "records", list(map(type_of, RECORDS))),
    ]
    if "update/fetched" in stats:
        lines.append("Update: " + _counts(stats, "update", _OF_UPDATES).replace("_", " "))
    for name in _COUNTED:
        kinds = sorted(key.partition("/")[2] for key in stats if key.startswith(f"{name}/"))
        if kinds:
            lines.append(f"{name.capitalize().replace('_', ' ')}: {_counts(stats, name, kinds)}")
    return [*lines, *_odd(stats)]


def _odd(stats: dict[str, Any]) -> Iterator[str]:
    """Yield lines about audit events and new layouts, each with the place to look for details."""
    events = [event for event in get_args(AuditEventName) if f"audit/{event}" in stats]
    if events:
        yield f"Audit: {_counts(stats, 'audit', events)}; audit.jsonl names them"
    if stats.get("drift/new"):
        yield f"Layouts: {_counts(stats, 'drift', ['seen', 'new'])}; scrapy drift tells of them"


def _counts(stats: dict[str, Any], name: str, kinds: list[str]) -> str:
    return ", ".join(f"{stats.get(f'{name}/{kind}', 0)} {kind}" for kind in kinds)


class Progress(Component):
    """Shows how far the crawl is: on a terminal in one line, in a log once a minute.

    There is no line for the terminal if the log consists of objects (``SHIO_LOG=json``).
    """

    listens: ClassVar[dict[str, Any]] = {
        "opened": signals.spider_opened,
        "closed": signals.spider_closed,
    }

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._is_shown = sys.stderr.isatty() and not logs_objects()
        self._is_logged = not self._is_shown or bool(crawler.settings["LOG_FILE"])
        self._seen = deque[tuple[float, int]](maxlen=_LOG_EVERY + 1)
        self._task: Task[None] | None = None

    def opened(self) -> None:
        """Begin to show the progress."""
        self._task = ensure_future(self._go_on())

    def closed(self) -> None:
        """Stop, and clear the line for the summary."""
        if self._task:
            self._task.cancel()
        self._show("")

    async def _go_on(self) -> None:
        for tick in count():
            stats = self.stats
            if tick % (_COUNT_EVERY if self._is_shown else _LOG_EVERY) == 0:  # counting may be slow
                to_do = self._to_do()
            self._measure(pages(stats.get_stats()))
            figures = Figures.of(stats.get_stats(), to_do)
            self._show(str(figures))
            if self._is_logged and tick and tick % _LOG_EVERY == 0:
                logger.info("%s", figures)
            await sleep(_EVERY)

    def _measure(self, come: int) -> None:
        """Compute the pace from the pages of the last minute, independent of the system's clock."""
        self._seen.append((time.monotonic(), come))
        (since, before), (now, _) = self._seen[0], self._seen[-1]
        if now > since:
            self.stats.set_value(PACE, round(3600 * (come - before) / (now - since)))

    def _to_do(self) -> int | None:
        """Return how many requests wait or are being fetched; ``None`` if that is not known."""
        scheduler = self.crawler.engine.scheduler if self.crawler.engine else None
        if (
            not isinstance(scheduler, FrontierScheduler)
            or self.spider is None
            or self.spider.site is None
        ):
            return None
        with suppress(FrontierError):  # the scheduler reported it, and the crawl ends
            return scheduler.store.counts().to_do
        return None

    def _show(self, line: str) -> None:
        """Print a line over the line before."""
        if self._is_shown:
            width = os.get_terminal_size(sys.stderr.fileno()).columns
            cut = line[: width - 1] if width else line  # a line that wraps cannot be written over
            sys.stderr.write(f"\r\x1b[K{cut}\r")
            sys.stderr.flush()
