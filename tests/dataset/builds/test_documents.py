"""The card tells what is in the build, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.dataset.builds.making import a_state, article, built
from tests.dataset.making import day, made


def card(folder: Path, *records: Any, site: str = "live") -> str:
    target = built(a_state(folder, records, site=site), folder / "build", "jsonl")
    return (target / "README.md").read_text(encoding="utf-8")


def test_counts_and_months(tmp_path: Path) -> None:
    text = card(
        tmp_path,
        article(1, published=date(2016, 3, 1)), article(2, published=date(2016, 3, 31)),
        article(3, published=date(2018, 12, 1)), article(4, published=None, gated=True),
        article(3, language="zh", published=None),
    )  # fmt: skip
    assert "| `articles` | 5 | 4 | 1 | 0 | 2 |" in text
    assert "`articles`, 2 of 5 without a date:" in text
    assert "| 2016 |  |  | 2 |  |  |  |  |  |  |  |  |  |" in text
    assert "| 2018 |  |  |  |  |  |  |  |  |  |  |  | 1 |" in text
    assert "`published` 60.0%" in text
    assert "- Articles that print no date: 2; that are gated: 1." in text
    assert "`language` 2" in text


def test_the_licence_is_said_plainly(tmp_path: Path) -> None:
    text = card(tmp_path, article(1))
    assert "## Licence\n\nNo licence: the texts belong to their publishers" in text
    assert "license: other" in text


def test_how_to_cite(tmp_path: Path) -> None:
    text = card(tmp_path, article(1))
    assert "as of 2026-01-01 (1 records)." in text


def test_where_it_comes_from(tmp_path: Path) -> None:
    assert "| portal | complete | 1 | 2026-01-01 | 2026-01-01 |" in card(tmp_path, article(1))


def test_invented_records_are_called_so(tmp_path: Path) -> None:
    record = article(1)
    place = "http://127.0.0.1:8000/jsp/zfxw_detail_en.jsp?id=1"
    demo = replace(record, provenance=replace(record.provenance, fetched_url=place))
    text = card(tmp_path, demo, site="demo")
    assert "Records of the DEMO of Touch Shanghai: every one of them is invented." in text
    assert "Information Office" not in text


@pytest.mark.parametrize("kind", ["status", "faq", "event", "press_conference"])
def test_a_table_alone(kind: str, tmp_path: Path) -> None:
    text = card(tmp_path, made(kind, day(0)))
    assert "| `articles` | 0 | 0 | 0 | 0 |" in text
    assert 'load_dataset(FOLDER, "' in text
