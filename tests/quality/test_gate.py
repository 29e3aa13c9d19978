"""The gate: the corpus is what the floors are of, and no field is below its own."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from quality import contest, floors
from quality.corpus import corpus, fingerprint
from quality.floors import Floors
from quality.gate import gate
from quality.sample import found
from quality.scores import Score, f1, field_scores, summarise

SCORES = {"a.title": Score(0.98, 0.97, 0.99, 50), "a.body": Score(1.0, 1.0, 1.0, 50)}


def test_no_field_is_below_its_floor() -> None:
    assert gate().failures(floors.read()) == []


def test_the_corpus_is_the_one_of_the_floors() -> None:
    pages = corpus()
    assert fingerprint(pages) == floors.read().corpus
    assert len({page.name for page in pages}) == len(pages)
    families = Counter(page.family for page in pages)
    assert families["article"] > 120
    assert set(families) == {"article", "event", "text", "listing", "rows", "pairs", "sister"}


def test_another_page_makes_another_corpus() -> None:
    pages = corpus()
    assert fingerprint(pages[1:]) != fingerprint(pages)


@pytest.mark.parametrize("name", ["title", "source", "published", "category", "links"])
def test_a_wrong_field_costs_its_score(name: str) -> None:
    gold = corpus()[0].gold
    wrong = tuple({**one, name: "x"} if one["type"] == "article" else one for one in gold)
    scores = field_scores(gold, wrong)
    assert scores[f"article.{name}"] == 0
    assert sum(value < 1 for value in scores.values()) == 1


@pytest.mark.parametrize(("kind", "name"), [("status", "rows"), ("faq", "pairs")])
def test_a_missing_row_or_pair_costs_its_page(kind: str, name: str) -> None:
    sample = corpus()[0]
    records = found(sample.body, sample.url)
    first = next(one for one in records if one["type"] == kind)
    less = tuple(one for one in records if one is not first)
    assert field_scores(sample.gold, records)[name] == 1
    assert field_scores(sample.gold, less)[name] == 0
    assert field_scores(less, sample.gold)[name] == 0


def test_a_record_that_is_missing_and_one_that_is_made_up_cost_the_same() -> None:
    gold = corpus()[0].gold
    rest = tuple(one for one in gold if one["type"] != "article")
    assert field_scores(gold, rest)["article.title"] == 0
    assert field_scores(rest, gold)["article.title"] == 0


def test_f1_counts_words_and_ideographs() -> None:
    assert f1("滨江开放", "滨江关放") == 0.75
    assert f1("", "") == 1
    assert f1("a b", "") == 0


def test_an_interval_holds_the_mean_and_comes_out_the_same_again() -> None:
    pages = [{"x": float(number % 10 > 0)} for number in range(100)]
    one = summarise(pages)["x"]
    assert one.low < one.mean == 0.9 < one.high
    assert summarise(pages)["x"] == one


def test_below_its_floor_a_field_shuts_the_gate() -> None:
    least = Floors("", {"a.title": 0.99, "a.body": 1.0})
    assert floors.failures(least, SCORES) == ["a.title: 0.9800 is below its floor, 0.9900"]
    assert floors.failures(Floors("", {"a.title": 0.9}), SCORES) == ["a.body: no floor"]
    assert len(floors.failures(Floors("", {**least.fields, "gone": 1.0}), SCORES)) == 2


def test_raising_never_lowers() -> None:
    least = floors.raised(Floors("", {"a.title": 0.99, "a.body": 0.5}), SCORES, "new")
    assert least == Floors("new", {"a.title": 0.99, "a.body": 1.0})


def test_lowering_leaves_its_reason_in_the_changelog(tmp_path: Path) -> None:
    changelog = tmp_path / "CHANGELOG.md"
    changelog.write_text("# Changelog\n", "utf-8")
    least = Floors("", {"a.title": 0.99, "a.body": 1.0})
    changes = floors.lowered(least, SCORES)
    assert changes == {"a.title": 0.98}
    lower = Floors("", {**least.fields, **changes})
    assert len(floors.unexplained(lower, changelog)) == 1
    floors.note(changes, "a new form of titles", changelog)
    assert floors.unexplained(lower, changelog) == []
    assert "- `a.title` to 0.9800: a new form of titles\n" in changelog.read_text("utf-8")


def test_others_pages_are_scored_and_doubts_counted(tmp_path: Path) -> None:
    sample = next(one for one in corpus() if one.gold[0]["type"] == "article" and len(one.gold) > 1)
    gold = next(one for one in sample.gold if one["type"] == "article")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "a.html.gz").write_bytes(gzip.compress(sample.body))
    said = {name: gold[name] for name in ("url", "title", "published", "paragraphs")}
    lines = [
        {"file": "a", "kind": "article", **said},
        {"file": "a", "kind": "article", **said, "title": "Eel market moves"},
        {"file": "a", "kind": "listing"},
    ]
    (tmp_path / "truth.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    judged = [contest.judge(one, ["shio-scraper"]) for one in contest.read(tmp_path)]
    assert [one.scores["shio-scraper"]["title"] for one in judged] == [1, 0]
    assert all(one.scores["shio-scraper"]["body whole"] == 1 for one in judged)
    assert "| 0.500 (2)" in contest.extractors(judged)
    assert "Of 0 pages with a wrong field 0 are told, of 2 right ones 0" in contest.doubts(judged)
