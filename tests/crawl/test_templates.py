"""Crawls learn the templates of layouts: from pages that wait, for the runs that follow."""

from __future__ import annotations

import signal
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pytest

from shio_scraper.crawl.waiting import DUE
from tests.crawl.killing import content
from tests.server import ScriptedPortal
from tests.spiders.running import (
    TIMEOUT,
    Run,
    assert_calm,
    crawl_portal,
    scrapy,
    start_scrapy,
    without,
)
from tests.spiders.scripted import (
    STARTS,
    article,
    en,
    item,
    listing,
    portal_of,
)

if TYPE_CHECKING:
    from pathlib import Path

LETTER = "Sign up for our letter, it comes on Fridays and costs nothing at all."
MENU = "<div><a href='/a'>Front</a></div><ul><li><a href='/b'>Town</a></li></ul>"
OTHER = (
    "<table><tr><td><a href='/c'>Front</a></td></tr></table><dl><dt><a href='/d'>D</a></dt></dl>"
)
WORDS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")


def story(number: int, menu: str = MENU) -> str:
    """Return a story's page, with a line below its text that is every page's."""
    word = WORDS[number - 2]
    text = [
        f"The {word} lamps of the bridge were lit for the first time on a windy Monday.",
        f"Whoever walks there at night counts {word} of them, the warden said, and then again.",
    ]
    page = article(f"Story of {word} lamps", f"2024-03-{number:02}", body=[*text, LETTER])
    return page.replace("<body>", f"<body>{menu}")


def pages(numbers: range, others: range = range(0)) -> dict[str, str]:
    """Return the portal with stories; ``others`` stand in another frame."""
    found = {en(n): story(n) for n in numbers} | {en(n): story(n, OTHER) for n in others}
    items = [item(target, "A story", "March 4, 2024") for target in found]
    return {**portal_of(only=STARTS[:1]), STARTS[0]: listing(items), **found}


class Crawls(NamedTuple):
    """A first crawl of six stories; an update, when there are ten; a second crawl of all."""

    first: Run
    one: Run
    second: Run
    asked: list[str]


@pytest.fixture(scope="module")
def crawls(tmp_path_factory: pytest.TempPathFactory) -> Crawls:
    folder: Path = tmp_path_factory.mktemp("templates")
    runs = []
    with ScriptedPortal(pages(range(2, 8))) as portal:
        for more in ((), ("-a", "max_pages=1", "-a", "only=news"), ()):
            run = crawl_portal(folder, portal.url, *more, "-s", "CONCURRENT_REQUESTS=1")
            assert run.status == 0, run.stderr
            assert_calm(run)
            runs.append(Run(folder, run.status, run.stdout, run.stderr))
            runs[-1].__dict__["run_folders"] = [run.run_folders[-1]]
            if len(runs) == 1:
                asked = portal.asked("zfxw_detail_en")
            portal.pages |= pages(range(2, 9), range(9, 9 if len(runs) == 1 else 12))
    first, one, second = runs
    return Crawls(first, one, second, asked)


def templates(run: Run) -> dict[str, str | None]:
    """Return what each article was read with, by its number."""
    return {r["portal_id"]: r["provenance"]["template"] for r in run.file("articles")}


def files(run: Run) -> set[str]:
    return {path.stem for path in run.run_folder.glob("templates/*.json")}


def test_the_first_pages_wait_and_all_are_read_with_one(crawls: Crawls) -> None:
    (digest,) = files(crawls.first)
    assert templates(crawls.first) == {str(number): digest for number in range(2, 8)}
    paragraphs = [p for r in crawls.first.file("articles") for p in r["paragraphs"]]
    assert paragraphs
    assert LETTER not in paragraphs
    assert sorted(crawls.asked) == sorted(map(en, range(2, 8)))


def test_a_run_begins_with_what_the_state_has(crawls: Crawls) -> None:
    assert files(crawls.one) == files(crawls.first)
    assert templates(crawls.one)["8"] in files(crawls.first)


def test_a_new_frame_is_a_new_layout(crawls: Crawls) -> None:
    (digest,) = files(crawls.second) - files(crawls.first)
    found = templates(crawls.second)
    assert {found[str(number)] for number in range(2, 9)} == files(crawls.first)
    assert [found[str(number)] for number in range(9, 12)] == [digest] * 3
    drift = scrapy(crawls.first.folder, "drift", crawls.second.run_folder.name)
    assert f"template {digest} (touch article en) is new" in drift.stdout
    assert next(iter(files(crawls.first))) not in drift.stdout


