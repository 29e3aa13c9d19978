"""Decides where the records of a crawl go: into a new run, or into the run that was cut off."""

from __future__ import annotations

import json
import logging
from collections import deque
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from shutil import copyfile
from socket import gethostname
from typing import TYPE_CHECKING, cast

from shio_scraper import runs
from shio_scraper.archives.writer import seal_left_open
from shio_scraper.component import CrawlSpider, ours
from shio_scraper.feeds.exporters import appended_to
from shio_scraper.frontier.store import Counts, Crawl, FrontierError, Part, check_running
from shio_scraper.portals import sources
from shio_scraper.runs import manifest
from shio_scraper.runs.manifest import Neighbour
from shio_scraper.runs.outputs import Outputs, cut_back, growing

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler

    from shio_scraper.frontier.redis import RedisStore
    from shio_scraper.frontier.redis_server import Server
    from shio_scraper.frontier.sqlite import SqliteStore

logger = logging.getLogger(__name__)


def crawl_of(spider: Spider) -> Crawl:
    """Return the crawl of ``spider``: its name, and the arguments that distinguish it."""
    known = ours(spider)
    arguments = known.identity if known else {}
    text = json.dumps([spider.name, arguments], sort_keys=True)
    name = sha256(text.encode()).hexdigest()[:12]
    if known is None:
        return Crawl(name, spider.name, arguments)
    return Crawl(name, spider.name, arguments, known.remembered_as, known.leased_as)


async def join(crawler: Crawler, store: SqliteStore) -> Outputs | None:
    """Begin or resume the crawl of ``crawler``. Return the outputs to acknowledge.

    Return ``None`` if nothing outlives the process. Raises ``FrontierError``, also if the crawl
    runs already or its folder is gone.
    """
    spider = ours(crawler.spider)
    assert crawler.spider  # noqa: S101  (Scrapy opens the scheduler with it)
    part = await _open(crawler.spider, store)
    if spider is None or not store.durable:
        await store.join(part or Part(Path(), gethostname()))
        return None
    if part and store.shared:
        part = _passed_on(spider, cast("RedisStore", store), part)
    if part:
        _resume(spider, part)
        logger.info(
            "Resuming the crawl that was cut off: %s; records go on in %s (-a fresh=1 starts anew)",
            _shown(await store.join(part)), part.folder,
        )  # fmt: skip
        return spider.outputs
    _tell_of_other_names(spider)
    counts = await store.join(_new_part(spider))
    if before := spider.continues:
        logger.info(
            "Going on, in a run of its own, where %s on %s was cut off: %s",
            before.run, before.host, _shown(counts),
        )  # fmt: skip
    elif counts.waiting:
        logger.info("%d requests that failed before are tried again", counts.waiting)
    return spider.outputs


def _shown(counts: Counts) -> str:
    return f"{counts.done} pages done, {counts.to_do} to do, {counts.failed} failed"


async def _open(spider: Spider, store: SqliteStore) -> Part | None:
    """Open the crawl of ``spider``. Return its part if the crawl can go on, else ``None``."""
    crawl, known = crawl_of(spider), ours(spider)
    if store.shared and known and len(known.own_shares) > 1:
        raise FrontierError("workers crawl a portal each: name one, or start them by scrapy crawl")
    part = await store.open(crawl, fresh=False)
    # A run may have ended although the crawl was killed before that was stored.
    has_ended = part and (part.folder / manifest.NAME).exists()
    if (known and known.fresh) or has_ended:
        if not store.shared:
            check_running(part)
        part = await store.open(crawl, fresh=True)
    return part


async def tidy(server: Server) -> None:
    """Put in order the runs on this machine whose crawls went on in other runs.

    Each such run is cut back to what was acknowledged, and gets a manifest that names the run that
    continues it. So the runs together hold each record once. Raises ``FrontierError``.
    """
    for part, successor in await server.left():
        if part.host != gethostname():
            continue
        if not part.folder.is_dir():
            await server.forget(part)
        elif runs.lock(part.folder):
            if _put_in_order(part, Neighbour(run=successor.folder.name, host=successor.host)):
                await server.forget(part)
            runs.unlock(part.folder)


def _put_in_order(part: Part, successor: Neighbour) -> bool:
    """Cut back and end a run. Return whether that succeeded.

    A run that had hardly begun has no manifest to end.
    """
    try:
        _cut_back(part)
        if (part.folder / manifest.BEGUN).exists():
            counts = manifest.counts(part.stats)
            manifest.end(part.folder, "partial", "continued", counts, continued=successor)
    except (FrontierError, OSError, ValueError) as error:
        logger.warning("%s, which went on in %s: %s", part.folder, successor.run, error)
        return False
    logger.info("%s ends here: its crawl went on in %s", part.folder, successor.run)
    return True


