"""The documents of a build: its card, and the files for Frictionless and Datasette."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from shio_scraper.dataset.builds.columns import VERSION, Column, Row, Table
from shio_scraper.dataset.builds.formats import FORMATS
from shio_scraper.dataset.places import Subject
from shio_scraper.dataset.state import TakenIn

CARD: Final = "README.md"
_MONTHS: Final = tuple(f"{month:02}" for month in range(1, 13))
_MEDIA: Final = {Path(form.file).suffix: form.media for form in FORMATS.values()} | {
    ".json": "application/json",
    ".md": "text/markdown",
}
_OPTIONS: Final = {
    "truncate_cells_html": 120, "default_page_size": 50, "suggest_facets": False
}  # fmt: skip
"""Datasette's settings: a row has a few lines, however long its text is."""
_FACETS: Final[dict[str, list[Any]]] = {
    "articles": ["language", "category", "source"],
    "status": ["kind", "status", "language"],
    "faq": ["language", "question_truncated"],
    "events": ["language", "gone"],
    "documents": ["media_type"],
}
_VALUES: Final = 3
"""Values of a facet that are shown. Few, because the rows come below."""
_QUERY: Final = re.compile(r"^-- (\w+): (.*)\n((?:(?!-- ).*\n)*)", re.MULTILINE)
"""Matches a query that Datasette offers: its name, its title and its SQL."""


@dataclass
class Count:
    """The counts of a table."""

    rows: int = 0
    gone: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    layouts: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    """Rows with a value by column. An empty list is no value."""
    months: Counter[str] = field(default_factory=Counter)
    """Rows by ``YYYY-MM``. Rows without a date are not counted."""
    relations: Counter[str] = field(default_factory=Counter)
    """Rows that have a link, by the link's relation."""
    flags: Counter[str] = field(default_factory=Counter)
    """Rows in which a boolean column is true, by column."""

    def add(self, table: Table, row: Row) -> None:
        """Count a row."""
        self.rows += 1
        self.gone += row["gone"]
        self.languages[row["language"]] += 1
        self.layouts[row["provenance"]["layout"]] += 1
        self.filled.update(name for name, value in row.items() if value not in (None, [], ""))
        self.flags.update(name for name, value in row.items() if value is True)
        self.relations.update({link["relation"] for link in row["same_as"]})
        if table.day and (day := row.get(table.day)):
            self.months[str(day)[:7]] += 1


class Holdings:
    """The counts of all tables, and the times of the first and the last capture."""

    def __init__(self, tables: tuple[Table, ...]) -> None:
        self.tables = tables
        self.counts = {table.name: Count() for table in tables}
        self.first: datetime | None = None
        self.last: datetime | None = None

    def add(self, table: Table, rows: list[Row]) -> None:
        """Count rows of a table."""
        count = self.counts[table.name]
        for row in rows:
            count.add(table, row)
        firsts, lasts = ([row[name] for row in rows] for name in ("first_seen", "last_seen"))
        self.first = min(filter(None, [self.first, *firsts]), default=None)
        self.last = max(filter(None, [self.last, *lasts]), default=None)

    @property
    def rows(self) -> int:
        """The number of all rows."""
        return sum(count.rows for count in self.counts.values())

    def sums(self, what: str) -> Counter[str]:
        """Return the sum over all tables of the counter named ``what``."""
        return sum((getattr(count, what) for count in self.counts.values()), Counter[str]())


def _text(name: str) -> str:
    """Return the text of a file in ``texts/``."""
    return (files(__package__) / "texts" / name).read_text("utf-8")


def card(subject: Subject, runs: list[TakenIn], holdings: Holdings, names: list[str]) -> str:
    """Return the card, in Markdown. ``names`` are the names of the build's files."""
    counts = holdings.counts
    articles = counts["articles"]
    relations, layouts = holdings.sums("relations"), holdings.sums("layouts")
    loaded = _loaded(holdings, set(names))
    default, load = "  default: true\n", "\n`datasets.load_dataset(FOLDER, {})` loads a table.\n"
    configs = "".join(
        f"- config_name: {name}\n  data_files: {file}\n{'' if number else default}"
        for number, (name, file) in enumerate(loaded)
    )
    return _text("card.md").format(
        subject=subject,
        holdings=holdings,
        version=VERSION,
        articles=articles,
        faq=counts["faq"],
        name=json.dumps(subject.title, ensure_ascii=False),
        languages="\n".join(f"- {language}" for language in sorted(holdings.sums("languages"))),
        configs=f"configs:\n{configs}" if loaded else "",
        load=load.format(f'"{loaded[0][0]}"') if loaded else "",
        files="\n".join(f"- `{name}`" for name in names),
        counts=_counts(holdings),
        relations=", ".join(f"`{name}` {n}" for name, n in sorted(relations.items())) or "none",
        months="".join(_months(name, count) for name, count in counts.items() if count.months),
        filled="".join(
            f"`{table.name}`: {filled}\n\n"
            for table in holdings.tables
            if (filled := _filled(counts[table.name], table))
        ),
        sources=", ".join(f"[{source['title']}]({source['path']})" for source in subject.sources),
        ways=_ways(runs),
        layouts=", ".join(f"{name} {number}" for name, number in sorted(layouts.items())),
        addresses="\n".join(f"> {source['path']}" for source in subject.sources),
        undated=articles.rows - articles.filled["published"],
    )


