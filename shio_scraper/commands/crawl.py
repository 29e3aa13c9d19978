"""``scrapy crawl``, with errors as one line and an exit status for each kind of ending.

If the frontier is on Redis, the process is a worker and shares the portals with other workers. A
process crawls one portal. When that portal is done, or another worker has taken it over, the
process starts itself anew with the same command line.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path
from socket import gethostname
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, Final, NoReturn

from scrapy import Spider
from scrapy.commands import crawl
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError
from scrapy.settings import Settings, default_settings
from scrapy.spiderloader import SpiderLoader

from shio_scraper import frontier, hooks
from shio_scraper.command import complain, fail, leave, need, no_other_option, say_errors_in_a_line
from shio_scraper.configuration import check_settings
from shio_scraper.crawl import browser
from shio_scraper.feeds.preflight import OutputError, check, feeds_of, with_format
from shio_scraper.frontier.resuming import crawl_of
from shio_scraper.frontier.store import LEASE_LOST, REJOIN, FrontierError
from shio_scraper.redaction import JsonLogRecord, SafeLogRecord
from shio_scraper.runs.outcome import CUT_OFF, WRONG_USE, verdict
from shio_scraper.spiders.arguments import ArgumentError
from shio_scraper.spiders.base import CaptureSpider

if TYPE_CHECKING:
    from types import FrameType

logger = logging.getLogger(__name__)

_QUIET = (
    "scrapy.addons",
    "scrapy.core.engine",
    "scrapy.crawler",
    "scrapy.extensions.feedexport",
    "scrapy.middleware",
    "scrapy.utils.log",
)
"""Loggers whose INFO messages say nothing about the run."""
_SO_FAR: Final = "SHIO_EXIT_STATUS"
"""Environment variable: the worst exit status of the portals that this worker has crawled."""
_BY_WEIGHT: Final = (0, 5, 4, 3, 1)


class Command(crawl.Command):
    """Exit status: 0 good, 1 failed, 2 wrong usage, 3 cut off, 4 not well, 5 not taken in."""

    settings: Settings  # Scrapy sets it before it calls any method of the command
    spider: Spider

    def add_options(self, parser: ArgumentParser) -> None:
        """Add the options, and print an error as one line. Argparse would print the usage, too."""
        super().add_options(parser)
        say_errors_in_a_line(parser, "crawl")

    def process_options(self, args: list[str], opts: Namespace) -> None:
        """Check arguments, settings and services before anything starts."""
        settings = self.settings
        try:
            no_other_option(args)
            feeds_of(settings)
            for outputs in (opts.output or [], opts.overwrite_output or []):
                outputs[:] = [with_format(output, settings) for output in outputs]
            try:
                super().process_options(args, opts)
            except (TypeError, ValueError) as error:
                raise UsageError(f"a setting of -s has the wrong form: {error}") from error
            _begin_log(settings)
            _check_scrapy(settings)
            check_settings(settings)
            _check_services(settings)
            self.spider = _checked(settings, args, opts)
            _check_frontier(settings, self.spider)
            _check_data(settings["SHIO_DATA"])
            _check_log(settings["LOG_FILE"])
        except (ArgumentError, OutputError, UsageError) as error:
            fail("crawl", error)
        if settings["LOG_LEVEL"] == "INFO":
            for name in _QUIET:
                logging.getLogger(name).addFilter(_above_info)

    def run(self, args: list[str], opts: Namespace) -> None:
        """Crawl, and set the exit status."""
        assert self.crawler_process  # noqa: S101  (Scrapy sets it)
        crawler = self.crawler_process.create_crawler(args[0])
        try:
            check(crawler, self.spider)
        except OutputError as error:
            fail("crawl", error)
        logger.info("Spider %s on %s, process %d", args[0], gethostname(), os.getpid())
        given: dict[str, Any] | None = opts.spargs
        worker, location = None, frontier.location(self.settings)
        if frontier.is_shared(location) and isinstance(self.spider, CaptureSpider):
            worker = _Worker(location, self.spider)
            if worker.takes_several and opts.overwrite_output:
                why = (
                    "-O would keep the records of one portal only, the last that is crawled: use -o"
                )
                fail("crawl", why)
            given = worker.next(fresh=self.spider.fresh)
            self.exitcode = worker.status()
            crawler.signals.connect(worker.lose, LEASE_LOST)
        if given is None:  # other workers crawled all portals that were left
            return
        self.crawler_process.crawl(crawler, **given)
        self.crawler_process.start()
        self.exitcode = 1 if self.crawler_process.bootstrap_failed else _judge(crawler)
        if worker and crawler.stats:
            self.exitcode = worker.go_on(self.exitcode, crawler.stats.get_stats())


def _begin_log(settings: Settings) -> None:
    """Set the form of this process's log (``SHIO_LOG``), and keep secrets out of it."""
    if settings["SHIO_LOG"] == "json":  # a line is the message of its log record, nothing else
        settings.setdict({"LOG_FORMAT": "%(message)s", "LOG_COLOR": False}, priority="cmdline")
        logging.setLogRecordFactory(JsonLogRecord)
    else:
        logging.setLogRecordFactory(SafeLogRecord)


