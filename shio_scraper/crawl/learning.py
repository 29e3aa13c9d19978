"""Learns templates, and holds the pages that wait for the template of their layout.

A template is known from the start, or learnt from the first pages of a layout. A page waits if its
layout has no template yet. When the fifth page arrives, or when nothing else is left to read, the
template is learnt from what the pages share, and the pages are read with it. Needs no Scrapy.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from sys import maxsize
from typing import Any, Final, Generic, TypeVar

import msgspec

from shio_scraper.extraction import read_capture
from shio_scraper.items import ArchivePosition
from shio_scraper.pages import Capture
from shio_scraper.parsers import Extraction
from shio_scraper.parsers.teaching import FEWEST, learn
from shio_scraper.parsers.template import Layout, Template
from shio_scraper.portals import Portal

logger = logging.getLogger(__name__)

ENOUGH: Final = 5
"""The number of pages from which the template of a layout is learnt."""
_FIT: Final = 0.6
"""The least likeness of the trees of one layout (``Layout.fit``)."""
_BLOCKS: Final = 3_000
"""The most blocks of a page that is read again with a template. Real pages have a tenth of that."""
_MOST: Final = 64 * 2**20
"""The most bytes of waiting pages. If there are more, all of them are read at once."""

T = TypeVar("T")


class Held(msgspec.Struct):
    """A capture in the form in which the frontier stores it."""

    body: Any
    """Bytes or text. The stored form says which; no type of msgspec could."""
    url: str | None
    fetched_url: str | None
    fetched_at: datetime | None
    content_type: str | None
    archive: ArchivePosition | None
    rendered: bool = False

    @classmethod
    def of(cls, capture: Capture) -> Held:
        """Return the stored form of a capture."""
        return msgspec.convert(capture, cls, from_attributes=True)

    @property
    def capture(self) -> Capture:
        """The capture that is stored."""
        return Capture(**msgspec.structs.asdict(self))


class Templates(Generic[T]):
    """The known templates, and the captures that wait, each with a value that says how to read it.

    ``used`` is called once with each template, before its first use. ``portal`` is the map of all
    pages; ``None`` if the address of each page tells its portal.
    """

    def __init__(
        self,
        known: Iterable[Template] = (),
        used: Callable[[Template], None] = lambda _: None,
        portal: Portal | None = None,
    ) -> None:
        self._portal = portal
        self._known = {template.digest: template for template in known}
        self._used: set[str] = set()
        self._use = used
        self._waiting: list[tuple[Layout, list[tuple[Capture, T]]]] = []
        self._bytes = 0

    def of(self, layout: Layout) -> Template | None:
        """Return the template whose tree is most like the layout's; ``None`` if none is alike."""
        of_name = (known for known in self._known.values() if known.layout == layout.name)
        alike = [(layout.fit(known.tree), digest) for known in of_name if (digest := known.digest)]
        fit, digest = max(alike, default=(0.0, ""))
        if fit < _FIT:
            return None
        if digest not in self._used:
            self._use(self._known[digest])
            self._used.add(digest)
        return self._known[digest]

    @property
    def known(self) -> tuple[Template, ...]:
        """The templates, in the order of their digests."""
        return tuple(self._known[digest] for digest in sorted(self._known))

    def lacks(self, extraction: Extraction) -> Layout | None:
        """Return the layout of a page that was read without a template but may get one.

        Return ``None`` for any other page. A page of very many blocks is read once and never waits.
        """
        is_without = extraction.template is None and extraction.own is not None
        is_without = is_without and len(extraction.page.blocks) <= _BLOCKS
        return extraction.layout if is_without else None

    def wait(self, layout: Layout, capture: Capture, read_by: T) -> list[T]:
        """Let a page wait. Return the waiting pages (their values) that are to be read now."""
        number = self._find(layout)
        if number is None:
            number = len(self._waiting)
            self._waiting.append((layout, []))
        pages = self._waiting[number][1]
        pages.append((capture, read_by))
        self._bytes += len(capture.body)
        if len(_distinct(pages)) == ENOUGH:
            return self._settle(number)
        return self.rest() if self._bytes > _MOST else []

    def settle(self, layout: Layout) -> list[T]:
        """Let no page of a layout wait any longer, and return the values of these pages."""
        number = self._find(layout)
        return [] if number is None else self._settle(number)

    def rest(self) -> list[T]:
        """Let no page wait any longer. Return the values of all pages, layout by layout."""
        return [page for _ in list(self._waiting) for page in self._settle(0)]

    def _find(self, layout: Layout) -> int | None:
        """Return the number of the waiting layout most like ``layout``; ``None`` if none is."""
        layouts = enumerate(waiting for waiting, _ in self._waiting)
        named = ((number, other) for number, other in layouts if other.name == layout.name)
        alike = [(layout.fit(other.tree), -number) for number, other in named]
        fit, number = max(alike, default=(0.0, 0))
        return -number if fit >= _FIT else None

    def _settle(self, number: int) -> list[T]:
        _, pages = self._waiting.pop(number)
        self._bytes -= sum(len(capture.body) for capture, _ in pages)
        if template := _learnt(_distinct(pages), self._portal):
            self._known[template.digest] = template
        return [read_by for _, read_by in pages]


def _distinct(pages: Sequence[tuple[Capture, T]]) -> list[Capture]:
    """Return the first capture of each page. Captures of one page have the same address."""
    first: dict[object, Capture] = {}
    for number, (capture, _) in enumerate(pages):
        first.setdefault(capture.url or number, capture)
    return list(first.values())


def _learnt(captures: Sequence[Capture], portal: Portal | None) -> Template | None:
    if len(captures) < FEWEST:
        return None
    try:
        return learn(
            [read_capture(page, portal=portal, max_page=maxsize) for page in captures[:ENOUGH]]
        )
    except Exception as error:  # a bug costs the template, not the pages
        logger.error("No template of pages like %s: %s", captures[0].url, error)  # noqa: TRY400
        logger.debug("Template error", exc_info=error)
        return None
