"""CSV: lists as tables of their own, no formula, and every text to be had back."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from shio_scraper.items import Link, Speaker, Turn
from tests.dataset.builds.making import a_state, article, built
from tests.dataset.making import day, made

FORMULA = '=HYPERLINK("http://x.example/","y")'


def sheet(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def build(folder: Path, *records: Any) -> Path:
    return built(a_state(folder, records), folder / "build", "csv")


def test_a_row_and_its_lists_are_joined_by_key(tmp_path: Path) -> None:
    links = [Link(text="a", url="https://a.example/"), Link(text="b", url="https://b.example/")]
    text = '一\n二,"三"'
    folder = build(
        tmp_path, article(9, links=links, paragraphs=["One.", text], portal_id="009"),
        article(9, language="zh"),
    )  # fmt: skip
    row, other = sheet(folder, "articles")
    assert (row["portal_id"], row["published"], row["gated"]) == ("009", "2016-10-01", "false")
    assert row["provenance_archive_file"] == "a.warc.gz"
    assert row["first_seen"] == "2026-01-01T08:00:00Z"
    assert "links" not in row
    assert [(one["key"], one["links"], one["url"]) for one in sheet(folder, "articles_links")][
        :2
    ] == [(row["key"], "1", links[0].url), (row["key"], "2", links[1].url)]
    assert sheet(folder, "articles_paragraphs")[1] == {
        "key": row["key"], "paragraphs": "2", "text": text,
    }  # fmt: skip
    (same, _) = sheet(folder, "articles_same_as")
    assert (same["key"], same["same_as_key"]) == (row["key"], other["key"])


def test_a_list_in_a_list(tmp_path: Path) -> None:
    turns = [Turn(speaker="Wu", kind="host", paragraphs=["One.", "Two."]),
             Turn(speaker=None, kind=None, paragraphs=["Three."])]  # fmt: skip
    speakers = [Speaker(name="Wu", role=None)]
    folder = build(tmp_path, made("press_conference", day(0), turns=turns, speakers=speakers))
    found = sheet(folder, "press_conferences_turns_paragraphs")
    assert [(one["turns"], one["paragraphs"], one["text"]) for one in found] == [
        ("1", "1", "One."), ("1", "2", "Two."), ("2", "1", "Three."),
    ]  # fmt: skip
    assert [one["speaker"] for one in sheet(folder, "press_conferences_turns")] == ["Wu", ""]


def test_no_cell_of_any_file_is_a_formula(tmp_path: Path) -> None:
    folder = build(
        tmp_path,
        article(1, title=FORMULA, source="@a", paragraphs=["+1", "\t-"], teaser="'tis"),
        made("faq", day(0), question="-1", answer=FORMULA),
    )
    for path in folder.glob("*.csv"):
        for row in sheet(folder, path.stem):
            assert not any(text.startswith(tuple("=+-@\t\r")) for text in row.values())
    (row,) = sheet(folder, "articles")
    assert row["title"].removeprefix("'") == FORMULA
    assert row["teaser"].removeprefix("'") == "'tis"


def test_a_table_without_a_row_has_no_file(tmp_path: Path) -> None:
    folder = build(tmp_path, made("status", day(0)))
    assert [path.name for path in folder.glob("*.csv")] == ["status.csv"]
