"""Typed, clean, de-duplicated records from the press portal of Shanghai's Information Office."""

from __future__ import annotations

from shio_scraper.extraction import (
    Examination,
    Item,
    examine_page,
    learn_template,
    parse_page,
)
from shio_scraper.parsers.template import Template

__all__ = ["Examination", "Item", "Template", "examine_page", "learn_template", "parse_page"]
