"""``site=wayback`` and ``site=commoncrawl``: the portal out of an archive service."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.crawl.killing import kill_at
from tests.server import Reply, of_folder, service
from tests.services.pywb_server import Pywb
from tests.spiders.archive_services import WarcFile, Wayback, demo_pages
from tests.spiders.running import (
    FAST,
    ROOT,
    Json,
    Run,
    assert_calm,
    in_process,
    lines,
    scrapy,
    without,
)
from tests.spiders.scripted import PROSE, article, en, page, sidebar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HTTPS, HTTP, BY_NUMBER = (
    "https://touch.shio.gov.cn",
    "http://touch.shio.gov.cn",
    "http://61.129.132.137",
)
DIFFERENT = ("provenance", "teaser", "latest_date", "doubts")
"""Fields that a replay cannot have as the live crawl had them."""
OTHER = "The ferry line closed again on Friday, and the boats went back to the yard."
DAY = "2026-06-03T04:05:06Z"


def crawl(folder: Path, site: str, *arguments: str, spider: str = "portal") -> Run:
    given = (part for argument in arguments for part in ("-a", argument))
    return scrapy(folder, "crawl", spider, "-a", f"site={site}", *given, *FAST)


# The demo portal, archived, is the demo portal.


@pytest.fixture(scope="module")
def demo_archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pywb]:
    """Hold every page of the demo portal: over http and https, half of them by number too."""
    folder = tmp_path_factory.mktemp("demo-archive")
    with WarcFile(folder / "demo.warc.gz") as warc:
        for number, (target, body, status, content_type) in enumerate(demo_pages()):
            host = (HTTPS, HTTP)[number % 2]
            warc.add(host + target, DAY, body, status, content_type)
            if number % 3 == 0:
                warc.add(BY_NUMBER + target, "2026-06-03T05:00:00Z", body, status, content_type)
        warc.add(f"{HTTP}/usercenter/signup.jsp", DAY, page("<p>Sign up</p>"))
        warc.add(f"{HTTP}/robots.txt", DAY, "User-agent: *\n", content_type="text/plain")
        warc.add(f"{HTTP}/logo.png", DAY, b"\x89PNG", content_type="image/png")
    with Pywb(folder / "pywb", [warc.path]) as pywb:
        yield pywb


@pytest.fixture(scope="module")
def of_wayback(demo_archive: Pywb, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return crawl(tmp_path_factory.mktemp("wayback"), "wayback", f"cdx={demo_archive.cdx}")


@pytest.fixture(scope="module")
def of_commoncrawl(demo_archive: Pywb, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("commoncrawl")
    with of_folder(demo_archive.archive) as files:
        return crawl(folder, "commoncrawl", f"cdx={demo_archive.cdx}", f"data={files.url}/")


def of_truth(records: list[Json]) -> list[str]:
    return sorted(json.dumps(without(r, *DIFFERENT), ensure_ascii=False) for r in records)


@pytest.mark.parametrize("name", ["of_wayback", "of_commoncrawl"])
def test_the_records_of_an_archived_portal_are_the_portal_s(
    name: str, request: pytest.FixtureRequest
) -> None:
    run: Run = request.getfixturevalue(name)
    truth = lines(ROOT / "fixtures" / "portal.expected.jsonl")
    assert of_truth(run.records) == of_truth(truth)
    assert run.status == 0
    assert run.stats["finish_reason"] == "finished"
    assert_calm(run)
    assert " WARNING" not in run.stderr


@pytest.mark.parametrize("moment", [20, 80])
def test_a_replay_that_is_killed_goes_on(
    demo_archive: Pywb, of_wayback: Run, tmp_path: Path, moment: int
) -> None:
    command = ("crawl", "portal", "-a", "site=wayback", "-a", f"cdx={demo_archive.cdx}")
    assert kill_at(tmp_path, moment, *command, "-s", "DOWNLOAD_DELAY=0.03")
    run = scrapy(tmp_path, *command, *FAST)
    assert run.status == 0
    assert "Resuming the crawl" in run.stderr
    assert of_truth(run.records) == of_truth(of_wayback.records)
    assert_calm(run)
    assert in_process(tmp_path, "verify", "data").status == 0


@pytest.mark.parametrize("name", ["of_wayback", "of_commoncrawl"])
def test_a_capture_has_its_own_time(name: str, request: pytest.FixtureRequest) -> None:
    run: Run = request.getfixturevalue(name)
    times = {record["provenance"]["fetched_at"] for record in run.records}
    assert times <= {DAY, "2026-06-03T05:00:00Z"}
    for record in run.records:
        if record["type"] == "status":
            assert record["latest_date"] <= "2026-06-03"


def test_where_a_replay_was_fetched(of_wayback: Run, demo_archive: Pywb) -> None:
    urls = {r["provenance"]["fetched_url"] for r in of_wayback.records}
    assert urls
    assert all(url.startswith(f"{demo_archive.url}2026060304") or BY_NUMBER in url for url in urls)
    assert all("id_/http" in url for url in urls)


def test_where_a_part_of_a_file_lies(of_commoncrawl: Run) -> None:
    positions = [record["provenance"]["archive"] for record in of_commoncrawl.records]
    assert {position["file"] for position in positions} == {"demo.warc.gz"}
    assert min(position["length"] for position in positions) > 100


@pytest.mark.parametrize("name", ["of_wayback", "of_commoncrawl"])
def test_what_is_no_page_is_passed_over(name: str, request: pytest.FixtureRequest) -> None:
    run: Run = request.getfixturevalue(name)
    assert run.counted("skipped")["private"] == 1
    assert run.counted("skipped")["not_a_page"] == 2
    assert not [r for r in run.rejects if r["stage"] == "fetch"]


def test_the_archive_spider_reads_the_same(
    demo_archive: Pywb, of_wayback: Run, tmp_path: Path
) -> None:
    run = crawl(tmp_path, "wayback", f"cdx={demo_archive.cdx}", spider="archive")
    assert of_truth(run.records) == of_truth(of_wayback.records)
    assert run.status == 0


@pytest.mark.parametrize("spider", ["portal", "archive"])
def test_records_are_narrowed(demo_archive: Pywb, tmp_path: Path, spider: str) -> None:
    arguments = ("only=news", "language=zh", "since=2021-01-01", "until=2021-12-31")
    run = crawl(tmp_path, "wayback", f"cdx={demo_archive.cdx}", *arguments, spider=spider)
    assert run.records
    for record in run.records:
        assert (record["type"], record["language"]) == ("article", "zh")
        assert (record["published"] or "2021")[:4] == "2021"


# A history: one page on several days.


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pywb]:
    """Hold one page: as it was, twice the same, changed, as it was (a revisit), gone."""
    folder = tmp_path_factory.mktemp("history")
    first = article("Ferry", "2019-01-02", side=sidebar())
    changed = article("Ferry", "2019-01-02", body=(OTHER,), side=sidebar((ROW_LATER,)))
    url = HTTP + en(10)
    with WarcFile(folder / "history.warc.gz") as warc:
        warc.add(url, "2019-01-02T00:00:00Z", first)
        warc.add(url, "2019-02-02T00:00:00Z", first)
        warc.add(HTTPS + en(10), "2019-02-03T00:00:00Z", first, revisit_of="2019-01-02T00:00:00Z")
        warc.add(url, "2019-03-02T00:00:00Z", changed)
        warc.add(url, "2020-04-02T00:00:00Z", first, revisit_of="2019-01-02T00:00:00Z")
        warc.add(url, "2021-05-02T00:00:00Z", page("<p>Gone</p>"), 404)
    with Pywb(folder / "pywb", [warc.path]) as pywb:
        yield pywb


ROW_LATER = ("05-20", "21315228", "Processing")


def days(run: Run, key: str) -> list[tuple[str, str]]:
    """Return the day and the first word of the text, for each record of an article."""
    found = [r for r in run.records if r["key"] == key]
    return sorted((r["provenance"]["fetched_at"][:10], r["paragraphs"][0][:13]) for r in found)


AS_IT_WAS, CHANGED = PROSE[0][:13], OTHER[:13]


def test_every_distinct_capture_is_read(history: Pywb, tmp_path: Path) -> None:
    run = crawl(tmp_path, "wayback", f"cdx={history.cdx}")
    assert days(run, "article/en/10") == [
        ("2019-01-02", AS_IT_WAS),
        ("2019-03-02", CHANGED),
        ("2020-04-02", AS_IT_WAS),
    ]
    rows = [r for r in run.records if r["type"] == "status"]
    assert Counter((r["serial"], r["latest_date"]) for r in rows) == {
        ("227", "2018-04-16"): 1,
        ("228", "2018-05-20"): 1,
        ("227", "2019-04-16"): 1,
    }
    assert run.counted("skipped") == {"repeated": 2, "other_status": 1}
    assert not run.counted("conflicts")
    assert run.rejects == []


@pytest.mark.parametrize(
    ("span", "found"),
    [
        (("captured_since=2019-03-02",), ["2019-03-02", "2020-04-02"]),
        (("captured_until=2019-03-02",), ["2019-01-02", "2019-03-02"]),
        (("captured_since=2019-02-02", "captured_until=2019-02-28"), ["2019-02-02"]),
    ],
)
def test_a_span_of_days(history: Pywb, tmp_path: Path, span: tuple[str], found: list[str]) -> None:
    run = crawl(tmp_path, "wayback", f"cdx={history.cdx}", *span)
    assert [day for day, _ in days(run, "article/en/10")] == found


def test_a_revisit_in_a_part_of_a_file_has_no_page(history: Pywb, tmp_path: Path) -> None:
    with of_folder(history.archive) as files:
        run = crawl(tmp_path, "commoncrawl", f"cdx={history.cdx}", f"data={files.url}/")
    assert [day for day, _ in days(run, "article/en/10")] == ["2019-01-02", "2019-03-02"]
    assert sum(run.counted("skipped").values()) + len(run.rejects) == 4


# Services as they can be.

STAMP = "20190603040506"


def wayback(*captures: tuple[str, str, str]) -> Wayback:
    """Return a service that holds stamp, target and body."""
    held = Wayback()
    for stamp, target, body in captures:
        held.add(stamp, HTTP + target, body)
    return held


def ask(folder: Path, answer: Callable[[str], Reply | None], *arguments: str) -> Run:
    """Crawl a service in the Internet Archive's manner, at its own addresses."""
    with service(answer) as server:
        where = (f"cdx={server.url}/web/cdx", f"replay={server.url}/web/")
        run = crawl(folder, "wayback", *where, *arguments)
    # No page of a live portal was asked for: its hosts cannot be reached from a test.
    assert "unreachable" not in [r["reason"] for r in run.rejects]
    return run