def _tell_of_other_names(spider: CrawlSpider) -> None:
    """Warn of each crawl that cannot go on because the map of its portal has another name now."""
    names = {source.source: source.name for source in sources(spider.portals)}
    data = Path(spider.settings["SHIO_DATA"])
    for folder in runs.all_below(data) if names else ():
        with suppress(OSError, ValueError):
            other = manifest.read(folder)
            for source in other.maps if other.outcome == "unfinished" else ():
                if (name := names.get(source.source, source.name)) != source.name:
                    logger.warning(
                        "%s waits to go on as portal %s, which %s calls %s now: give it that name "
                        "again to go on with it",
                        folder, source.name, source.source, name,
                    )  # fmt: skip


def _passed_on(spider: CrawlSpider, store: RedisStore, part: Part) -> Part | None:
    """Return the part to go on with, with its folder on this machine.

    Return ``None`` if this machine cannot reach the folder, or if a worker that does not answer
    still has it. Then the crawl goes on in a new run, which knows the records of the runs before.
    """
    folder = _reached(part, spider)
    if folder and not runs.is_locked(folder):
        if part.host != gethostname():
            _renew(folder)
        return replace(part, folder=folder.absolute(), host=gethostname())
    if spider.crawler.stats:
        spider.crawler.stats.set_value("frontier/continues", part.folder.name)
    spider.continues = Neighbour(run=part.folder.name, host=part.host)
    spider.written_before = store.written
    store.leave(part, _new_part(spider))
    return None


def _reached(part: Part, spider: CrawlSpider) -> Path | None:
    """Return the path of the folder of ``part``; ``None`` if this machine cannot reach it.

    The folder of another machine may be on a shared disk, under another path. Only one worker at a
    time has a portal. So an unfinished run with the same name and portal must be that run.
    """
    if part.host == gethostname():
        return part.folder if part.folder.is_dir() else None
    for folder in (part.folder, Path(spider.settings["SHIO_DATA"]) / "runs" / part.folder.name):
        with suppress(OSError, ValueError):
            begun = manifest.read(folder)
            here = (begun.outcome, begun.spider, begun.site, begun.scope.portals)
            if here == ("unfinished", spider.name, spider.origin, spider.scope.portals):
                return folder
    return None


def _renew(folder: Path) -> None:
    """Replace the growing files of a run by copies.

    A worker elsewhere may only be late. It has the old files open, and cannot damage the copies.
    """
    for path in growing(folder):
        copy = path.with_name(f"{path.name}.copy")
        copyfile(path, copy)
        copy.replace(path)


def _new_part(spider: CrawlSpider) -> Part:
    """Return the part of a new run, whose folder this process locks."""
    runs.lock(spider.run_folder)
    files = appended_to(spider.settings)
    before = {str(file): file.stat().st_size if file.is_file() else 0 for file in files}
    return Part(spider.run_folder.absolute(), gethostname(), before)


def _resume(spider: CrawlSpider, part: Part) -> None:
    """Go on in the folder of ``part``: reset spider, files and stats to what was acknowledged."""
    if not part.folder.is_dir():
        raise FrontierError(
            f"the crawl was cut off, and its folder is gone: {part.folder}; -a fresh=1 starts anew"
        )
    if not runs.lock(part.folder):
        check_running(part)
    for file, is_lines in appended_to(spider.settings).items():
        if not is_lines:
            raise FrontierError(
                f"{file}: a crawl that was cut off can go on in plain JSON Lines only; "
                "use -O, which writes the file anew"
            )
    _cut_back(part)
    spider.run_folder = part.folder
    spider.resumed = True
    spider.appended_from = part.lengths
    for name, value in part.stats.items():
        if spider.crawler.stats:
            spider.crawler.stats.set_value(name, value)


def _cut_back(part: Part) -> None:
    """Cut the files of ``part`` back to what was acknowledged, and seal its open archive files."""
    try:
        cut_back(part.folder, part.lengths)
        deque(seal_left_open(part.folder.parent), maxlen=0)
    except OSError as error:
        what = f"{error.filename}: {error.strerror}"
        raise FrontierError(f"the crawl cannot go on: {what}; -a fresh=1 starts anew") from error
