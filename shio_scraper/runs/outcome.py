"""Judges a crawl by its stats when it has ended: its outcome, its exit status and the cause.

Also counts the pages that the crawl requested and the pages that it could not get.
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

from shio_scraper.addresses import names_document
from shio_scraper.portals import ALL
from shio_scraper.runs.manifest import Outcome

if TYPE_CHECKING:
    from scrapy.statscollectors import StatsCollector

    from shio_scraper.items import Reject

# Exit statuses.
FAILED: Final = 1
WRONG_USE: Final = 2
CUT_OFF: Final = 3
NOT_WELL: Final = 4
NOT_TAKEN_IN: Final = 5

LEFT_OUT: Final = "archive/left_out"
"""The stat of captures that were not archived because of ``SHIO_ARCHIVE_MAX``."""
CHALLENGED: Final = "challenged"
"""The finish reason of a crawl that stopped because hardly any pages came (challenges in a row)."""
_NO_ANSWER: Final[dict[type, str]] = {
    CannotResolveHostError: "cannot be resolved",
    DownloadConnectionRefusedError: "refuses connections",
    DownloadTimeoutError: "does not answer in time",
}
_TOLD: Final = {"unreachable", "robots", "redirect_loop", "index"}
"""Reject reasons whose detail begins with the cause, followed by a colon and a space."""
_UNWRITTEN: Final = {
    "files/failed": "cannot write to {}",
    "files/differ": "its files are not what was written: {}",
    "archive/failed": "cannot write the archive: {}",
    "feeds/why": "cannot write to {}",
    "feeds/unfinished": "its outputs were not finished",
}
"""Stats of files of a run, or of feeds beside it, that could not be written or that differ from
what was counted → the message for each."""
_FAILURES: Final = (*_UNWRITTEN, "feeds/failed", "index/failed")
"""The stats of everything that could not be written, or that an archive service did not answer."""
_NOTHING_NEW: Final = (
    "update/not_modified", "update/not_due", "frontier/continues", "trial/left_out"
)  # fmt: skip
"""Stats of a crawl that may have no records: an update, the rest of another run, a trial."""


def told(error: BaseException | None, host: str) -> str:
    """Return in words why a host gave no answer."""
    if words := _NO_ANSWER.get(type(error)):
        return f"{host} {words}"
    return f"{host} breaks off: {type(error).__name__}: {error}"


def note_read(stats: StatsCollector, url: str | None) -> None:
    """Count a page that arrived, or that the server said has not changed."""
    stats.inc_value(f"pages/read/{_kind(url)}")


def note_reject(stats: StatsCollector, reject: Reject) -> None:
    """Count the page that was lost by a reject. The reject of a document loses no page."""
    if reject.costs_page and not names_document(reject.url or ""):
        stats.inc_value(f"pages/{'gone' if reject.says_none else 'failed'}/{_kind(reject.url)}")
        stats.inc_value(f"failures/{_cause(reject)}")


@dataclass(frozen=True, slots=True)
class Losses:
    """The requested pages of a run: kind → number of pages ``read``, ``gone`` and ``failed``.

    A page is gone if the server says that there is no such page. A page failed if it could not be
    fetched or used. ``causes`` counts the lost pages by cause.
    """

    read: Mapping[str, int]
    gone: Mapping[str, int]
    failed: Mapping[str, int]
    causes: Mapping[str, int]

    @classmethod
    def of(cls, stats: Mapping[str, Any]) -> Self:
        """Return the losses from the stats of a run."""
        names = ("pages/read/", "pages/gone/", "pages/failed/", "failures/")
        return cls(*(_below(stats, name) for name in names))

    @property
    def asked(self) -> int:
        """The number of requested pages."""
        return sum(self.read.values()) + self.lost

    @property
    def lost(self) -> int:
        """The number of requested pages that were gone or failed."""
        return sum(self.gone.values()) + self.failed_in_all

    @property
    def failed_in_all(self) -> int:
        """The number of pages of all kinds that failed."""
        return sum(self.failed.values())

    @property
    def outweigh(self) -> bool:
        """Whether more pages were lost than read."""
        return 2 * self.lost > self.asked

    @property
    def cause(self) -> str:
        """The cause of most of the lost pages, and how many pages it cost."""
        cause = max(self.causes, key=self.causes.__getitem__, default="nothing was asked for")
        return f"{cause} ({self.causes.get(cause, 0)} of {self.asked} pages)"


def _below(stats: Mapping[str, Any], start: str) -> dict[str, int]:
    return {k.removeprefix(start): v for k, v in stats.items() if k.startswith(start)}


def _kind(url: str | None) -> str:
    address = ALL.locate(url) if url else None
    return (address.kind if address else None) or "other"


def _cause(reject: Reject) -> str:
    """Return the cause of a reject in a few words, the same words for all pages that share it."""
    if reject.reason in _TOLD and reject.detail:
        return reject.detail.partition(": ")[0]
    return f"status {reject.detail}" if reject.reason == "http_status" else reject.reason


def unwritten(stats: Mapping[str, Any]) -> str | None:
    """Return a message about a file that could not be written or has changed since; or ``None``."""
    messages = (words.format(stats[name]) for name, words in _UNWRITTEN.items() if stats.get(name))
    return next(messages, None)


def has_failed(stats: Mapping[str, Any]) -> bool:
    """Tell whether a file could not be written, or an archive service did not answer."""
    return any(stats.get(name) for name in _FAILURES)


def outcome(stats: Mapping[str, Any]) -> tuple[Outcome, str]:
    """Return the outcome of a crawl, and the reason.

    Complete: the crawl finished by itself and has records (an update may find nothing new), most of
    the requested pages arrived, and nothing failed, nor did a monitor. Failed: there is no record,
    or the run's files lack some of what was found, or the portal sent no more pages. Partial: every
    other case. Outputs beside the run's own files (``-o``, ``-O``) have no influence.
    """
    reason = str(stats.get("finish_reason", "unknown"))
    if not stats.get("records") and not any(stats.get(name) for name in _NOTHING_NEW):
        return "failed", "no_records" if reason == "finished" else reason
    if "files/failed" in stats or "archive/failed" in stats:
        return "failed", "output_failed"
    if "files/differ" in stats:
        return "failed", "files_differ"
    if reason != "finished":
        return "failed" if reason == CHALLENGED else "partial", reason
    return _of_a_finished(stats)


def _of_a_finished(stats: Mapping[str, Any]) -> tuple[Outcome, str]:
    if "index/failed" in stats:
        return "partial", "index_incomplete"
    if "robots/missing" in stats:  # without its robots.txt nothing is fetched from a host
        return "partial", "robots_missing"
    judged = stats.get("monitors/outcome")
    if judged != "failed" and Losses.of(stats).outweigh:
        return "partial", "failures"
    if judged:
        return judged, "monitors"
    if any(name.startswith("spider_exceptions/") for name in stats):
        return "partial", "spider_exceptions"
    return "complete", "finished"


def because(stats: Mapping[str, Any]) -> str:
    """Return in words why a crawl that finished is not complete."""
    _, reason = outcome(stats)
    if reason == "failures":
        losses = Losses.of(stats)
        return f"{losses.lost} of {losses.asked} pages were lost: {losses.cause}"
    names = stats.get("monitors/failed", ()) if reason == "monitors" else ()
    return "; ".join(f"{name}: {stats[f'monitors/why/{name}']}" for name in names) or reason


def verdict(stats: Mapping[str, Any]) -> tuple[int, str | None]:
    """Return the exit status of a crawl that ended, and a message if the status is not 0."""
    if error := stats.get("frontier/error"):
        return FAILED, str(error)
    if stats.get("finish_reason") != "finished":
        return _of_a_stopped(stats)
    how, reason = outcome(stats)
    if reason == "no_records":
        return FAILED, _nothing(stats)
    if has_failed(stats):
        return FAILED, f"the run is {how}; {unwritten(stats) or because(stats)}"
    if how != "complete":
        return NOT_WELL, f"the run is {how}: {because(stats)}"
    return _of_a_complete(stats)


def _of_a_complete(stats: Mapping[str, Any]) -> tuple[int, str | None]:
    """Return the exit status of a complete crawl. Its captures may not all be archived."""
    if left_out := stats.get(LEFT_OUT):
        room = "the archives may grow no more (SHIO_ARCHIVE_MAX); `scrapy runs prune` makes room"
        return NOT_WELL, f"the run is complete, but {left_out} captures are not kept: {room}"
    if why := stats.get("intake/failed"):
        return NOT_TAKEN_IN, f"the run is well, but not taken into the dataset: {why}"
    return 0, None


def _of_a_stopped(stats: Mapping[str, Any]) -> tuple[int, str]:
    """Return the exit status of a crawl that stopped before its end, and a message."""
    reason, to_do = stats.get("finish_reason", "at once"), ""
    if stats.get("frontier/resumable"):
        left = stats.get("frontier/to_do")
        to_do = f"{'' if left is None else f', {left} requests to do'}: the same command goes on"
    if reason == CHALLENGED and not has_failed(stats):
        return NOT_WELL, f"{stats['challenges/stopped']}{to_do}"
    why = unwritten(stats)
    if not why and has_failed(stats):
        why = f"{reason}: {Losses.of(stats).cause}"
    return FAILED if why else CUT_OFF, f"cut off ({why or reason}){to_do}"


def _nothing(stats: Mapping[str, Any]) -> str:
    losses, rejects = Losses.of(stats), stats.get("rejects", 0)
    skipped = sum(_below(stats, "skipped/").values())
    passed = f", {skipped} passed over as no page of the portal" if skipped else ""
    where = "; see rejects.jsonl in the run's folder" if rejects else ""
    if losses.causes:
        return f"no record: {losses.cause}{passed}{where}"
    return f"no record from {losses.asked} pages, {rejects} rejects{passed}{where}"