def many(count: int) -> Wayback:
    held = Wayback()
    for number in range(count):
        held.add(STAMP, HTTP + en(number), article(f"Story {number}", "2019-01-02"))
    return held


def test_the_internet_archive_s_dialect_page_by_page(tmp_path: Path) -> None:
    held = many(7)
    held.add(STAMP, BY_NUMBER + en(9), article("By number", "2019-01-02"))
    run = ask(tmp_path, held)
    assert len(run.file("articles")) == 8
    assert run.stats["index/answers"] == 5 + 2 + 2  # of each host how many pages, and these
    assert run.status == 0
    assert_calm(run)


def test_an_index_waits_for_the_captures_that_it_named(tmp_path: Path) -> None:
    """Its next page is asked for when those of the page before were fetched, not sooner."""
    held = many(60)
    held.size = 30
    with service(held) as server:
        run = crawl(tmp_path, "wayback", f"cdx={server.url}/web/cdx")
        later = next(n for n, seen in enumerate(server.targets) if "resumeKey" in seen)
    assert len(run.file("articles")) == 60
    assert later >= 30


def test_what_a_server_does_not_filter_is_filtered_here(tmp_path: Path) -> None:
    same = article("Ferry", "2019-01-02")
    held = wayback(("20180101000000", en(1), same), ("20190101000000", en(1), same))
    held.add("20190102000000", HTTPS + en(1), same)
    held.add("20190103000000", HTTP + en(2), same, status="404")
    held.add("20190103000000", HTTP + en(3), same, mime="image/png")
    run = ask(tmp_path, held, "captured_since=2019-01-01")
    (story,) = run.records
    assert story["provenance"]["fetched_at"] == "2019-01-01T00:00:00Z"
    assert run.counted("skipped") == {"repeated": 1, "other_status": 1, "not_a_page": 1}
    assert run.counted("not_asked_for") == {"captured": 1}
    assert run.rejects == []


