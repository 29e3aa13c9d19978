"""Pages that wait for their layout's template, and what is learnt from them; without Scrapy.

A template is known from the start, or learnt from the first pages of a layout: a page whose layout
has none waits. With the fifth, or when nothing else is to be read, what the pages have in common is
learnt, and they are read with it.
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
from shio_scraper.parsers.template import FEWEST, Layout, Template, learn
from shio_scraper.portals import Portal

logger = logging.getLogger(__name__)

ENOUGH: Final = 5
"""Pages of a layout that teach its template."""
_FIT: Final = 0.6
"""How alike the trees of one layout are at least (``Layout.fit``)."""
_BLOCKS: Final = 3_000
"""Blocks of a page that is read again, with what was learnt; real pages have a tenth."""
_MOST: Final = 64 * 2**20
"""Bytes of pages that wait; with more, nothing waits any longer."""

T = TypeVar("T")


class Held(msgspec.Struct):
    """A capture as it is stored."""

    body: Any
    """Bytes or text: what is stored tells them apart, a type of msgspec's cannot."""
    url: str | None
    fetched_url: str | None
    fetched_at: datetime | None
    content_type: str | None
    archive: ArchivePosition | None
    rendered: bool = False

    @classmethod
    def of(cls, capture: Capture) -> Held:
        """Return a capture as it is stored."""
        return msgspec.convert(capture, cls, from_attributes=True)

    @property
    def capture(self) -> Capture:
        """The capture."""
        return Capture(**msgspec.structs.asdict(self))


class Templates(Generic[T]):
    """What is known, and what waits: captures, each with what it is to be read by.

    ``used`` is called once with each template, before its use; ``portal`` is the map that all pages
    are read by, ``None`` where each page's address tells.
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
        """Return the template of a layout: the one whose tree is the likest, and like enough."""
        of_name = (one for one in self._known.values() if one.layout == layout.name)
        alike = [(layout.fit(one.tree), digest) for one in of_name if (digest := one.digest)]
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
        """Return the layout of a page that was read without a template, and may have one.

        A page of very many blocks is read once, and waits for none.
        """
        is_without = extraction.template is None and extraction.own is not None
        is_without = is_without and len(extraction.page.blocks) <= _BLOCKS
        return extraction.layout if is_without else None

    def wait(self, layout: Layout, capture: Capture, read_by: T) -> list[T]:
        """Let a page wait; return what is to be read now, with what was learnt or without."""
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
        """Let no page of a layout wait any longer; return what read them."""
        number = self._find(layout)
        return [] if number is None else self._settle(number)

    def rest(self) -> list[T]:
        """Let nothing wait any longer; return all that did, each layout's in its order."""
        return [page for _ in list(self._waiting) for page in self._settle(0)]

    def _find(self, layout: Layout) -> int | None:
        """Return which of the layouts that wait a page is of: the likest that is like enough."""
        named = ((n, one) for n, (one, _) in enumerate(self._waiting) if one.name == layout.name)
        alike = [(layout.fit(one.tree), -number) for number, one in named]
        fit, number = max(alike, default=(0.0, 0))
        return -number if fit >= _FIT else None

    def _settle(self, number: int) -> list[T]:
        _, pages = self._waiting.pop(number)
        self._bytes -= sum(len(capture.body) for capture, _ in pages)
        if template := _learnt(_distinct(pages), self._portal):
            self._known[template.digest] = template
        return [read_by for _, read_by in pages]


def _distinct(pages: Sequence[tuple[Capture, T]]) -> list[Capture]:
    """Return the first capture of each page, by its address."""
    found: dict[object, Capture] = {}
    for number, (capture, _) in enumerate(pages):
        found.setdefault(capture.url or number, capture)
    return list(found.values())


def _learnt(captures: Sequence[Capture], portal: Portal | None) -> Template | None:
    if len(captures) < FEWEST:
        return None
    try:
        return learn(
            [read_capture(one, portal=portal, max_page=maxsize) for one in captures[:ENOUGH]]
        )
    except Exception as error:  # a bug costs the template, not the pages
        logger.error("No template of pages like %s: %s", captures[0].url, error)  # noqa: TRY400
        logger.debug("Template error", exc_info=error)
        return None
