"""Checks of a run that came to its end: one function for each, which reads the run's facts.

Each check returns one line that says what is wrong, or ``None``. Limits are settings
(``SHIO_MONITOR_…``). Checks of a share need at least ``SHIO_MONITOR_SAMPLE`` pages or records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from shio_scraper import runs
from shio_scraper.crawl.patience import TROUBLES
from shio_scraper.runs import manifest, stored
from shio_scraper.runs.outcome import Losses

if TYPE_CHECKING:
    from pathlib import Path

    from scrapy.settings import BaseSettings

    from shio_scraper.component import CrawlSpider

_BLOCKED: Final = ("401", "403", "429")
_DISAGREE: Final = ("notes/listing_date_mismatch", "notes/id_date_mismatch")
_REJECT: Final = "reject"
_PAGES: Final = {
    "article": ("listing", "article"),
    "event": ("event_listing", "event"),
    "press_conference": ("press_conference",),
    "status": ("home",),
    "faq": ("home", "questions"),
}
"""Type of records → the kinds of pages that lead to such records or hold them."""
_FEW: Final = 3
"""A number of lost records, or of failed pages, that is never too many."""


class Before(NamedTuple):
    """An earlier run: its name, its number of records by type, its stats."""

    run: str
    counts: Mapping[str, int]
    stats: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Facts:
    """The facts of a run that has ended.

    ``is_full`` is true for the live portal, read to its end, with nothing left out by an argument.
    Otherwise no count of the run can be compared. ``before`` is the newest complete run of the same
    kind, and set only if this run is full. ``last`` is that run in any case, also if this run is an
    update.
    """

    stats: Mapping[str, Any]
    settings: BaseSettings
    is_full: bool = False
    before: Before | None = None
    last: Before | None = None

    @cached_property
    def losses(self) -> Losses:
        """The requested pages, and how many of them failed."""
        return Losses.of(self.stats)

    @property
    def pages(self) -> int:
        """The number of requested pages."""
        return self.losses.asked

    @property
    def sample(self) -> int:
        """The number of pages or records from which a share is judged."""
        return max(1, self.settings.getint("SHIO_MONITOR_SAMPLE"))

    def count(self, name: str) -> int:
        """Return the value of a counting stat. 0 if it is not set."""
        return int(self.stats.get(name, 0))

    def below(self, prefix: str) -> dict[str, int]:
        """Return the counts whose names begin with ``prefix`` and a slash, keyed by the rest."""
        start = f"{prefix}/"
        return {k.removeprefix(start): v for k, v in self.stats.items() if k.startswith(start)}

    def limits(self, setting: str) -> Iterator[tuple[str, float]]:
        """Yield the name and the limit of each entry of a setting that has several."""
        for name, limit in self.settings.getdict(setting).items():
            yield name, float(limit)

    def share(self, setting: str, count: int, total: int, what: str) -> str | None:
        """Return a message if ``count`` is a larger share of ``total`` than ``setting`` allows.

        ``what`` says in the message what is counted.
        """
        most = self.settings.getfloat(setting)
        if total < self.sample or count <= most * total:
            return None
        return f"{count} of {total} {what}, more than {_percent(most)} ({setting})"

    def most(self, setting: str, count: int, what: str) -> str | None:
        """Return a message if ``count`` is more than ``setting`` allows.

        ``what`` says what is counted.
        """
        most = self.settings.getint(setting)
        return f"{count} {what}, more than {most} ({setting})" if count > most else None


def facts_of(spider: CrawlSpider | None, stats: Mapping[str, Any]) -> Facts | None:
    """Return the facts of the run of ``spider``.

    ``None`` if there is nothing to judge: the content of archives is neither right nor wrong.
    """
    if spider is None or spider.keeps_history:
        return None
    full = spider.is_full and stats.get("finish_reason") == "finished"
    last = _last(spider.run_folder)
    return Facts(stats, spider.settings, full, last if full else None, last)


def _last(folder: Path) -> Before | None:
    """Return the newest complete run beside ``folder`` that is of the same kind as the run in it.

    Of updates, the highest counts are taken, back to the last full crawl: each update saw only a
    part.
    """
    try:
        this = manifest.read(folder)
    except (OSError, ValueError):  # the failed write was reported before
        return None
    narrowed = [name for name in this.scope.narrowed_by if name != "mode"]
    whole = replace(this.scope, narrowed_by=narrowed)
    before: Before | None = None
    for path in reversed(runs.all_below(folder.parents[1])):
        if path.name >= folder.name:
            continue
        try:
            other = manifest.read(path)
        except (OSError, ValueError):  # not the folder of a run, or damaged
            continue
        is_alike = (other.site, other.spider) == (this.site, this.spider)
        if is_alike and other.outcome == "complete" and other.scope in (this.scope, whole):
            known = before.counts if before else {}
            most = {kind: max(n, known.get(kind, 0)) for kind, n in other.counts.items()}
            before = Before(other.run, most, stored.stats(path))
            if other.scope == whole:
                break
    return before


Check: TypeAlias = Callable[[Facts], str | None]


def floor(facts: Facts) -> str | None:
    """Fail if there are fewer records of a type than the portal is known to have."""
    if not facts.is_full:
        return None
    return _lines(
        f"{facts.count(f'records/{kind}')} {kind} records, fewer than {int(least)}"
        for kind, least in facts.limits("SHIO_MONITOR_FLOOR")
        if facts.count(f"records/{kind}") < least
    )


def shrink(facts: Facts) -> str | None:
    """Fail if there are fewer records of a type than before, by more than a share and a few."""
    if facts.before is None:
        return None
    share = facts.settings.getfloat("SHIO_MONITOR_SHRINK")
    return _lines(
        f"{now} {kind} records, {count} in {facts.before.run}"
        for kind, count in facts.before.counts.items()
        for now in [facts.count(f"records/{kind}")]
        if kind != _REJECT and count - now > max(share * count, _FEW)
    )


def pagination(facts: Facts) -> str | None:
    """Fail if a listing has more pages than were read, or more articles are listed than came."""
    if not facts.is_full:
        return None
    least = facts.settings.getfloat("SHIO_MONITOR_PAGINATION")
    read = facts.below("listings/pages")
    unread = [
        f"{read.get(listing, 0)} of the {last} pages of {listing} were read"
        for listing, last in facts.below("listings/last_page").items()
        if read.get(listing, 0) < least * last
    ]
    # One story stands on several listings. So a language has at least as many as its longest one.
    longest: Counter[str] = Counter()
    for listing, count in facts.below("listings/items").items():
        longest |= Counter({listing.partition("?")[0]: count})
    came = facts.count("records/article") + facts.count("records/press_conference")
    if came < least * longest.total():
        unread.append(f"{longest.total()} articles are listed, {came} came")
    return _lines(unread)


def fields(facts: Facts) -> str | None:
    """Fail if a field is null on too many records of a type and layout."""
    return _lines(
        f"{name} on {filled} of {count} {layout} records, less than {_percent(least)}"
        for path, least in facts.limits("SHIO_MONITOR_FIELDS")
        for kind, _, name in [path.partition("/")]
        for layout, count in facts.below(f"records/{kind}").items()
        for filled in [facts.count(f"fields/{kind}/{layout}/{name}")]
        if count >= facts.sample and filled < least * count
    )


def emptied(facts: Facts) -> str | None:
    """Fail if a far smaller share of a type's records has a field than in the run before."""
    if facts.before is None:
        return None
    least = facts.settings.getfloat("SHIO_MONITOR_EMPTIED")
    was, now = _filled(facts.before.stats), _filled(facts.stats)
    return _lines(
        f"{kind}/{name} on {now.get((kind, name), 0)} of {count} records, "
        f"{filled} of {whole} in {facts.before.run}"
        for (kind, name), filled in was.items()
        for count in [facts.count(f"records/{kind}")]
        for whole in [int(facts.before.stats.get(f"records/{kind}", 0))]
        if min(count, whole) >= facts.sample
        and now.get((kind, name), 0) * whole < (1 - least) * filled * count
    )