def test_the_capture_that_answers_gives_the_time(tmp_path: Path) -> None:
    """A service leads to another capture than the one asked for; or says when it was taken."""
    held = wayback((STAMP, en(1), "elsewhere"), (STAMP, en(2), ""))
    there = f"20170101000000id_/{HTTPS}{en(1)}"
    held.replays = {
        f"{STAMP}id_/{HTTP}{en(1)}": Reply(status=302, headers={"Location": f"/web/{there}"}),
        there: Reply(article("Led", "2016-01-02")),
        f"{STAMP}id_/{HTTP}{en(2)}": Reply(
            article("Said", "2016-01-02"),
            headers={"Memento-Datetime": "Sat, 02 Jan 2016 03:04:05 GMT"},
        ),
    }
    run = ask(tmp_path, held)
    assert {r["title"]: r["provenance"]["fetched_at"] for r in run.records} == {
        "Led": "2017-01-01T00:00:00Z",
        "Said": "2016-01-02T03:04:05Z",
    }


def test_a_service_leads_nowhere_else(tmp_path: Path) -> None:
    """Neither to another host, the live portal's included, nor to another site's replay."""
    held = wayback(*((STAMP, en(number), str(number)) for number in range(4)))
    targets = (
        f"{HTTP}{en(0)}",
        "http://127.0.0.1:9/web/page",
        f"/web/{STAMP}id_/http://example.com/",
        f"/web/{STAMP}id_/{HTTP}/usercenter/signup.jsp",
    )
    for number, target in enumerate(targets):
        held.replays[f"{STAMP}id_/{HTTP}{en(number)}"] = Reply(
            status=302, headers={"Location": target}
        )
    run = ask(tmp_path, held)
    assert run.rejected() == [("fetch", "off_portal", en(number)) for number in range(4)]


