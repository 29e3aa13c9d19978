"""Portals of elsewhere: each crawled by a map of a few lines, and read by other tools."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import pytest

from tests.portals.foreign import FOREIGN, Foreign, page
from tests.spiders.running import crawl_pages, lines, scrapy

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", FOREIGN)
def test_a_portal_of_elsewhere(tmp_path: Path, name: str) -> None:
    """From a file of at most 40 lines every field is right, and others read what comes."""
    portal = FOREIGN[name]
    (tmp_path / f"{name}.py").write_text(portal.map, encoding="utf-8")
    for path in portal.pages:
        folder = tmp_path / "pages" / path
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index.html").write_text(page(portal, path), encoding="utf-8")
    run = crawl_pages(tmp_path, f"{name}.py", "-O", "all.jsonl")
    assert run.status == 0, run.stderr
    found = {record["key"]: record for record in lines(tmp_path / "all.jsonl")}
    assert found.keys() == portal.truth.keys()
    for key, truth in portal.truth.items():
        assert {field: found[key][field] for field in truth} == truth, key
    verified = scrapy(tmp_path, "verify", "data", "-s", f"SHIO_PORTALS={name}.py")
    assert "problems: 0" in verified.stdout
    _others_read(tmp_path / "all.jsonl", portal)


def _others_read(file: Path, portal: Foreign) -> None:
    """What jq, DuckDB and pandas find of the articles' days."""
    days = {k: t["published"] for k, t in portal.truth.items() if "published" in t}
    query = "SELECT key, published FROM read_json(?) WHERE type = 'article'"
    rows = duckdb.execute(query, [str(file)]).fetchall()
    assert {key: str(day) for key, day in rows} == days
    table = pd.read_json(file, lines=True, dtype=False).query("type == 'article'")
    assert dict(zip(table["key"], table["published"].astype(str).str[:10], strict=True)) == days
    if jq := shutil.which("jq"):
        query = 'select(.type == "article") | .key + " " + .published'
        told = subprocess.check_output([jq, "-r", query, str(file)], encoding="utf-8")
        assert dict(line.split(" ") for line in told.splitlines()) == days
