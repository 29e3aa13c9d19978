"""Typed, clean, de-duplicated records from the press portal of Shanghai's Information Office."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shio_scraper.extraction import (
    Examination,
    Item,
    examine_page,
    learn_template,
    parse_page,
)
from shio_scraper.parsers.template import Template

if TYPE_CHECKING:
    from shio_scraper.configuration import Addon

__all__ = ["Addon", "Examination", "Item", "Template", "examine_page", "learn_template",
           "parse_page"]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Return the add-on: only who crawls needs Scrapy."""
    if name != "Addon":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from shio_scraper.configuration import Addon  # noqa: PLC0415  (see above)

    return Addon
