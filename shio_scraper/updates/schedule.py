"""When a page that was read is due again (``docs/updates.md``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from shio_scraper.parsers.days import portal_day
from shio_scraper.portals import FamilyKind
from shio_scraper.updates.memory import ALWAYS, PageMemory

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

EVENT_DAYS: Final = 7
"""Days after its end for which an event is read again."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is due on the portal's day ``today``; articles are young for ``young_days``."""

    today: date
    young_days: int

    @classmethod
    def of(cls, settings: BaseSettings) -> Schedule:
        """Return the schedule of a crawl that begins now."""
        today = portal_day(datetime.now(UTC))
        return cls(today, settings.getint("SHIO_UPDATE_YOUNG_DAYS"))

    @property
    def since(self) -> int:
        """The least ``due`` that a page may have which is due."""
        return self.today.toordinal() - max(self.young_days, EVENT_DAYS)

    def is_due(self, page: PageMemory, kind: FamilyKind | None) -> bool:
        """Tell whether a page that was read, or seen on a listing, is due."""
        if kind in {"article", "press_conference"}:
            return self._is_within(page.due(kind), self.young_days - 1)
        return kind != "event" or self._is_within(page.due(kind), EVENT_DAYS)

    def _is_within(self, due: int | None, days: int) -> bool:
        return due is not None and (due == ALWAYS or due + days >= self.today.toordinal())
