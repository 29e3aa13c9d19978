"""``scrapy shell``: a page as the parsers see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shio_scraper.demo import demo_folder
from tests.spiders.running import scrapy

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("[r.type for r in records]", "['article', 'status'"),
        ("records[0].title", ""),
        ("len(page.blocks) > 20", "True"),
        ("rejects", "[]"),
        ("response.status", "200"),
    ],
)
def test_the_records_of_a_saved_page(tmp_path: Path, code: str, result: str) -> None:
    saved = demo_folder() / "jsp/zfxw_detail_en.jsp/id=2241.html"
    run = scrapy(tmp_path, "shell", str(saved), "-c", code)
    assert run.status == 0, run.stderr
    assert result in run.stdout
    assert run.stdout.strip()
    assert not any(word in run.stderr for word in ("Traceback", "WARNING", "ERROR"))
    assert [path.name for path in tmp_path.iterdir()] == []


def test_a_page_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "empty.html").touch()
    run = scrapy(tmp_path, "shell", "./empty.html", "-c", "records, [r.reason for r in rejects]")
    assert run.stdout.strip() == "([], ['empty'])"
