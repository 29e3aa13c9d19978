"""How Datasette shows a build: what each table is, how it is narrowed, queries to start from."""

from __future__ import annotations

from html import escape
from typing import Any, Final
from urllib.parse import quote

from shio_scraper.dataset.builds.columns import Table
from shio_scraper.dataset.subject import Subject

METADATA: Final = "metadata.json"
SETTINGS: Final = "settings.json"
"""Both are read by ``datasette FOLDER``."""
OPTIONS: Final = {
    "truncate_cells_html": 120, "default_page_size": 50, "suggest_facets": False
}  # fmt: skip
"""A row is a few lines, whatever its text."""
_STYLE: Final = """
body.table :is(.col-type,.col-portal_id,.col-provenance,.col-images,.col-links,.col-attachments)
,body.table .col-same_as
{display:none} td.col-url a{display:block;max-width:9rem;overflow:hidden;text-overflow:ellipsis;
white-space:nowrap} td.col-paragraphs,td.col-teaser{min-width:16rem} td.col-title{min-width:14rem}
@media(max-width:576px){.facet-results{flex-wrap:nowrap;overflow-x:auto}
.facet-info{flex:none;width:auto;max-width:60vw} .page-header h1{font-size:1.3rem}
form.filters .filter-row:not(.search-row),.export-links,form+p{display:none}
td.col-url a{display:inline}}
"""
"""Rows above the fold, and titles on the screen: a row's own page shows what its line does not."""
_FACETS: Final[dict[str, list[Any]]] = {
    "articles": ["language", "category", "source"],
    "status": ["kind", "status", "language"],
    "faq": ["language", "question_truncated"],
    "events": ["language", "gone"],
    "documents": ["media_type"],
}
_VALUES: Final = 3
"""Values of a facet that are shown: the rows come below."""
_QUERIES: Final = {
    "search": (
        "Articles with words, Chinese ones of two characters too",
        """
        SELECT key, published, title, source, url FROM articles
        WHERE instr(lower(title || char(10) || paragraphs), lower(:words))
        ORDER BY published DESC LIMIT 100
        """,
    ),
    "by_month": (
        "Articles by month and language",
        """
        SELECT substr(published, 1, 7) AS month, language, count(*) AS articles,
               count(source) AS with_source
        FROM articles GROUP BY 1, 2 ORDER BY 1 DESC, 2
        """,
    ),
    "both_languages": (
        "The English and the Chinese page of one id",
        """
        SELECT en.published, en.title, zh.title AS title_zh, en.key, zh.key AS key_zh
        FROM articles AS en, json_each(en.same_as) AS link
        JOIN articles AS zh ON zh.key = link.value ->> 'key'
        WHERE link.value ->> 'relation' = 'language' AND en.language = 'en'
        ORDER BY en.published DESC
        """,
    ),
    "stories": (
        "Each story once: the copy with the smallest key stands for all",
        """
        SELECT key, published, title, source FROM articles WHERE NOT EXISTS (
            SELECT 1 FROM json_each(same_as) AS link WHERE link.value ->> 'key' < articles.key
            AND link.value ->> 'relation' IN ('copy', 'layout')
        ) ORDER BY published DESC
        """,
    ),
    "answers": (
        "Every question, with the whole answer where there is one",
        """
        SELECT faq.language, faq.question, coalesce(entry.answer, faq.answer) AS answer, faq.key
        FROM faq LEFT JOIN json_each(faq.same_as) AS link ON link.value ->> 'relation' = 'entry'
        LEFT JOIN faq AS entry ON entry.key = link.value ->> 'key' ORDER BY faq.language, faq.key
        """,
    ),
    "changed": (
        "Records that changed or are gone, those that were seen last first",
        """
        SELECT * FROM records WHERE versions > 1 OR gone ORDER BY last_seen DESC
        """,
    ),
    "doubts": (
        "Records with doubts",
        """
        SELECT * FROM records WHERE doubts <> '' ORDER BY doubts, key
        """,
    ),
}  # fmt: skip


def metadata(subject: Subject, database: str, tables: tuple[Table, ...]) -> dict[str, Any]:
    """Return the metadata of a ``database``, by the name that Datasette gives it."""
    return {
        "title": subject.title,
        "description": f"{subject.description} {subject.licence}",
        "source": subject.source,
        "source_url": subject.sources[0]["path"],
        "extra_css_urls": [f"data:text/css,{quote(_STYLE)}"],
        "databases": {
            database: {
                "tables": {table.name: _of_table(table) for table in tables},
                "queries": {
                    name: {"title": title, "sql": "\n".join(map(str.strip, sql.splitlines()))}
                    for name, (title, sql) in _QUERIES.items()
                },
            }
        },
    }


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
