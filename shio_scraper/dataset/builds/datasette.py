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
}
_LABELS: Final = {"articles": "title", "status": "number", "faq": "question", "events": "title"}
_SORTED: Final = {"articles": {"sort_desc": "published"}, "events": {"sort_desc": "ends"}}


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
    return {
        "title": table.name.capitalize(),
        "description": table.description,
        "columns": {column.name: column.description for column in table.columns},
        "facets": _FACETS[table.name],
        "label_column": _LABELS[table.name],
        **_SORTED.get(table.name, {}),
    }
