"""Pages that are none: asked for again, after a rest; and where they persist, the crawl stops."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from tests.server import Reply, ScriptedPortal
from tests.spiders.running import Run, assert_calm, crawl_portal, in_process
from tests.spiders.scripted import article, en, page, portal_of, sidebar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GOOD = article("A good one", "2024-03-04")
CAPTCHA = page("<h1>Please verify you are human</h1>", side=sidebar())
DOWN = page("<h2>系统维护中</h2>")
BRIEF = ("-s", "SHIO_CHALLENGE_DELAY=0.01")


def times(*replies: Reply | str | Callable[[], Reply]) -> Callable[[str], Reply]:
    """Answer the requests for one page in turn, and then as the last time."""
    left = list(replies)

    def answer(_: str) -> Reply:
        reply = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(reply, str):
            return Reply(reply)
        return reply if isinstance(reply, Reply) else reply()

    return answer


def crawl(
    folder: Path, answers: dict[int, Callable[[str], Reply]], *more: str
) -> tuple[Run, dict[int, int]]:
    """Crawl pages that answer in turn; return the run, and how often each was asked for."""
    with ScriptedPortal(portal_of(*map(en, answers), en(900))) as portal:
        portal.pages[en(900)] = GOOD
        portal.otherwise = lambda target: next(
            (answer(target) for n, answer in answers.items() if target.endswith(f"id={n}")), None
        )
        run = crawl_portal(folder, portal.url, *BRIEF, *more)
        return run, {number: len(portal.asked(f"en.jsp?id={number}")) for number in answers}


def in_a_moment() -> Reply:
    """Ask for patience by a date."""
    then = datetime.now(UTC) + timedelta(seconds=5)
    return Reply(status=503, headers={"Retry-After": format_datetime(then, usegmt=True)})


ONCE: dict[str, Reply | str] = {
    "challenge": CAPTCHA,
    "maintenance": DOWN,
    "server_error": page("<h1>HTTP Status 500 – Internal Server Error</h1>"),
    "challenge, status 403": Reply(page("<h1>Access denied</h1><p>Ray ID: 7</p>"), status=403),
    "maintenance, status 503": Reply(DOWN, status=503),
}  # fmt: skip
NUMBERS = {name: 600 + place for place, name in enumerate(ONCE)}


@pytest.fixture(scope="module")
def passed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, dict[int, int]]:
    answers = {NUMBERS[name]: times(reply, reply, reply, GOOD) for name, reply in ONCE.items()}
    return crawl(tmp_path_factory.mktemp("passed"), answers, "-s", "CONCURRENT_REQUESTS=1")


@pytest.mark.parametrize("name", ONCE)
def test_what_passes_costs_nothing(passed: tuple[Run, dict[int, int]], name: str) -> None:
    run, asked = passed
    assert run.by_key[f"article/en/{NUMBERS[name]}"]["title"] == "A good one"
    assert asked[NUMBERS[name]] == 4
    assert run.rejects == []
    assert run.status == 0
    assert_calm(run)


def test_none_of_them_failed(passed: tuple[Run, dict[int, int]]) -> None:
    run, _ = passed
    shown = in_process(run.folder, "frontier", "show")
    assert " 0 to do, 0 failed" in shown.stdout


def test_each_is_counted_and_told(passed: tuple[Run, dict[int, int]]) -> None:
    run, _ = passed
    assert run.counted("challenges") == {"challenge": 6, "maintenance": 4, "server_error": 3}
    told = [line for line in run.stderr.splitlines() if "No page but a " in line]
    assert any("nothing is fetched for 0.04 s, then again (3 of 3)" in line for line in told)


STAYING: dict[str, Reply | str] = {
    **{name: ONCE[name] for name in ("challenge", "maintenance", "server_error")},
    "forbidden": page("<h1>403 Forbidden</h1>"),
    "login_wall": page("<p>Please log in to continue.</p>", side=sidebar()),
    "script_shell": "<html><body><div id=root></div><script src=a.js></script></body></html>",
    "not_found": page("<p>The page was not found.</p>", side=sidebar()),
    "http_status": Reply(page("<h1>403 Forbidden</h1>"), status=403),
    "redirected home": Reply(status=302, headers={"Location": "/"}),
}  # fmt: skip


def test_what_stays_is_one_reject_each_and_never_an_article(tmp_path: Path) -> None:
    numbers = {name: 700 + place for place, name in enumerate(STAYING)}
    answers = {numbers[name]: times(reply) for name, reply in STAYING.items()}
    run, asked = crawl(tmp_path, answers, "-s", "SHIO_CHALLENGES_IN_A_ROW=0")
    reasons = {path: reason for _, reason, path in run.rejected()}
    assert reasons == {
        en(number): "not_found" if name == "redirected home" else name
        for name, number in numbers.items()
    }
    assert len(run.rejects) == len(STAYING)
    assert not {f"article/en/{number}" for number in numbers.values()} & run.by_key.keys()
    assert "article/en/900" in run.by_key
    retried = {numbers[name] for name in ("challenge", "maintenance", "server_error")}
    assert {number for number, count in asked.items() if count == 4} == retried
    assert {count for number, count in asked.items() if number not in retried} == {1}
    assert "3 failed" in in_process(tmp_path, "frontier", "show").stdout
    assert_calm(run)


def test_where_they_persist_the_crawl_stops_and_goes_on_another_day(tmp_path: Path) -> None:
    numbers = range(800, 812)
    more = ("-s", "SHIO_CHALLENGES_IN_A_ROW=6", "-s", "CONCURRENT_REQUESTS=1")
    with ScriptedPortal(portal_of(*map(en, numbers))) as portal:
        portal.otherwise = lambda target: Reply(CAPTCHA) if "id=8" in target else None
        run = crawl_portal(tmp_path, portal.url, *BRIEF, *more)
        assert len(portal.asked("id=8")) in {6, 7}  # one may be on its way
        assert run.status == 4
        (line,) = [line for line in run.stderr.splitlines() if line.startswith("scrapy crawl: ")]
        assert "6 answers in a row were no pages, the last a challenge" in line
        assert "the same command goes on" in line
        assert run.stats["finish_reason"] == "challenged"
        assert run.rejects == []
        assert not (run.run_folder / "manifest.json").exists()
        portal.otherwise = lambda target: Reply(GOOD) if "id=8" in target else None
        again = crawl_portal(tmp_path, portal.url, *BRIEF, *more)
    assert again.run_folder == run.run_folder
    assert again.status == 0
    found = {key for key in again.by_key if key.startswith("article/en/8")}
    assert found == {f"article/en/{number}" for number in numbers}
    assert_calm(run)


def test_a_crawl_that_cannot_be_resumed_says_that_it_failed(tmp_path: Path) -> None:
    with ScriptedPortal(portal_of()) as portal:
        portal.otherwise = lambda _: Reply(CAPTCHA)
        portal.pages = {"/": portal.pages["/"]}
        run = crawl_portal(
            tmp_path, portal.url, *BRIEF, "-s", "SHIO_FRONTIER=memory", "-s",
            "SHIO_CHALLENGES_IN_A_ROW=3", "-s", "CONCURRENT_REQUESTS=1",
        )  # fmt: skip
    manifest = json.loads((run.run_folder / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["outcome"], manifest["reason"]) == ("failed", "challenged")
    assert run.status == 4
    assert not (tmp_path / "data" / "latest").is_symlink()


def test_retry_after_is_honoured_in_both_forms_and_bounded(tmp_path: Path) -> None:
    busy = {
        601: Reply(status=429, headers={"Retry-After": "1"}),
        602: Reply(status=503),
        603: Reply(status=429, headers={"Retry-After": "86400"}),
        604: Reply(status=429),
        605: Reply(status=503, headers={"Retry-After": "soon"}),
    }  # fmt: skip
    answers = {number: times(reply, GOOD) for number, reply in busy.items()}
    answers[602] = times(in_a_moment, GOOD)
    with ScriptedPortal(portal_of(*map(en, answers))) as portal:
        portal.otherwise = lambda target: next(
            (answer(target) for n, answer in answers.items() if target.endswith(f"id={n}")), None
        )
        run = crawl_portal(tmp_path, portal.url, *BRIEF, "-s", "CONCURRENT_REQUESTS=1")
    arrived = {
        number: [seen.at for seen in portal.requests if seen.target.endswith(f"id={number}")]
        for number in busy
    }
    assert arrived[601][1] - arrived[601][0] >= 1
    assert {number: len(at) for number, at in arrived.items()} == {
        601: 2, 602: 2, 603: 1, 604: 2, 605: 2,
    }  # fmt: skip
    assert run.rejected() == [("fetch", "http_status", en(603))]
    assert run.stats["rests"] == 3
    assert_calm(run)
