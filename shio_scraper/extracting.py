"""One capture → what it gave, or the reject that says why nothing: the way of every capture."""

from __future__ import annotations

import logging
from collections.abc import Container
from datetime import date

from shio_scraper.items import Reject, Stage
from shio_scraper.pages import MAX_PAGE, Capture, UnreadableError, body_sha256, read
from shio_scraper.parsers import Extraction, extract
from shio_scraper.parsers.days import portal_day
from shio_scraper.parsers.roles import SIGNS
from shio_scraper.parsers.template import Template
from shio_scraper.portals import ALL, Portal, Portals
from shio_scraper.portals.signs import signs_of
from shio_scraper.redaction import redact

logger = logging.getLogger(__name__)


class Extractor:
    """Reads captures one after another; a sidebar in a form that was read gives nothing again.

    ``keeps_history`` reads it once a day of the captures. Pages have ``max_page`` bytes at most.
    """

    def __init__(self, max_page: int = MAX_PAGE, *, keeps_history: bool = False) -> None:
        self._max_page = max_page
        self._keeps_history = keeps_history
        self._sidebars: dict[date | None, set[int]] = {}

    def read(self, capture: Capture, template: Template | None = None) -> Extraction | Reject:
        """Read one capture. Whatever a page does to the parsers, the rest goes on without it."""
        known = self._known_sidebars(capture)
        try:
            extraction = read_capture(
                capture, max_page=self._max_page, template=template, known_sidebars=known
            )
        except UnreadableError as error:
            return reject(capture, "read", error.reason, error.detail)
        except Exception as error:  # a bug costs one page, not the crawl
            detail = f"{type(error).__name__}: {error}"
            logger.error("Parser error on %s: %s", capture.url, detail)  # noqa: TRY400
            logger.debug("Parser error", exc_info=error)
            return reject(capture, "parse", "parser_error", detail)
        if extraction.sidebar:
            known.add(extraction.sidebar)
        return extraction

    def _known_sidebars(self, capture: Capture) -> set[int]:
        day = capture.fetched_at if self._keeps_history else None
        return self._sidebars.setdefault(portal_day(day) if day else None, set())


def read_capture(
    capture: Capture,
    *,
    portal: Portal | None = None,
    template: Template | None = None,
    max_page: int = MAX_PAGE,
    known_sidebars: Container[int] = (),
) -> Extraction:
    """Return what one capture gives. Raises ``UnreadableError``."""
    return extract(read(capture, max_page, portal), known_sidebars, template)


def reject(
    capture: Capture,
    stage: Stage,
    reason: str,
    detail: str | None = None,
    portal: Portal | None = None,
) -> Reject:
    """Return the reject of a capture."""
    return Reject(
        stage=stage,
        reason=reason,
        detail=redact(detail) if detail else None,
        url=(portal or ALL).canonical(capture.url) if capture.url else None,
        fetched_at=capture.fetched_at,
        body_sha256=body_sha256(capture.body) if capture.body else None,
    )


def is_passed(capture: Capture, portals: Portals = ALL) -> bool:
    """Tell at a glance that a page without an address is no page of the portals."""
    if capture.url is not None or not capture.body.strip():
        return False
    return not signs_of(portals).on(capture.body)


def is_foreign(extraction: Extraction) -> bool:
    """Tell a page without an address on which nothing shows that it is the portal's."""
    page = extraction.page
    if page.url is not None or not SIGNS.isdisjoint(extraction.frame.roles):
        return False
    return not any(page.portal.is_signed(block.text) for block in page.blocks)