def test_what_is_no_replay_is_a_reject(tmp_path: Path) -> None:
    held = wayback((STAMP, en(1), "a"), (STAMP, en(2), "b"), (STAMP, en(3), "c"))
    name = f"{STAMP}id_/{HTTP}"
    held.replays = {
        name + en(1): Reply("Gone", status=404),
        name + en(2): Reply(status=302, headers={"Location": "/web/sorry"}),
        "sorry": Reply(article("Sorry", "2019-01-02")),
        name + en(3): Reply(page(f'<meta http-equiv="refresh" content="0; url={en(4)}">')),
    }
    run = ask(tmp_path, held)
    assert run.rejected() == [
        ("fetch", "http_status", en(1)),
        ("fetch", "no_replay", en(2)),
        ("parse", "no_title", en(3)),
    ]
    assert run.status == 1


def test_no_link_of_a_replayed_page_is_followed(tmp_path: Path) -> None:
    linked = article("Links", "2019-01-02", body=(*PROSE, f'<a href="{en(2)}">more</a>'))
    held = wayback((STAMP, en(1), linked))
    held.bodies[f"{STAMP}id_/{HTTP}{en(2)}"] = article("Linked", "2019-01-02")
    run = ask(tmp_path, held)
    assert [r["title"] for r in run.file("articles")] == ["Links"]


def test_a_busy_service_is_asked_again_when_it_says(tmp_path: Path) -> None:
    held = many(3)
    busy = Counter[str]()

    def answer(target: str) -> Reply | None:
        busy[target] += 1
        if busy[target] < 3:
            return Reply("Slow down", status=429 + 74 * (busy[target] - 1), headers=NOW)
        return held(target)

    run = ask(tmp_path, answer)
    assert len(run.file("articles")) == 3
    assert run.rejects == []
    assert set(busy.values()) == {3}
    assert run.stats["rests"] == 2 * len(busy)


NOW = {"Retry-After": "0"}


def test_a_capture_of_a_busy_portal(tmp_path: Path) -> None:
    """It is the portal that was busy then; the service is not asked again."""
    held = wayback((STAMP, en(1), ""))
    taken = {"Memento-Datetime": "Mon, 03 Jun 2019 04:05:06 GMT"}
    held.replays = {f"{STAMP}id_/{HTTP}{en(1)}": Reply(status=503, headers=taken)}
    run = ask(tmp_path, held)
    assert run.rejected() == [("fetch", "http_status", en(1))]
    assert "rests" not in run.stats


def test_a_service_that_stays_busy(tmp_path: Path) -> None:
    held = wayback((STAMP, en(1), "a"), (STAMP, en(2), "b"))
    name = f"{STAMP}id_/{HTTP}"
    held.replays = {
        name + en(1): Reply(status=429, headers=NOW),
        name + en(2): Reply(status=503, headers={"Retry-After": "86400"}),
    }
    run = ask(tmp_path, held)
    assert run.stats["rests"] == 3
    assert run.rejected() == [("fetch", "http_status", en(1)), ("fetch", "http_status", en(2))]
    assert sorted(r["detail"] for r in run.rejects) == [
        "429, Retry-After: 0",
        "503, Retry-After: 86400",
    ]


# An index that cannot be read, or not to its end.


