"""Figures of a crawl or a report, and their wording."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from shio_scraper.items import RECORD_FILES, type_of
from shio_scraper.report.reading import moment
from shio_scraper.report.summary import Run, Summary

PACE: Final = "pages_per_hour"
"""The stat with the number of pages an hour, measured on the last pages."""
PAGES: Final = ("response_received_count", "captures")
"""The stats that count pages, fetched or read from an archive."""
_DOUBTS: Final = "doubts/"
_FILES: Final = {type_of(record_class): name for name, record_class in RECORD_FILES.items()}
_WORDS: Final = {"status": "status rows", "faq": "FAQ pairs"}
"""Type → the word for its records, if it is not the name of their file."""
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The counts of a crawl. ``to_do`` is the number of known requests, or ``None`` if unknown."""

    pages: int
    records: int
    rejects: int
    doubts: Mapping[str, int]
    """Doubts by field."""
    pace: int
    """Pages an hour."""
    to_do: int | None = None

    @classmethod
    def of(cls, stats: Mapping[str, Any], to_do: int | None = None) -> Self:
        """Return the figures from the stats of a crawl."""
        doubts = Counter[str]()
        for name, count in stats.items():
            if name.startswith(_DOUBTS):
                doubts[name.removeprefix(_DOUBTS).partition(":")[0]] += count
        return cls(
            pages=pages(stats),
            records=stats.get("records", 0),
            rejects=stats.get("rejects", 0),
            doubts=dict(doubts.most_common()),
            pace=stats.get(PACE, 0),
            to_do=to_do,
        )

    @property
    def seconds_left(self) -> float | None:
        """Seconds that the known requests take at this pace. They may lead to more requests."""
        return _HOUR * self.to_do / self.pace if self.to_do is not None and self.pace else None

    def __str__(self) -> str:
        """Return the figures as a line.

        >>> str(Figures(pages=81, records=64, rejects=3, doubts={"title": 2}, pace=3600, to_do=9))
        '81 pages, 9 to do, 1.0 pages/s, 9 s left; 64 records, 3 rejects, 2 doubts'
        """
        progress = [f"{number(self.pages)} pages"]
        if self.to_do is not None:
            progress.append(f"{number(self.to_do)} to do")
        if self.pace:
            progress.append(f"{self.pace / _HOUR:.1f} pages/s")
        if (left := self.seconds_left) is not None:
            progress.append(f"{duration(left)} left")
        counts = {
            "records": self.records, "rejects": self.rejects, "doubts": sum(self.doubts.values())
        }  # fmt: skip
        given = ", ".join(f"{number(count)} {name}" for name, count in counts.items())
        return f"{', '.join(progress)}; {given}"


def pages(stats: Mapping[str, Any]) -> int:
    """Return the number of pages that a crawl fetched or read from an archive."""
    return int(sum(stats.get(name, 0) for name in PAGES))


def of_type(kind: str) -> str:
    """Return the word for the records of a type.

    >>> of_type("article"), of_type("faq")
    ('articles', 'FAQ pairs')
    """
    return _WORDS.get(kind) or _FILES.get(kind, kind).replace("_", " ")


def facts(summary: Summary) -> Iterator[tuple[str, str]]:
    """Yield the name and value of the figures at the start of a report, without its records."""
    yield "rejects", number(summary.reject_counts.total())
    yield "doubts", number(sum(finding.count for finding in summary.doubts))
    if summary.left_out:
        yield "lines that are no records", number(summary.left_out)
    if summary.is_dataset:
        yield "runs", number(len(summary.runs))
    elif seconds := summary.runs[0].seconds:
        yield "duration", duration(seconds)
    if pace := summary.pace:
        yield "pages", number(pace.pages)
        yield "pages a second", f"{pace.pages / pace.seconds:.1f}"
        yield "downloaded", size(pace.bytes)


def crawl(run: Run) -> str:
    """Return the spider of a run and its arguments."""
    arguments = " ".join(f"{name}={value}" for name, value in run.of.arguments.items())
    return f"{run.of.spider} {arguments}".strip()


def ending(run: Run) -> str:
    """Return how a run ended."""
    outcome, reason = run.of.outcome, run.of.reason
    if outcome == "unfinished":
        return "has not ended"
    return outcome if reason in {None, "finished"} else f"{outcome}: {reason}"


def period(run: Run) -> str:
    """Return the begin and the end of a run."""
    began, ended = run.of.began, run.of.ended
    if not ended:
        return f"from {moment(began)} UTC"
    is_same_day = began.date() == ended.date()
    return f"{moment(began)} – {f'{ended:%H:%M:%S}' if is_same_day else moment(ended)} UTC"


def number(count: int) -> str:
    """Return a whole number with thousands separators."""
    return f"{count:,}"


def share(count: int, of: int) -> str:
    """Return a share in per cent. Only all gives 100, and only none gives 0.

    >>> share(999, 1000), share(1, 1000), share(5, 5), share(0, 5)
    ('99 %', '1 %', '100 %', '0 %')
    """
    return f"{percent(count, of)} %"


def percent(count: int, of: int) -> int:
    """Return the whole number of per cent that ``share`` shows."""
    if count in (0, of):
        return 100 if count else 0
    return min(99, max(1, round(100 * count / of)))


def duration(seconds: float) -> str:
    """Return a duration as text.

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
    """Return a number of bytes as text.

    >>> size(379_761)
    '380 kB'
    """
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:  # noqa: PLR2004
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.0f} TB"
