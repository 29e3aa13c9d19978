"""Frictionless and Datasette, as they are, take a build as it is."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser

from shio_scraper.items import RECORD_FILES
from tests.dataset.builds.making import SHOWN, a_state, article, built, some
from tests.services.browsing import WIDTHS
from tests.spiders.running import must_have

_LONGEST = 300
"""Seconds after which a server ends whatever became of its test."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tools")
    heat = article(77, title="Heat", paragraphs=["地铁站设八十三处纳凉点，免费开放。"])
    return built(a_state(path, [*some(), heat]), path / "build")


# Frictionless


def validate(folder: Path) -> subprocess.CompletedProcess[str]:
    must_have("frictionless is not installed", there=find_spec("frictionless") is not None)
    return subprocess.run(
        [sys.executable, "-m", "frictionless", "validate", "datapackage.json", "--json"],
        cwd=folder, capture_output=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip


def test_frictionless_accepts_a_build(folder: Path) -> None:
    done = validate(folder)
    report = json.loads(done.stdout)
    assert report["valid"], done.stdout
    tables = {task["name"] for task in report["tasks"] if task["type"] == "table"}
    assert tables == set(RECORD_FILES)
    assert len(report["tasks"]) == len(list(folder.iterdir())) - 2
    assert done.returncode == 0


@pytest.mark.parametrize("formats", [("parquet",), ("sqlite",)])
def test_frictionless_accepts_other_formats(formats: tuple[str, ...], tmp_path: Path) -> None:
    folder = built(a_state(tmp_path, some()), tmp_path / "build", *formats)
    assert validate(folder).returncode == 0


def test_frictionless_accepts_tables_without_rows(tmp_path: Path) -> None:
    folder = built(a_state(tmp_path, [article(1)]), tmp_path / "build")
    done = validate(folder)
    assert json.loads(done.stdout)["valid"], done.stdout


def test_frictionless_sees_a_changed_row(tmp_path: Path) -> None:
    folder = built(a_state(tmp_path, some()), tmp_path / "build", "jsonl")
    path = folder / "status.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"versions":1', b'"versions":"x"'))
    done = validate(folder)
    assert done.returncode == 1
    assert "type-error" in done.stdout
    assert "hash-count" in done.stdout or "byte-count" in done.stdout


# Datasette


class Datasette:
    """Serves a build on loopback."""

    def __init__(self, url: str) -> None:
        self.url = url

    def page(self, path: str) -> str:
        with urlopen(f"{self.url}{path}", timeout=30) as answer:
            text: str = answer.read().decode()
            return text

    def json(self, path: str) -> Any:
        return json.loads(self.page(path))


@pytest.fixture(scope="module")
def datasette(folder: Path) -> Iterator[Datasette]:
    must_have("datasette is not installed", there=find_spec("datasette") is not None)
    command = (
        sys.executable, "-m", "datasette", "serve", ".",
        "--host", "127.0.0.1", "--port", "0", "--setting", "num_sql_threads", "1",
    )  # fmt: skip
    log = folder.parent / "datasette.log"
    with log.open("wb") as stream:
        server = subprocess.Popen(
            ("timeout", str(_LONGEST), *command), cwd=folder, stdout=stream, stderr=stream
        )
    try:
        yield Datasette(_address(server, log))
    finally:
        server.terminate()
        server.wait(30)


def _address(server: subprocess.Popen[bytes], log: Path) -> str:
    """Wait until the server answers, and return its address."""
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        for word in log.read_text(encoding="utf-8").split():
            if word.startswith("http://127.0.0.1:"):
                try:
                    urlopen(word, timeout=30).close()
                except URLError:
                    continue
                return word
        time.sleep(0.1)
    raise AssertionError(log.read_text(encoding="utf-8"))


def test_datasette_says_what_it_is(datasette: Datasette) -> None:
    home = datasette.page("/")
    assert "Touch Shanghai and SHIO in English and Any public site: " in home
    assert ": events, faq, news, press, rows, status" in home
    assert "the texts belong to their publishers" in home
    table = datasette.page("/dataset/articles")
    assert "A news article." in table
    assert "The source line&#x27;s value, as printed." in table


def test_datasette_has_facets(datasette: Datasette) -> None:
    found = datasette.json("/dataset/articles.json?_shape=objects")
    assert set(found["facet_results"]) == {"language", "category", "source"}
    languages = found["facet_results"]["language"]["results"]
    assert {one["value"]: one["count"] for one in languages} == {"en": 5, "zh": 1}
    status = datasette.json("/dataset/status.json?_shape=objects")["facet_results"]
    assert {one["value"] for one in status["kind"]["results"]} == {"application", "inquiry"}


@pytest.mark.parametrize(
    ("table", "words", "keys"),
    [("articles", "纳凉点", ["article/en/11", "article/en/77"]),
     ("articles", "Heat", ["article/en/77"]),
     ("faq", "desk", ["faq/en/0123456789abcdef", "faq/zh/0"])],
)  # fmt: skip
def test_datasette_searches(datasette: Datasette, table: str, words: str, keys: list[str]) -> None:
    path = f"/dataset/{table}.json?_shape=array&_search={quote(words)}"
    assert sorted(row["key"] for row in datasette.json(path)) == keys


def test_datasette_has_queries_to_start_from(datasette: Datasette) -> None:
    queries = [one["name"] for one in datasette.json("/dataset.json")["queries"]]
    found = {
        name: datasette.json(f"/dataset/{name}.json?_shape=objects&words={quote('纳凉')}")
        for name in queries
    }
    assert {name: one["error"] for name, one in found.items() if one.get("error")} == {}
    keys = {name: {row.get("key") for row in one["rows"]} for name, one in found.items()}
    assert keys["search"] == {"article/en/11", "article/en/77"}
    assert keys["both_languages"] == {"article/en/9"}
    assert keys["answers"] == {"faq/en/0123456789abcdef", "faq/zh/0"}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("table", RECORD_FILES)
def test_datasette_shows_rows_above_the_fold(
    datasette: Datasette, browser: Browser, table: str, width: str
) -> None:
    with browser.new_context(viewport={"width": WIDTHS[width], "height": 844}) as context:
        page = context.new_page()
        page.goto(f"{datasette.url}/dataset/{table}")
        box = page.locator("table.rows-and-columns tbody tr").first.bounding_box()
        assert box is not None
        assert box["y"] < 700


def test_datasette_shows_markup_as_text(datasette: Datasette) -> None:
    page = datasette.page("/dataset/articles?key=article/en/11")
    assert "&lt;/script&gt;&lt;b&gt;" in page
    assert "</script><b>" not in page
    (row,) = datasette.json("/dataset/articles.json?_shape=array&key=article/en/11")
    assert row["title"] == SHOWN


def test_datasette_hides_what_is_not_for_readers(datasette: Datasette) -> None:
    tables = datasette.json("/dataset.json")["tables"]
    shown = {table["name"] for table in tables if not table["hidden"]}
    assert shown == set(RECORD_FILES)
    assert [view["name"] for view in datasette.json("/dataset.json")["views"]] == ["records"]