def broken(first: str, *later: str) -> Callable[[str], Reply | None]:
    """Return a service whose index answers the number of pages first, and then as given."""
    held = many(2)
    texts = iter(later)

    def answer(target: str) -> Reply | None:
        if not target.startswith("/web/cdx"):
            return held(target)
        if "61.129" in target:
            return Reply("[]")
        if "showNumPages" in target:
            return Reply(first)
        return Reply(next(texts, texts_last))

    texts_last = later[-1] if later else ""
    return answer


def rows(*numbers: int, end: str = "]") -> str:
    held = many(max(numbers) + 1)
    header = ["key", "timestamp", "original", "mimetype", "statuscode", "digest", "length"]
    chosen = [json.dumps(row) for row in (header, *(held.rows[number] for number in numbers))]
    header_in_place = chosen[0].replace('"key"', '"urlkey"')
    return "[" + ",\n".join([header_in_place, *chosen[1:]]) + end


HTML = "<!DOCTYPE html><html><body>Service down</body></html>"
KEY = ', [], ["{}"]]'


@pytest.mark.parametrize(
    ("answers", "stories", "holes", "says"),
    [
        pytest.param((HTML,), 0, 1, "<!DOCTYPE html>", id="html"),
        pytest.param(("3", rows(0, 1, end="")), 2, 1, "is cut off", id="cut off"),
        pytest.param(
            ("3", rows(0, end=KEY.format("a")), rows(0, end=KEY.format("b"))),
            1, 1, "the same page", id="one page for ever",
        ),
        pytest.param(('{"pages": 1000000000}',), 0, 1, "1000000000 pages", id="endless"),
        pytest.param(('{"error": "Bad query"}',), 0, 1, "Bad query", id="an error"),
    ],
)  # fmt: skip
def test_a_hole_in_the_index_is_told(
    tmp_path: Path, answers: tuple[str, ...], stories: int, holes: int, says: str
) -> None:
    run = ask(tmp_path, broken(*answers))
    assert len(run.file("articles")) == stories
    assert {(r["stage"], r["reason"]) for r in run.rejects} == {("fetch", "index")}
    assert run.stats["index/failed"] >= holes
    assert says in run.rejects[0]["detail"]
    assert run.stats["finish_reason"] == "index_incomplete"
    assert run.status == 1
    told = [line for line in run.stderr.splitlines() if "cannot be read" in line]
    assert len(told) == 1
    assert "the crawl is not complete" in told[0]
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(HTML, status=500), "status 500"),
        (Reply(status=429, headers={"Retry-After": "90000"}), "429, Retry-After: 90000"),
        (Reply(drop=True), "breaks off"),
        (Reply("[[", length=10), "truncated"),
    ],
)
def test_an_index_that_fails(tmp_path: Path, reply: Reply, says: str) -> None:
    run = ask(tmp_path, lambda _: reply)
    assert {r["reason"] for r in run.rejects} == {"index"}
    assert says in run.rejects[0]["detail"]
    assert run.status == 1
    assert "Traceback" not in run.stderr


def test_nobody_answers(tmp_path: Path) -> None:
    run = crawl(tmp_path, "wayback", "cdx=http://127.0.0.1:9/cdx")
    assert run.status == 1
    (line,) = [line for line in run.stderr.splitlines() if "cannot be read" in line]
    assert "http://127.0.0.1:9/cdx" in line
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    "answer", [Reply("[]"), Reply(""), Reply('{"message": "No Captures found for: x"}', status=404)]
)
def test_no_capture(tmp_path: Path, answer: Reply) -> None:
    run = ask(tmp_path, lambda _: answer)
    assert run.status == 1
    assert run.rejects == []
    (line,) = [line for line in run.stderr.splitlines() if "No capture" in line]
    assert "touch.shio.gov.cn, 61.129.132.137" in line


def test_robots_txt_of_the_service_is_obeyed(tmp_path: Path) -> None:
    with service(many(2)) as server:
        server.robots = Reply("User-agent: *\nDisallow: /web/2\n")
        run = crawl(tmp_path, "wayback", f"cdx={server.url}/web/cdx")
    assert run.rejected() == [("fetch", "robots", en(0)), ("fetch", "robots", en(1))]


# Common Crawl's manner.


def listed(server: str, *names: str) -> str:
    past = {"id": "past", "cdx-api": f"{server}/past", "from": "2013-01-01", "to": "2013-01-09"}
    crawls = [{"id": name, "cdx-api": f"{server}/{name}"} for name in names]
    return json.dumps([*crawls, past])


