"""Clean every text of a record: white space, control characters, labels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from shio_scraper.cleaning import clean, clean_lines
from shio_scraper.items import RECORDS, Faq, Link, RecordType
from shio_scraper.parsers.labels import labels_of
from shio_scraper.portals import ALL

_LINES = {"answer"}
"""Fields whose line breaks are kept."""


class CleanPipeline:
    """Makes sure that no record, from whatever parser, carries stray characters or labels."""

    def process_item(self, item: Any) -> Any:
        """Clean ``item`` in place. Idempotent; a text that is nothing when clean is null."""
        _clean_fields(item, _TEXTS.get(type(item), ()))
        if isinstance(item, Faq):
            _strip_labels(item)
        return item


def _clean_fields(item: Any, names: Iterable[str]) -> None:
    for name in names:
        value = getattr(item, name)
        if isinstance(value, str):
            cleaned = clean_lines(value) if name in _LINES else clean(value)
            setattr(item, name, cleaned or None)
        elif isinstance(value, list):
            setattr(item, name, _clean_list(value))


def _clean_list(values: list[Any]) -> list[Any]:
    """Clean the texts of a list, and those of the things in it; empty texts go."""
    cleaned = [clean(value) if isinstance(value, str) else value for value in values]
    for value in cleaned:
        if isinstance(value, Link):
            value.text = clean(value.text)
        elif not isinstance(value, str):
            _clean_fields(value, (f.name for f in fields(value)))
    return [value for value in cleaned if value != ""]


def _text_fields(item_class: type[RecordType]) -> tuple[str, ...]:
    texts = ("str", "Text", "Link", "Speaker", "Turn")
    own = (f.name for f in fields(item_class) if any(text in str(f.type) for text in texts))
    return tuple(name for name in own if name not in {"type", "key", "url"})


_TEXTS = {record_class: _text_fields(record_class) for record_class in RECORDS}


def _strip_labels(faq: Faq) -> None:
    labels = labels_of(ALL.of_key(faq.key))
    if faq.question:
        faq.question = labels.question(faq.question) or faq.question
    if faq.answer:
        faq.answer = labels.answer(faq.answer) or faq.answer