def layouts(facts: Facts) -> str | None:
    """Fail if too many pages have a layout that no run before had: the site was redesigned."""
    if facts.before is None:
        return None
    count, all_ = facts.count("drift/pages"), sum(facts.below("drift/layouts").values())
    return facts.share("SHIO_MONITOR_LAYOUTS", count, all_, "pages have a new layout")


def rejects(facts: Facts) -> str | None:
    """Fail if too many pages or records could not be used."""
    count = facts.count("rejects")
    return facts.share("SHIO_MONITOR_REJECTS", count, facts.pages, "pages are rejects")


def failures(facts: Facts) -> str | None:
    """Fail if too many of the requested pages, and more than a few, could not be fetched."""
    most, failed = facts.settings.getfloat("SHIO_MONITOR_FAILURES"), facts.losses.failed_in_all
    if failed <= max(most * facts.pages, _FEW):
        return None
    more = f"more than {_percent(most)} (SHIO_MONITOR_FAILURES)"
    return f"{failed} of {facts.pages} pages could not be had, {more}: {facts.losses.cause}"


def kinds(facts: Facts) -> str | None:
    """Fail if a type of the last run has no record now because the pages that lead to it failed."""
    if facts.last is None:
        return None
    read, failed = facts.losses.read, facts.losses.failed
    return _lines(
        f"no {kind} record, {count} in {facts.last.run}: {failed[page]} of its pages "
        f"({page}) failed, none came"
        for kind, count in facts.last.counts.items()
        for page in _PAGES.get(kind, ())
        if count and not facts.count(f"records/{kind}") and failed.get(page) and not read.get(page)
    )


