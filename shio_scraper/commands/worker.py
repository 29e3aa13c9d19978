"""A worker: a process of ``scrapy crawl`` that shares portals with others, one at a time.

Each portal is crawled by a process of its own: where one is done, or lost to another worker, the
process begins anew with the same command line.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NoReturn

from shio_scraper.command import fail
from shio_scraper.frontier.store import REJOIN, Crawl
from shio_scraper.runs.verdict import CUT_OFF

if TYPE_CHECKING:
    from types import FrameType

logger = logging.getLogger(__name__)

_SO_FAR: Final = "SHIO_EXIT_STATUS"
"""Environment variable: the worst exit status of the portals that this worker crawled."""
_BY_WEIGHT: Final = (0, 5, 4, 3, 1)


class Worker:
    """Takes the crawls of one command in turn.

    ``shares`` are these crawls, each with the spider's arguments.
    """

    def __init__(
        self, location: str, name: str, shares: Sequence[tuple[Crawl, dict[str, Any]]]
    ) -> None:
        self._shares = {crawl.name: given for crawl, given in shares}
        crawls = [crawl for crawl, _ in shares]
        # Redis is an extra, and Scrapy imports every module of commands.
        from shio_scraper.frontier.rota import Rota  # noqa: PLC0415

        self._rota = Rota(location, name, crawls, os.environ.get(REJOIN))

    def next(self, *, fresh: bool) -> dict[str, Any] | None:
        """Return the arguments of the next crawl, once no other worker has its portal.

        ``None`` when all are done. Raises ``FrontierError``.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _stop)
        loop = asyncio.new_event_loop()
        try:
            crawl = loop.run_until_complete(self._rota.next(fresh=fresh))
        finally:
            loop.close()
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
        os.environ[REJOIN] = str(self._rota.round_name)
        return self._shares[crawl.name] if crawl else None

    @staticmethod
    def status(last: int = 0) -> int:
        """Return the worst of the exit statuses so far."""
        return max(int(os.environ.get(_SO_FAR, "0")), last, key=_BY_WEIGHT.index)

    def go_on(self, status: int, stats: Mapping[str, Any]) -> int:
        """Go on with the next portal, if this one came to its end; else return the exit status."""
        if stats.get("frontier/resumable") is False and len(self._shares) > 1:
            os.environ[_SO_FAR] = str(self.status(status))
            self._begin_anew()
        return self.status(status)

    def lose(self) -> NoReturn:
        """Go on with whatever portal is free: that of this process is another worker's."""
        logger.warning("The portal is another worker's now; this one begins anew")
        self._begin_anew()

    def _begin_anew(self) -> NoReturn:
        sys.stdout.flush()
        sys.stderr.flush()
        arguments = [argument.replace("fresh=1", "fresh=0") for argument in sys.orig_argv]
        os.execv(sys.executable, arguments)  # noqa: S606  (our own command line)


def _stop(number: int, _: FrameType | None) -> NoReturn:
    fail("crawl", f"cut off ({signal.Signals(number).name}), standing by", CUT_OFF)