def _check_scrapy(settings: Settings) -> None:
    """Raise ``UsageError`` if a setting of Scrapy must be a number or a log level and is not."""
    for name, default in vars(default_settings).items():
        if name.isupper() and isinstance(default, int | float) and settings[name] is not None:
            is_switch = isinstance(default, bool) or name.endswith("_ENABLED")
            try:
                (settings.getbool if is_switch else settings.getfloat)(name)
            except (TypeError, ValueError) as error:
                what = "True or False" if is_switch else "a number"
                raise UsageError(f"{name}={settings[name]!r} is not {what}") from error
    if settings["LOG_LEVEL"] not in (levels := logging.getLevelNamesMapping()):
        raise UsageError(f"LOG_LEVEL={settings['LOG_LEVEL']!r} is not {', '.join(levels)}")


def _checked(settings: Settings, args: list[str], opts: Namespace) -> Spider:
    """Return the spider that the command line names, with its arguments. Raises ``UsageError``."""
    spiders = SpiderLoader.from_settings(settings)
    if len(args) != 1 or args[0] not in spiders.list():
        raise UsageError(f"name one spider: {', '.join(spiders.list())}")
    spider = spiders.load(args[0])(**opts.spargs)
    if isinstance(spider, CaptureSpider):
        spider.check()
    return spider


def _check_services(settings: Settings) -> None:
    """Raise ``UsageError`` if the crawl needs a program, package or address that is missing."""
    if settings["SHIO_RENDER"] != "off":
        need("SHIO_RENDER", "browser", "playwright")
        if browser.find(given := settings["SHIO_BROWSER"]) is None:
            which = f"SHIO_BROWSER={given!r} is none" if given else "apt-get install chromium"
            raise UsageError(f"SHIO_RENDER needs a browser: {which}")
    if settings["SHIO_ARCHIVE"] == "wacz":
        need("SHIO_ARCHIVE=wacz", "wacz", "cdxj_indexer")
    try:
        if to := hooks.addresses(settings["SHIO_NOTIFY"]):
            hooks.Messenger(to)
        if settings["SHIO_PING"]:
            hooks.check_ping(settings["SHIO_PING"])
    except hooks.HookError as error:
        raise UsageError(str(error)) from error


def _check_frontier(settings: Settings, spider: Spider) -> None:
    """Check the frontier. A crawl that can be resumed keeps it on disk by default."""
    this = None
    if isinstance(spider, CaptureSpider):
        this = crawl_of(spider)
        if not settings["SHIO_FRONTIER"] and spider.is_resumable:
            settings.set("SHIO_FRONTIER", frontier.default_location(settings), priority="cmdline")
    location = frontier.location(settings)
    if "://" in location and not frontier.is_shared(location):
        raise UsageError(f"SHIO_FRONTIER={location}: use a file, redis://HOST or memory")
    try:
        frontier.check(location, this)
    except FrontierError as error:
        fail("crawl", error, status=WRONG_USE if frontier.is_shared(location) else 1)


