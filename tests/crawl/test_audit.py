"""Audit and layouts of a crawl that is cut off: each thing is told once, and all is counted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.server import Reply, ScriptedPortal
from tests.spiders.running import Run, crawl_portal
from tests.spiders.scripted import article, en, portal_of

if TYPE_CHECKING:
    from pathlib import Path

NUMBERS = range(20, 48)
ODD = NUMBERS[::2]
"""Those whose articles end in the line: on all of them it were the frame's."""


def odd_portal() -> dict[str, Reply | str]:
    """A portal half of whose articles end in a line that no vocabulary knows."""
    pages = portal_of(*map(en, NUMBERS))
    text, odd = "The pier is open again, the harbour office said on Monday.", "Redactor: Li Ming"
    more: dict[str, Reply | str] = {
        en(n): article(f"Pier {n}", "2024-03-04", body=(text, odd) if n in ODD else (text,))
        for n in NUMBERS
    }
    return {**pages, **more}


def told(run: Run) -> list[tuple[Any, ...]]:
    """What a run told, but for what articles share: which of them is the fifth, order decides."""
    events = [(e["event"], e["text"], e["times"]) for e in run.file("audit")]
    return [event for event in events if event[0] != "shared_text"]


def shared(run: Run) -> set[str]:
    texts = {e["text"] for e in run.file("audit") if e["event"] == "shared_text"}
    return {re.sub(r"\d+", "0", text) for text in texts}


def counted(run: Run) -> dict[str, int]:
    return {**run.counted("audit"), **run.counted("drift")}


def test_a_resumed_crawl_tells_each_once_and_counts_all(tmp_path: Path) -> None:
    with ScriptedPortal(odd_portal()) as portal:
        whole = crawl_portal(tmp_path / "whole", portal.url)
        cut_off = crawl_portal(tmp_path / "cut", portal.url, "-s", "CLOSESPIDER_PAGECOUNT=24")
        assert cut_off.status == 3
        first = told(cut_off)
        resumed = crawl_portal(tmp_path / "cut", portal.url)
    assert (whole.status, resumed.status) == (0, 0)
    assert ("unknown_label", "Redactor: Li Ming", 1) in first
    assert told(resumed)[: len(first)] == first
    assert sorted(told(resumed)) == sorted(told(whole))
    assert ("unknown_label", "Redactor: Li Ming", 10) in told(whole)
    assert shared(resumed) == shared(whole) >= {"Pier 0", "Redactor: Li Ming"}
    assert counted(resumed) == counted(whole)
    layouts = [layout["fingerprint"] for layout in resumed.file("layouts")]
    assert sorted(layouts) == sorted(layout["fingerprint"] for layout in whole.file("layouts"))
    assert f" {len(ODD)} unknown_label" in whole.stderr
