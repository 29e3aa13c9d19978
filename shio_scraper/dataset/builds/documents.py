"""What a build says of itself: its card, and what Frictionless and Datasette show of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from html import escape
from importlib.resources import files
from typing import Any, Final
from urllib.parse import quote

from shio_scraper.dataset.builds.columns import VERSION, Column, Kind, Table
from shio_scraper.dataset.builds.holdings import Count, Holdings
from shio_scraper.dataset.places import Subject
from shio_scraper.dataset.state import TakenIn

CARD: Final = "README.md"
_MONTHS: Final = tuple(f"{month:02}" for month in range(1, 13))
_OURS: Final = "The structure, the keys and the links are this project's work: MIT licence."
_GAPS: Final = """
- A crawl sees what the portal shows: a page that no listing and no link named is not here.
- The portal prints status rows without a year. `month_day` is what it says, `latest_date` only
  the latest day it can have been.
- Status rows and FAQ teasers are the few that the sidebar shows; the addresses behind `view more`
  are not known. Such a record is never called gone: newer ones push it out.
- An article that asks the reader to log in holds what it shows without (`gated`).
- A record is dated by captures: it may have been on the portal before `first_seen`.
- `same_as` compares words, not meaning: a translation is linked only where both languages share
  an id.
"""
_TYPES: Final[dict[Kind, str]] = {
    "text": "string",
    "date": "date",
    "time": "datetime",
    "whole": "integer",
    "number": "number",
    "truth": "boolean",
    "list": "array",
    "struct": "object",
    "object": "object",
}
_MEDIA: Final = {
    "jsonl": "application/jsonl",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "sqlite": "application/vnd.sqlite3",
    "json": "application/json",
    "md": "text/markdown",
}


_OPTIONS: Final = {
    "truncate_cells_html": 120, "default_page_size": 50, "suggest_facets": False
}  # fmt: skip
"""A row is a few lines, whatever its text."""
_FACETS: Final[dict[str, list[Any]]] = {
    "articles": ["language", "category", "source"],
    "status": ["kind", "status", "language"],
    "faq": ["language", "question_truncated"],
    "events": ["language", "gone"],
    "documents": ["media_type"],
}
_VALUES: Final = 3
"""Values of a facet that are shown: the rows come below."""
_QUERY: Final = re.compile(r"^-- (\w+): (.*)\n((?:(?!-- ).*\n)*)", re.MULTILINE)
"""A query that Datasette offers: its name, its title, and what it asks."""


def card(subject: Subject, runs: list[TakenIn], holdings: Holdings, files: Iterable[str]) -> str:
    """Return the card, in Markdown."""
    return "".join(
        [
            _head(subject, holdings, set(files)),
            _section("Files", _files(files)),
            _section("What it holds", _counts(holdings)),
            _section("By month", _months(holdings)),
            _section("By field", _fields(holdings)),
            _section("Where it comes from", _sources(subject, runs, holdings)),
            _section("Licence", [subject.licence, _OURS]),
            _section("Citation", _citation(subject, holdings)),
            _section("Known gaps", [*_found(holdings), _GAPS.strip()]),
        ]
    )  # fmt: skip


def _head(subject: Subject, holdings: Holdings, files: set[str]) -> str:
    languages = {lang for count in holdings.counts.values() for lang in count.languages}
    front = "".join(f"- {language}\n" for language in sorted(languages))
    name = json.dumps(subject.title, ensure_ascii=False)
    loaded, configs = _loaded(holdings, files), ""
    if loaded:
        first, *rest = (f"- config_name: {name}\n  data_files: {file}\n" for name, file in loaded)
        configs = "".join(["configs:\n", first, "  default: true\n", *rest])
    load = f'\n`datasets.load_dataset(FOLDER, "{loaded[0][0]}")` loads a table.\n' if loaded else ""
    return (
        f"---\npretty_name: {name}\nlicense: other\nlanguage:\n{front}{configs}---\n\n"
        f"# {subject.title}\n\n{subject.description} Captured from {holdings.first:%Y-%m-%d} to "
        f"{holdings.last:%Y-%m-%d}. Schema version {VERSION}.\n{load}"
    )


def _loaded(holdings: Holdings, files: set[str]) -> list[tuple[str, str]]:
    """Return the tables that ``datasets`` loads, and the file of each, for the front matter.

    A table without a row is none: ``datasets`` does not read such a one. CSV has no types.
    """
    form = "parquet" if any(name.endswith(".parquet") for name in files) else "jsonl"
    return [
        (name, file)
        for name, count in holdings.counts.items()
        for file in [f"{name}.{form}"]
        if count.rows and file in files
    ]


def _section(title: str, lines: Iterable[str]) -> str:
    body = "\n".join(lines)
    return f"\n## {title}\n\n{body}\n"


def _table(*rows: Iterable[object]) -> Iterator[str]:
    """Yield a table, its head first."""
    head, *body = ([str(cell) for cell in row] for row in rows)
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in body)


def _files(files: Iterable[str]) -> Iterator[str]:
    yield from (f"- `{name}`" for name in files)
    yield "- `datapackage.json`: what each column means (Frictionless)"
    yield "- `SHA256SUMS`: `sha256sum -c SHA256SUMS` checks all of them"


def _counts(holdings: Holdings) -> Iterator[str]:
    languages = sorted({one for count in holdings.counts.values() for one in count.languages})
    yield from _table(
        ("table", "rows", *languages, "gone", "with a link"),
        *(
            (f"`{name}`", count.rows, *(count.languages[one] for one in languages), count.gone,
             count.filled["same_as"])
            for name, count in holdings.counts.items()
        ),
    )  # fmt: skip
    yield ""
    relations = sum((count.relations for count in holdings.counts.values()), Count().relations)
    told = ", ".join(f"`{name}` {number}" for name, number in sorted(relations.items()))
    yield f"Rows by how they are linked (`same_as`): {told or 'none'}."


def _months(holdings: Holdings) -> Iterator[str]:
    """Yield a table of years and months for each table that has dates."""
    for name, count in holdings.counts.items():
        if not count.months:
            continue
        years = sorted({month[:4] for month in count.months})
        yield f"`{name}`, {count.rows - count.months.total()} of {count.rows} without a date:\n"
        yield from _table(
            ("year", *_MONTHS),
            *((year, *(count.months[f"{year}-{month}"] or "" for month in _MONTHS))
              for year in years),
        )  # fmt: skip
        yield ""
    yield "Counted are articles and press conferences by `published`, events by `ends`; the other"
    yield "tables have no date."


def _fields(holdings: Holdings) -> Iterator[str]:
    for table in holdings.tables:
        if count := _filled(holdings, table):
            yield f"`{table.name}`: {count}\n"
    yield "The share of rows with a value; an empty list is none. Every other field always has one."


def _filled(holdings: Holdings, table: Table) -> str:
    count = holdings.counts[table.name]
    shares = {column.name: count.filled[column.name] / count.rows
              for column in table.columns} if count.rows else {}  # fmt: skip
    return ", ".join(f"`{name}` {share:.1%}" for name, share in shares.items() if share < 1)


def _sources(subject: Subject, runs: list[TakenIn], holdings: Holdings) -> Iterator[str]:
    named = ", ".join(f"[{one['title']}]({one['path']})" for one in subject.sources)
    yield f"{named}, through shio-scraper:\n"
    ways: dict[tuple[str, str], list[TakenIn]] = {}
    for run in runs:
        ways.setdefault((run.spider, run.outcome), []).append(run)
    yield from _table(
        ("spider", "ended", "runs", "first", "last"),
        *((*way, len(some), f"{some[0].began:%Y-%m-%d}", f"{some[-1].began:%Y-%m-%d}")
          for way, some in sorted(ways.items())),
    )  # fmt: skip
    layouts = sum((count.layouts for count in holdings.counts.values()), Count().layouts)
    told = ", ".join(f"{name} {number}" for name, number in sorted(layouts.items()))
    yield f"\nRows by the layout of their page: {told}."


def _citation(subject: Subject, holdings: Holdings) -> Iterator[str]:
    yield f"> {subject.publishers}: {subject.title}. Records extracted by"
    yield f"> shio-scraper, as of {holdings.last:%Y-%m-%d} ({holdings.rows} records)."
    yield from (f"> {one['path']}" for one in subject.sources)
    yield "\nName the SHA-256 of `SHA256SUMS` too: it names these very bytes."


def _found(holdings: Holdings) -> Iterator[str]:
    articles, faq = holdings.counts["articles"], holdings.counts["faq"]
    undated = articles.rows - articles.filled["published"]
    yield f"- Articles that print no date: {undated}; that are gated: {articles.flags['gated']}."
    cut = faq.flags["question_truncated"]
    yield f"- FAQ questions that are cut: {cut}; with their entry: {faq.relations['entry']}."


def package(
    subject: Subject, holdings: Holdings, files: dict[str, tuple[int, str]]
) -> dict[str, Any]:
    """Return the descriptor, dated by the last capture. Of ``files``: bytes and SHA-256."""
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
    stem, _, suffix = name.rpartition(".")
    found: dict[str, Any] = {
        "name": stem.lower() if table else f"{stem}-{suffix}".lower(),
        "type": "table" if table else "file",
        "path": name,
        "format": suffix,
        "mediatype": _MEDIA[suffix],
        "bytes": size,
        "hash": f"sha256:{digest}",
    }
    if table:
        found |= {"description": table.description, "encoding": "utf-8", "schema": _schema(table)}
    return found


def _schema(table: Table) -> dict[str, Any]:
    return {"fields": list(map(_field, table.columns)), "primaryKey": ["key"]}


def _field(column: Column) -> dict[str, Any]:
    found: dict[str, Any] = {"name": column.name, "type": _TYPES[column.kind]}
    if column.kind == "time":
        found["format"] = "any"
    if column.description:
        found["description"] = column.description
    constraints: dict[str, Any] = {} if column.is_nullable else {"required": True}
    if column.choices:
        constraints["enum"] = list(column.choices)
    if constraints:
        found["constraints"] = constraints
    return found


def datasette(subject: Subject, database: str, tables: tuple[Table, ...]) -> dict[str, Any]:
    """Return the files that ``datasette FOLDER`` reads, by their names.

    They say what each table is, how it is narrowed, and queries to start from.
    """
    style, queries = (
        (files(__package__) / "datasette" / name).read_text("utf-8")
        for name in ("style.css", "queries.sql")
    )
    metadata = {
        "title": subject.title,
        "description": f"{subject.description} {subject.licence}",
        "source": subject.source,
        "source_url": subject.sources[0]["path"],
        "extra_css_urls": [f"data:text/css,{quote(style)}"],
        "databases": {
            database: {
                "tables": {table.name: _of_table(table) for table in tables},
                "queries": {
                    name: {"title": title, "sql": sql.strip()}
                    for name, title, sql in _QUERY.findall(queries)
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
        # Not ``columns``, which Datasette shows in full above the rows.
        "description_html": f"<details><summary>{escape(table.description)} What each column "
        f"means</summary><dl>{meanings}</dl></details>",
        "facets": _FACETS.get(table.name, ["language"]),
        "facet_size": _VALUES,
        "label_column": table.label,
        **({"sort_desc": table.day} if table.day else {}),
    }