def _check_data(data: str) -> None:
    """Raise ``UsageError`` if no folder of a run can be made below ``data``."""
    folder = Path(data) / "runs"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=folder).close()
    except OSError as error:
        raise UsageError(f"SHIO_DATA={data!r} cannot be written: {error.strerror}") from error


def _check_log(file: str | None) -> None:
    """Raise ``UsageError`` if the log cannot be written to its file."""
    try:
        if file:
            Path(file).open("a").close()
    except OSError as error:
        raise UsageError(f"LOG_FILE={file!r} cannot be written: {error.strerror}") from error


def _above_info(record: logging.LogRecord) -> bool:
    return record.levelno > logging.INFO


def _judge(crawler: Crawler) -> int:
    """Return the exit status of a crawl that ended. Print one line if it is no success."""
    stats = crawler.stats.get_stats() if crawler.stats else {}
    status, line = verdict(stats)
    if line:
        complain(f"scrapy crawl: {line}")
    if not line or crawler.settings["LOG_FILE"]:  # the verdict is the last line of every log
        logger.log(logging.ERROR if line else logging.INFO, line or "The run is complete")
    if status == 1 and stats.get("records"):
        leave()
    return status


class _Worker:
    """Takes, one after the other, the crawls that the spider's arguments ask for."""

    def __init__(self, location: str, spider: CaptureSpider) -> None:
        from shio_scraper.frontier.rota import Rota  # noqa: PLC0415  (an extra)

        crawls = [crawl_of(type(spider)(**given)) for given in spider.own_shares]
        names = [identity.name for identity in crawls]
        self._shares = dict(zip(names, spider.own_shares, strict=True))
        self._rota = Rota(location, crawl_of(spider).name, crawls, os.environ.get(REJOIN))

    @property
    def takes_several(self) -> bool:
        """Whether there are several crawls to share with other workers."""
        return len(self._shares) > 1

    def next(self, *, fresh: bool) -> dict[str, Any] | None:
        """Return the arguments of the next crawl, as soon as no other worker has its portal.

        Return ``None`` when all crawls are done.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _stop)
        loop = asyncio.new_event_loop()
        try:
            taken = loop.run_until_complete(self._rota.next(fresh=fresh))
        except FrontierError as error:
            fail("crawl", error, status=1)
        finally:
            loop.close()
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
        os.environ[REJOIN] = str(self._rota.round_name)
        return self._shares[taken.name] if taken else None

    @staticmethod
    def status(last: int = 0) -> int:
        """Return the worst exit status so far, ``last`` included."""
        return max(int(os.environ.get(_SO_FAR, "0")), last, key=_BY_WEIGHT.index)

    def go_on(self, status: int, stats: Mapping[str, Any]) -> int:
        """Start anew with the next portal if this one is done; else return the exit status."""
        if stats.get("frontier/resumable") is False and self.takes_several:
            os.environ[_SO_FAR] = str(self.status(status))
            self._begin_anew()
        return self.status(status)

    def lose(self) -> NoReturn:
        """Start anew with any free portal, because another worker has this process's portal."""
        logger.warning("The portal is another worker's now; this one begins anew")
        self._begin_anew()

    def _begin_anew(self) -> NoReturn:
        sys.stdout.flush()
        sys.stderr.flush()
        arguments = [argument.replace("fresh=1", "fresh=0") for argument in sys.orig_argv]
        os.execv(sys.executable, arguments)  # noqa: S606  (our own command line)


def _stop(number: int, _: FrameType | None) -> NoReturn:
    fail("crawl", f"cut off ({signal.Signals(number).name}), standing by", CUT_OFF)
