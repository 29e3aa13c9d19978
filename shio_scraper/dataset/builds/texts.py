"""What the documents of a build say of the whole."""

from __future__ import annotations

from typing import Final

from shio_scraper.portals import DEFAULT, PORTALS

TITLE: Final = f"{DEFAULT.title}: news, status, FAQ and events"
SOURCE: Final = {
    "title": f"{DEFAULT.title}, {DEFAULT.publisher}",
    "path": f"{DEFAULT.origin}/",
}
SOURCES: Final = [
    {"title": f"{portal.title}, {portal.publisher}", "path": f"{portal.origin}/"}
    for portal in PORTALS.values()
]
LICENCE: Final = (
    "No licence: the texts belong to their publishers, and none of their pages that this "
    "project has seen grants one. Ask them before you publish texts again."
)


def of_site(site: str) -> str:
    """Return a sentence that tells what site the records are of."""
    if site == "demo":
        return "Records of the DEMO portal: every one of them is invented."
    if site == "live":
        return "Records of the press portal of the Information Office of Shanghai Municipality."
    return f"Records of a copy of the portal, at {site}."
