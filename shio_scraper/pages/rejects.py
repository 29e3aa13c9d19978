"""The one place where a reject is made."""

from __future__ import annotations

from shio_scraper.items import Reject, Stage
from shio_scraper.pages import body_sha256
from shio_scraper.pages.page import Capture, Page
from shio_scraper.portals import ALL, Portal
from shio_scraper.redaction import redact


def reject(
    stage: Stage,
    reason: str,
    detail: str | None = None,
    of: Page | Capture | None = None,
    portal: Portal | None = None,
) -> Reject:
    """Return the reject of a page or of a record on it, of a capture, or of what gave neither."""
    found = Reject(
        stage=stage,
        reason=reason,
        detail=redact(detail) if detail else None,
        url=of.url if of else None,
        fetched_at=of.fetched_at if of else None,
        body_sha256=None,
    )
    if isinstance(of, Page):
        found.body_sha256 = of.body_sha256
    elif of:
        found.url = (portal or ALL).canonical(of.url) if of.url else None
        found.body_sha256 = body_sha256(of.body) if of.body else None
    return found
