"""States to build from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from shio_scraper.dataset.builds.build import build
from shio_scraper.dataset.intake import take_in
from shio_scraper.dataset.state import State
from shio_scraper.items import Article, RecordType
from tests.dataset.builds.stories import prose
from tests.dataset.making import day, made, write_run

FORMATS: Final = ("jsonl", "parquet", "sqlite")
NASTY: Final = "a\x00b\x07 </script><b>&amp;\u2028“引”\U0001f980 \"quoted\" 'one' \\ \ud7ff\ufeff"
"""What a text can hold: marks of other languages, control characters, emoji."""
SHOWN: Final = NASTY.replace("\x00", "")
"""The same in a build."""


def article(number: int, **changes: Any) -> Article:
    """Return an article that is like no other."""
    language = changes.setdefault("language", "en")
    values: dict[str, Any] = {
        "key": f"article/{language}/{number}",
        "portal_id": str(number),
        "title": f"Story {number}",
        "published": date(2016, number % 12 + 1, 1),
        "paragraphs": [prose(number, 60), f"The end of {number}."],
    }
    record: Article = made("article", day(0), **values | changes)
    return record


def some() -> list[RecordType]:
    """Return records of every type, in no order."""
    return [
        article(9), article(10), article(2, paragraphs=[]), article(9, language="zh", title="雨"),
        article(11, title=NASTY, paragraphs=[NASTY, "地铁站设纳凉点"], published=None, source=None),
        made("status", day(0)),
        replace(made("status", day(0)), key="status/inquiry/58", kind="inquiry"),
        made("faq", day(0)), made("faq", day(0), key="faq/zh/0", language="zh", answer=None),
        made("event", day(0)), made("press_conference", day(0)),
        made("document", day(0)), made("row", day(0)),
    ]  # fmt: skip


def a_state(folder: Path, *runs: Iterable[RecordType], site: str = "live") -> Path:
    """Make a state of runs, a day apart, and return its path."""
    path = folder / "data" / "state.db"
    with State.open(path, create=True) as state:
        for number, records in enumerate(runs):
            dated = [_at(record, number) for record in records]
            take_in(state, write_run(folder / "data" / "runs", day(number), dated, site=site))
    return path


def built(state: Path, target: Path, *formats: str) -> Path:
    """Build from a state and return the folder."""
    with State.open(state) as opened:
        build(opened, target, formats or FORMATS)
    return target


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _at(record: RecordType, number: int) -> RecordType:
    provenance = replace(record.provenance, fetched_at=day(number))
    return replace(record, provenance=provenance)
