"""Reports of runs that are made here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec

from shio_scraper.dataset.intake import take_in
from shio_scraper.dataset.state import State
from shio_scraper.items import AuditEvent, AuditEventName, PageLayout, RecordType, Reject
from shio_scraper.report import page
from shio_scraper.report.source import of_dataset, of_run
from shio_scraper.report.summary import Summary
from tests.dataset.making import day, made, write_run

GONE_AFTER: Final = 2
HOSTILE: Final = (
    '</script><script>window.harmed = 1</script><img src=x onerror="window.harmed = 1">'
)
"""What would do harm wherever it is taken as markup."""
HEBREW: Final = "\u202eשלום עולם"
"""It runs from right to left, and a control character turns all that comes after it."""
EMOJI: Final = "👩‍👩‍👧‍👦 🇨🇳 𠜎"


def article(number: int, at: float = 0, **fields: Any) -> RecordType:
    """Return an article of its own."""
    url = f"https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id={number}"
    given = {"key": f"article/en/{number}", "url": url, "title": f"Title {number}", **fields}
    found: RecordType = made("article", day(at), **given)
    return found


def status(serial: int, at: float = 0, **fields: Any) -> RecordType:
    """Return a status row of its own."""
    given = {"key": f"status/application/{serial}", "serial": str(serial),
             "number": f"21315{serial}", **fields}  # fmt: skip
    found: RecordType = made("status", day(at), **given)
    return found


def run_of(data: Path, at: float, records: Iterable[RecordType | Reject], **how: Any) -> Path:
    """Write a run below a data folder."""
    return write_run(data / "runs", day(at), records, **how)


def odd_run(data: Path) -> Path:
    """Write a run in which everything was odd."""
    doubted = [article(n, doubts=["title:not_in_h1"]) for n in (1, 2)]
    run = run_of(data, 0, [*doubted, article(3)], outcome="unfinished")
    provenance = doubted[0].provenance
    names: tuple[AuditEventName, ...] = ("open_end", "row_form", "open_end")
    events = [
        AuditEvent(event=event, text=f"Text {n}", block=None, times=1,
                   url=f"https://touch.shio.gov.cn/{n}", provenance=provenance)
        for n, event in enumerate(names)
    ]  # fmt: skip
    layout = PageLayout(fingerprint="0123456789abcdef", kind="article", fields=[], tree=[],
                        url="https://touch.shio.gov.cn/new", provenance=provenance)  # fmt: skip
    lines: dict[str, list[Any]] = {"audit.jsonl": events, "layouts.jsonl": [layout]}
    for name, found in lines.items():
        (run / name).write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in found))
    stats = {"monitors/why/fields": "published on 3 of 9 jsp records",
             "drift/layouts/0123456789abcdef": 4}  # fmt: skip
    (run / "stats.json").write_bytes(msgspec.json.encode(stats))
    return run


def taken(data: Path, *runs: Path) -> Path:
    """Take runs into the state of a data folder, and return it."""
    with State.open(data / "state.db", create=True) as state:
        for run in runs:
            take_in(state, run, unfinished=True)
    return data / "state.db"


def summary_of(run: Path) -> Summary:
    """Return the summary of a run, with the state that its data folder has."""
    return of_run(run, run.parents[1] / "state.db", GONE_AFTER)


def summary_of_dataset(data: Path) -> Summary:
    """Return the summary of the dataset in a data folder."""
    with State.open(data / "state.db") as state:
        return of_dataset(state, data, GONE_AFTER)


def written(summary: Summary, target: Path) -> Path:
    """Write the page of a summary and return it."""
    target.write_text(page.render(summary), encoding="utf-8")
    return target


def hostile_records() -> list[RecordType]:
    """Return records every text of which would do harm as markup, or is hard to show."""
    return [
        article(1, title=HOSTILE, section=HOSTILE, category=HOSTILE, source=HOSTILE,
                paragraphs=[f"</script>{HOSTILE}"], url=f"javascript:{HOSTILE.replace(' ', '')}"),
        article(2, title=f"Long {'W' * 1995}", category="Q" * 2000),
        article(3, title=HEBREW, category=HEBREW, source=HEBREW),
        article(4, title=EMOJI, category=EMOJI, published=date(9999, 12, 31)),
        article(5, title="Old", published=date(1, 1, 1)),
        status(6, number=HOSTILE, status_text=HOSTILE, status=None),
        made("faq", day(0), question=HOSTILE, answer=HOSTILE),
        made("event", day(0), title=HEBREW, ends=None),
    ]  # fmt: skip
