"""A site that no map is of: all of it is read, its traps end, what is behind a form is named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from fixtures.town import Town, TownServer, Truth
from shio_scraper.runs import site
from tests.server import Reply, ScriptedPortal
from tests.spiders.running import FAST, Run, in_process, lines, scrapy

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 100
FIELD = {"article": "title", "event": "title", "faq": "question", "row": "reference"}


def explore(folder: Path, url: str, *arguments: str) -> Run:
    return scrapy(folder, "crawl", "portal", "-a", "portal=any", "-a", f"site={url}", *FAST,
                  *arguments)  # fmt: skip


def found(run: Run) -> set[Truth]:
    names = ("articles", "events", "faq", "rows")
    records = [record for name in names for record in lines(run.run_folder / f"{name}.jsonl")]
    return {Truth(one["type"], one[FIELD[one["type"]]]) for one in records}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, list[str]]:
    """Crawl a town; return the run, and what was asked for."""
    with TownServer(Town(SIZE)) as server:
        run = explore(tmp_path_factory.mktemp("town"), server.url)
    return run, server.asked


def test_all_is_found_and_the_traps_end(town: tuple[Run, list[str]]) -> None:
    run, asked = town
    assert run.status == 0, run.stderr
    whole = Town(SIZE).records
    assert len(found(run) & whole) >= 0.99 * len(whole)
    assert len(asked) < 3 * SIZE + 300
    assert run.counted("bounds")["nothing_new"]
    assert not [target for target in asked if target.startswith("/staff")]  # robots.txt


def test_a_session_or_a_copy_makes_no_page_anew(town: tuple[Run, list[str]]) -> None:
    run, asked = town
    assert sum(target.partition("?")[0].startswith("/calendar;") for target in asked) == 0
    news = [record for record in run.file("articles") if "/news/" in record["url"]]
    assert len({record["title"] for record in news}) == len(news)


def test_what_the_site_is_is_told(town: tuple[Run, list[str]]) -> None:
    run, _ = town
    told = site.read(run.run_folder)
    assert told is not None
    (news,) = (family for family in told.families if family.form == "/news/{}/{}")
    assert (news.kind, news.sure > 0.95) == ("article", True)
    assert told.kinds["questions"][0] == SIZE * 6 // 100
    (register,) = (found for found in told.forms if found.form.purpose == "query")
    assert str(register.form).endswith("/register/find: Licence number, Name of the holder, Ward")
    assert "Kinds: " in run.stderr


def test_every_record_is_reproduced(town: tuple[Run, list[str]]) -> None:
    run, _ = town
    verified = in_process(run.folder, "verify", "data")
    assert verified.status == 0, verified.stdout
    assert "problems: 0" in verified.stdout


def test_its_archive_gives_the_same(town: tuple[Run, list[str]], tmp_path: Path) -> None:
    run, _ = town
    path = run.run_folder / "archive"
    again = scrapy(tmp_path, "crawl", "archive", "-a", "portal=any", "-a", f"path={path}")
    assert again.status == 0, again.stderr
    assert found(again) >= found(run)
    out = scrapy(tmp_path, "extract", str(path), "-o", "out", "--portal", "any")
    assert out.status == 0, out.stderr
    rows = lines(tmp_path / "out" / "articles.jsonl")
    assert {row["key"] for row in rows} == {row["key"] for row in again.file("articles")}


def test_a_map_is_drawn_of_the_run(town: tuple[Run, list[str]], tmp_path: Path) -> None:
    run, _ = town
    made = scrapy(tmp_path, "portal", "new", str(run.run_folder), "-o", "marram.py")
    assert made.status == 0, made.stderr
    text = (tmp_path / "marram.py").read_text(encoding="utf-8")
    assert 'path="/news/{year}/notice-of-the-town-{id}"' in text


def test_bounds(tmp_path: Path) -> None:
    with TownServer(Town(SIZE)) as server:
        few = explore(tmp_path / "few", server.url, "-a", "pages=12")
        assert few.status == 0, few.stderr
        pages = [target for target in server.asked if not target.startswith("/files/")]
        assert len(pages) == 13  # and robots.txt
        near = explore(tmp_path / "near", f"{server.url}help/", "-a", "depth=1")
    assert {record["url"].removeprefix(server.url)[:5] for record in near.records} == {"help/"}
    assert near.counted("bounds")["depth"]
    manifest = json.loads((few.run_folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["scope"]["narrowed_by"] == ["pages"]


def test_a_site_that_answers_at_its_other_name_is_followed_there(tmp_path: Path) -> None:
    pages: dict[str, Reply | str] = {
        "/": "<title>Marram</title><p>See <a href='/nothing'>this</a>.</p>",
        "/nothing": "<title>Marram</title><p>There is nothing here.</p>",
    }
    with ScriptedPortal(pages) as portal:
        run = explore(tmp_path, portal.url)
    assert run.status == 1
    assert "no record" in run.stderr.splitlines()[-1]
    assert site.read(run.run_folder) is not None
