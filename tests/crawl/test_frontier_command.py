"""``scrapy frontier``, as a user meets it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crawl.killing import CRAWL, SLOW, content, kill_at, of_file
from tests.server import Reply, ScriptedPortal
from tests.spiders.running import Run, crawl_portal, in_process, scrapy
from tests.spiders.scripted import article, en, page


def frontier(folder: Path, *arguments: str) -> Run:
    run = in_process(folder, "frontier", *arguments)
    assert "Traceback" not in run.stderr
    return run


def test_show_and_clear(tmp_path: Path) -> None:
    command = (*CRAWL, "-a", "only=news,faq")
    assert kill_at(tmp_path, 50, *command, *SLOW)
    scrapy(tmp_path, *CRAWL, "-a", "only=events")
    shown = frontier(tmp_path, "show").stdout
    ended, cut_off = shown.split("\n", 3)[0], shown.splitlines()[3]
    assert ended.endswith("  portal only=events site=demo")
    assert cut_off.endswith("  portal only=faq,news site=demo")
    assert ", ended 20" in shown
    assert ", cut off: the same crawl command goes on\n" in shown
    assert f"records in {tmp_path}/data/runs/" in shown
    for action in ("requeue", "clear"):
        wrong = frontier(tmp_path, action, "nope")
        assert wrong.status == 1
        assert wrong.stderr == (
            "scrapy frontier: no crawl is called nope: see scrapy frontier show\n"
        )
    for line in (ended, cut_off):
        assert "Forgotten, with " in frontier(tmp_path, "clear", line.split()[0]).stdout
    assert frontier(tmp_path, "show").stdout == "No crawl\n"
    run = scrapy(tmp_path, *command)
    assert "Resuming" not in run.stderr


def test_what_failed_is_put_back_and_fetched_alone(tmp_path: Path) -> None:
    stories = {en(n): article(f"Story {n}", "2024-03-04") for n in range(200, 210)}
    home = page("".join(f'<p><a href="{target}">x</a></p>' for target in stories))
    broken = en(204)
    with ScriptedPortal({"/": home, **stories, broken: Reply(status=503)}) as portal:
        first = crawl_portal(tmp_path, portal.url)
        name = frontier(tmp_path, "show").stdout.split()[0]
        assert f"failed: {portal.url}{broken}  status 503" not in first.stderr
        shown = frontier(tmp_path, "show", name).stdout
        assert f"failed: https://touch.shio.gov.cn{broken}  status 503\n" in shown
        (line,) = frontier(tmp_path, "requeue", name[:6]).stdout.splitlines()
        assert line.endswith(" failed requests put back; the same crawl command fetches them")
        portal.pages[broken] = stories[broken]
        portal.requests.clear()
        again = crawl_portal(tmp_path, portal.url)
    assert again.status == 0
    assert portal.asked("detail") == [broken]
    assert set(content(of_file(again.run_folders[-1] / "articles.jsonl"))) == {"article/en/204"}
    assert "requests that failed before are tried again" in again.stderr
    assert " 0 failed" in frontier(tmp_path, "show").stdout


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("show",), 1, "scrapy frontier: no frontier at data/frontier.db: no crawl left one"),
        (("show", "-s", "SHIO_FRONTIER=memory"), 1, "in memory cannot be looked at"),
    ],
)
def test_one_line(tmp_path: Path, arguments: tuple[str, ...], status: int, said: str) -> None:
    run = frontier(tmp_path, *arguments)
    assert run.status == status
    assert said in run.stderr
    assert len(run.stderr.splitlines()) == 1
