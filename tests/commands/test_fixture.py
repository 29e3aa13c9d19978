"""``scrapy fixture``: a page of a run becomes a case, which fails the tests until accepted."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from shio_scraper.audit import cases
from shio_scraper.commands.fixture import Command
from tests.commands.inspecting import Answer, ask, the_run, warc_of
from tests.parsers import test_cases
from tests.spiders.running import in_process, lines

KEY: Final = "article/en/2241"
URL: Final = "http://61.129.132.137/jsp/zfxw_detail_en.jsp?x=1&id=2241"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder of cases."""
    made = tmp_path / "cases"
    made.mkdir()
    return made


def fixture(data: Path, folder: Path, *arguments: str) -> Answer:
    command = Command()
    return ask(command, "-s", f"SHIO_DATA={data}", "--cases", str(folder), *arguments)


def record(data: Path, key: str) -> dict[str, Any]:
    return next(one for one in lines(the_run(data) / "articles.jsonl") if one["key"] == key)


def position(data: Path) -> str:
    at: dict[str, Any] = record(data, KEY)["provenance"]["archive"]
    return f"{at['file']}:{at['offset']}"


def test_by_key_by_address_and_by_place(crawled: Path, folder: Path) -> None:
    for name, what in (("key", KEY), ("url", URL), ("place", position(crawled))):
        answer = fixture(crawled, folder, "add", what, "--name", name)
        assert (answer.status, answer.err) == (0, "")
        assert answer.out.rstrip() == cases.to_do(folder / name)
    pages = {(folder / name / "input.html").read_bytes() for name in ("key", "url", "place")}
    assert len(pages) == 1
    meta = json.loads((folder / "key" / "meta.json").read_text("utf-8"))
    assert meta["fetched_at"].endswith("Z")


def test_it_holds_the_records_as_found(crawled: Path, folder: Path) -> None:
    fixture(crawled, folder, "add", KEY)
    expected = json.loads((folder / "article_en_2241" / "expected.json").read_text("utf-8"))
    found = record(crawled, KEY)
    for name in ("doubts", "provenance", "teaser"):
        found.pop(name)
        expected[0].pop(name, None)
    assert expected[0] == found


def test_accepted_before(crawled: Path, folder: Path) -> None:
    fixture(crawled, folder, "add", KEY, "--name", "mine")
    fixture(crawled, folder, "accept", "mine")
    assert fixture(crawled, folder, "accept", "mine").out == "mine was accepted before\n"


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("add", "article/en/0"), 1, "no record of this key"),
        (("add", "https://touch.shio.gov.cn/jsp/none.jsp"), 1, "no capture of it"),
        (("add", "none.warc.gz:0"), 1, "no such file"),
        (("add",), 2, "use add"),
        (("remove", "x"), 2, "use add"),
        (("accept", "../x"), 2, "no name of a case"),
        (("accept", "none"), 2, "no such case"),
        (("add", KEY, "--name", "A b"), 2, "no name of a case"),
        (("add", KEY, "--archive", "nowhere"), 2, "--archive nowhere"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    crawled: Path, folder: Path, arguments: tuple[str, ...], status: int, says: str
) -> None:
    answer = fixture(crawled, folder, *arguments)
    assert (answer.status, answer.out, answer.err.count("\n")) == (status, "", 1)
    assert answer.err.startswith("scrapy fixture: ")
    assert says in answer.err
    assert list(folder.iterdir()) == []


def test_a_case_is_never_written_over(crawled: Path, folder: Path) -> None:
    fixture(crawled, folder, "add", KEY)
    answer = fixture(crawled, folder, "add", KEY)
    assert (answer.status, "is there already" in answer.err) == (2, True)


def test_no_capture_at_a_place(crawled: Path, folder: Path) -> None:
    answer = fixture(crawled, folder, "add", f"{warc_of(crawled)}:1")
    assert (answer.status, answer.err) == (
        1,
        f"scrapy fixture: {warc_of(crawled)}: no capture at 1\n",
    )


def test_text_stays_text(tmp_path: Path, folder: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text("Application Status\n04-16 21315227 Processing\n", "utf-8")
    answer = fixture(tmp_path, folder, "add", f"{page}:0", "--name", "text")
    assert (answer.status, answer.err) == (0, "")
    assert (folder / "text" / "input.txt").read_bytes() == page.read_bytes()


def test_as_a_user_runs_it(crawled: Path, folder: Path, tmp_path: Path) -> None:
    arguments = ("fixture", "add", KEY, "--cases", str(folder), "-s", f"SHIO_DATA={crawled}")
    run = in_process(tmp_path / "here", *arguments)
    assert (run.status, run.stderr) == (0, "")


def test_the_tests_fail_until_it_is_accepted(crawled: Path, folder: Path) -> None:
    """The project's own tests of cases."""
    fixture(crawled, folder, "add", KEY, "--name", "mine")
    with pytest.raises(pytest.fail.Exception, match=re.escape(cases.to_do(folder / "mine"))):
        test_cases.test_case_is_whole(folder / "mine")
    assert fixture(crawled, folder, "accept", "mine").out == "mine is accepted\n"
    test_cases.test_case_is_whole(folder / "mine")
    test_cases.test_records_in_their_order(folder / "mine")


def test_every_committed_case_is_listed() -> None:
    assert cases.folders() == test_cases.FOLDERS


def test_in_a_checkout_its_own_folder_is_meant(crawled: Path, tmp_path: Path) -> None:
    folder = tmp_path / "fixtures" / "cases"
    folder.mkdir(parents=True)
    done = in_process(tmp_path, "fixture", "add", KEY, "--name", "k", "-s", f"SHIO_DATA={crawled}")
    assert (done.status, done.stderr) == (0, "")
    assert (folder / "k" / "input.html").is_file()
