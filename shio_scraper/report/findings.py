"""What was odd in a run: monitors that failed, what the audit met, layouts that are new."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from shio_scraper.audit.layouts import Drift
from shio_scraper.items import AuditEvent
from shio_scraper.runs import manifest, stored

_WHY: Final = "monitors/why/"
_AUDIT: Final = "audit.jsonl"
_EXAMPLES: Final = 5
"""Pages that are named of each kind of finding."""


@dataclass(slots=True)
class Finding:
    """One kind of finding: how often it was made, and the first few texts and pages."""

    name: str
    count: int = 0
    examples: list[tuple[str, str | None]] = field(default_factory=list)

    def add(self, text: str, url: str | None, times: int = 1) -> None:
        """Count it, and keep where, as long as there is room."""
        self.count += times
        if len(self.examples) < _EXAMPLES:
            self.examples.append((text, url))


@dataclass(slots=True)
class Findings:
    """What was odd in a run."""

    monitors: dict[str, str] = field(default_factory=dict)
    """Why each that failed did."""
    audit: list[Finding] = field(default_factory=list)
    layouts: list[Finding] = field(default_factory=list)
    """Those that no run before had, the kind of their pages as text."""

    @classmethod
    def of(cls, run: Path) -> Findings:
        """Return the findings in a run's folder, as far as its files tell them."""
        found = cls()
        stats = stored.stats(run)
        with suppress(OSError, ValueError):
            found.monitors = dict.fromkeys(manifest.read(run).monitors, "")
        found.monitors |= {
            name.removeprefix(_WHY): str(why)
            for name, why in stats.items()
            if name.startswith(_WHY)
        }
        with suppress(OSError):
            found.audit = _audited(run)
        with suppress(OSError, ValueError):
            for layout in Drift(run).new:
                pages = stats.get(f"drift/layouts/{layout.fingerprint}", 0)
                found.layouts.append(Finding(layout.fingerprint))
                found.layouts[-1].add(layout.kind, layout.url, pages)
        return found


def _audited(run: Path) -> list[Finding]:
    """Return the audit's events by kind, the most frequent first. Raises ``OSError``."""
    found: dict[str, Finding] = {}
    for event in filter(None, stored.of_kind(AuditEvent, run / _AUDIT)):
        found.setdefault(event.event, Finding(event.event)).add(event.text, event.url)
    return sorted(found.values(), key=lambda one: (-one.count, one.name))
