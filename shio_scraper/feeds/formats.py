"""Records → text: one exporter a format."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec
from scrapy.exporters import CsvItemExporter, JsonItemExporter, JsonLinesItemExporter

from shio_scraper.items import RECORDS

if TYPE_CHECKING:
    from scrapy.utils.serialize import ScrapyJSONEncoder

ALL_FIELDS: Final = [
    *dict.fromkeys(f.name for record_class in RECORDS for f in fields(record_class))
]
"""The fields of any record, in the order of the JSON keys."""
LINES: Final = frozenset({"jsonlines", "jsonl", "jl", "ndjson"})
"""The names of JSON Lines."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class _Encoder:
    """JSON with ISO 8601 dates; the one place where records become text."""

    def encode(self, value: Any) -> str:
        return msgspec.json.encode(value).decode()


class RecordJsonExporter(JsonItemExporter):
    """Scrapy's JSON exporter, with the project's dates."""

    def __init__(self, file: Any, **kwargs: Any) -> None:
        super().__init__(file, **kwargs)
        self.encoder = cast("ScrapyJSONEncoder", _Encoder())


class RecordLinesExporter(JsonLinesItemExporter):
    """JSON Lines, one record a line."""

    def __init__(self, file: Any, **kwargs: Any) -> None:
        super().__init__(file, **kwargs)
        self.encoder = cast("ScrapyJSONEncoder", _Encoder())

    def export_item(self, item: Any) -> None:
        """Write ``item`` as one line."""
        if self.fields_to_export is None and self.encoding == "utf-8":
            self.file.write(msgspec.json.encode(item) + b"\n")
        else:
            super().export_item(item)


class RecordCsvExporter(CsvItemExporter):
    """CSV with a column for each field of any record; what is no single value is JSON.

    A cell that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV
    injection): its text comes from pages. The other formats have every text as it is.
    """

    def __init__(self, file: Any, **kwargs: Any) -> None:
        super().__init__(file, **kwargs)
        self.fields_to_export = self.fields_to_export or ALL_FIELDS

    def serialize_field(self, field: Any, name: str, value: Any) -> Any:  # noqa: ARG002
        """Return the cell of a field."""
        if isinstance(value, str):
            return f"'{value}" if value.startswith(_FORMULA) else value
        if value is None or isinstance(value, date):
            return value
        return _Encoder().encode(value)