def test_explain_and_verify_read_with_it(crawls: Crawls) -> None:
    folder = crawls.first.folder
    verified = scrapy(folder, "verify", "data")
    assert verified.status == 0, verified.stdout
    for path in crawls.one.run_folder.glob("templates/*"):
        path.unlink()  # the state has it too
    explained = scrapy(folder, "explain", "article/en/8", "--run", crawls.one.run_folder.name)
    assert explained.status == 0, explained.stdout


@pytest.mark.parametrize("moment", [2, 4, 6])
def test_killed_while_pages_wait(crawls: Crawls, tmp_path: Path, moment: int) -> None:
    """Before the fifth page and after it: nothing is lost."""
    slow = ("-s", "DOWNLOAD_DELAY=0.2", "-s", "CONCURRENT_REQUESTS=1")
    with ScriptedPortal(pages(range(2, 8))) as portal:
        command = ("crawl", "portal", "-a", f"site={portal.url}", *slow)
        process = start_scrapy(tmp_path, *command)
        while len(portal.asked("zfxw_detail_en")) < moment and process.poll() is None:
            time.sleep(0.01)
        process.kill()
        process.communicate(timeout=TIMEOUT)
        goes_on_as_undisturbed(crawls, tmp_path, *command)


KILLED_AT_A_TEMPLATE = """
import os, signal, sys
from scrapy.cmdline import execute
from shio_scraper.crawl.waiting import DUE
from shio_scraper.frontier.leases import Checkpoints
from shio_scraper.frontier.store import WAITING
from shio_scraper.runs import stored

answered = Checkpoints.answered

def while_two_wait(checkpoints, request):
    store = checkpoints._store
    checkpoints._due = len(store.at(WAITING)) <= 2 and not store.at(DUE)
    answered(checkpoints, request)
    checkpoints._due = False

Checkpoints.answered = while_two_wait
Checkpoints.tick = lambda checkpoints: None
stored.store_template = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
execute(["scrapy", *sys.argv[1:]])
"""


def test_killed_before_a_template_is_kept(crawls: Crawls, tmp_path: Path) -> None:
    """Two of its pages are acknowledged, and due: too few to learn it from again."""
    with ScriptedPortal(pages(range(2, 8))) as portal:
        site = f"site={portal.url}"
        slow = ("-s", "DOWNLOAD_DELAY=0.2", "-s", "CONCURRENT_REQUESTS=1")
        command = ("crawl", "portal", "-a", site, *slow)
        killed = scrapy(tmp_path, "-c", KILLED_AT_A_TEMPLATE, *command)
        assert killed.status == -signal.SIGKILL, killed.stderr
        with closing(sqlite3.connect(tmp_path / "data" / "frontier.db")) as frontier:
            done = frontier.execute(
                "SELECT 1 FROM requests WHERE state = 3 "
                "AND CAST(fingerprint AS TEXT) LIKE 'GET %zfxw_detail_en.jsp%'"
            )
            due = frontier.execute("SELECT 1 FROM requests WHERE priority = ?", (DUE,))
            assert len(done.fetchall()) in {1, 2}
            assert due.fetchall()
        goes_on_as_undisturbed(crawls, tmp_path, *command)


def goes_on_as_undisturbed(crawls: Crawls, folder: Path, *command: str) -> None:
    """Crawl on; the run's records are those of a crawl that nobody killed, and remembered."""
    again = scrapy(folder, *command)
    assert again.status == 0, again.stderr
    assert_calm(again)
    assert content(again.records) == content(crawls.first.records)
    assert scrapy(folder, "verify", "data").status == 0
    with closing(sqlite3.connect(folder / "data" / "frontier.db")) as frontier:
        found = frontier.execute("SELECT value FROM memory WHERE key LIKE 'page %zfxw_detail_en%'")
        remembered = [msgspec.msgpack.decode(value) for (value,) in found]
    assert [page["complete"] for page in remembered] == [True] * len(again.file("articles"))


def test_an_archive_is_read_with_the_run_s_own(crawls: Crawls, tmp_path: Path) -> None:
    again = scrapy(tmp_path, "crawl", "archive", "-a", f"path={crawls.second.run_folder}/archive")
    assert again.status == 0, again.stderr
    assert files(again) == files(crawls.second)

    def of(run: Run) -> dict[str, object]:
        return {key: without(record, "teaser") for key, record in run.by_key.items()}

    assert of(again) == of(crawls.second)
