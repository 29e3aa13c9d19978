"""``scrapy frontier``: which crawls are under way or cut off, and what of them failed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from scrapy.exceptions import UsageError

from shio_scraper import frontier
from shio_scraper.command import OwnCommand, say
from shio_scraper.frontier.store import CrawlState, FrontierError

if TYPE_CHECKING:
    import argparse

    from scrapy.settings import BaseSettings

    from shio_scraper.frontier.database import Database
    from shio_scraper.frontier.rota import RedisKeeper

_SHOWN: Final = 20
"""Failed requests that are shown of a crawl."""
_ACTIONS: Final = ("show", "requeue", "clear")


class Command(OwnCommand):
    """Exit status: 0, 1 where the frontier cannot be used, 2 for a wrong argument."""

    usage = "[options] show [NAME] | requeue NAME | clear NAME"
    summary = "Show the crawls of the frontier, try again what failed, or forget one"
    about = "NAME is a crawl's name as show prints it, or how it begins."
    failures = (FrontierError,)

    def answer(self, args: list[str], opts: argparse.Namespace, settings: BaseSettings) -> int:  # noqa: ARG002
        """Do one of the three."""
        action, name = (*args, "", "")[:2]
        if action not in _ACTIONS or len(args) > 2 or (action != "show" and not name):  # noqa: PLR2004
            raise UsageError(f"use {self.usage.partition(' ')[2]}")
        for line in _done(frontier.open_keeper(frontier.default_location(settings)), action, name):
            say(line)
        return 0


def _done(keeper: Database | RedisKeeper, action: str, name: str) -> Iterator[str]:
    """Do ``action``; yield what to say of it."""
    crawls = [state for state in keeper.crawls() if state.crawl.name.startswith(name)]
    if action == "show":
        yield from (line for state in crawls for line in _shown(state))
        if not crawls:
            yield "No crawl" + (f" {name}" if name else "")
        return
    if len(crawls) != 1:
        what = f"{len(crawls)} crawls begin with" if crawls else "no crawl is called"
        raise FrontierError(f"{what} {name}: see scrapy frontier show")
    state = crawls[0]
    if action == "requeue":
        count = keeper.requeue(state.crawl)
        again = "; the same crawl command fetches them" if count else ""
        yield f"{count} failed requests put back{again}"
    elif state.is_running:
        raise FrontierError(f"{state.crawl.name} is running: stop it first")
    else:
        keeper.clear(state.crawl)
        yield f"Forgotten, with {state.counts.to_do} requests to do"


def _shown(state: CrawlState) -> Iterator[str]:
    counts, crawl = state.counts, state.crawl
    arguments = " ".join(f"{name}={_value(value)}" for name, value in crawl.arguments.items())
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
