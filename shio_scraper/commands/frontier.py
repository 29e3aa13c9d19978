"""``scrapy frontier``: prints which crawls run or were cut off, and which requests failed."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from scrapy.exceptions import UsageError

from shio_scraper import frontier
from shio_scraper.command import OwnCommand, say, write_lines
from shio_scraper.frontier.store import CrawlState, FrontierError

_SHOWN: Final = 20
"""The most failed requests that are shown of one crawl."""


class Command(OwnCommand):
    """Exit status: 0; 1 if the frontier cannot be used; 2 for a wrong argument."""

    usage = "[options] show [NAME] | requeue NAME | clear NAME"
    summary = "Show the crawls of the frontier, try again what failed, or forget one"
    about = "NAME is a crawl's name as show prints it, or the beginning of the name."
    failures = (FrontierError,)

    def answer(self, args: list[str], opts: Namespace) -> int:  # noqa: ARG002
        """Show the crawls, requeue the failed requests of one, or clear one."""
        match args:
            case ["show"] | ["show" | "requeue" | "clear", _] if args[-1]:
                action, name = (*args, "")[:2]
            case _:
                raise UsageError(f"use {self.usage.partition(' ')[2]}")
        keeper = frontier.open_keeper(frontier.default_location(self.settings))
        crawls = [state for state in keeper.crawls() if state.crawl.name.startswith(name)]
        if action == "show":
            lines = (line for state in crawls for line in _shown(state))
            write_lines(lines if crawls else [f"No crawl {name}".rstrip()])
            return 0
        if len(crawls) != 1:
            what = f"{len(crawls)} crawls begin with" if crawls else "no crawl is called"
            raise FrontierError(f"{what} {name}: see scrapy frontier show")
        state = crawls[0]
        if action == "requeue":
            count = keeper.requeue(state.crawl)
            again = "; the same crawl command fetches them" if count else ""
            say(f"{count} failed requests put back{again}")
        elif state.is_running:
            raise FrontierError(f"{state.crawl.name} is running: stop it first")
        else:
            keeper.clear(state.crawl)
            say(f"Forgotten, with {state.counts.to_do} requests to do")
        return 0


def _shown(state: CrawlState) -> Iterator[str]:
    counts, crawl = state.counts, state.crawl
    arguments = " ".join(
        f"{name}={_value(value)}" for name, value in sorted(crawl.arguments.items())
    )
    yield f"{crawl.name}  {crawl.spider} {arguments}".rstrip()
    yield f"  began {_time(state.began)}, {_condition(state)}"
    yield f"  {counts.done} done, {counts.to_do} to do, {counts.failed} failed"
    if state.part:
        yield f"  records in {state.part.folder} on {state.part.host}"
    yield from (f"  failed: {url}  {reason}" for url, reason in state.failures[:_SHOWN])
    if len(state.failures) > _SHOWN:
        yield f"  and {len(state.failures) - _SHOWN} more failed"


def _condition(state: CrawlState) -> str:
    if state.ended:
        return f"ended {_time(state.ended)}"
    return "running" if state.is_running else "cut off: the same crawl command goes on"


def _value(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")
