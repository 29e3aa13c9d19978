"""What `docs/dataset.md` shows is run as it stands there, on a build of a demo crawl."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from shio_scraper.dataset.builds import stories as story
from shio_scraper.dataset.builds.build import build
from shio_scraper.dataset.builds.columns import History
from shio_scraper.dataset.state import State
from tests.dataset.builds import making
from tests.dataset.builds.making import a_state, article
from tests.dataset.builds.stories import prose
from tests.spiders.running import ROOT

TEXT = (ROOT / "docs" / "dataset.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"<!-- (\w+) -->\n```\w+\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture(scope="module")
def built(crawled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    with State.open(crawled / "state-demo.db") as state:
        build(state, folder / "build", ("jsonl", "parquet", "sqlite"))
    return folder


@pytest.fixture(autouse=True)
def inside(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(built)


def blocks(name: str) -> list[str]:
    found = [text for kind, text in BLOCKS if kind == name]
    assert found
    return found


@pytest.mark.parametrize("query", blocks("duckdb"))
def test_duckdb(query: str) -> None:
    with duckdb.connect() as database:
        assert database.sql(query).fetchall()


@pytest.mark.parametrize("query", blocks("sqlite"))
def test_sqlite(query: str) -> None:
    with closing(sqlite3.connect("build/dataset.sqlite")) as database:
        assert database.execute(query).fetchall()


@pytest.mark.parametrize("code", blocks("python"))
def test_python(code: str) -> None:
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102  (our own document)
    results = [value for value in names.values() if hasattr(value, "shape")]
    assert results
    assert all(len(result) for result in results)


def test_each_story_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copies = [article(n, paragraphs=[prose(1)]) for n in (3, 2, 4)]
    both = article(3, language="zh", paragraphs=["雨"])
    making.built(a_state(tmp_path, [*copies, both]), tmp_path / "build", "parquet")
    monkeypatch.chdir(tmp_path)
    (query,) = [text for text in blocks("duckdb") if "Each story once" in text]
    with duckdb.connect() as database:
        found = {key for key, *_ in database.sql(query).fetchall()}
    assert found == {"article/en/2", "article/zh/3"}


def test_the_document_names_every_column_and_the_thresholds() -> None:
    for name in History.__dataclass_fields__:
        assert f"`{name}`" in TEXT
    assert f"from **{story.SIMILAR}** on, from {story.RETITLED} where" in TEXT
    assert f"below {story.LONG} the words" in TEXT
