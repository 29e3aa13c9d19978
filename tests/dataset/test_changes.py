"""Changes: what was added, changed, gone, left and returned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from shio_scraper.dataset.changes import Period, history
from shio_scraper.dataset.database import to_moment
from shio_scraper.dataset.intake import take_in
from shio_scraper.dataset.state import State
from shio_scraper.items import Link
from shio_scraper.redaction import CONTACTS
from shio_scraper.runs import manifest
from tests.dataset.making import day, made, scope, told, write_run
from tests.pipelines.samples import URL

OTHER = "article/en/1"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State.open(tmp_path / "state.db", create=True) as opened:
        yield opened


def take(state: State, at: float, *records: Any, **how: Any) -> str:
    """Take in a run that saw ``records`` and an article beside them; return its name."""
    beside = made("article", day(at), key=OTHER, url=None)
    run = write_run(state.path.parent / "runs", day(at), [beside, *records], **how)
    take_in(state, run)
    return run.name


def of(state: State, kind: str, **how: Any) -> list[tuple[Any, ...]]:
    """Return what happened to records of a type: the change and the day, counted."""
    found = [one for one in told(state, kinds=(kind,), **how) if one["key"] != OTHER]
    return [(one["change"], one["at"][:10]) for one in found]


def test_a_document_is_known_by_its_file(state: State) -> None:
    for number, name in enumerate(("%E8%A1%A8%201.pdf", "%B1%ED.pdf?v=2")):
        url = f"https://touch.shio.gov.cn/files/{name}"
        take(state, number, made("document", day(number), key=f"document/{number}", url=url))
    said = [one["title"] for one in told(state, kinds=("document",))]
    assert said == ["表 1.pdf", "%B1%ED.pdf"]


def test_added(state: State) -> None:
    first = take(state, 0)
    second = take(state, 1, made("article", day(1.1)))
    (_, added) = told(state)
    record = added.pop("record")
    assert added == {
        "change": "added",
        "at": "2026-01-02T10:24:00Z",
        "run": second,
        "type": "article",
        "key": "article/en/20240304101112131",
        "url": URL,
        "title": "A title",
        "between": [
            {"at": "2026-01-01T08:00:00Z", "run": first},
            {"at": "2026-01-02T10:24:00Z", "run": second},
        ],
    }
    assert (record["title"], record["key"]) == ("A title", added["key"])


def test_added_by_the_first_run_is_between_nothing(state: State) -> None:
    run = take(state, 0)
    (added,) = told(state)
    assert added["between"] == [None, {"at": "2026-01-01T08:00:00Z", "run": run}]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"title": "New"}, {"title": {"old": "A title", "new": "New"}}),
        ({"source": None}, {"source": {"old": "Xinhua", "new": None}}),
        (
            {"published": date(2024, 3, 5), "paragraphs": ["One."]},
            {
                "published": {"old": "2024-03-04", "new": "2024-03-05"},
                "paragraphs": {"old": ["One.", "Two."], "new": ["One."]},
            },
        ),
        (
            {"links": [Link(text="a", url="https://a.example/")]},
            {
                "links": {
                    "old": [{"text": "a page", "url": "https://www.example.org/"}],
                    "new": [{"text": "a", "url": "https://a.example/"}],
                }
            },
        ),
    ],
)
def test_changed(state: State, changes: dict[str, Any], fields: dict[str, Any]) -> None:
    first = take(state, 0, made("article", day(0)))
    second = take(state, 1, made("article", day(1), **changes))
    (changed,) = [one for one in told(state) if one["change"] == "changed"]
    assert changed == {
        "change": "changed",
        "at": "2026-01-02T08:00:00Z",
        "run": second,
        "type": "article",
        "key": "article/en/20240304101112131",
        "url": URL,
        "title": changes.get("title", "A title"),
        "fields": fields,
        "between": [
            {"at": "2026-01-01T08:00:00Z", "run": first},
            {"at": "2026-01-02T08:00:00Z", "run": second},
        ],
    }


@pytest.mark.parametrize("changes", [{"teaser": None}, {"url": "https://touch.shio.gov.cn/other"}])
def test_what_is_no_content_is_no_change(state: State, changes: dict[str, Any]) -> None:
    take(state, 0, made("article", day(0)))
    take(state, 1, made("article", day(1), **changes))
    assert of(state, "article") == [("added", "2026-01-01")]


def test_the_last_capture_with_the_old_content_is_named(state: State) -> None:
    names = [take(state, n, made("faq", day(n), answer="A" if n < 3 else "B")) for n in range(5)]
    (changed,) = [one for one in told(state, kinds=("faq",)) if one["change"] == "changed"]
    assert [capture["run"] for capture in changed["between"]] == names[2:4]


def test_status_events(state: State) -> None:
    words = ["processing", "processing", "received", "completed"]
    names = [take(state, n, made("status", day(n), status=word)) for n, word in enumerate(words)]
    found = told(state, kinds=("status",))
    assert [(one["change"], one["serial"], one["from"], one["to"]) for one in found] == [
        ("added", "227", None, "processing"),
        ("changed", "227", "processing", "received"),
        ("changed", "227", "received", "completed"),
    ]
    assert [one["kind"] for one in found] == ["application"] * 3
    assert [[capture and capture["run"] for capture in one["between"]] for one in found] == [
        [None, names[0]],
        names[1:3],
        names[2:4],
    ]


def test_gone_is_said_after_two_misses_and_returned_after_that(state: State) -> None:
    names = [take(state, n, *[made("article", day(n))] * (n in {0, 2, 5})) for n in range(6)]
    assert of(state, "article") == [
        ("added", "2026-01-01"),
        ("gone", "2026-01-05"),
        ("returned", "2026-01-06"),
    ]
    gone, returned = (one for one in told(state) if one["change"] in {"gone", "returned"})
    assert (gone["misses"], gone["missed_by"]) == (2, names[3:5])
    assert gone["between"] == [{"at": "2026-01-03T08:00:00Z", "run": names[2]}, None]
    assert returned["missed_by"] == names[3:5]
    assert [capture["run"] for capture in returned["between"]] == [names[2], names[5]]


@pytest.mark.parametrize(
    ("gone_after", "said"),
    [(1, ["2026-01-02", "2026-01-04"]), (2, ["2026-01-05"]), (3, ["2026-01-06"]), (4, [])],
)
def test_how_many_misses_it_takes(state: State, gone_after: int, said: list[str]) -> None:
    for number in range(6):
        take(state, number, *[made("article", day(number))] * (number in {0, 2}))
    found = of(state, "article", gone_after=gone_after)
    assert [at for change, at in found if change == "gone"] == said
    assert [one.gone for one in state.records("article", gone_after)] == [False, bool(said)]


def test_a_record_that_returned_otherwise_is_returned_and_changed(state: State) -> None:
    for number, title in enumerate(["A", "", "", "B"]):
        take(state, number, *[made("article", day(number), title=title)] * bool(title))
    assert [change for change, _ in of(state, "article")] == [
        "added", "gone", "returned", "changed",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["status", "faq"])
def test_a_row_that_was_pushed_out_has_left(state: State, kind: str) -> None:
    for number in range(4):
        take(state, number, *[made(kind, day(number))] * (number in {0, 3}))
    assert [change for change, _ in of(state, kind)] == ["added", "left", "returned"]


def test_partial_and_narrower_runs_make_nothing_gone(state: State) -> None:
    take(state, 0, made("article", day(0)))
    take(state, 1, outcome="partial", reason="shutdown")
    take(state, 2, scope=scope(types=["faq"]))
    take(state, 3, scope=scope(narrowed_by=["mode"]))
    take(state, 4, made("article", day(4), key=f"{OTHER}0"), scope=scope(narrowed_by=["history"]))
    take(state, 5)
    assert [change for change, _ in of(state, "article")] == ["added", "added"]
    take(state, 6)
    assert [change for change, _ in of(state, "article")] == ["added", "added", "gone", "gone"]


def test_a_partial_run_that_saw_it_ends_the_misses(state: State) -> None:
    take(state, 0, made("article", day(0)))
    take(state, 1)
    take(state, 2, made("article", day(2)), outcome="partial")
    take(state, 3)
    assert [change for change, _ in of(state, "article")] == ["added"]


def test_the_run_that_saw_it_late_did_not_miss_it(state: State) -> None:
    """A run begins before it sees what it sees."""
    for number in range(4):
        take(state, number, made("article", day(number + 0.5)))
    assert of(state, "article", gone_after=1) == [("added", "2026-01-01")]


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [(None, None, [1, 2, 3]), (1, None, [2, 3]), (None, 1, [1]), (1, 2, [2]), (0.1, 2.1, [2, 3])],
)
def test_a_period(state: State, since: float | None, until: float | None, days: list[int]) -> None:
    for number, title in enumerate("ABC"):
        take(state, number, made("article", day(number), title=title))
    first, last = (None if one is None else to_moment(day(one)) for one in (since, until))
    period = Period(first, last)
    expected = [f"2026-01-0{number}" for number in days]
    assert [at for _, at in of(state, "article", period=period)] == expected


def test_what_some_runs_told(state: State) -> None:
    names = [
        take(state, n, *[made("article", day(n), title=title)] * bool(title))
        for n, title in enumerate(["A", "B", "", "", "B"])
    ]
    for told_by, said in (
        (names[1:2], ["changed"]), (names[2:4], ["gone"]), (names[4:], ["returned"]), ([], []),
    ):  # fmt: skip
        found = of(state, "article", period=Period(runs=frozenset(told_by)))
        assert [change for change, _ in found] == said


def test_a_history_has_every_version_with_its_captures(state: State) -> None:
    titles = ["A", "A", "B", "A", "", "", "B"]
    names = [
        take(state, n, *[made("article", day(n), title=title)] * bool(title))
        for n, title in enumerate(titles)
    ]
    found = list(history(state, "article/en/20240304101112131"))
    assert [(one["change"], [seen["run"] for seen in one["captures"]]) for one in found] == [
        ("added", names[:2]), ("changed", names[2:3]), ("changed", names[3:4]), ("gone", []),
        ("returned", []), ("changed", names[6:]),
    ]  # fmt: skip
    assert found[1]["fields"] == {"title": {"old": "A", "new": "B"}}
    assert found[1]["provenance"]["archive"]["file"] == "a.warc.gz"
    assert found[3]["provenance"] is None
    assert list(history(state, "article/en/no-such")) == []


def test_a_history_of_a_thousand_versions_while_another_process_writes(state: State) -> None:
    many = [made("article", day(n / 100), title=f"Title {n}") for n in range(1_000)]
    take(state, 60, *many, scope=scope(narrowed_by=["history"]))
    found = history(state, many[0].key)
    first = next(found)
    with State.open(state.path) as other:
        take(other, 61, made("article", day(61), title="Meanwhile"))
    titles = [first["title"], *(one["title"] for one in found)]
    assert titles == [one.title for one in many]


def test_time_order_and_key_order(state: State) -> None:
    later = [made("article", day(1), key=f"article/en/{number}") for number in (3, 2)]
    take(state, 0, made("status", day(0)), made("faq", day(0)))
    take(state, 1, *later, made("event", day(0.5)))
    found = [(one["at"], one["key"]) for one in told(state)]
    assert found == sorted(found)
    assert len(found) == 6


def test_two_contents_of_one_moment_are_in_a_fixed_order(tmp_path: Path) -> None:
    """An archive may hold two captures of one second that differ."""
    contents = [made("faq", day(0), answer=answer) for answer in "AB"]
    found = []
    for name, records in (("a", contents), ("b", contents[::-1])):
        with State.open(tmp_path / f"{name}.db", create=True) as state:
            take_in(state, write_run(tmp_path / name, day(0), records))
            found.append(told(state))
    assert found[0] == found[1]
    assert [one["change"] for one in found[0]] == ["added", "changed"]


def test_an_old_record_without_a_newer_field(state: State) -> None:
    """Records are kept as they were stored; what a later version adds is null in them."""
    take(state, 0, made("article", day(0)))
    run = write_run(state.path.parent / "runs", day(1), [made("article", day(1))])
    file = run / "articles.jsonl"
    file.write_text(file.read_text().replace('"gated":false,', ""))
    (run / manifest.NAME).write_bytes(msgspec.json.encode(replace(manifest.read(run), files=[])))
    take_in(state, run)
    (changed,) = [one for one in told(state) if one["change"] == "changed"]
    assert changed["fields"] == {"gated": {"old": False, "new": None}}


@pytest.mark.parametrize("first", ["on", "off"])
def test_contacts_that_were_left_out_are_no_change(state: State, first: str) -> None:
    contacts: dict[str, Any] = {
        "on": {"contact": "Li Ming", "phone": "021-5555"},
        "off": dict.fromkeys(CONTACTS),
    }
    event = made("event", day(0), key="event/en/9", **contacts["on"])
    ways = [first, "off" if first == "on" else "on", first]
    for at, way in enumerate(ways):
        seen = replace(made("event", day(at), key=event.key), **contacts[way])
        take(state, at, seen, settings={"SHIO_CONTACTS": way})
    assert of(state, "event") == [("added", "2026-01-01")]
    moved = replace(made("event", day(3), key=event.key, title="Moved"), **contacts["off"])
    take(state, 3, moved, settings={"SHIO_CONTACTS": "off"})
    told_last = told(state, kinds=("event",))[-1]
    assert (told_last["change"], list(told_last["fields"])) == ("changed", ["title"])
    shown = replace(made("event", day(4), key=event.key, title="Moved"), contact="Wu", phone=None)
    for at, contact in ((4, "Wu"), (5, None)):  # the portal itself takes it away
        take(state, at, replace(shown, contact=contact), settings={"SHIO_CONTACTS": "on"})
    assert list(told(state, kinds=("event",))[-1]["fields"]) == ["contact"]


def test_an_intake_does_not_count_what_was_left_out(tmp_path: Path) -> None:
    with State.open(tmp_path / "state.db", create=True) as state:
        for at, contact, way in ((0, "Li Ming", "on"), (1, None, "off"), (2, "Wu", "on")):
            event = made("event", day(at), key="event/en/9", contact=contact, phone=None)
            settings = {"SHIO_CONTACTS": way}
            taken = take_in(state, write_run(tmp_path, day(at), [event], settings=settings))
            assert (taken.new, taken.changed) == (at == 0, 0)


@pytest.mark.parametrize("is_same", [True, False])
def test_what_another_parser_reads_otherwise_is_reparsed(state: State, *, is_same: bool) -> None:
    """Where today's parser makes the new content of the old capture, too."""
    asked = []

    def reread(run: str, before: Any, now: Any) -> bool:
        asked.append((run, before["title"], now["title"]))
        return is_same

    runs, found = state.path.parent / "runs", []
    for at, title, parser in ((0, "Old", "0.1.0"), (1, "New", "0.2.0"), (2, "Newer", "0.2.0")):
        one = made("article", day(at), title=title)
        one.provenance = replace(one.provenance, parser=f"shio-scraper {parser}")
        found.append(take_in(state, write_run(runs, day(at), [one]), reread))
    assert asked == [(found[0].run, "Old", "New")]
    assert [(one.new, one.changed, one.reparsed) for one in found] == [
        (1, 0, 0),
        (0, int(not is_same), int(is_same)),
        (0, 1, 0),
    ]
    (_, now, last) = told(state)
    assert now["change"] == ("reparsed" if is_same else "changed")
    assert now["fields"] == {"title": {"old": "Old", "new": "New"}}
    assert last["change"] == "changed"


def test_a_state_of_0_1_has_no_such_tables(state: State) -> None:
    take(state, 0)
    for table in ("templates", "reparsed"):
        state.database.execute(f"DROP TABLE {table}")
    assert (state.templates(), state.reparsed()) == ([], set())
    take(state, 1)
    assert [one["change"] for one in told(state)] == ["added"]
