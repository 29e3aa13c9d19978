"""DuckDB, pandas, Polars and datasets read a build without hints; SQLite finds its texts."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import datasets
import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

from tests.dataset.builds.making import SHOWN, a_state, article, built, some
from tests.dataset.making import day, made

HEAT = ["EIGHTY-THREE cool corners have opened.", "地铁站设八十三处纳凉点，免费开放。"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("readers")
    return built(a_state(path, [*some(), article(77, paragraphs=HEAT)]), path / "build")


# Parquet


def test_duckdb_reads_the_types(folder: Path) -> None:
    with duckdb.connect() as database:
        articles = database.read_parquet(f"{folder}/articles.parquet")
        types = dict(zip(articles.columns, map(str, articles.types), strict=True))
        assert types["published"] == "DATE"
        assert types["paragraphs"] == "VARCHAR[]"
        assert types["gated"] == "BOOLEAN"
        assert types["versions"] == "BIGINT"
        assert types["first_seen"] == "TIMESTAMP WITH TIME ZONE"
        assert types["links"] == 'STRUCT("text" VARCHAR, url VARCHAR)[]'
        assert "fetched_at TIMESTAMP WITH TIME ZONE" in types["provenance"]
        assert types["same_as"].endswith('"similarity" DOUBLE)[]')
        assert articles.order("key").select("title", "published").fetchall()[1] == (SHOWN, None)
        linked = articles.order("key").project("unnest(same_as).key")
        assert linked.fetchall() == [("article/zh/9",), ("article/en/9",)]


def test_pandas_reads_the_types(folder: Path) -> None:
    found = pd.read_parquet(folder / "articles.parquet").set_index("key")
    assert str(found["first_seen"].dtype) == "datetime64[us, UTC]"
    assert found["gated"].dtype == bool
    assert str(found["versions"].dtype) == "int64"
    row = found.loc["article/en/10"]
    assert row["published"] == date(2016, 11, 1)
    assert list(row["paragraphs"])[1] == "The end of 10."
    assert row["provenance"]["fetched_at"] == datetime(2026, 1, 1, 8, tzinfo=UTC)
    assert found.loc["article/en/11", "title"] == SHOWN


def test_polars_reads_the_types(folder: Path) -> None:
    found = pl.read_parquet(folder / "articles.parquet")
    assert found.schema["published"] == pl.Date
    assert found.schema["paragraphs"] == pl.List(pl.String)
    assert found.schema["first_seen"] == pl.Datetime("us", "UTC")
    assert found.schema["links"] == pl.List(pl.Struct({"text": pl.String, "url": pl.String}))
    titles = found.filter(pl.col("key") == "article/en/11")["title"]
    assert titles.to_list() == [SHOWN]


def test_an_empty_table_has_its_types(tmp_path: Path) -> None:
    folder = built(a_state(tmp_path, [article(1)]), tmp_path / "build", "parquet")
    with duckdb.connect() as database:
        events = database.read_parquet(f"{folder}/events.parquet")
        types = dict(zip(events.columns, map(str, events.types), strict=True))
        assert types["last_seen"] == "TIMESTAMP WITH TIME ZONE"


def test_every_file_of_a_table_can_be_read_though_others_are_empty(tmp_path: Path) -> None:
    folder = built(a_state(tmp_path, [made("status", day(0))]), tmp_path / "build")
    assert [path.name for path in folder.glob("*.jsonl")] == ["status.jsonl"]
    with duckdb.connect() as database:
        for path in folder.glob("*.jsonl"):
            assert database.sql(f"SELECT key FROM '{path}'").fetchall()  # noqa: S608
            assert len(pd.read_json(path, lines=True)) == len(pl.read_ndjson(path)) == 1
        for path in folder.glob("*.parquet"):
            found = database.sql(f"SELECT key FROM '{path}'").fetchall()  # noqa: S608
            assert len(found) == len(pd.read_parquet(path)) == len(pl.read_parquet(path))


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_datasets_reads_a_build_table_by_table(form: str, tmp_path: Path) -> None:
    status = replace(made("status", day(0)), number="02131557")
    folder = built(a_state(tmp_path, [article(1), status]), tmp_path / "b", form)
    assert datasets.get_dataset_config_names(str(folder)) == ["articles", "status"]
    how = {"split": "train", "cache_dir": str(tmp_path / "cache")}
    loaded = datasets.load_dataset(str(folder), "status", **how)
    assert loaded[0]["number"] == "02131557"
    assert datasets.load_dataset(str(folder), **how)[0]["type"] == "article"


def test_columns_carry_their_meaning_and_the_version(folder: Path) -> None:
    schema = pq.read_schema(folder / "status.parquet")
    assert schema.metadata[b"shio_schema_version"] == b"1"
    assert schema.field("month_day").metadata[b"description"].startswith(b"`MM-DD`")


def test_duckdb_reads_the_json_lines(folder: Path) -> None:
    with duckdb.connect() as database:
        articles = database.read_json(f"{folder}/articles.jsonl")
        counts = articles.aggregate("count(*), min(published), max(last_seen)")
        counted, published, last = counts.fetchall()[0]
        assert (counted, published) == (6, date(2016, 3, 1))
        assert str(last).startswith("2026-01-01 08:00:00")


# SQLite


@pytest.mark.parametrize(
    ("table", "words", "found"),
    [
        ("articles", "cool corners", ["article/en/77"]),
        ("articles", "纳凉点", ["article/en/11", "article/en/77"]),
        ("articles", "八十三处纳凉点", ["article/en/77"]),
        ("articles", "引 quoted", []),
        ("articles", '"</script>"', ["article/en/11"]),
        ("articles", "no such word", []),
        ("faq", "hall", ["faq/en/0123456789abcdef"]),
        ("faq", "desk", ["faq/en/0123456789abcdef", "faq/zh/0"]),
    ],
)
def test_full_text_search(folder: Path, table: str, words: str, found: list[str]) -> None:
    query = (
        f"SELECT key FROM {table}_fts JOIN {table} ON {table}.rowid = {table}_fts.rowid "  # noqa: S608
        f"WHERE {table}_fts MATCH ? ORDER BY key"
    )
    quoted = words if words.startswith('"') else f'"{words}"'
    assert [key for (key,) in ask(folder, query, quoted)] == found


def test_a_word_of_two_characters_is_found_by_like(folder: Path) -> None:
    rows = ask(folder, "SELECT key FROM articles WHERE paragraphs LIKE ?", "%纳凉%")
    assert rows == [("article/en/11",), ("article/en/77",)]


def test_the_words_around_a_hit(folder: Path) -> None:
    query = (
        "SELECT snippet(articles_fts, 1, '[', ']', '…', 20) "
        "FROM articles_fts WHERE articles_fts MATCH ?"
    )
    assert "[纳凉点]" in ask(folder, query, "纳凉点")[1][0]


def test_the_file_is_sound(folder: Path) -> None:
    assert ask(folder, "PRAGMA integrity_check") == [("ok",)]
    assert ask(folder, "PRAGMA user_version") == [(1,)]


def ask(folder: Path, query: str, *values: Any) -> list[Any]:
    with closing(sqlite3.connect(folder / "dataset.sqlite")) as database:
        return database.execute(query, values).fetchall()
