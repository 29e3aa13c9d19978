"""``scrapy crawl``, with errors as one line and an exit status that tells."""

from __future__ import annotations

import logging
import os
from importlib.util import find_spec
from pathlib import Path
from socket import gethostname
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from scrapy.commands import crawl
from scrapy.exceptions import UsageError
from scrapy.settings import default_settings
from scrapy.spiderloader import SpiderLoader

from shio_scraper import frontier, hooks, logs
from shio_scraper.command import check_settings, complain, fail, leave
from shio_scraper.crawl import browser, rendering
from shio_scraper.crawl.archiving import MODES
from shio_scraper.feeds.preflight import OutputError, check, feeds_of, with_format
from shio_scraper.frontier.resuming import crawl_of
from shio_scraper.frontier.store import LEASE_LOST, Crawl, FrontierError
from shio_scraper.runs.verdict import WRONG_USE, verdict
from shio_scraper.spiders import assets
from shio_scraper.spiders.arguments import ArgumentError
from shio_scraper.spiders.base import CaptureSpider

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from scrapy.crawler import Crawler
    from scrapy.settings import Settings

    from shio_scraper.commands.worker import Worker

logger = logging.getLogger(__name__)

_QUIET = (
    "scrapy.addons",
    "scrapy.core.engine",
    "scrapy.crawler",
    "scrapy.extensions.feedexport",
    "scrapy.middleware",
    "scrapy.utils.log",
)
"""Loggers whose INFO says nothing of the run."""


class Command(crawl.Command):
    """Exit status: 0 good, 1 failed, 2 wrong usage, 3 cut off, 4 not well, 5 not taken in."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the options; argparse would print the usage with each error."""
        super().add_options(parser)
        vars(parser)["error"] = lambda message: fail("crawl", message.removeprefix("argument "))

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Check everything before anything starts."""
        assert self.settings is not None  # noqa: S101  (Scrapy sets it)
        try:
            feeds_of(self.settings)
            for outputs in (opts.output or [], opts.overwrite_output or []):
                outputs[:] = [with_format(output, self.settings) for output in outputs]
            _read_options(super().process_options, args, opts)
            logs.begin(self.settings)
            _check_scrapy(self.settings)
            check_settings(self.settings)
            _check_hooks(self.settings)
            _check_spider(self.settings, args, opts)
            _check_archive(self.settings)
            _choose_frontier(self.settings, args[0], opts)
            _check_data(self.settings["SHIO_DATA"])
        except (ArgumentError, OutputError, UsageError) as error:
            fail("crawl", error)
        if self.settings["LOG_LEVEL"] == "INFO":
            for name in _QUIET:
                logging.getLogger(name).addFilter(_above_info)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Crawl, and judge what came of it."""
        assert self.crawler_process  # noqa: S101  (Scrapy sets it)
        assert self.settings is not None  # noqa: S101  (as above)
        crawler = self.crawler_process.create_crawler(args[0])
        try:
            check(crawler, crawler.spidercls(**opts.spargs))
        except OutputError as error:
            fail("crawl", error)
        logger.info("Spider %s on %s, process %d", args[0], gethostname(), os.getpid())
        worker = _worker(self.settings, args[0], opts)
        given: dict[str, Any] | None = opts.spargs
        if worker:
            given = _next(worker, opts.spargs)
            self.exitcode = worker.status()
            crawler.signals.connect(worker.lose, LEASE_LOST)
        if given is None:  # other workers did the rest, or all
            return
        self.crawler_process.crawl(crawler, **given)
        self.crawler_process.start()
        self.exitcode = 1 if self.crawler_process.bootstrap_failed else _judge(crawler)
        if worker and crawler.stats:
            self.exitcode = worker.go_on(self.exitcode, crawler.stats.get_stats())


def _read_options(read: Callable[..., None], args: list[str], opts: argparse.Namespace) -> None:
    """Let Scrapy read options. Raises ``ArgumentError`` for values that it cannot take."""
    try:
        read(args, opts)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"a setting of -s has another form: {error}") from error


def _check_scrapy(settings: Settings) -> None:
    """Raise ``ArgumentError`` where a setting of Scrapy's must be a number or level and is not."""
    for name, default in vars(default_settings).items():
        if name.isupper() and isinstance(default, int | float) and settings[name] is not None:
            is_switch = isinstance(default, bool) or name.endswith("_ENABLED")
            try:
                (settings.getbool if is_switch else settings.getfloat)(name)
            except (TypeError, ValueError) as error:
                what = "True or False" if is_switch else "a number"
                raise ArgumentError(f"{name}={settings[name]!r} is not {what}") from error
    if settings["LOG_LEVEL"] not in (levels := logging.getLevelNamesMapping()):
        raise ArgumentError(f"LOG_LEVEL={settings['LOG_LEVEL']!r} is not {', '.join(levels)}")


