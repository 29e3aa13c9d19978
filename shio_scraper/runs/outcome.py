"""How a crawl ended, judged by its stats; what was asked for, and what of it could not be had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
)

from shio_scraper.addresses import names_document
from shio_scraper.portals import ALL
from shio_scraper.runs.manifest import Outcome

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
_UNWRITTEN: Final = ("files/failed", "archive/failed")
"""Stats of what of a run could not be written."""
_DIFFER: Final = "files/differ"
"""The stat of a run whose files hold other than it counted: in which way."""
_BESIDE: Final = ("feeds/failed", "feeds/unfinished")
"""Stats of outputs beside the run's own files: not written, or still being closed at the end."""
_UNREAD: Final = "index/failed"
"""The stat of what an archive service could not be asked for."""
LEFT_OUT: Final = "archive/left_out"
"""The stat of captures that are not kept, since the archives may grow no more."""
CHALLENGED: Final = "challenged"
"""The finish reason of a crawl that stopped since hardly a page came any more."""
_FAILURES: Final = "failures"
"""The reason of a crawl of which more pages were lost than read."""
_MONITORS: Final = "monitors"
_JUDGED: Final = "monitors/outcome"
"""The stat of what a run is whose monitors failed: partial or failed."""
_UNASKED: Final = "robots/missing"
"""The stat of hosts from which nothing was fetched, since their robots.txt could not be had."""
_LOST: Final = "spider_exceptions/"
"""Stats of pages that were lost to an error of the spider."""
_NOTHING_NEW: Final = (
    "update/not_modified", "update/not_due", "frontier/continues", "trial/left_out"
)  # fmt: skip
"""Stats of a crawl that may find nothing: an update, the rest of another run, a trial."""


def told(error: BaseException | None, host: str) -> str:
    """Return in words why a host gave no answer."""
    if said := _NO_ANSWER.get(type(error)):
        return f"{host} {said}"
    return f"{host} breaks off: {type(error).__name__}: {error}"


def note_read(stats: StatsCollector, url: str | None) -> None:
    """Count a page that came, or that is as it was."""
    stats.inc_value(f"pages/read/{_kind(url)}")


def note_reject(stats: StatsCollector, reject: Reject) -> None:
    """Count a page that a reject stands for: a document is none, and costs none."""
    if reject.costs_page and not names_document(reject.url or ""):
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


def unwritten(stats: Mapping[str, Any]) -> str | None:
    """Return what of a run, or beside it, could not be written or is not as it was written."""
    if why := stats.get("files/failed"):
        return f"cannot write to {why}"
    if why := stats.get(_DIFFER):
        return f"its files are not what was written: {why}"
    if why := stats.get("archive/failed"):
        return f"cannot write the archive: {why}"
    if why := stats.get("feeds/why"):
        return f"cannot write to {why}"
    return "its outputs were not finished" if stats.get("feeds/unfinished") else None


def has_failed(stats: Mapping[str, Any]) -> bool:
    """Tell whether something could not be written, or not be asked for."""
    return any(stats.get(name) for name in (*_UNWRITTEN, _DIFFER, *_BESIDE, _UNREAD))


def outcome(stats: Mapping[str, Any]) -> tuple[Outcome, str]:
    """Return how a crawl ended, and why.

    Complete: it came to its own end, with records (an update may find nothing new), most of what
    it asked for came, and nothing failed, no monitor either. Failed: no record, not all that it
    found is in its files, or the portal gave no pages any more. Partial: the rest. Outputs beside
    its own files (``-o``, ``-O``) do not judge a run.
    """
    reason = str(stats.get("finish_reason", "unknown"))
    if not stats.get("records") and not any(stats.get(name) for name in _NOTHING_NEW):
        return "failed", "no_records" if reason == "finished" else reason
    if any(name in stats for name in _UNWRITTEN):
        return "failed", "output_failed"
    if _DIFFER in stats:
        return "failed", "files_differ"
    if reason != "finished":
        return "failed" if reason == CHALLENGED else "partial", reason
    return _of_a_finished(stats)


def because(stats: Mapping[str, Any]) -> str:
    """Return in words why a crawl that came to its end is not complete."""
    _, reason = outcome(stats)
    if reason == _FAILURES:
        losses = Losses.of(stats)
        return f"{losses.lost} of {losses.asked} pages were lost: {losses.cause}"
    names = stats.get("monitors/failed", ()) if reason == _MONITORS else ()
    return "; ".join(f"{name}: {stats[f'monitors/why/{name}']}" for name in names) or reason


def _of_a_finished(stats: Mapping[str, Any]) -> tuple[Outcome, str]:
    if _UNREAD in stats:
        return "partial", "index_incomplete"
    if _UNASKED in stats:
        return "partial", "robots_missing"
    judged = stats.get(_JUDGED)
    if judged != "failed" and Losses.of(stats).outweigh:
        return "partial", _FAILURES
    if judged:
        return judged, _MONITORS
    if any(name.startswith(_LOST) for name in stats):
        return "partial", "spider_exceptions"
    return "complete", "finished"
