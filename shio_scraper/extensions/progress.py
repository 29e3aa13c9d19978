"""What a run tells people: a line on a terminal meanwhile, then ``stats.json`` and a summary."""

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
"""Pages that were fetched, were not modified, were left alone."""
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
"""What has a line of its own where there is any."""

logger = logging.getLogger(__name__)
_EVERY: Final = 0.5
"""Seconds between two looks at the figures."""
_COUNT_EVERY: Final = 4
"""Looks after which what is to do is counted anew, where anyone looks."""
_LOG_EVERY: Final = 120
"""Looks after which a line goes to the log: a minute."""


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
            output_failed(self.crawler, f"{folder / 'stats.json'}: {error.strerror}")
        for line in summary(values):
            logger.info(line)


def summary(stats: dict[str, Any]) -> list[str]:
    """Return the run's stats as the lines of a report."""
    seconds = stats.get("elapsed_time_seconds", 0.0)
    lines = [
        f"Ended: {stats.get('finish_reason', 'unknown')}; {pages(stats)} pages in {seconds:.1f} s",
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
    """Tells how far the crawl is: on a terminal in one line, in a log once a minute.

    A log of objects (``SHIO_LOG=json``) has no terminal's line among it.
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
        """Begin."""
        self._task = ensure_future(self._go_on())

    def closed(self) -> None:
        """End, and leave the line clean for the summary."""
        if self._task:
            self._task.cancel()
        self._show("")

    async def _go_on(self) -> None:
        for tick in count():
            stats = self.stats
            if tick % (_COUNT_EVERY if self._is_shown else _LOG_EVERY) == 0:  # it may be much
                to_do = self._to_do()
            self._measure(pages(stats.get_stats()))
            figures = Figures.of(stats.get_stats(), to_do)
            self._show(str(figures))
            if self._is_logged and tick and tick % _LOG_EVERY == 0:
                logger.info("%s", figures)
            await sleep(_EVERY)

    def _measure(self, come: int) -> None:
        """Take the pace from the pages of the last minute, whatever the clock is set to."""
        self._seen.append((time.monotonic(), come))
        (since, before), (now, _) = self._seen[0], self._seen[-1]
        if now > since:
            self.stats.set_value(PACE, round(3600 * (come - before) / (now - since)))

    def _to_do(self) -> int | None:
        """Return how many requests wait or are in hand; ``None`` where nobody knows."""
        scheduler = self.crawler.engine.scheduler if self.crawler.engine else None
        if (
            not isinstance(scheduler, FrontierScheduler)
            or self.spider is None
            or self.spider.site is None
        ):
            return None
        with suppress(FrontierError):  # it was said, and the crawl ends
            return scheduler.store.counts().to_do
        return None

    def _show(self, line: str) -> None:
        """Print a line over the one before."""
        if self._is_shown:
            width = os.get_terminal_size(sys.stderr.fileno()).columns
            cut = line[: width - 1] if width else line  # a line that wraps cannot be written over
            sys.stderr.write(f"\r\x1b[K{cut}\r")
            sys.stderr.flush()
