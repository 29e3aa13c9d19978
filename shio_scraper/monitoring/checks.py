"""What can be wrong with a run although it came to its end: a function for each, of its facts.

Each returns one line that says what is wrong, or ``None``. Limits are settings
(``SHIO_MONITOR_…``); shares are judged from ``SHIO_MONITOR_SAMPLE`` pages or records on.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from shio_scraper.crawl.patience import TROUBLES
from shio_scraper.monitoring.facts import Facts

Check: TypeAlias = Callable[[Facts], str | None]

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
"""The kinds of pages that lead to, or hold, the records of a type."""
_FEW: Final = 3
"""Records that may go from one run to the next, pages that may fail, however few there are."""


def floor(facts: Facts) -> str | None:
    """Fewer records of a type than the portal is known to have."""
    if not facts.is_full:
        return None
    return _lines(
        f"{facts.count(f'records/{kind}')} {kind} records, fewer than {int(least)}"
        for kind, least in _limits(facts, "SHIO_MONITOR_FLOOR")
        if facts.count(f"records/{kind}") < least
    )


def shrink(facts: Facts) -> str | None:
    """Fewer records of a type than in the run before: by a share, and more than a few."""
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
    """Listings that name more pages than were read, or list more articles than came."""
    least = facts.settings.getfloat("SHIO_MONITOR_PAGINATION")
    if not facts.is_full:
        return None
    return _lines([*_unread_pages(facts, least), *_unread_articles(facts, least)])


def fields(facts: Facts) -> str | None:
    """A field that is null on too many records of a type and layout."""
    return _lines(
        f"{name} on {filled} of {count} {layout} records, less than {_percent(least)}"
        for path, least in _limits(facts, "SHIO_MONITOR_FIELDS")
        for kind, _, name in [path.partition("/")]
        for layout, count in facts.below(f"records/{kind}").items()
        for filled in [facts.count(f"fields/{kind}/{layout}/{name}")]
        if count >= _sample(facts) and filled < least * count
    )


def emptied(facts: Facts) -> str | None:
    """A field that far fewer records of a type have than in the run before, as a share."""
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
        if min(count, whole) >= _sample(facts)
        and now.get((kind, name), 0) * whole < (1 - least) * filled * count
    )


def layouts(facts: Facts) -> str | None:
    """Too many pages whose layout no run before had: the site was made anew."""
    if facts.before is None:
        return None
    count, all_ = facts.count("drift/pages"), sum(facts.below("drift/layouts").values())
    return _share(facts, "SHIO_MONITOR_LAYOUTS", count, all_, "pages have a new layout")


def rejects(facts: Facts) -> str | None:
    """Too many pages or records that could not be used."""
    return _share(
        facts, "SHIO_MONITOR_REJECTS", facts.count("rejects"), facts.pages, "pages are rejects"
    )


def failures(facts: Facts) -> str | None:
    """Too many pages that could not be had, beside those that were asked for, however few."""
    most, failed = facts.settings.getfloat("SHIO_MONITOR_FAILURES"), facts.losses.failed_in_all
    if failed <= max(most * facts.pages, _FEW):
        return None
    more = f"more than {_percent(most)} (SHIO_MONITOR_FAILURES)"
    return f"{failed} of {facts.pages} pages could not be had, {more}: {facts.losses.cause}"


def kinds(facts: Facts) -> str | None:
    """No record of a type that the last such run had, since pages that lead to it failed."""
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
    """Too much text of the pages that no field took and no known part of the frame."""
    count, all_ = (facts.count(f"audit/characters/{name}") for name in ("unclaimed", "main"))
    return _share(facts, "SHIO_MONITOR_UNCLAIMED", count, all_, "characters unclaimed")


def disagreement(facts: Facts) -> str | None:
    """Listing and article, or id and article, name different days too often."""
    count = sum(map(facts.count, _DISAGREE))
    articles = facts.count("records/article")
    return _share(
        facts, "SHIO_MONITOR_DISAGREEMENT", count, articles, "articles have dates that disagree"
    )


def future_dates(facts: Facts) -> str | None:
    """Articles dated after the day on which they were fetched."""
    return _most(
        facts,
        "SHIO_MONITOR_FUTURE_DATES",
        facts.count("notes/future_date"),
        "articles from the future",
    )


def challenges(facts: Facts) -> str | None:
    """Pages in whose place a challenge came, a login, maintenance, or an empty shell."""
    given_up = {reason: facts.count(f"rejects/{reason}") for reason in sorted(TROUBLES)}
    what = ", ".join(reason for reason, count in given_up.items() if count)
    return _most(
        facts,
        "SHIO_MONITOR_CHALLENGES",
        sum(given_up.values()),
        f"pages in whose place came: {what}",
    )


def error_pages(facts: Facts) -> str | None:
    """Too many pages that say, with status 200, that there is none."""
    count = facts.count("rejects/not_found")
    return _share(facts, "SHIO_MONITOR_ERROR_PAGES", count, facts.pages, "pages say: not found")


def blocked(facts: Facts) -> str | None:
    """Too much that the server refuses, or that robots.txt forbids."""
    answers = sum(facts.count(f"downloader/response_status_count/{code}") for code in _BLOCKED)
    robots = facts.count("rejects/robots")
    what = f"requests refused ({answers} by status 401, 403, 429; {robots} by robots.txt)"
    asked = facts.pages + robots
    return _share(facts, "SHIO_MONITOR_BLOCKED", answers + robots, asked, what)


def endless(facts: Facts) -> str | None:
    """Listings or links without an end: a trap of ever-new addresses."""
    pages, links = facts.count("rejects/endless"), facts.count("links/too_far")
    return f"{pages} pages and {links} links without an end" if pages or links else None


def _unread_pages(facts: Facts, least: float) -> Iterator[str]:
    read = facts.below("listings/pages")
    for listing, last in facts.below("listings/last_page").items():
        if read.get(listing, 0) < least * last:
            yield f"{read.get(listing, 0)} of the {last} pages of {listing} were read"


def _unread_articles(facts: Facts, least: float) -> Iterator[str]:
    """One story stands on several listings of a language: it has at least those of the longest."""
    longest: dict[str, int] = defaultdict(int)
    for listing, count in facts.below("listings/items").items():
        path = listing.partition("?")[0]
        longest[path] = max(longest[path], count)
    listed = sum(longest.values())
    came = facts.count("records/article") + facts.count("records/press_conference")
    if came < least * listed:
        yield f"{listed} articles are listed, {came} came"


def _filled(stats: Mapping[str, Any]) -> Counter[tuple[str, str]]:
    """Return on how many records of a type, of all layouts, a field is filled."""
    found = Counter[tuple[str, str]]()
    for path, count in stats.items():
        match path.split("/"):
            case ["fields", kind, _, name]:
                found[kind, name] += int(count)
    return found


def _limits(facts: Facts, setting: str) -> Iterator[tuple[str, float]]:
    for name, limit in facts.settings.getdict(setting).items():
        yield name, float(limit)


def _sample(facts: Facts) -> int:
    return max(1, facts.settings.getint("SHIO_MONITOR_SAMPLE"))


def _share(facts: Facts, setting: str, count: int, total: int, what: str) -> str | None:
    most = facts.settings.getfloat(setting)
    if total < _sample(facts) or count <= most * total:
        return None
    return f"{count} of {total} {what}, more than {_percent(most)} ({setting})"


def _most(facts: Facts, setting: str, count: int, what: str) -> str | None:
    most = facts.settings.getint(setting)
    return f"{count} {what}, more than {most} ({setting})" if count > most else None


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
"""Every check by the name that settings, stats and docs know it by."""
_FATAL: Final = {"floor"}
"""Checks whose failure leaves a run that is no use; after others it is partial."""


def failed(facts: Facts) -> dict[str, str]:
    """Return which checks failed, and why."""
    return {name: wrong for name, check in CHECKS.items() if (wrong := check(facts))}


def verdict(failed: Mapping[str, str]) -> dict[str, Any]:
    """Return the stats of what failed: ``monitors/failed``, ``/outcome``, a reason for each."""
    if not failed:
        return {}
    return {
        "monitors/failed": sorted(failed),
        "monitors/outcome": "partial" if _FATAL.isdisjoint(failed) else "failed",
        **{f"monitors/why/{name}": why for name, why in failed.items()},
    }