def test_each_index_of_a_list_by_its_pages(tmp_path: Path) -> None:
    """Two crawls, each with an index of two pages, in files beside it."""
    (tmp_path / "files").mkdir()
    places: dict[str, list[Json]] = {"one": [], "two": []}
    for name, named in places.items():
        with WarcFile(tmp_path / "files" / f"{name}.warc.gz") as warc:
            for number in range(2):
                url, begin = HTTPS + en(f"{len(name) * 7}{ord(name[0])}{number}"), size(warc)
                warc.add(url, DAY, article(f"{name} {number}", "2019-01-02"))
                named.append(row_of(url, f"{name}.warc.gz", begin, size(warc) - begin))

    def answer(target: str) -> Reply | None:
        if target == "/collinfo.json":
            return Reply(listed(server.url, "one", "two"))
        name = target.removeprefix("/").partition("?")[0]
        if name not in places:
            return None
        if "61.129" in target:
            return Reply('{"message": "No Captures found for: 61.129.132.137"}', status=404)
        if "showNumPages" in target:
            return Reply('{"pages": 2, "pageSize": 5, "blocks": 9}')
        return Reply(json.dumps(places[name][int(target.rpartition("page=")[2])]) + "\n")

    with of_folder(tmp_path / "files") as files, service(answer) as server:
        where = (f"cdx={server.url}/collinfo.json", f"data={files.url}/")
        run = crawl(tmp_path, "commoncrawl", *where, "captured_since=2014-01-01")
        assert not server.asked("/past")
    titles = sorted(r["title"] for r in run.records)
    assert titles == ["one 0", "one 1", "two 0", "two 1"]
    assert run.stats["finish_reason"] == "finished"
    assert_calm(run)


def row_of(url: str, file: str, offset: int, length: int) -> dict[str, str]:
    return {
        "url": url,
        "timestamp": STAMP,
        "status": "200",
        "mime": "text/html",
        "digest": url,
        "filename": file,
        "offset": str(offset),
        "length": str(length),
    }


def size(warc: WarcFile) -> int:
    return warc.path.stat().st_size if warc.path.exists() else 0


def one_capture(folder: Path, padding: int = 0, **changed: str) -> tuple[Path, Reply]:
    """Write a file with one capture, and return its folder with the index that names it."""
    (folder / "files").mkdir()
    with WarcFile(folder / "files" / "a.warc.gz") as warc:
        warc.add(HTTPS + en(1), DAY, article("In a file", "2019-01-02"))
    length = size(warc)
    with warc.path.open("ab") as file:
        file.write(b"\0" * padding)
    row = row_of(HTTPS + en(1), "a.warc.gz", 0, length)
    return warc.path.parent, Reply(json.dumps(row | changed))


@pytest.mark.parametrize(
    ("padding", "ranges", "changed", "rejected"),
    [
        pytest.param(0, True, {}, None, id="a part"),
        pytest.param(100, False, {}, None, id="a small file is taken whole"),
        pytest.param(6_000_000, True, {}, None, id="a part of a large file"),
        pytest.param(6_000_000, False, {}, "too_large", id="a large file is refused"),
        pytest.param(0, True, {"length": "900000"}, "no_range", id="past the end"),
        pytest.param(0, False, {"length": "900000"}, "truncated", id="past the end, whole"),
        pytest.param(0, True, {"filename": "b.warc.gz"}, "http_status", id="no file"),
        pytest.param(0, True, {"filename": "http://127.0.0.1:9/a"}, "off_portal", id="elsewhere"),
        pytest.param(0, True, {"offset": "x"}, "index", id="no place"),
    ],
)
def test_parts_of_files(
    tmp_path: Path, padding: int, *, ranges: bool, changed: dict[str, str], rejected: str | None
) -> None:
    folder, row = one_capture(tmp_path, padding, **changed)
    none = Reply("", headers={"Content-Type": "text/x-ndjson"})
    with (
        of_folder(folder, ranges=ranges) as files,
        service(lambda target: none if "61.129" in target else row) as server,
    ):
        run = crawl(tmp_path, "commoncrawl", f"cdx={server.url}/cdx", f"data={files.url}/")
    assert [r["reason"] for r in run.rejects] == ([rejected] if rejected else [])
    assert [r["title"] for r in run.records] == ([] if rejected else ["In a file"])
    assert "Traceback" not in run.stderr