def _loaded(holdings: Holdings, names: set[str]) -> list[tuple[str, str]]:
    """Return the tables that ``datasets`` loads and the file of each, for the front matter.

    Tables without rows are left out, because ``datasets`` cannot read their files. CSV files are
    left out, because they have no types.
    """
    form = "parquet" if any(name.endswith(".parquet") for name in names) else "jsonl"
    files = [(name, f"{name}.{form}") for name, count in holdings.counts.items() if count.rows]
    return [(name, file) for name, file in files if file in names]


def _table(head: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    first, *others = (f"| {' | '.join(map(str, row))} |" for row in (head, *rows))
    return "\n".join([first, f"|{'---|' * (first.count(' | ') + 1)}", *others])


def _counts(holdings: Holdings) -> str:
    languages = sorted(holdings.sums("languages"))
    return _table(
        ("table", "rows", *languages, "gone", "with a link"),
        (
            (f"`{name}`", count.rows, *(count.languages[code] for code in languages), count.gone,
             count.filled["same_as"])
            for name, count in holdings.counts.items()
        ),
    )  # fmt: skip


def _months(name: str, count: Count) -> str:
    """Return the rows of a table by year and month, as Markdown, and the number without a date."""
    years = sorted({month[:4] for month in count.months})
    rows = ((year, *(count.months[f"{year}-{month}"] or "" for month in _MONTHS)) for year in years)
    undated = count.rows - count.months.total()
    table = _table(("year", *_MONTHS), rows)
    return f"`{name}`, {undated} of {count.rows} without a date:\n\n{table}\n\n"


def _filled(count: Count, table: Table) -> str:
    """Return the share of rows with a value, for each column that some rows lack."""
    names = [column.name for column in table.columns if count.filled[column.name] < count.rows]
    return ", ".join(f"`{name}` {count.filled[name] / count.rows:.1%}" for name in names)


def _ways(runs: list[TakenIn]) -> str:
    """Return the number of runs by spider and outcome, as a Markdown table."""
    ways: dict[tuple[str, str], list[TakenIn]] = {}
    for run in runs:
        ways.setdefault((run.spider, run.outcome), []).append(run)
    return _table(
        ("spider", "ended", "runs", "first", "last"),
        (
            (
                *way,
                len(some_runs),
                f"{some_runs[0].began:%Y-%m-%d}",
                f"{some_runs[-1].began:%Y-%m-%d}",
            )
            for way, some_runs in sorted(ways.items())
        ),
    )


def package(
    subject: Subject, holdings: Holdings, files: dict[str, tuple[int, str]]
) -> dict[str, Any]:
    """Return the data package descriptor. Its date is the last capture's.

    ``files`` maps each name to bytes and SHA-256.
    """
    assert holdings.last  # noqa: S101  (there are rows)
    last = holdings.last.replace(microsecond=0)
    by_name = {f"{table.name}.jsonl": table for table in holdings.tables}
    return {
        "name": subject.name,
        "title": subject.title,
        "description": f"{subject.description} {subject.licence}",
        "version": f"{VERSION}.0.0",
        "created": last.isoformat().replace("+00:00", "Z"),
        "sources": subject.sources,
        "resources": [
            _resource(name, size, digest, by_name.get(name))
            for name, (size, digest) in files.items()
        ],
    }


def _resource(name: str, size: int, digest: str, table: Table | None) -> dict[str, Any]:
    path = Path(name)
    stem, suffix = path.stem, path.suffix[1:]
    resource: dict[str, Any] = {
        "name": stem.lower() if table else f"{stem}-{suffix}".lower(),
        "type": "table" if table else "file",
        "path": name,
        "format": suffix,
        "mediatype": _MEDIA[path.suffix],
        "bytes": size,
        "hash": f"sha256:{digest}",
    }
    if table:
        resource |= {
            "description": table.description,
            "encoding": "utf-8",
            "schema": _schema(table),
        }
    return resource


def _schema(table: Table) -> dict[str, Any]:
    return {"fields": list(map(_field, table.columns)), "primaryKey": ["key"]}


def _field(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "type": column.kind}
    if column.kind == "datetime":
        field["format"] = "any"
    if column.description:
        field["description"] = column.description
    constraints: dict[str, Any] = {} if column.is_nullable else {"required": True}
    if column.choices:
        constraints["enum"] = list(column.choices)
    if constraints:
        field["constraints"] = constraints
    return field


def datasette(subject: Subject, database: str, tables: tuple[Table, ...]) -> dict[str, Any]:
    """Return the files that ``datasette FOLDER`` reads, by name.

    They describe each table, its facets, and queries to start from.
    """
    metadata = {
        "title": subject.title,
        "description": f"{subject.description} {subject.licence}",
        "source": subject.source,
        "source_url": subject.sources[0]["path"],
        "extra_css_urls": [f"data:text/css,{quote(_text('style.css'))}"],
        "databases": {
            database: {
                "tables": {table.name: _of_table(table) for table in tables},
                "queries": {
                    name: {"title": title, "sql": sql.strip()}
                    for name, title, sql in _QUERY.findall(_text("queries.sql"))
                },
            }
        },
    }
    return {"metadata.json": metadata, "settings.json": _OPTIONS}


def _of_table(table: Table) -> dict[str, Any]:
    meanings = "".join(
        f"<dt>{column.name}</dt><dd>{escape(column.description)}</dd>"
        for column in table.columns
        if column.description
    )
    return {
        "title": table.name.capitalize().replace("_", " "),
        # Not the key ``columns``: Datasette shows its texts in full above the rows.
        "description_html": f"<details><summary>{escape(table.description)} What each column "
        f"means</summary><dl>{meanings}</dl></details>",
        "facets": _FACETS.get(table.name, ["language"]),
        "facet_size": _VALUES,
        "label_column": table.label,
        **({"sort_desc": table.day} if table.day else {}),
    }