def _worker(settings: Settings, name: str, opts: argparse.Namespace) -> Worker | None:
    """Return what shares the crawl with others, where its frontier is on Redis."""
    location = frontier.location(settings)
    if not frontier.is_shared(location):
        return None
    from shio_scraper.commands.worker import Worker  # noqa: PLC0415  (an extra)

    spider_class = SpiderLoader.from_settings(settings).load(name)
    if not issubclass(spider_class, CaptureSpider):
        return None
    shares = spider_class.shares(opts.spargs)
    if len(shares) > 1 and opts.overwrite_output:
        fail(
            "crawl", "-O would keep the records of one portal: workers crawl one at a time; use -o"
        )
    crawls = [_crawl_of(spider_class, given) for given in shares]
    whole = _crawl_of(spider_class, opts.spargs)
    return Worker(location, whole.name, list(zip(crawls, shares, strict=True)))


def _next(worker: Worker, given: dict[str, Any]) -> dict[str, Any] | None:
    try:
        return worker.next(fresh=str(given.get("fresh")).strip() == "1")
    except FrontierError as error:
        fail("crawl", error, status=1)


def _judge(crawler: Crawler) -> int:
    """Return the exit status of a crawl that ended; say in one line where it is no success."""
    stats = crawler.stats.get_stats() if crawler.stats else {}
    status, line = verdict(stats)
    if line:
        complain(f"scrapy crawl: {line}")
    if not line or crawler.settings["LOG_FILE"]:  # the last line of the log, wherever it goes
        logger.log(logging.ERROR if line else logging.INFO, line or "The run is complete")
    if status == 1 and stats.get("records"):
        leave()
    return status


def _check_spider(settings: Settings, args: list[str], opts: argparse.Namespace) -> None:
    spiders = SpiderLoader.from_settings(settings)
    if len(args) != 1 or args[0] not in spiders.list():
        raise ArgumentError(f"name one spider: {', '.join(spiders.list())}")
    spider_class = spiders.load(args[0])
    if issubclass(spider_class, CaptureSpider):
        spider_class.check_arguments(opts.spargs)


def _choose_frontier(settings: Settings, name: str, opts: argparse.Namespace) -> None:
    """Keep the frontier on disk, unless told otherwise, where a crawl can be resumed."""
    spider_class, crawl = SpiderLoader.from_settings(settings).load(name), None
    if issubclass(spider_class, CaptureSpider):
        crawl = _crawl_of(spider_class, opts.spargs)
        if not settings["SHIO_FRONTIER"] and spider_class.is_resumable(opts.spargs):
            settings.set("SHIO_FRONTIER", frontier.default_location(settings), priority="cmdline")
    location = frontier.location(settings)
    try:
        frontier.check(location, crawl)
    except FrontierError as error:
        fail("crawl", error, status=WRONG_USE if frontier.is_shared(location) else 1)


def _crawl_of(spider_class: type[CaptureSpider], given: dict[str, Any]) -> Crawl:
    spider = spider_class(**given)
    spider.given = given
    return crawl_of(spider)


def _check_archive(settings: Settings) -> None:
    choices = {
        "SHIO_ARCHIVE": MODES, "SHIO_ASSETS": assets.MODES, "SHIO_RENDER": rendering.MODES
    }  # fmt: skip
    for name, modes in choices.items():
        if settings[name] not in modes:
            raise ArgumentError(f"{name}={settings[name]!r} cannot be: use {', '.join(modes)}")
    if settings["SHIO_RENDER"] != "off":
        if find_spec("playwright") is None:
            raise ArgumentError("SHIO_RENDER needs more: pip install 'shio-scraper[browser]'")
        if browser.find(given := settings["SHIO_BROWSER"]) is None:
            which = f"SHIO_BROWSER={given!r} is none" if given else "apt-get install chromium"
            raise ArgumentError(f"SHIO_RENDER needs a browser: {which}")
    if settings["SHIO_ARCHIVE"] == "wacz" and find_spec("cdxj_indexer") is None:
        raise ArgumentError("SHIO_ARCHIVE=wacz needs more: pip install 'shio-scraper[wacz]'")


def _check_hooks(settings: Settings) -> None:
    """Raise ``UsageError`` where nobody could be told of the run: before it, not after it."""
    try:
        if to := hooks.addresses(settings["SHIO_NOTIFY"]):
            hooks.Messenger(to)
        if settings["SHIO_PING"]:
            hooks.check_ping(settings["SHIO_PING"])
    except hooks.HookError as error:
        raise UsageError(str(error)) from error


def _check_data(data: str) -> None:
    """Raise ``ArgumentError`` where no run's folder can be made below ``data``."""
    folder = Path(data) / "runs"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=folder).close()
    except OSError as error:
        raise ArgumentError(f"SHIO_DATA={data!r} cannot be written: {error.strerror}") from error


def _above_info(record: logging.LogRecord) -> bool:
    return record.levelno > logging.INFO
