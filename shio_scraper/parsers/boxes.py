"""The boxes of the sidebar: which stand on a page, and what a whole sidebar would have more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from shio_scraper.parsers.extract import Extraction
from shio_scraper.parsers.roles import Role

_BOXES = {"application": Role.APPLICATION, "inquiry": Role.INQUIRY, "faq": Role.FAQ}


def missing(extraction: Extraction) -> Iterator[str]:
    """Yield what a sidebar lacks beside its own other parts.

    The sidebar has three boxes, each with its heading and as many rows or pairs as the
    others (PORTAL.md, an English article). One that is missing wholly leaves no trace here;
    a text rendering may have lost headings.
    """
    if not _has_sidebar(extraction):
        return
    counts = _counts(extraction)
    if not counts:
        return
    for name, role in _BOXES.items():
        if not counts[name]:
            yield f"no {name} box"
        elif extraction.page.layout != "text" and role not in extraction.frame.roles:
            yield f"no heading above the {name} box"
    fullest = max(counts.values())
    for name, count in sorted(counts.items()):
        if count < fullest:
            yield f"{count} of {fullest} in the {name} box"


def _has_sidebar(extraction: Extraction) -> bool:
    """Tell whether rows and pairs are a sidebar's: beside an article or on a page of the map."""
    frame, address = extraction.frame, extraction.page.address
    if not frame.portal.status_numbers:
        return False
    return bool(address and address.family) or Role.TITLE in frame.roles


def _counts(extraction: Extraction) -> Counter[str]:
    kinds = (fields.get("kind", fields["type"]).value for fields in extraction.fields)
    return Counter(kind for kind in kinds if kind in _BOXES)
