"""``metadata.json``: what Datasette says of the SQLite file, and how it opens it."""

from __future__ import annotations

from typing import Any, Final

from shio_scraper.dataset.builds.columns import Table
from shio_scraper.dataset.builds.texts import LICENCE, SOURCE, TITLE, of_site

NAME: Final = "metadata.json"
_FACETS: Final[dict[str, list[Any]]] = {
    "articles": ["language", "category", "source", "gated", {"date": "published"}],
    "status": ["kind", "status", "language"],
    "faq": ["language", "question_truncated", "answer_truncated"],
    "events": ["language", "gone"],
    "press_conferences": [{"date": "published"}],
}
_LABELS: Final = ("title", "question", "number")
"""The column that names a row: the first of these that a table has."""


def metadata(site: str, database: str, tables: tuple[Table, ...]) -> dict[str, Any]:
    """Return the metadata of a ``database``, by the name that Datasette gives it."""
    return {
        "title": TITLE,
        "description": f"{of_site(site)} {LICENCE}",
        "source": SOURCE["title"],
        "source_url": SOURCE["path"],
        "databases": {database: {"tables": {table.name: _table(table) for table in tables}}},
    }


def _table(table: Table) -> dict[str, Any]:
    names = [column.name for column in table.columns]
    return {
        "title": table.name.capitalize().replace("_", " "),
        "description": table.description,
        "columns": {column.name: column.description for column in table.columns},
        "facets": _FACETS.get(table.name, ["language"]),
        "label_column": next(name for name in _LABELS if name in names),
        **({"sort_desc": table.day} if table.day else {}),
    }
