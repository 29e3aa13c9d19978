"""Sends a message when a run is not complete, or complete again; pings a health check."""

from __future__ import annotations

import logging
from asyncio import Future, ensure_future
from contextlib import suppress
from pathlib import Path
from socket import gethostname
from typing import TYPE_CHECKING, Any, ClassVar, Final

from scrapy import signals
from scrapy.exceptions import NotConfigured

from shio_scraper import hooks, runs
from shio_scraper.component import Component, CrawlSpider
from shio_scraper.dataset import places
from shio_scraper.dataset.state import State, StateError
from shio_scraper.hooks import Messenger
from shio_scraper.redaction import SafeLogRecord, redact
from shio_scraper.report.figures import Figures, duration
from shio_scraper.runs import manifest
from shio_scraper.runs.outcome import CUT_OFF, NOT_TAKEN_IN, outcome, verdict

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

_SAID: Final = {0: "complete again", CUT_OFF: "cut off", NOT_TAKEN_IN: "not in the dataset"}
"""Exit status → the words for the run. For other exit statuses the run's outcome is used."""
_UNKEPT: Final = "complete, but not kept whole"


class Alerts(Component):
    """Sends messages (``SHIO_NOTIFY``) and pings (``SHIO_PING``), but none about a trial.

    Raises ``NotConfigured`` if neither is set.
    """

    # ``Ending`` answers the same signal and must come first: it writes the manifest, and the state.
    listens: ClassVar[dict[str, Any]] = {
        "opened": signals.spider_opened,
        "engine_stopped": signals.engine_stopped,
    }

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        to = hooks.addresses(crawler.settings["SHIO_NOTIFY"])
        self._ping: str = crawler.settings["SHIO_PING"]
        self._begun: Future[None] | None = None
        if not to and not self._ping:
            raise NotConfigured
        if logging.getLogRecordFactory() is logging.LogRecord:  # started by a script, not a command
            logging.setLogRecordFactory(SafeLogRecord)
        try:
            hooks.keep_secret([*to, self._ping])
            self._messenger = Messenger(to) if to else None
            if self._ping:
                hooks.check_ping(self._ping)
        except ValueError as error:
            logger.error("No message is sent about this run: %s", error)  # noqa: TRY400  (one line)
            raise NotConfigured from error

    def opened(self) -> None:
        """Ping that the run begins, without waiting for the answer."""
        if self._ping and self.spider and not self.spider.trial:
            self._begun = ensure_future(self._tell("SHIO_PING", hooks.ping, self._ping, "start"))

    async def engine_stopped(self) -> None:
        """Send a message and a ping about how the run ended."""
        spider, stats = self.spider, self.stats.get_stats()
        if spider is None or spider.trial:
            return
        status, cause = verdict(stats)
        body = "\n".join(_lines(spider, stats, cause))
        state = self.crawler.settings["SHIO_STATE"]
        if self._messenger and (status or _was_not_well(spider, state)):
            how = _SAID.get(status) or outcome(stats)[0]
            how = _UNKEPT if status and how == "complete" else how
            what = " ".join(portal.name for portal in spider.portals.members)
            title = f"shio-scraper on {gethostname()}: {what} ({spider.origin}) is {how}"
            send = self._messenger.send
            await self._tell("SHIO_NOTIFY", send, redact(title), redact(body), good=not status)
        if self._ping:
            if self._begun:
                await self._begun
            await self._tell("SHIO_PING", hooks.ping, self._ping, str(status), redact(body))

    async def _tell(self, name: str, hook: Any, *what: Any, **how: Any) -> None:
        if why := await hooks.carried_out(lambda: hook(*what, **how)):
            logger.warning("%s did not get through, which costs the run nothing: %s", name, why)


def _lines(spider: CrawlSpider, stats: dict[str, Any], cause: str | None) -> list[str]:
    """Return the lines of a message: the cause, the figures, and the command for a report."""
    folder, seconds = spider.run_folder.absolute(), stats.get("elapsed_time_seconds", 0)
    return [
        cause or "the run is complete",
        f"{folder.name}: {Figures.of(stats)}; in {duration(seconds)}",
        f"look closer: cd {Path.cwd()} && scrapy report {folder} --text",
    ]


def _was_not_well(spider: CrawlSpider, state: str) -> bool:
    """Tell whether the run was cut off before, or the last run of the same kind was not well."""
    if spider.resumed:
        return True
    data = spider.run_folder.parents[1]
    with suppress(OSError, ValueError):  # ``Ending`` already reported that it cannot be written
        this = manifest.read(spider.run_folder)
        for folder in reversed(runs.all_below(data)):
            with suppress(OSError, ValueError):  # not the folder of a run, or a damaged manifest
                last = manifest.read(folder)
                kind = (last.site, last.spider, last.trial, last.scope)
                if folder.name < this.run and kind == (this.site, this.spider, None, this.scope):
                    return last.outcome != "complete" or not _is_taken_in(folder, data, state)
    return False


def _is_taken_in(folder: Path, data: Path, setting: str) -> bool:
    """Tell whether the state holds the run in ``folder``; ``True`` if there is no state."""
    with suppress(StateError):
        site = places.site_of_run(folder, data)
        path = places.state_path(data, setting, site) if site else None
        if path:
            with State.open(path) as state:
                return folder.name in {run.name for run in state.runs()}
    return True
