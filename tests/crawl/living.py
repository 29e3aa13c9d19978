"""A portal that changes between crawls, and the crawls that follow it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from shio_scraper.parsers.days import portal_day
from shio_scraper.portals import TOUCH_SHANGHAI
from tests.server import Reply, ScriptedPortal, canonical
from tests.spiders.running import FAST, RECORD_FILES, TIMEOUT, Json, lines, scrapy, start_scrapy
from tests.spiders.scripted import STARTS, article, en, item, listing, pager, portal_of

LISTING = STARTS[0]
SIZE = 3
"""Items of a page of the listing."""
NEWEST = 127


def today() -> date:
    """Return the portal's day."""
    return portal_day(datetime.now(UTC), TOUCH_SHANGHAI.zone)


def day_of(number: int) -> date:
    """Return the day of a story: every second day has one, the newest is today's."""
    return today() - timedelta(days=max(0, 2 * (NEWEST - number)))


def story(number: int, *, edited: str = "", validated: bool = True) -> Reply:
    """Return the page of a story; even ones have an ``ETag``, odd ones ``Last-Modified``."""
    text = f"Story {number} is about the new bridge, which was opened on a sunny Monday. {edited}"
    page = article(f"Story {number}", day_of(number).isoformat(), body=[text])
    if not validated:
        return Reply(page)
    if number % 2 == 0:
        return Reply(page, headers={"ETag": f'"{number}{edited}"'})
    return Reply(page, headers={"Last-Modified": f"Mon, 01 Jun 2026 08:00:{len(edited):02} GMT"})


def entry(number: int) -> str:
    """Return the listing's item of a story."""
    day = day_of(number)
    return item(en(number), f"Story {number}", f"{day:%B} {day.day}, {day.year}", f"T{number}")


def listed(numbers: Iterable[int]) -> dict[str, str]:
    """Return the pages of the listing that shows stories in this order."""
    entries = [entry(number) for number in numbers]
    pages = [entries[start : start + SIZE] for start in range(0, len(entries), SIZE)]
    links = pager(LISTING, *range(1, len(pages) + 1))
    return {page_at(n): listing(found, pager=links) for n, found in enumerate(pages, 1)}


def page_at(number: int) -> str:
    """Return the target of a page of the listing."""
    return canonical(f"{LISTING}&p_page={number}")


@dataclass
class Crawl:
    """One crawl of a living portal: what it asked for, and what it left."""

    folder: Path
    status: int
    stderr: str
    targets: list[str]
    conditional: list[str] = field(default_factory=list)

    @property
    def keys(self) -> set[str]:
        """The keys of its records."""
        return {r["key"] for name in RECORD_FILES for r in self.file(name)}

    @property
    def stories(self) -> set[int]:
        """The stories among its records."""
        start = "article/en/1"
        return {int(key[11:]) for key in self.keys if key.startswith(start) and len(key) == 14}

    @property
    def update(self) -> dict[str, int]:
        """The summary's figures, and the dataset's: new and changed records."""
        (line,) = [line for line in self.stderr.splitlines() if " INFO: Update: " in line]
        pairs = (part.split(" ", 1) for part in line.partition("Update: ")[2].split(", "))
        figures = {name: int(count) for count, name in pairs}
        if taken := re.search(r" records, (\d+) new, (\d+) changed", self.stderr):
            figures |= zip(("new", "changed"), map(int, taken.groups()), strict=True)
        return figures

    @property
    def rejects(self) -> list[tuple[str, str]]:
        """Reason and page of each reject."""
        origin = len("https://touch.shio.gov.cn")
        return [(r["reason"], r["url"][origin:]) for r in self.file("rejects")]

    def asked(self, part: str) -> list[str]:
        """Return the targets that hold ``part``."""
        return [target for target in self.targets if part in target]

    def pages(self) -> list[int]:
        """Return the pages of the listing that were asked for, in order."""
        numbers = {page_at(n): n for n in range(1, 30)}
        return [numbers[target] for target in self.targets if target in numbers]

    def file(self, name: str) -> list[Json]:
        """Return the lines of a file of the run."""
        path = self.folder / f"{name}.jsonl"
        return lines(path) if path.exists() else []


class Living:
    """A portal with a home page, a listing of stories, and bare listings beside it."""

    def __init__(self, folder: Path, portal: ScriptedPortal, numbers: Iterable[int] = ()) -> None:
        self.folder = folder
        self.portal = portal
        self.put(portal_of())
        self.show(list(numbers))

    def put(self, pages: Mapping[str, Reply | str]) -> None:
        """Change pages."""
        for target, reply in pages.items():
            self.portal.pages[canonical(target)] = reply

    def show(self, numbers: list[int]) -> None:
        """Show stories on the listing; each that is new gets its page."""
        self.put(listed(numbers))
        for number in numbers:
            self.portal.pages.setdefault(en(number), story(number))

    def full(self, *arguments: str) -> Crawl:
        """Crawl everything."""
        self.portal.requests.clear()
        run = scrapy(self.folder, *self.command(*arguments))
        return self._left(run.status, run.stderr)

    def update(self, *arguments: str) -> Crawl:
        """Crawl what changed."""
        return self.full("-a", "mode=update", *arguments)

    def killed_at(self, target: str, *arguments: str, after: float = 0.0) -> None:
        """Crawl, and kill the crawl ``after`` seconds from when ``target`` is asked for.

        The answer to that is late.
        """
        self.portal.requests.clear()
        found = self.portal.pages[target]
        self.portal.pages[target] = Reply("late", delay=TIMEOUT)
        process = start_scrapy(self.folder, *self.command(*arguments))
        end = time.monotonic() + TIMEOUT
        while target not in self.targets and process.poll() is None and time.monotonic() < end:
            time.sleep(0.005)
        time.sleep(after)
        process.kill()
        process.communicate(timeout=TIMEOUT)
        assert process.returncode < 0, "it ended before it was killed"
        self.portal.pages[target] = found

    @property
    def everything(self) -> set[int]:
        """The stories that all runs together wrote."""
        runs = (self.folder / "data" / "runs").glob("*-*")
        return {number for run in runs for number in Crawl(run, 0, "", []).stories}

    def command(self, *arguments: str) -> tuple[str, ...]:
        """Return the command line of a crawl of this portal."""
        site = f"site={self.portal.url}"
        return ("crawl", "portal", "-a", site, *FAST, "-s", "RETRY_TIMES=0", *arguments)

    @property
    def targets(self) -> list[str]:
        """What was asked for since the last crawl began."""
        return [canonical(target) for target in self.portal.targets]

    def _left(self, status: int, stderr: str) -> Crawl:
        newest = max((self.folder / "data" / "runs").glob("*-*"), key=lambda p: p.stat().st_mtime)
        conditional = [
            canonical(seen.target)
            for seen in self.portal.requests
            if {"If-None-Match", "If-Modified-Since"} & set(seen.headers)
        ]
        return Crawl(newest, status, stderr, self.targets, conditional)
