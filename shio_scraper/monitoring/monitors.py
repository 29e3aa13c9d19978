"""The checks as a suite of spidermon, and what follows when one fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from spidermon import Monitor, MonitorSuite
from spidermon.core.actions import Action

from shio_scraper.monitoring import checks
from shio_scraper.monitoring.facts import facts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_FATAL: Final = {"floor"}
"""Monitors whose failure leaves a run that is no use; after others it is partial."""
_PREFIX: Final = "test_"


class RunMonitor(Monitor):  # type: ignore[misc]  # spidermon has no types
    """Judges a run by its stats. A method's name is the monitor's."""

    data: Any

    def test_floor(self) -> None:
        """Each type has at least so many records."""
        self._judge(checks.floor)

    def test_shrink(self) -> None:
        """Each type has hardly fewer than in the run before."""
        self._judge(checks.shrink)

    def test_pagination(self) -> None:
        """What listings count came."""
        self._judge(checks.pagination)

    def test_fields(self) -> None:
        """Fields are filled, by type and layout."""
        self._judge(checks.fields)

    def test_rejects(self) -> None:
        """Few pages are rejects."""
        self._judge(checks.rejects)

    def test_failures(self) -> None:
        """Few pages could not be had."""
        self._judge(checks.failures)

    def test_kinds(self) -> None:
        """Of each kind that the last run had, pages came."""
        self._judge(checks.kinds)

    def test_unclaimed(self) -> None:
        """Hardly any text is nobody's."""
        self._judge(checks.unclaimed)

    def test_disagreement(self) -> None:
        """Listing and article agree."""
        self._judge(checks.disagreement)

    def test_future_dates(self) -> None:
        """Nothing comes from the future."""
        self._judge(checks.future_dates)

    def test_challenges(self) -> None:
        """Pages of the portal came, not others in their place."""
        self._judge(checks.challenges)

    def test_error_pages(self) -> None:
        """Few pages say that there is none."""
        self._judge(checks.error_pages)

    def test_blocked(self) -> None:
        """The portal lets us in."""
        self._judge(checks.blocked)

    def test_endless(self) -> None:
        """Listings and links come to an end."""
        self._judge(checks.endless)

    def _judge(self, check: checks.Check) -> None:
        facts = facts_of(self.data.spider, self.data.stats)
        if facts is None:
            self.skipTest("nothing to judge: an archive holds what it holds")
        elif wrong := check(facts):
            raise self.failureException(wrong)


class Judge(Action):  # type: ignore[misc]
    """Puts into the stats which monitors failed, and what the run is therefore."""

    def run_action(self) -> None:
        """Set ``monitors/failed``, ``monitors/outcome`` and a reason for each."""
        stats = self.data.crawler.stats
        failed = {
            name_of(result.monitor): last_line(result)
            for result in self.result.monitors_failed_results
        }
        if failed:
            stats.set_value("monitors/failed", sorted(failed))
            stats.set_value(
                "monitors/outcome", "partial" if _FATAL.isdisjoint(failed) else "failed"
            )
        for name, why in failed.items():
            stats.set_value(f"monitors/why/{name}", why)


class RunMonitors(MonitorSuite):  # type: ignore[misc]
    """What each run is judged by; a suite of your own can build on it."""

    monitors: ClassVar[Sequence[Any]] = [RunMonitor]
    monitors_finished_actions: ClassVar[list[Any]] = [Judge]


def name_of(monitor: Any) -> str:
    """Return the name by which settings, stats and docs know a monitor."""
    return str(monitor.method_name).removeprefix(_PREFIX)


def last_line(result: Any) -> str:
    """Return what a monitor or action said, without the traceback that unittest puts around it."""
    lines = str(result.reason or result.error or "").strip().splitlines()
    return lines[-1] if lines else "no reason given"
