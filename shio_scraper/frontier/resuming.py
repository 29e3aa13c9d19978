"""Where a crawl's records go: into a new run's folder, or on in that of the one cut off."""

from __future__ import annotations

import json
import logging
from collections import deque
from hashlib import sha256
from pathlib import Path
from socket import gethostname
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from shio_scraper import manifest, runs
from shio_scraper.archives.sealing import seal_left_open
from shio_scraper.feeds.files import appended_to
from shio_scraper.frontier.store import Counts, Crawl, FrontierError, Part, SharedStore, Store
from shio_scraper.outputs import Outputs, cut_back

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)


def crawl_of(spider: Spider) -> Crawl:
    """Return the crawl that ``spider`` makes: its name and arguments, as far as they matter."""
    arguments: dict[str, Any] = getattr(spider, "identity", {})
    text = json.dumps([spider.name, arguments], sort_keys=True)
    name = sha256(text.encode()).hexdigest()[:12]
    return Crawl(name, spider.name, arguments, getattr(spider, "remembered_as", ""))


async def join(crawler: Crawler, store: Store) -> Outputs | None:
    """Begin or resume the crawl of ``crawler``; return the outputs to acknowledge.

    Raises ``FrontierError``, also where the crawl runs already or its folder is gone.
    """
    spider: Any = crawler.spider
    crawl = crawl_of(spider)
    parts = await store.open(crawl, fresh=False)
    if getattr(spider, "fresh", False) or (parts and all(_has_ended(part) for part in parts)):
        if not store.shared:
            check_running(parts)
        parts = await store.open(crawl, fresh=True)
    if not (store.durable and hasattr(type(spider), "run_folder")):  # asking itself makes one
        worker = uuid4().hex if store.shared else ""  # of one part there is one worker
        await store.join(Part(Path(worker), gethostname()))
        return None
    spider.is_shared = store.shared
    part = _adopted(parts, store)
    if part:
        _resume(crawler, part)
        _tell(part, await store.join(part))
    else:
        runs.lock(spider.run_folder)
        part = Part(spider.run_folder.absolute(), gethostname(), _feeds(crawler))
        counts = await store.join(part)
        if counts.waiting and not store.shared:
            logger.info("%d requests that failed before are tried again", counts.waiting)
    if store.shared:
        await tidy(cast("SharedStore", store))
    outputs: Outputs = spider.outputs
    return outputs


async def tidy(store: SharedStore) -> None:
    """Cut back the runs on this machine that workers, now dead, left.

    So the runs of a crawl hold each record once, although a killed worker never comes back.
    Raises ``FrontierError``.
    """
    for part in await store.left():
        if part.host != gethostname():
            continue
        if not part.folder.is_dir():
            await store.let_go(part)
        elif runs.lock(part.folder):
            _cut_back(part)
            await store.let_go(part)
            runs.unlock(part.folder)


def _adopted(parts: list[Part], store: Store) -> Part | None:
    """Return the part to go on with: one of this machine that no process works on."""
    for part in parts:
        if part.host != gethostname():
            continue
        if not part.folder.is_dir() and store.shared:
            logger.warning("A folder of this crawl is gone, and its records: %s", part.folder)
            continue
        if not part.folder.is_dir():
            raise FrontierError(
                f"the crawl was cut off, and its folder is gone: {part.folder}; "
                "-a fresh=1 starts anew"
            )
        if runs.lock(part.folder):
            return part
        if not store.shared:
            check_running(parts)
    return None


def _has_ended(part: Part) -> bool:
    """Tell whether a part's run ended, though that was not stored any more."""
    return (part.folder / manifest.NAME).exists()


def check_running(parts: list[Part]) -> None:
    """Raise ``FrontierError`` where a process works on one of ``parts``."""
    for part in parts:
        if part.host == gethostname() and runs.is_locked(part.folder):
            raise FrontierError(f"this crawl is running already, in {part.folder}")


def _resume(crawler: Crawler, part: Part) -> None:
    """Make the spider, the files and the stats what was acknowledged."""
    spider: Any = crawler.spider
    _check_feeds(crawler)
    _cut_back(part)
    spider.run_folder = part.folder
    spider.resumed = True
    spider.appended_from = part.lengths
    for name, value in part.stats.items():
        if crawler.stats:
            crawler.stats.set_value(name, value)


def _cut_back(part: Part) -> None:
    """Make the files of ``part`` what was acknowledged; its archive may get no further page."""
    try:
        cut_back(part.folder, part.lengths)
        deque(seal_left_open(part.folder.parent), maxlen=0)
    except OSError as error:
        what = f"{error.filename}: {error.strerror}"
        raise FrontierError(f"the crawl cannot go on: {what}; -a fresh=1 starts anew") from error


def _feeds(crawler: Crawler) -> dict[str, int]:
    """Return how long the files of ``-o`` are before the crawl."""
    files = appended_to(crawler.settings)
    return {str(file): file.stat().st_size if file.is_file() else 0 for file in files}


def _check_feeds(crawler: Crawler) -> None:
    for file, is_lines in appended_to(crawler.settings).items():
        if not is_lines:
            raise FrontierError(
                f"{file}: a crawl that was cut off can go on in plain JSON Lines only; "
                "use -O, which writes the file anew"
            )


def _tell(part: Part, counts: Counts) -> None:
    logger.info(
        "Resuming the crawl that was cut off: %d pages done, %d to do, %d failed; "
        "records go on in %s (-a fresh=1 starts anew)",
        counts.done, counts.waiting + counts.leased, counts.failed, part.folder,
    )  # fmt: skip
