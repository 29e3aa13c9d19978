"""Taking runs in: any order, any number of times, whole or not at all."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shio_scraper.dataset.intake import IntakeError, take_in
from shio_scraper.dataset.state import State
from shio_scraper.items import Reject
from shio_scraper.runs import manifest
from tests.dataset.making import day, dump, made, scope, told, write_run


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State.open(tmp_path / "state.db", create=True) as opened:
        yield opened


def take_all(path: Path, runs: list[Path], **how: Any) -> list[tuple[Any, ...]]:
    """Take runs into a new state, and return what it then says."""
    path.unlink(missing_ok=True)
    with State.open(path, create=True) as state:
        for run in runs:
            take_in(state, run, **how)
    return dump(path)


def articles(at: float, *titles: str, **more: Any) -> list[Any]:
    """Return articles; each is known by the first word of its title."""
    return [
        made("article", day(at), key=f"article/en/{title.split()[0]}", title=title, **more)
        for title in titles
    ]


# The state is a function of the set of runs


SIGHTING = st.tuples(
    st.sampled_from(["article", "status", "faq"]),
    st.integers(0, 2),  # which record
    st.sampled_from(["A", "B", "C"]),  # which content
    st.sampled_from([-5, -1, 0, 0.1]),  # captured so many days after the run began
    st.booleans(),  # with its teaser
)
RUN = st.tuples(
    st.lists(SIGHTING, max_size=6),
    st.sampled_from(["complete", "partial", "unfinished"]),
    st.booleans(),  # a history
)


def record(sighting: tuple[str, int, str, float, bool], began: float) -> Any:
    kind, number, content, after, teaser = sighting
    at, key = day(began + after), f"{kind}/en/{number}"
    if kind == "article":
        return made(kind, at, key=key, title=content, teaser="Begin" if teaser else None)
    if kind == "status":
        return made(kind, at, key=key, status="processing" if content == "A" else "completed")
    return made(kind, at, key=key, answer=content)


@settings(max_examples=40)
@given(runs=st.lists(RUN, max_size=4), order=st.randoms(use_true_random=False))
def test_the_order_of_runs_does_not_matter_nor_taking_them_twice(runs: Any, order: Any) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        folders = [
            write_run(
                folder, day(number), [record(one, number) for one in sightings],
                outcome=outcome, scope=scope(narrowed_by=["history"] if history else []),
            )
            for number, (sightings, outcome, history) in enumerate(runs)
        ]  # fmt: skip
        expected = take_all(folder / "in_order.db", folders, unfinished=True)
        shuffled = folders * 2
        order.shuffle(shuffled)
        assert take_all(folder / "shuffled.db", shuffled, unfinished=True) == expected


@pytest.mark.parametrize("order", [*itertools.permutations(range(3))])
def test_the_newest_version_is_the_one_seen_last(
    tmp_path: Path, state: State, order: tuple[int, ...]
) -> None:
    runs = [
        write_run(tmp_path, day(n), articles(n, t)) for n, t in enumerate(["1 A", "1 B", "1 A"])
    ]
    for number in order:
        take_in(state, runs[number])
    (known,) = state.records("article")
    assert known.record["title"] == "1 A"
    assert (known.first_seen, known.last_seen, known.versions) == (day(0), day(2), 2)
    assert known.record["provenance"]["fetched_at"] == "2026-01-01T08:00:00Z"
    assert [change["change"] for change in told(state)] == ["added", "changed", "changed"]


def test_a_record_with_its_teaser_is_better_than_an_older_one(tmp_path: Path, state: State) -> None:
    for number, teaser in enumerate([None, "Begin", "Other"]):
        take_in(state, write_run(tmp_path, day(number), articles(number, "1", teaser=teaser)))
    (known,) = state.records("article")
    assert known.record["teaser"] == "Begin"
    assert known.versions == 1
    assert known.first_seen == day(0)


def test_a_run_taken_in_twice_changes_nothing(tmp_path: Path) -> None:
    run = write_run(tmp_path / "runs", day(0), articles(0, "1", "2"))
    path = tmp_path / "state.db"
    once = take_all(path, [run])
    with State.open(path) as state:
        again = take_in(state, run)
        assert again.was_known
        assert str(again) == f"{run.name} was taken in before"
    assert dump(path) == once


def test_what_a_run_brought(tmp_path: Path, state: State) -> None:
    first = write_run(tmp_path, day(0), articles(0, "1", "2"))
    assert str(take_in(state, first)) == f"{first.name}: 2 records, 2 new, 0 changed"
    second = write_run(tmp_path, day(1), articles(1, "1 new", "2", "3"))
    taken = take_in(state, second)
    assert (taken.counts, taken.new, taken.changed) == ({"article": 3}, 1, 1)


# Time


def test_a_clock_that_went_back_within_a_run(tmp_path: Path, state: State) -> None:
    """What a run saw is never older than the run."""
    take_in(state, write_run(tmp_path, day(0), articles(0, "1 old")))
    take_in(state, write_run(tmp_path, day(1), articles(-300, "1 new")))
    (known,) = state.records("article")
    assert known.record["title"] == "1 new"
    assert known.last_seen == day(1)


def test_a_clock_that_went_back_between_runs(tmp_path: Path, state: State) -> None:
    """A run is where its clock says; nothing breaks, and the order of taking in says nothing."""
    runs = [write_run(tmp_path, day(at), articles(at, t)) for at, t in [(5, "1 A"), (1, "1 B")]]
    for run in runs:
        take_in(state, run)
    (known,) = state.records("article")
    assert known.record["title"] == "1 A"
    assert [one["record"]["title"] for one in told(state) if one["change"] == "added"] == ["1 B"]


def test_a_capture_without_a_time_was_seen_when_its_run_began(tmp_path: Path, state: State) -> None:
    (one,) = articles(0, "1")
    one.provenance = replace(one.provenance, fetched_at=None)
    take_in(state, write_run(tmp_path, day(3), [one]))
    (known,) = state.records("article")
    assert known.first_seen == known.last_seen == day(3)


def test_a_history_is_taken_in_at_its_captures_own_times(tmp_path: Path, state: State) -> None:
    live = write_run(tmp_path, day(0), articles(0, "1 now"))
    old = [*articles(-700, "1 first"), *articles(-400, "1 second"), *articles(-100, "1 now")]
    history = write_run(
        tmp_path,
        day(1),
        old,
        spider="archive",
        site="archive",
        scope=scope(narrowed_by=["history"]),
    )
    for run in (live, history):
        take_in(state, run)
    (known,) = state.records("article")
    assert (known.first_seen, known.last_seen) == (day(-700), day(0))
    assert known.versions == 3
    assert known.record["title"] == "1 now"
    assert [one["at"][:10] for one in told(state)] == ["2024-02-01", "2024-11-27", "2025-09-23"]


# What is refused


def refused(state: State, run: Path, **how: Any) -> str:
    before = dump(state.path)
    with pytest.raises(IntakeError) as error:
        take_in(state, run, **how)
    assert dump(state.path) == before
    assert "\n" not in str(error.value)
    return str(error.value)


def test_another_site(tmp_path: Path, state: State) -> None:
    take_in(state, write_run(tmp_path, day(0), articles(0, "1")))
    demo = write_run(tmp_path, day(1), articles(1, "1"), site="demo")
    said = refused(state, demo)
    assert said == (
        f"{demo} is of site=demo, and the state of site=live: one state holds one site, "
        "and each has its own where neither SHIO_STATE nor --state names one"
    )


def test_an_archive_of_another_site(tmp_path: Path, state: State) -> None:
    """Captures tell where they were fetched from; all of the run is refused."""
    take_in(state, write_run(tmp_path, day(0), articles(0, "1")))
    good, bad = articles(1, "2", "3")
    bad.provenance = replace(bad.provenance, fetched_url="http://127.0.0.1:8000/jsp/x.jsp?id=3")
    run = write_run(tmp_path, day(1), [good, bad], site="archive", spider="archive")
    assert "is of site=http://127.0.0.1:8000, and the state of site=live" in refused(state, run)


def test_an_archive_decides_an_empty_state(tmp_path: Path, state: State) -> None:
    (copy,) = articles(0, "1")
    copy.provenance = replace(copy.provenance, fetched_url="http://127.0.0.1:8000/jsp/x.jsp?id=3")
    take_in(state, write_run(tmp_path, day(1), [copy], site="archive"))
    assert state.site == "http://127.0.0.1:8000"
    live = write_run(tmp_path, day(2), articles(2, "1"), site="archive")
    assert "is of site=live" in refused(state, live)


def test_an_archive_of_the_demo_goes_into_the_demo(tmp_path: Path, state: State) -> None:
    """It is served on loopback, each time at another port."""
    take_in(state, write_run(tmp_path, day(0), articles(0, "1"), site="demo"))
    (copy,) = articles(1, "2")
    copy.provenance = replace(copy.provenance, fetched_url="http://127.0.0.1:8000/jsp/x.jsp?id=3")
    take_in(state, write_run(tmp_path, day(1), [copy], site="archive"))
    assert len(list(state.records("article"))) == 2


def test_a_run_that_was_changed_after_its_end(tmp_path: Path, state: State) -> None:
    run = write_run(tmp_path, day(0), articles(0, "1"))
    file = run / "articles.jsonl"
    file.write_bytes(file.read_bytes().replace(b"One.", b"Two."))
    assert refused(state, run) == f"{run}: not as its manifest.json says: articles.jsonl"


def test_a_run_whose_file_is_missing(tmp_path: Path, state: State) -> None:
    run = write_run(tmp_path, day(0), articles(0, "1"))
    (run / "faq.jsonl").unlink()
    assert "not as its manifest.json says: faq.jsonl" in refused(state, run)


def test_a_run_whose_files_hold_other_than_it_counted(tmp_path: Path, state: State) -> None:
    run = write_run(tmp_path, day(0), articles(0, "1"), counts={"article": 69, "faq": 0})
    expected = "its files are not what was written: articles.jsonl holds 1 and not 69"
    assert refused(state, run) == f"{run}: {expected}"


def test_another_run_of_the_same_name(tmp_path: Path, state: State) -> None:
    take_in(state, write_run(tmp_path / "a", day(0), articles(0, "1")))
    other = write_run(tmp_path / "b", day(0), articles(0, "2"))
    assert refused(state, other) == f"{other}: another run of this name was taken in before"


@pytest.mark.parametrize("text", ["", "{}", "[1]", "\x00", '{"manifest": 2}'])
def test_a_manifest_that_is_none(tmp_path: Path, state: State, text: str) -> None:
    run = write_run(tmp_path, day(0), articles(0, "1"))
    (run / manifest.NAME).write_text(text)
    assert f"{run / manifest.NAME}: no manifest: " in refused(state, run)


def test_a_folder_that_is_no_run(tmp_path: Path, state: State) -> None:
    assert refused(state, tmp_path) == f"{tmp_path}: no run: it has no manifest.json"


def test_rejects_that_are_none(tmp_path: Path, state: State) -> None:
    run = write_run(tmp_path, day(0), articles(0, "1"))
    (run / "rejects.jsonl").write_text("{}\n")
    rewritten = replace(manifest.read(run), files=[])
    (run / manifest.NAME).write_bytes(msgspec.json.encode(rewritten))
    assert f"{run}: no reject: " in refused(state, run)


# Runs that have not ended


def test_an_unfinished_run_is_taken_in_only_where_asked_for(tmp_path: Path, state: State) -> None:
    run = write_run(tmp_path, day(0), articles(0, "1"), outcome="unfinished")
    assert refused(state, run) == (
        f"{run}: the run has not ended; --unfinished takes in what there is so far"
    )
    assert take_in(state, run, unfinished=True).counts == {"article": 1}
    assert [one.outcome for one in state.runs()] == ["unfinished"]


def test_a_cut_line_is_left_out(tmp_path: Path, state: State) -> None:
    run = write_run(tmp_path, day(0), articles(0, "1", "2"), outcome="unfinished")
    file = run / "articles.jsonl"
    file.write_bytes(file.read_bytes()[:-9])
    taken = take_in(state, run, unfinished=True)
    assert str(taken) == f"{run.name}: 1 records, 1 new, 0 changed, 1 lines are no records"


@pytest.mark.parametrize("line", ["{", "7", '{"type":"article"}', '{"type":"x","key":"x/1"}',
                                  '{"type":"article","key":"article/en/9","language":"en","url":null,"provenance":null}',
        '{"type":"article","key":"article/en/9","language":"en","url":null,"provenance":{}}',
                                  "\x00\x00"])  # fmt: skip
def test_a_broken_line_is_counted(tmp_path: Path, state: State, line: str) -> None:
    run = write_run(tmp_path, day(0), articles(0, "1"), outcome="unfinished")
    with (run / "articles.jsonl").open("a") as stream:
        stream.write(f"{line}\n")
    taken = take_in(state, run, unfinished=True)
    assert (taken.counts, taken.left_out) == ({"article": 1}, 1)


def test_files_that_are_missing(tmp_path: Path, state: State) -> None:
    run = write_run(tmp_path, day(0), articles(0, "1"), outcome="unfinished")
    for name in ("status", "faq", "events", "rejects"):
        (run / f"{name}.jsonl").unlink()
    assert take_in(state, run, unfinished=True).counts == {"article": 1}


@pytest.mark.parametrize("others", [[], ["before"], ["after"], ["before", "after"]])
def test_an_unfinished_run_that_went_on_is_as_if_taken_in_at_its_end(
    tmp_path: Path, others: list[str]
) -> None:
    """What it said before may have been cut when it was resumed: none of it stays."""
    other = write_run(tmp_path / "other", day(5), articles(5, "1", "2", "3 other"))
    begun = write_run(tmp_path / "a", day(0), articles(0, "1", "2", "3", "4"), outcome="unfinished")
    ended = write_run(tmp_path / "b", day(0), articles(0.1, "1", "2 later", "5"))
    assert begun.name == ended.name
    expected = take_all(tmp_path / "once.db", [other, ended] if others else [ended])
    runs = [begun, ended]
    runs[0:0] = [other] * ("before" in others)
    runs[-1:-1] = [other] * ("after" in others)
    assert take_all(tmp_path / "twice.db", runs, unfinished=True) == expected
    for late in (begun, ended):
        with State.open(tmp_path / "twice.db") as state:
            assert take_in(state, late, unfinished=True).was_known
    assert dump(tmp_path / "twice.db") == expected


def test_two_unfinished_runs_do_not_depend_on_each_other(tmp_path: Path) -> None:
    first = write_run(tmp_path / "a", day(0), articles(0, "1"), outcome="unfinished")
    second = write_run(tmp_path / "a", day(1), articles(1, "1"), outcome="unfinished")
    ended = write_run(tmp_path / "b", day(0), articles(0.1, "2"))
    expected = take_all(tmp_path / "once.db", [second, ended], unfinished=True)
    assert take_all(tmp_path / "x.db", [first, second, ended], unfinished=True) == expected


# Excuses and scopes: who should have seen a record


def reject(url: str | None, at: float, reason: str = "http_status", detail: str = "500") -> Reject:
    return Reject(
        stage="fetch", reason=reason, detail=detail, url=url, fetched_at=day(at), body_sha256=None
    )


ARTICLE = "https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=20240304101112131"
LISTING = "https://touch.shio.gov.cn/jsp/zfxw_default_en.jsp?siteId=7"


@pytest.mark.parametrize(
    ("found", "misses"),
    [
        (None, 3),
        (reject(ARTICLE, 1), 0),
        (reject(ARTICLE, 1, "unreachable", "timeout"), 0),
        (reject(ARTICLE, 1, detail="404"), 3),
        (reject(ARTICLE, 1, detail="410"), 3),
        (reject(ARTICLE, 1, "not_found", ""), 3),
        (reject(LISTING, 1), 0),
        (reject(LISTING, 1, "no_items"), 0),
        (reject("https://touch.shio.gov.cn/", 1), 0),
        (reject("https://touch.shio.gov.cn/jsp/cfbm_default_en.jsp", 1), 3),
        (reject(LISTING, 1, detail="404"), 3),
        (reject(f"{ARTICLE[:-3]}999", 1), 3),
        (reject(None, 1), 3),
    ],
)
def test_a_page_that_could_not_be_read_is_no_miss(
    tmp_path: Path, state: State, found: Reject | None, misses: int
) -> None:
    take_in(state, write_run(tmp_path, day(0), articles(0, "1")))
    for number in range(1, 4):
        take_in(state, write_run(tmp_path, day(number), [found] if found else []))
    (known,) = state.records("article")
    assert (known.misses, known.gone) == (misses, misses == 3)


DATED = {"published": "2024-03-04"}


@pytest.mark.parametrize(
    ("narrowed", "misses"),
    [
        ({}, 1),
        ({"types": ["faq"]}, 0),
        ({"types": ["article"]}, 1),
        ({"languages": ["zh"]}, 0),
        ({"languages": ["en"]}, 1),
        ({"since": "2024-03-04"}, 1),
        ({"since": "2024-03-05"}, 0),
        ({"until": "2024-03-04"}, 1),
        ({"until": "2024-03-03"}, 0),
        ({"narrowed_by": ["max_pages"]}, 0),
        ({"narrowed_by": ["mode"]}, 0),
        ({"narrowed_by": ["history"]}, 0),
    ],
)
def test_a_run_of_another_scope_misses_nothing(
    tmp_path: Path, state: State, narrowed: dict[str, Any], misses: int
) -> None:
    take_in(state, write_run(tmp_path, day(0), articles(0, "1")))
    given = msgspec.convert(msgspec.to_builtins(scope()) | narrowed, manifest.Scope)
    take_in(state, write_run(tmp_path, day(1), [], scope=given))
    (known,) = state.records("article")
    assert known.misses == misses


def test_an_undated_article_and_an_event_are_in_no_period(tmp_path: Path, state: State) -> None:
    records = [*articles(0, "1", published=None), made("event", day(0))]
    take_in(state, write_run(tmp_path, day(0), records))
    given = msgspec.convert(msgspec.to_builtins(scope()) | {"since": "2000-01-01"}, manifest.Scope)
    take_in(state, write_run(tmp_path, day(1), [], scope=given))
    assert [one.misses for kind in ("article", "event") for one in state.records(kind)] == [0, 0]


@pytest.mark.parametrize("outcome", ["partial", "failed", "unfinished"])
def test_a_run_that_did_not_end_complete_misses_nothing(
    tmp_path: Path, state: State, outcome: Any
) -> None:
    take_in(state, write_run(tmp_path, day(0), articles(0, "1")))
    for number in range(1, 5):
        run = write_run(tmp_path, day(number), [], outcome=outcome, reason="shutdown")
        take_in(state, run, unfinished=True)
    (known,) = state.records("article")
    assert (known.misses, known.gone) == (0, False)


def test_a_status_or_faq_record_is_never_gone(tmp_path: Path, state: State) -> None:
    take_in(state, write_run(tmp_path, day(0), [made("status", day(0)), made("faq", day(0))]))
    for number in range(1, 5):
        take_in(state, write_run(tmp_path, day(number), articles(number, "1")))
    for kind in ("status", "faq"):
        (known,) = state.records(kind)
        assert (known.misses, known.gone) == (4, False)


def test_the_run_may_lie_anywhere(tmp_path: Path, state: State) -> None:
    run = write_run(tmp_path / "runs", day(0), articles(0, "1"))
    moved = Path(shutil.move(run, tmp_path / "backup"))
    take_in(state, moved)
    assert [one.name for one in state.runs()] == [run.name]
