"""A week of daily runs on a made-up clock: ``python -m tests.crawl.week`` prints what was told.

The crawls are real, and so are the portal, the messages and the pings; only the clock is not.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.crawl.living import Living, story
from tests.server import Reply, ScriptedPortal, service
from tests.spiders.running import scrapy
from tests.spiders.scripted import article, en

_AT = (
    "import sys, time_machine; from datetime import datetime; from scrapy.cmdline import execute; "
    "time_machine.travel(datetime.fromisoformat(sys.argv.pop(1)), tick=True).start(); execute()"
)
STORIES = range(100, 112)
SETTINGS = ("-s", "SHIO_MONITOR_SAMPLE=5", "-s", "SHIO_CHALLENGE_DELAY=0")


@dataclass
class Day:
    """A day: what happened, what was told at night, and what ``status`` said at noon."""

    name: str
    what: str
    status: int
    pings: list[str]
    message: str | None
    check: int
    said: list[str] = field(default_factory=list)


def undated(number: int) -> Reply:
    """Return a story in a layout that prints no day."""
    return Reply(article(f"Story {number}", ""))


@contextmanager
def _changed(portal: ScriptedPortal, pages: Mapping[str, Reply | str]) -> Iterator[None]:
    """Serve other pages for a while."""
    before = dict(portal.pages)
    portal.pages.update(pages)
    try:
        yield
    finally:
        portal.pages = before


def play(folder: Path) -> list[Day]:
    """Let the week pass, from Monday to Monday."""
    monday = datetime.now(UTC).replace(hour=18, minute=30, second=0, microsecond=0)
    monday -= timedelta(days=monday.weekday())
    away = dict.fromkeys(("/", *map(en, STORIES)), Reply(drop=True))
    slow = {en(n): Reply(story(n).body, delay=0.2 * (n - 99)) for n in STORIES}
    nights: list[tuple[str, Mapping[str, Reply | str], tuple[str, ...]]] = [
        ("as ever", {}, ()),
        ("as ever", {}, ()),
        ("outage: the portal hangs up on everybody", away, ()),
        ("back again", {}, ()),
        ("layout change: no day on any article", {en(n): undated(n) for n in STORIES}, ()),
        ("the old layout again", {}, ()),
        ("slow death: each answer takes longer", slow, ("-s", "CLOSESPIDER_TIMEOUT=4")),
        ("the same command goes on", {}, ()),
    ]
    days = []
    with ScriptedPortal() as portal, service(lambda _: Reply("OK")) as hook:
        living = Living(folder, portal, STORIES)
        told = (
            "-s", f"SHIO_NOTIFY={hook.url.replace('http:', 'json:')}/notify",
            "-s", f"SHIO_PING={hook.url}/ping",
        )  # fmt: skip
        for number, (what, pages, options) in enumerate(nights):
            night = monday + timedelta(days=number)
            with _changed(portal, pages):
                if pages is away:
                    portal.dies_after = 0
                status, _ = _run(folder, night, *living.command(*SETTINGS, *told, *options))
                portal.dies_after = None
            noon = night + timedelta(hours=9, minutes=30)
            site = ("--site", portal.url)
            _, said = _run(folder, noon, "status", *site)
            check, _ = _run(folder, noon, "status", *site, "--max-age", "36h")
            pings = [target.removeprefix("/ping") for target in hook.asked("/ping")]
            messages = [json.loads(seen.body) for seen in hook.requests if seen.target == "/notify"]
            message = "\n".join(f"{m['title']}\n{m['message']}" for m in messages) or None
            hook.requests.clear()
            found = said.replace(str(folder), "/srv/shio").splitlines()
            days.append(Day(f"{night:%A}", what, status, pings, message, check, found))
    return days


def _run(folder: Path, moment: datetime, *arguments: str) -> tuple[int, str]:
    """Run ``scrapy`` at a moment; return its exit status, and what it printed."""
    done = scrapy(folder, "-c", _AT, moment.isoformat(), *arguments)
    sys.stdout.write(done.stderr if "-v" in sys.argv else "")
    return done.status, done.stdout


def main() -> None:
    """Print the week."""
    with TemporaryDirectory() as name:
        for day in play(Path(name)):
            lines = [
                f"## {day.name}: {day.what}",
                f"crawl: exit status {day.status}; pings {' '.join(day.pings)}",
                f"message: {day.message or 'none'}".replace(name, "/srv/shio"),
                f"scrapy status --max-age 36h: exit status {day.check}",
                *day.said,
            ]
            sys.stdout.write("\n".join(lines) + "\n\n")


if __name__ == "__main__":
    main()
