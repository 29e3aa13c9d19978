"""Articles made up for comparing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from random import Random
from typing import Any, TypeAlias

from shio_scraper.dataset.builds.stories import Stories

Article: TypeAlias = dict[str, Any]

WORDS = [a + b for a in ("ba", "ce", "di", "fo", "gu", "ha", "je", "ki") for b in ("ra", "sen",
         "til", "mo", "nu", "lep", "xi", "yor")]  # fmt: skip


def prose(seed: int, count: int = 120) -> str:
    """Return a text of its own for each seed."""
    return " ".join(Random(seed).choices(WORDS, k=count))


def article(key: str, *paragraphs: str, title: str | None = None) -> Article:
    """Return what is compared of an article; its title is its key's where none is given."""
    name = f"article/{key}" if "/" in key else f"article/en/{key}"
    return {"key": name, "title": title or f"Story {key}", "paragraphs": list(paragraphs)}


def pairs(*articles: Article) -> list[tuple[str, str, float]]:
    """Return the pairs among articles, sorted."""
    with closing(sqlite3.connect("")) as database:
        found = Stories(database).pairs(sorted(articles, key=lambda one: one["key"]))
        return sorted((min(one, two), max(one, two), alike) for one, two, alike in found)


def keys(*articles: Article) -> list[tuple[str, str]]:
    """Return the last parts of the keys of each pair."""
    return [(one.rpartition("/")[2], two.rpartition("/")[2]) for one, two, _ in pairs(*articles)]