def unclaimed(facts: Facts) -> str | None:
    """Fail if too much text of the pages belongs to no field and no known part of the frame."""
    count, all_ = (facts.count(f"audit/characters/{name}") for name in ("unclaimed", "main"))
    return facts.share("SHIO_MONITOR_UNCLAIMED", count, all_, "characters unclaimed")


def disagreement(facts: Facts) -> str | None:
    """Fail if too many articles have another date than their listing or their id says."""
    count, articles = sum(map(facts.count, _DISAGREE)), facts.count("records/article")
    what = "articles have dates that disagree"
    return facts.share("SHIO_MONITOR_DISAGREEMENT", count, articles, what)


def future_dates(facts: Facts) -> str | None:
    """Fail if articles are dated after the day on which they were fetched."""
    count = facts.count("notes/future_date")
    return facts.most("SHIO_MONITOR_FUTURE_DATES", count, "articles from the future")


def challenges(facts: Facts) -> str | None:
    """Fail if a challenge, a login, maintenance or an empty shell came in place of a page."""
    given_up = {reason: facts.count(f"rejects/{reason}") for reason in sorted(TROUBLES)}
    what = ", ".join(reason for reason, count in given_up.items() if count)
    total = sum(given_up.values())
    return facts.most("SHIO_MONITOR_CHALLENGES", total, f"pages in whose place came: {what}")


def error_pages(facts: Facts) -> str | None:
    """Fail if too many pages are error pages that the server sent with status 200."""
    count = facts.count("rejects/not_found")
    return facts.share("SHIO_MONITOR_ERROR_PAGES", count, facts.pages, "pages say: not found")


def blocked(facts: Facts) -> str | None:
    """Fail if the server refuses, or robots.txt forbids, too many requests."""
    answers = sum(facts.count(f"downloader/response_status_count/{code}") for code in _BLOCKED)
    robots = facts.count("rejects/robots")
    what = f"requests refused ({answers} by status 401, 403, 429; {robots} by robots.txt)"
    asked = facts.pages + robots
    return facts.share("SHIO_MONITOR_BLOCKED", answers + robots, asked, what)


def endless(facts: Facts) -> str | None:
    """Fail if listings or links have no end: a trap of ever-new addresses."""
    pages, links = facts.count("rejects/endless"), facts.count("links/too_far")
    return f"{pages} pages and {links} links without an end" if pages or links else None


def _filled(stats: Mapping[str, Any]) -> Counter[tuple[str, str]]:
    """Return the number of records, by type and field, in which the field is filled."""
    filled = Counter[tuple[str, str]]()
    for path, count in stats.items():
        match path.split("/"):
            case ["fields", kind, _, name]:
                filled[kind, name] += int(count)
    return filled


def _percent(share: float) -> str:
    return f"{100 * share:g} %"


def _lines(lines: Iterator[str] | list[str]) -> str | None:
    return ", ".join(lines) or None


CHECKS: Final[dict[str, Check]] = {
    check.__name__: check
    for check in (
        floor, shrink, pagination, fields, emptied, layouts, rejects, failures, kinds, unclaimed,
        disagreement, future_dates, challenges, error_pages, blocked, endless,
    )
}  # fmt: skip
"""Name → check. Settings, stats and docs use the name."""
_FATAL: Final = {"floor"}
"""The checks whose failure makes a run useless. If others fail, the run is partial."""


def failed(facts: Facts) -> dict[str, str]:
    """Return the name of each check that failed, and its message."""
    return {name: wrong for name, check in CHECKS.items() if (wrong := check(facts))}


def verdict(failed: Mapping[str, str]) -> dict[str, Any]:
    """Return the stats of failed checks: ``monitors/failed``, ``/outcome``, a reason for each."""
    if not failed:
        return {}
    return {
        "monitors/failed": sorted(failed),
        "monitors/outcome": "partial" if _FATAL.isdisjoint(failed) else "failed",
        **{f"monitors/why/{name}": why for name, why in failed.items()},
    }
