"""Pages that are empty without their scripts: shown by a browser, read, and read again without."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.crawl.killing import of_file
from tests.crawl.living import today
from tests.server import Reply, ScriptedPortal
from tests.spiders.running import (
    FAST,
    TIMEOUT,
    Json,
    Run,
    assert_calm,
    crawl_portal,
    in_process,
    must_have,
    scrapy,
    start_scrapy,
    without,
)
from tests.spiders.scripted import STARTS, article, en, item, listing, portal_of

pytest.importorskip("playwright")

ORIGIN = "https://touch.shio.gov.cn"
SHELLS = ("-s", "SHIO_RENDER=shells")
BRIEF = ("-s", "SHIO_RENDER_SECONDS=4")
ONLY = ("-a", "only=news", "-a", "language=en")
SCRIPT = {"Content-Type": "text/javascript"}
APP = """addEventListener("DOMContentLoaded", async () => {
  const id = new URLSearchParams(location.search).get("id");
  for (const url of ["ELSEWHERE/count", "/usercenter/me"]) await fetch(url).catch(() => 0);
  const story = await (await fetch("/api/story?id=" + id)).json();
  document.body.innerHTML = story.html;
})"""


@pytest.fixture(autouse=True, scope="module")
def _chromium() -> None:
    must_have("chromium is not installed", there=bool(shutil.which("chromium")))


def shell(script: str = "") -> str:
    """Return the page that a script is to fill."""
    head = '<script src="/app.js"></script><img src="/logo.png">' if not script else ""
    return (
        f"<!DOCTYPE html><html><head><title>Portal</title>{head}</head>"
        f'<body><div id="app"></div><script>{script}</script></body></html>'
    )


def story(number: int) -> str:
    return article(
        f"Story {number}", "2024-03-05", body=[f"Story {number} is of a ferry at night."]
    )


def portal(*numbers: int, elsewhere: str = "https://elsewhere.example.org") -> ScriptedPortal:
    """Return a portal whose listing has these stories, each a shell."""
    pages = portal_of(only=STARTS[:2])
    entries = [item(en(n), f"Story {n}", "March 5, 2024", f"T{n}") for n in numbers]
    pages[STARTS[0]] = listing([*entries, item(en(1), "Anchor", "March 4, 2024")])
    pages["/app.js"] = Reply(APP.replace("ELSEWHERE", elsewhere), headers=SCRIPT)
    for number in numbers:
        pages[en(number)] = shell()
        body = story(number).partition("<body>")[2].partition("</body>")[0]
        pages[f"/api/story?id={number}"] = Reply(json.dumps({"html": body}))  # as text/html
    return ScriptedPortal(pages)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Run, ScriptedPortal]]:
    """Crawl two shells; who stands elsewhere notes who asks."""
    with ScriptedPortal() as other, portal(101, 102, elsewhere=other.url) as site:
        folder = tmp_path_factory.mktemp("shown")
        run = crawl_portal(folder, site.url, *ONLY, *SHELLS)
        assert not other.requests
        yield run, site


def articles(run: Run) -> dict[str, Json]:
    return {record["key"]: record for record in run.file("articles")}


def archived(run: Run) -> list[Any]:
    found = []
    for path in run.run_folder.glob("archive/*.warc.gz"):
        with path.open("rb") as file:
            found += [(r.rec_type, r.rec_headers) for r in ArchiveIterator(file)]
    return found


def test_a_shell_s_record_is_that_of_the_page_it_makes(
    shown: tuple[Run, ScriptedPortal], tmp_path: Path
) -> None:
    run, _ = shown
    with portal(101, 102) as site:
        site.pages |= {en(number): story(number) for number in (101, 102)}
        plain = crawl_portal(tmp_path, site.url, *ONLY, *SHELLS)
    found, expected = articles(run), articles(plain)
    assert len(found) == 3
    for key, record in found.items():
        assert without(record, "provenance") == without(expected[key], "provenance")
        assert record["provenance"]["rendered"] is (key != "article/en/1")
        assert expected[key]["provenance"]["rendered"] is False
    assert not run.rejects
    assert "render/requests" not in plain.stats
    assert_calm(run)
    assert run.status == 0


def test_what_a_page_asks_for_goes_the_crawl_s_way(shown: tuple[Run, ScriptedPortal]) -> None:
    """Each once; nobody else is asked, nor what robots.txt forbids; and no page waits."""
    run, site = shown
    assert site.asked("/app.js") == ["/app.js"]
    assert site.asked("/api/") == ["/api/story?id=101", "/api/story?id=102"]
    assert site.asked(en(101)) == [en(101)]
    assert not site.asked("usercenter")
    assert not site.asked("logo")
    assert run.stats["render/refused"] == 4
    assert site.targets.index("/app.js") > site.targets.index(en(1))
    agents = {seen.headers["User-Agent"] for seen in site.requests}
    assert len(agents) == 1


def test_the_archive_holds_both(shown: tuple[Run, ScriptedPortal]) -> None:
    run, _ = shown
    records = archived(run)
    answers = (headers for kind, headers in records if kind in {"response", "revisit"})
    raw = {headers.get_header("WARC-Record-ID"): headers for headers in answers}
    conversions = [headers for kind, headers in records if kind == "conversion"]
    assert len(conversions) == 2
    for conversion in conversions:
        source = raw[conversion.get_header("WARC-Refers-To")]
        for name in ("WARC-Target-URI", "WARC-Source-URI"):
            assert conversion.get_header(name) == source.get_header(name)
        key = f"article/en/{conversion.get_header('WARC-Target-URI')[-3:]}"
        place = articles(run)[key]["provenance"]["archive"]
        assert place["record_id"] == conversion.get_header("WARC-Record-ID")
    kept = {headers.get_header("WARC-Target-URI") for headers in raw.values()}
    assert {f"{ORIGIN}/app.js", f"{ORIGIN}/api/story?id=101"} <= kept


def test_it_is_read_again_without_a_browser(
    shown: tuple[Run, ScriptedPortal], tmp_path: Path
) -> None:
    run, _ = shown
    verified = in_process(run.folder, "verify", "data")
    assert (verified.status, "problems: 0" in verified.stdout) == (0, True)
    explained = in_process(run.folder, "explain", "article/en/101", "--data", "data")
    assert "gives the same record" in explained.stdout
    exported = in_process(run.folder, "runs", "export", run.run_folder.name, "--to", "exported")
    assert exported.status == 0, exported.stderr
    assert in_process(run.folder, "verify", "exported").status == 0
    again = scrapy(tmp_path, "crawl", "archive", "-a", f"path={run.run_folder / 'archive'}")
    found, expected = articles(again), articles(run)
    for key, record in expected.items():
        assert without(found.pop(key), "teaser") == without(record, "teaser")
    assert not found
    assert not again.counted("rejects").get("script_shell")


def test_off_by_default(tmp_path: Path) -> None:
    with portal(101) as site:
        run = crawl_portal(tmp_path, site.url, *ONLY)
        assert not site.asked("/app.js")
    assert [reject["reason"] for reject in run.rejects] == ["script_shell"]
    again = scrapy(tmp_path / "again", "crawl", "archive", "-a", f"path={run.run_folder}")
    assert again.counted("rejects")["script_shell"] == 1


def test_a_shell_that_cannot_be_shown_costs_itself(tmp_path: Path) -> None:
    with portal(101, 102, 103, 104, 105) as site:
        site.pages[en(102)] = shell("for (;;);")
        site.pages[en(103)] = shell("1")
        site.pages["/api/story?id=104"] = Reply(drop=True)
        site.pages["/api/story?id=105"] = Reply("No such story", status=500)
        run = crawl_portal(tmp_path, site.url, *ONLY, *SHELLS, *BRIEF)
    assert set(articles(run)) == {"article/en/1", "article/en/101"}
    told = {reject["url"][-3:]: reject for reject in run.rejects}
    assert {reject["reason"] for reject in told.values()} == {"script_shell"}
    assert told["102"]["detail"].endswith("; in a browser: its scripts do not end (4 s)")
    for number in ("103", "104", "105"):
        assert told[number]["detail"].endswith("; in a browser: it shows nothing")
    assert_calm(run)


def test_a_crawl_that_is_killed_shows_a_page_once_more(tmp_path: Path) -> None:
    command = ("crawl", "portal", *ONLY, *SHELLS, *FAST)
    with portal(101, 102) as site:
        slow = Reply(site.pages["/api/story?id=102"].body, delay=3)  # type: ignore[union-attr]
        site.pages["/api/story?id=102"] = slow
        process = start_scrapy(tmp_path, *command, "-a", f"site={site.url}")
        end = time.monotonic() + TIMEOUT
        while not site.asked("/api/story?id=102") and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(2.5)  # a checkpoint
        process.kill()
        process.communicate(timeout=TIMEOUT)
        run = scrapy(tmp_path, *command, "-a", f"site={site.url}")
        assert run.status == 0
        assert site.asked(en(101)) == [en(101)]
        assert [len(site.asked(f"/api/story?id={n}")) for n in (101, 102)] == [1, 2]
    assert {*articles(run)} == {f"article/en/{n}" for n in (1, 101, 102)}
    assert sum(kind == "conversion" for kind, _ in archived(run)) == 2
    assert in_process(tmp_path, "verify", "data").status == 0
    assert not of_file(run.run_folder / "rejects.jsonl")


def test_an_update_sees_what_changed_behind_a_shell(tmp_path: Path) -> None:
    day = f"{today():%B} {today().day}, {today().year}"
    with portal(101) as site:
        site.pages[STARTS[0]] = listing([item(en(101), "Story 101", day)])
        site.pages[en(101)] = Reply(shell(), headers={"ETag": '"1"'})
        for text in ("It sails at noon, they say.", "It sails at ten, they say."):
            said = article("Story 101", today().isoformat(), body=[text])
            site.pages["/api/story?id=101"] = Reply(json.dumps({"html": said}))
            crawl_portal(tmp_path, site.url, *ONLY, *SHELLS, "-a", "mode=update")
    runs = sorted((tmp_path / "data" / "runs").iterdir())
    told = [one for run in runs for one in of_file(run / "articles.jsonl")]
    texts = [one["paragraphs"] for one in told if one["key"] == "article/en/101"]
    assert texts == [["It sails at noon, they say."], ["It sails at ten, they say."]]


def test_a_browser_that_is_not_there(tmp_path: Path) -> None:
    with ScriptedPortal() as site:
        given = ("-a", f"site={site.url}", *SHELLS, "-s", "SHIO_BROWSER=/nowhere/chromium")
        run = in_process(tmp_path, "crawl", "portal", *given)
        assert not site.requests
    assert run.status == 2
    assert "SHIO_RENDER needs a browser: SHIO_BROWSER='/nowhere/chromium' is none" in run.stderr
