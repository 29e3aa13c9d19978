"""What a crawl that ended is to who started it: an exit status, and in one line why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from shio_scraper.runs.outcome import (
    CHALLENGED,
    LEFT_OUT,
    Losses,
    because,
    has_failed,
    outcome,
    unwritten,
)

FAILED: Final = 1
WRONG_USE: Final = 2
CUT_OFF: Final = 3
NOT_WELL: Final = 4
NOT_TAKEN_IN: Final = 5


def verdict(stats: Mapping[str, Any]) -> tuple[int, str | None]:
    """Return the exit status of a crawl that ended, and what to say where it is not 0."""
    status, line = _of_the_run(stats)
    if not status and (why := stats.get("intake/failed")):
        return NOT_TAKEN_IN, f"the run is well, but not taken into the dataset: {why}"
    return status, line


def _of_the_run(stats: Mapping[str, Any]) -> tuple[int, str | None]:
    error = stats.get("frontier/error")
    if error:
        return FAILED, str(error)
    if stats.get("finish_reason") != "finished":
        return _stopped(stats)
    how, reason = outcome(stats)
    if reason == "no_records":
        return FAILED, _nothing(stats)
    if has_failed(stats):
        return _unwritten(stats)
    if how != "complete":
        return NOT_WELL, f"the run is {how}: {because(stats)}"
    return _complete(stats)


def _complete(stats: Mapping[str, Any]) -> tuple[int, str | None]:
    """Return the exit status of a run that has all that it asked for, and perhaps not all kept."""
    if not (left_out := stats.get(LEFT_OUT)):
        return 0, None
    why = "the archives may grow no more (SHIO_ARCHIVE_MAX); `scrapy runs prune` makes room"
    return NOT_WELL, f"the run is complete, but {left_out} captures are not kept: {why}"


def _stopped(stats: Mapping[str, Any]) -> tuple[int, str]:
    """Return the exit status of a crawl that did not come to its end."""
    reason = stats.get("finish_reason", "at once")
    if reason == CHALLENGED and not has_failed(stats):
        return NOT_WELL, f"{stats['challenges/stopped']}{_to_do(stats)}"
    why = unwritten(stats)
    if not why and has_failed(stats):
        why = f"{reason}: {Losses.of(stats).cause}"
    return FAILED if why else CUT_OFF, f"cut off ({why or reason}){_to_do(stats)}"


def _unwritten(stats: Mapping[str, Any]) -> tuple[int, str]:
    """Return the exit status of a crawl that came to its end, but not all that it asked for."""
    why = unwritten(stats) or because(stats)
    return FAILED, f"the run is {outcome(stats)[0]}; {why}"


def _nothing(stats: Mapping[str, Any]) -> str:
    losses, rejects = Losses.of(stats), stats.get("rejects", 0)
    skipped = sum(count for name, count in stats.items() if name.startswith("skipped/"))
    passed = f", {skipped} passed over as no page of the portal" if skipped else ""
    where = "; see rejects.jsonl in the run's folder" if rejects else ""
    if losses.causes:
        return f"no record: {losses.cause}{passed}{where}"
    return f"no record from {losses.asked} pages, {rejects} rejects{passed}{where}"


def _to_do(stats: Mapping[str, Any]) -> str:
    if not stats.get("frontier/resumable"):
        return ""
    to_do = stats.get("frontier/to_do")
    return f"{'' if to_do is None else f', {to_do} requests to do'}: the same command goes on"
