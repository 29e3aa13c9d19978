"""Pages and what accounting makes of them."""

from __future__ import annotations

from dataclasses import dataclass

from shio_scraper.audit.layouts import Layout, layout_of
from shio_scraper.pages import Capture, read
from shio_scraper.parsers import Extraction, extract
from shio_scraper.parsers.accounting import Account, account, main_container, parts

ORDINARY = {"charset_mismatch", "sidebar_repeated"}
"""Notes that say nothing of a page's fields."""


@dataclass(frozen=True)
class Seen:
    """A page, extracted and accounted for; ``account`` is ``None`` for a rejected one."""

    extraction: Extraction
    account: Account | None
    layout: Layout

    @property
    def events(self) -> list[tuple[str, str]]:
        """The findings, without their place."""
        return [(f.event, f.text) for f in self.account.findings] if self.account else []

    @property
    def signs(self) -> list[str]:
        """What tells of the page alone that something on it is odd."""
        notes = [note for note in self.extraction.notes if note not in ORDINARY]
        rejects = [reject.reason for reject in self.extraction.rejects]
        return [*rejects, *notes, *(event for event, _ in self.events)]


def see(body: bytes | str, url: str | None = None) -> Seen:
    """Read a page as a crawl would that never saw its sidebar."""
    extraction = extract(read(Capture(body=body, url=url)))
    result = account(extraction)
    found = result.parts if result else parts(extraction, main_container(extraction))
    return Seen(extraction, result, layout_of(extraction, found))


def visible(text: str) -> int:
    """Count the characters that a reader sees, by other means than the code under test."""
    return sum(not character.isspace() for character in text)
