"""How a crawl ended, judged by its stats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from shio_scraper.manifest import Outcome

_UNWRITTEN: Final = ("feeds/failed", "feedexport/failed", "archive/failed")
"""Stats of what could not be written."""
_UNREAD: Final = "index/failed"
"""The stat of what an archive service could not be asked for."""
_LOST: Final = "spider_exceptions/"
"""Stats of pages that were lost to an error of the spider."""


def has_failed(stats: Mapping[str, Any]) -> bool:
    """Tell whether something could not be written, or not be asked for."""
    return any(name.startswith((*_UNWRITTEN, _UNREAD)) for name in stats)


def outcome(stats: Mapping[str, Any]) -> tuple[Outcome, str]:
    """Return how a crawl ended, and why.

    Complete: it came to its own end, with records, and nothing failed. Failed: no record, or
    not all that it found could be written. Partial: the rest; it stopped early.
    """
    reason = str(stats.get("finish_reason", "unknown"))
    if not stats.get("records"):
        return "failed", "no_records" if reason == "finished" else reason
    if any(name.startswith(_UNWRITTEN) for name in stats):
        return "failed", "output_failed"
    if reason != "finished":
        return "partial", reason
    if _UNREAD in stats:
        return "partial", "index_incomplete"
    if any(name.startswith(_LOST) for name in stats):
        return "partial", "spider_exceptions"
    return "complete", reason
