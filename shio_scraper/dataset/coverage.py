"""Which runs should have seen a record, and did not."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from shio_scraper.portals import ALL
from shio_scraper.runs.manifest import Scope

GONE_AFTER: Final = 2
"""Runs in a row that must have missed a record before it is called gone."""
_NEVER: Final = -(2**63)
_SIDEBAR: Final = ("status", "faq")


def is_in_sidebar(kind: str) -> bool:
    """Tell whether the portal shows only the newest few records of a type, or of a key's type.

    Newer ones push a row out of the sidebar, and nothing says that it was deleted: such a
    record is never gone.

    >>> is_in_sidebar("status"), is_in_sidebar("faq/en/8ab98f162391a9be"), is_in_sidebar("event")
    (True, True, False)
    """
    return kind.startswith(_SIDEBAR)


@dataclass(frozen=True, slots=True)
class Pass:
    """A complete run: its name, when it began, and what it should have seen.

    It could not read a list that leads to records of the ``unlisted`` types.
    """

    run: str
    began: int
    scope: Scope
    unlisted: list[str]

    def covers(self, portal: str, kind: str, language: str, published: date | None) -> bool:
        """Tell whether the run should have seen such a record, were it there."""
        scope = self.scope
        if portal not in scope.portals:
            return False
        if scope.narrowed_by or kind not in scope.types or kind in self.unlisted:
            return False
        if language not in scope.languages:
            return False
        if (scope.since is None and scope.until is None) or is_in_sidebar(kind):
            return True
        if published is None:
            return False
        after = scope.since is None or published >= scope.since
        return after and (scope.until is None or published <= scope.until)


class Coverage:
    """The complete runs of a state, in time order.

    ``excused`` gives the runs that saw the page of an address but could not read it.
    """

    def __init__(self, passes: Iterable[Pass], excused: Callable[[str], frozenset[str]]) -> None:
        self._passes = sorted(passes, key=lambda one: (one.began, one.run))
        self._excused = excused
        self._has_days = any(one.scope.since or one.scope.until for one in self._passes)
        self._covering = lru_cache(maxsize=512)(self._find_covering)

    def misses(self, record: Mapping[str, Any], after: int = _NEVER) -> list[Pass]:
        """Return the runs that began ``after`` a moment and should have seen ``record``.

        Which of them saw it is for the caller to say; of those after its last sighting, none.
        """
        published = record.get("published") if self._has_days else None
        portal = ALL.of_key(record["key"]).name
        covering = self._covering(portal, record["type"], record["language"], published)
        first = bisect_right(covering, after, key=lambda one: one.began)
        missed = covering[first:]
        if not missed or not record["url"]:
            return missed
        excused = self._excused(record["url"])
        return [one for one in missed if one.run not in excused]

    def _find_covering(
        self, portal: str, kind: str, language: str, published: str | None
    ) -> list[Pass]:
        day = date.fromisoformat(published) if published else None
        return [one for one in self._passes if one.covers(portal, kind, language, day)]
