"""How a crawl ended, judged by its stats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from shio_scraper.losses import Losses
from shio_scraper.manifest import Outcome

_UNWRITTEN: Final = ("files/failed", "archive/failed")
"""Stats of what of a run could not be written."""
_DIFFER: Final = "files/differ"
"""The stat of a run whose files hold other than it counted: in which way."""
_BESIDE: Final = ("feeds/failed", "feeds/unfinished")
"""Stats of outputs beside the run's own files: not written, or still being closed at the end."""
_UNREAD: Final = "index/failed"
"""The stat of what an archive service could not be asked for."""
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
_NOTHING_NEW: Final = ("update/not_modified", "update/not_due", "frontier/continues")
"""Stats of a crawl that may find nothing new: an update, or the rest of what another run holds."""


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
