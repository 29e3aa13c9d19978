"""What was asked for, and what of it could not be had: told by the stats of a run.

``pages/read/<kind>`` counts the pages of a kind (of family; ``other`` at an unknown address) that
came, or that the server said are as they were. ``pages/gone/<kind>`` are those of which it said
that there are none, ``pages/failed/<kind>`` those that could not be had or used.
``failures/<cause>`` counts both by what was wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
)

from shio_scraper.portals import ALL

if TYPE_CHECKING:
    from scrapy.statscollectors import StatsCollector

    from shio_scraper.items import Reject

_NO_ANSWER: Final[dict[type, str]] = {
    CannotResolveHostError: "cannot be resolved",
    DownloadConnectionRefusedError: "refuses connections",
    DownloadTimeoutError: "does not answer in time",
}
_TOLD: Final = {"unreachable", "robots", "redirect_loop", "index"}
"""Reasons whose details begin with what was wrong, before a colon and a space."""


def told(error: BaseException | None, host: str) -> str:
    """Return in words why a host gave no answer."""
    if said := _NO_ANSWER.get(type(error)):
        return f"{host} {said}"
    return f"{host} breaks off: {type(error).__name__}: {error}"


def note_read(stats: StatsCollector, url: str | None) -> None:
    """Count a page that came, or that is as it was."""
    stats.inc_value(f"pages/read/{_kind(url)}")


def note_reject(stats: StatsCollector, reject: Reject) -> None:
    """Count a page that a reject stands for."""
    if reject.costs_page:
        stats.inc_value(f"pages/{'gone' if reject.says_none else 'failed'}/{_kind(reject.url)}")
        stats.inc_value(f"failures/{_cause(reject)}")


@dataclass(frozen=True, slots=True)
class Losses:
    """Pages by kind: those that were read, that are not there, and that could not be had."""

    read: Mapping[str, int]
    gone: Mapping[str, int]
    failed: Mapping[str, int]
    causes: Mapping[str, int]

    @classmethod
    def of(cls, stats: Mapping[str, Any]) -> Self:
        """Return what a run's stats tell."""
        names = ("pages/read/", "pages/gone/", "pages/failed/", "failures/")
        return cls(*(_below(stats, name) for name in names))

    @property
    def asked(self) -> int:
        """How many pages were asked for."""
        return sum(self.read.values()) + self.lost

    @property
    def lost(self) -> int:
        """How many of them were not there, or could not be had."""
        return sum(self.gone.values()) + self.failed_in_all

    @property
    def failed_in_all(self) -> int:
        """How many could not be had, of every kind."""
        return sum(self.failed.values())

    @property
    def outweigh(self) -> bool:
        """Whether more pages were lost than read."""
        return 2 * self.lost > self.asked

    @property
    def cause(self) -> str:
        """What cost most of the pages that were lost, and how many."""
        cause = max(self.causes, key=self.causes.__getitem__, default="nothing was asked for")
        return f"{cause} ({self.causes.get(cause, 0)} of {self.asked} pages)"


def _below(stats: Mapping[str, Any], start: str) -> dict[str, int]:
    return {k.removeprefix(start): v for k, v in stats.items() if k.startswith(start)}


def _kind(url: str | None) -> str:
    address = ALL.locate(url) if url else None
    return (address.kind if address else None) or "other"


def _cause(reject: Reject) -> str:
    """Return in a few words what was wrong: the same for all pages that share it."""
    if reject.reason in _TOLD and reject.detail:
        return reject.detail.partition(": ")[0]
    return f"status {reject.detail}" if reject.reason == "http_status" else reject.reason
