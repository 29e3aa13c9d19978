"""What the README shows of reading a run, on runs of which each lacks what the other has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from datasets import Dataset

from tests.spiders.running import ROOT, crawl_portal

if TYPE_CHECKING:
    from pathlib import Path

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"<!-- (pandas|polars|duckdb) -->\n```\w+\n(.*?)```", TEXT, re.DOTALL))


@pytest.fixture(scope="module", params=["news", "status"])
def only(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Crawl the demo portal for one kind of record."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    assert crawl_portal(folder, "demo", "-a", f"only={request.param}").status == 0
    return folder


@pytest.fixture(autouse=True)
def here(only: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(only)
    return "news" if "news" in only.name else "status"


def run(block: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(BLOCKS[block], names)  # noqa: S102  (our own document)
    return names


def assert_texts(numbers: list[Any], serials: list[Any], here: str) -> None:
    assert bool(numbers) == (here == "status")
    assert all(isinstance(text, str) for text in (*numbers, *serials))
    assert any(number.startswith("0") for number in numbers) == (here == "status")


def test_pandas(here: str) -> None:
    found = run("pandas")
    status, articles = found["status"], found["articles"]
    assert_texts(list(status["number"]), list(status["serial"]), here)
    assert found["by_year"].sum() == articles["published"].notna().sum()
    assert (len(articles) > 0) == (here == "news")


def test_polars_and_datasets(here: str) -> None:
    status = run("polars")["status"]
    assert_texts(status["number"].to_list(), status["serial"].to_list(), here)
    assert Dataset.from_polars(status).num_rows == len(status)


def test_duckdb(here: str) -> None:
    with duckdb.connect() as database:
        articles, status = (
            database.sql(query).fetchall() for query in BLOCKS["duckdb"].split(";") if query.strip()
        )
    assert_texts([row[1] for row in status], [row[2] for row in status], here)
    assert bool(articles) == (here == "news")
