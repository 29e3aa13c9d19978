"""A page of the site that was read before there is a map of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from shio_scraper.extraction import read_capture
from shio_scraper.pages import Block, Capture, Page, UnreadableError
from shio_scraper.parsers import Extraction
from shio_scraper.portals import ANY_SITE, Portal


@dataclass(frozen=True, slots=True)
class Specimen:
    """A page, read by the words that all sites share."""

    capture: Capture
    url: str
    page: Page
    language: str

    @property
    def host(self) -> str:
        """Its host, and the port that the address names."""
        return urlsplit(self.url).netloc

    @property
    def path(self) -> str:
        """Its path and query."""
        parts = urlsplit(self.url)
        return f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"

    @property
    def texts(self) -> dict[str, Block]:
        """Its blocks by their texts."""
        return {block.text: block for block in self.page.blocks}

    def by(self, portal: Portal) -> Extraction | None:
        """Return what the page gives by a map; ``None`` where it cannot be read."""
        try:
            return read_capture(self.capture, portal=portal)
        except UnreadableError:
            return None


def specimens(captures: Iterable[Capture]) -> Iterator[Specimen]:
    """Yield the pages that can be read and have an address."""
    for capture in captures:
        try:
            read = read_capture(capture, portal=ANY_SITE)
        except UnreadableError:
            continue
        if capture.url:
            yield Specimen(capture, capture.url, read.page, read.language or "und")


def distinct(pages: Collection[Specimen]) -> Iterator[Specimen]:
    """Yield pages, one of those of the same content: that of the shortest address."""
    shortest: dict[tuple[str, ...], Specimen] = {}
    said = {page.url: tuple(block.text for block in page.page.blocks) for page in pages}
    for page in sorted(pages, key=lambda page: len(page.url)):
        shortest.setdefault(said[page.url], page)
    yield from (page for page in pages if shortest[said[page.url]] is page)


def counted(count: int) -> str:
    """Return a number of pages in words."""
    return f"{count} page" if count == 1 else f"{count} pages"
