"""What is known of a run that has ended: its stats, and the run that it is compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from shio_scraper import runs
from shio_scraper.runs import manifest, stored
from shio_scraper.runs.outcome import Losses

if TYPE_CHECKING:
    from pathlib import Path

    from scrapy.settings import BaseSettings

    from shio_scraper.component import CrawlSpider
    from shio_scraper.runs.manifest import Manifest, Scope


class Before(NamedTuple):
    """An earlier run: its name, its records by type, its stats."""

    run: str
    counts: Mapping[str, int]
    stats: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Facts:
    """A run that has ended.

    ``is_full``: the live portal, read to its end, with nothing left out by an argument; else no
    count of it means anything. ``before`` is the newest good
    run of the same kind, where the run is full; ``last`` in any case, be this one an update.
    """

    stats: Mapping[str, Any]
    settings: BaseSettings
    is_full: bool = False
    before: Before | None = None
    last: Before | None = None

    @cached_property
    def losses(self) -> Losses:
        """The pages that were asked for, and what came of them."""
        return Losses.of(self.stats)

    def count(self, name: str) -> int:
        """Return a stat that counts."""
        return int(self.stats.get(name, 0))

    def below(self, prefix: str) -> dict[str, int]:
        """Return the counts whose names begin with ``prefix`` and a slash, by the rest."""
        start = f"{prefix}/"
        return {k.removeprefix(start): v for k, v in self.stats.items() if k.startswith(start)}

    @property
    def pages(self) -> int:
        """How many pages were asked for."""
        return self.losses.asked


def facts_of(spider: CrawlSpider | None, stats: Mapping[str, Any]) -> Facts | None:
    """Return what is known of the run of ``spider``.

    ``None`` where there is nothing to judge: archives hold what they hold.
    """
    if spider is None or spider.keeps_history:
        return None
    full = spider.is_full and stats.get("finish_reason") == "finished"
    last = _last(spider.run_folder)
    return Facts(stats, spider.settings, full, last if full else None, last)


def _last(folder: Path) -> Before | None:
    """Return the newest complete run of the same kind as that in ``folder``, beside it.

    An update goes by those before it, down to a full crawl: each saw but a part.
    """
    try:
        this = manifest.read(folder)
    except (OSError, ValueError):  # it was said, where it could not be written
        return None
    whole = _whole(this.scope)
    before: Before | None = None
    for other in _earlier(folder):
        same = (other.site, other.spider) == (this.site, this.spider)
        if same and other.outcome == "complete" and other.scope in (this.scope, whole):
            known = before.counts if before else {}
            most = {kind: max(n, known.get(kind, 0)) for kind, n in other.counts.items()}
            before = Before(other.run, most, stored.stats(folder.parent / other.run))
            if other.scope == whole:
                break
    return before


def _whole(scope: Scope) -> Scope:
    """Return the scope of the full crawl that an update brings up to date."""
    return replace(scope, narrowed_by=[name for name in scope.narrowed_by if name != "mode"])


def _earlier(folder: Path) -> Iterator[Manifest]:
    """Yield the manifests of the runs before that in ``folder``, the newest first."""
    for path in reversed(runs.all_below(folder.parents[1])):
        if path.name < folder.name:
            with suppress(OSError, ValueError):  # no run's folder, or a damaged one
                yield manifest.read(path)
