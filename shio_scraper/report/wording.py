"""Figures → words, the same on the page and as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from shio_scraper.report.findings import Finding
from shio_scraper.report.source import FILES, ORDER
from shio_scraper.report.summary import Run, Summary

_SPOKEN: Final = {"status": "status rows", "faq": "FAQ pairs"}
"""Types whose records a reader calls otherwise than their file."""
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def of_type(kind: str) -> str:
    """Return what the records of a type are called.

    >>> of_type("article"), of_type("faq")
    ('articles', 'FAQ pairs')
    """
    return _SPOKEN.get(kind) or FILES.get(kind, kind).replace("_", " ")


def facts(summary: Summary) -> Iterator[tuple[str, str]]:
    """Yield the figures that a report begins with, beside its records: name and value."""
    yield "rejects", number(summary.reject_counts.total())
    yield "doubts", number(sum(one.count for one in summary.doubts.values()))
    if summary.left_out:
        yield "lines that are no records", number(summary.left_out)
    if summary.is_dataset:
        yield "runs", number(len(summary.runs))
    elif seconds := summary.runs[0].seconds:
        yield "duration", duration(seconds)
    if pace := summary.pace:
        yield "pages", number(pace.pages)
        yield "pages a second", f"{pace.pages_per_second:.1f}"
        yield "downloaded", size(pace.bytes)


def kinds(summary: Summary) -> list[str]:
    """Return the types that there are records of, in the order of the run's files."""
    found = {kind for kind, _ in summary.counts}
    return [kind for kind in FILES if kind in found]


def languages(summary: Summary) -> list[str]:
    """Return the languages that there are records in."""
    return sorted({language for _, language in summary.counts})


def layouts_of(summary: Summary) -> list[str]:
    """Return the layouts that there are records of, the most frequent first."""
    total = sum((coverage.records for coverage in summary.coverage.values()), Counter[str]())
    return [layout for layout, _ in total.most_common()]


def crawl(run: Run) -> str:
    """Return who crawled what."""
    arguments = " ".join(f"{name}={value}" for name, value in run.arguments.items())
    return f"{run.spider} {arguments}".strip()


def ending(run: Run) -> str:
    """Return how a run ended."""
    if run.outcome == "unfinished":
        return "has not ended"
    return run.outcome if run.reason in {None, "finished"} else f"{run.outcome}: {run.reason}"


def period(run: Run) -> str:
    """Return from when to when a run went on."""
    begun = moment(run.began) if run.began else "?"
    if not run.ended:
        return f"from {begun} UTC"
    same_day = run.began and run.began.date() == run.ended.date()
    return f"{begun} – {f'{run.ended:%H:%M:%S}' if same_day else moment(run.ended)} UTC"


def moment(time: datetime) -> str:
    """Return a time, to the second."""
    return f"{time:%Y-%m-%d %H:%M:%S}"


def number(count: int) -> str:
    """Return a whole number with its thousands apart."""
    return f"{count:,}"


def share(count: int, of: int) -> str:
    """Return a share in per cent; only all is 100, only none is 0.

    >>> share(999, 1000), share(1, 1000), share(5, 5), share(0, 5)
    ('99 %', '1 %', '100 %', '0 %')
    """
    return f"{percent(count, of)} %"


def percent(count: int, of: int) -> int:
    """Return the whole per cent that ``share`` names."""
    if count in (0, of):
        return 100 if count else 0
    return min(99, max(1, round(100 * count / of)))


def duration(seconds: float) -> str:
    """Return how long something took.

    >>> duration(2.1), duration(75), duration(3700), duration(100_000)
    ('2 s', '1 min 15 s', '1 h 1 min', '1 d 3 h')
    """
    whole = round(seconds)
    for unit, name, below, part in (
        (_DAY, "d", _HOUR, "h"),
        (_HOUR, "h", _MINUTE, "min"),
        (_MINUTE, "min", 1, "s"),
    ):
        if whole >= unit:
            return f"{whole // unit} {name} {whole % unit // below} {part}"
    return f"{whole} s"


def size(count: float) -> str:
    """Return a number of bytes.

    >>> size(379_761)
    '380 kB'
    """
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:  # noqa: PLR2004
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.0f} TB"


def doubts(summary: Summary) -> list[Finding]:
    """Return the doubts of the records, the most frequent first."""
    return sorted(summary.doubts.values(), key=lambda one: (-one.count, one.name))


def changes_told(summary: Summary) -> list[str]:
    """Return the changes that any run told, in the order of ``ORDER``."""
    found = {change for _, change in summary.changes.by_run} if summary.changes else set()
    return [change for change in ORDER if change in found]


def changes_table(summary: Summary) -> list[tuple[str, list[int]]]:
    """Return how many records of each type changed in which way, in the order of ``ORDER``."""
    counts = summary.changes.counts if summary.changes else {}
    found = {kind for kind, _ in counts}
    return [(kind, [counts.get((kind, change), 0) for change in ORDER])
            for kind in FILES if kind in found]  # fmt: skip
