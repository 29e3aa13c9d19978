"""The pipelines of every record before it is written: contacts, cleaning, validation.

They need nothing of Scrapy.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from shio_scraper.items import RECORDS, Faq, Link, RecordType, Reject
from shio_scraper.pages import reject
from shio_scraper.parsers.labels import labels_of
from shio_scraper.portals import ALL
from shio_scraper.redaction import OFF, withhold
from shio_scraper.schema import ValidationError, validate
from shio_scraper.texts import clean, clean_lines

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

_LINES = {"answer"}
"""Fields whose line breaks are kept."""


class ContactsPipeline:
    """Removes ``contact`` and ``phone`` from events before anything is written or remembered.

    It does so only if ``withholds`` is true.
    """

    def __init__(self, *, withholds: bool) -> None:
        self._withholds = withholds

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the pipeline that ``SHIO_CONTACTS`` asks for."""
        return cls(withholds=crawler.settings["SHIO_CONTACTS"] == OFF)

    def process_item(self, item: Any) -> Any:
        """Return ``item``, without its contacts if ``withholds`` is true."""
        if self._withholds:
            withhold(item)
        return item


class CleanPipeline:
    """Removes stray characters and labels from every record, whichever parser made it."""

    def process_item(self, item: Any) -> Any:
        """Clean ``item`` in place. A text that is empty when clean becomes null. Idempotent."""
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
        elif isinstance(value, dict):
            setattr(item, name, {clean(head): clean_lines(text) for head, text in value.items()})


def _clean_list(values: list[Any]) -> list[Any]:
    """Return a list with its texts cleaned, also those inside its items, without empty texts."""
    cleaned = [clean(value) if isinstance(value, str) else value for value in values]
    for value in cleaned:
        if isinstance(value, Link):
            value.text = clean(value.text)
        elif not isinstance(value, str):
            _clean_fields(value, (f.name for f in fields(value)))
    return [value for value in cleaned if value != ""]


def _text_fields(item_class: type[RecordType]) -> tuple[str, ...]:
    texts = ("str", "Text", "Link", "Speaker", "Turn")
    names = (f.name for f in fields(item_class) if any(text in str(f.type) for text in texts))
    return tuple(name for name in names if name not in {"type", "key", "url"})


_TEXTS = {record_class: _text_fields(record_class) for record_class in RECORDS}


def _strip_labels(faq: Faq) -> None:
    labels = labels_of(ALL.of_key(faq.key))
    if faq.question:
        faq.question = labels.question(faq.question) or faq.question
    if faq.answer:
        faq.answer = labels.answer(faq.answer) or faq.answer


class ValidatePipeline:
    """Passes on each item that its class allows. Any other item becomes a reject."""

    def process_item(self, item: Any) -> Any:
        """Return ``item``, or in its place a reject (stage ``validate``, reason ``schema``)."""
        try:
            validate(item)
        except ValidationError as error:
            return _reject(item, error)
        return item


def _reject(item: Any, error: ValidationError) -> Reject:
    """Return the reject of a record. A wrong value of the record is null in the reject."""
    provenance = getattr(item, "provenance", None)
    refused = reject("validate", "schema", f"{getattr(item, 'key', None)}: {error}")
    for holder, name in ((item, "url"), (provenance, "fetched_at"), (provenance, "body_sha256")):
        setattr(refused, name, getattr(holder, name, None))
        try:
            validate(refused)
        except ValidationError:
            setattr(refused, name, None)
    return refused
