"""How far a crawl is: what its log, its terminal, its messages and ``scrapy status`` tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from shio_scraper.report.wording import duration, number

PACE: Final = "pages_per_hour"
"""The stat of how many pages came in an hour, going by the last ones."""
_DOUBTS: Final = "doubts/"
_HOUR: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A crawl's counts. ``to_do`` are the requests that it knows of, where that is known."""

    pages: int
    records: int
    rejects: int
    doubts: Mapping[str, int]
    """By field."""
    pace: int
    """Pages an hour."""
    to_do: int | None = None

    @classmethod
    def of(cls, stats: Mapping[str, Any], to_do: int | None = None) -> Self:
        """Return what the stats of a crawl say."""
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
        """How long what is known to do takes at this pace; it may lead to more."""
        return _HOUR * self.to_do / self.pace if self.to_do is not None and self.pace else None

    def __str__(self) -> str:
        """Return the figures as a line.

        >>> str(Figures(pages=81, records=64, rejects=3, doubts={"title": 2}, pace=3600, to_do=9))
        '81 pages, 9 to do, 1.0 pages/s, 9 s left; 64 records, 3 rejects, 2 doubts'
        """
        said = [f"{number(self.pages)} pages"]
        if self.to_do is not None:
            said.append(f"{number(self.to_do)} to do")
        if self.pace:
            said.append(f"{self.pace / _HOUR:.1f} pages/s")
        if (left := self.seconds_left) is not None:
            said.append(f"{duration(left)} left")
        counts = {
            "records": self.records, "rejects": self.rejects, "doubts": sum(self.doubts.values())
        }  # fmt: skip
        given = ", ".join(f"{number(count)} {name}" for name, count in counts.items())
        return f"{', '.join(said)}; {given}"


def pages(stats: Mapping[str, Any]) -> int:
    """Return how many pages a crawl fetched, or read from an archive."""
    return int(stats.get("response_received_count", 0) + stats.get("captures", 0))
