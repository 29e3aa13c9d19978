"""Commands that need a crawl, or a process, of their own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from shio_scraper.audit import cases
from shio_scraper.demo import demo_folder
from tests.commands.test_dataset import dataset, run_of
from tests.commands.test_fixture import KEY, fixture
from tests.commands.test_verify import problems, verify
from tests.spiders.running import ROOT, TIMEOUT, environment, scrapy, scrapy_command


def test_the_tests_fail_until_it_is_accepted(crawled: Path, tmp_path: Path) -> None:
    """The project's own test of cases, run on a copy of the project."""
    copy = tmp_path / "copy"
    for name in ("shio_scraper", "tests"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "fixtures" / "cases").mkdir(parents=True)
    folder = copy / "fixtures" / "cases"
    fixture(crawled, folder, "add", KEY, "--name", "mine")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["--rootdir", str(copy), "tests/parsers/test_cases.py"]
    failed = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert failed.returncode == 1, failed.stdout
    assert cases.to_do(folder / "mine") in failed.stdout
    assert "Traceback" not in failed.stdout
    assert fixture(crawled, folder, "accept", "mine").out == "mine is accepted\n"
    passed = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert passed.returncode == 0, passed.stdout


def test_a_run_of_the_archive_spider_and_what_it_read(crawled: Path, tmp_path: Path) -> None:
    run = scrapy(tmp_path, "crawl", "archive", "-a", f"path={crawled}/runs/*/archive")
    assert run.status == 0, run.stderr
    assert problems(verify(tmp_path / "data")) == []


def test_a_wacz_beside_the_records(tmp_path: Path) -> None:
    arguments = ("-a", "site=demo", "-s", "DOWNLOAD_DELAY=0", "-s", "SHIO_ARCHIVE=wacz")
    run = scrapy(tmp_path, "crawl", "portal", *arguments)
    assert run.status == 0, run.stderr
    for warc in run.run_folder.glob("archive/*.warc.gz"):
        warc.unlink()
    assert problems(verify(tmp_path / "data")) == []


def test_a_reader_that_goes_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = run_of(0, *map(str, range(2000)))
    dataset("add", run.name)
    process = subprocess.Popen(
        scrapy_command("changes"), env=environment(), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    assert process.stdout
    assert process.stderr
    assert json.loads(process.stdout.readline())["change"] == "added"
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=TIMEOUT) == 0
    process.stderr.close()


SCRIPT = """
from scrapy.crawler import {name}
from scrapy.utils.project import get_project_settings

process = {name}(get_project_settings())
process.crawl("portal", since="soon")
process.start()
"""


@pytest.mark.parametrize("name", ["CrawlerProcess", "AsyncCrawlerProcess"])
def test_a_wrong_argument_from_a_script_is_one_line(tmp_path: Path, name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(name=name)], cwd=tmp_path, env=environment(),
        capture_output=True, encoding="utf-8", timeout=TIMEOUT, check=False,
    )  # fmt: skip
    (line,) = [line for line in done.stderr.splitlines() if " INFO: " not in line]
    assert ": Wrong argument: since='soon' is not a day: write YYYY-MM-DD, or" in line


def test_the_records_of_a_saved_page(tmp_path: Path) -> None:
    saved = demo_folder() / "jsp/zfxw_detail_en.jsp/id=2241.html"
    code = "[r.type for r in records][:2], records[0].title, len(page.blocks) > 20, rejects, "
    run = scrapy(tmp_path, "shell", str(saved), "-c", f"{code} response.status")
    assert run.status == 0, run.stderr
    assert run.stdout.startswith("(['article', 'status'], '")
    assert run.stdout.endswith("', True, [], 200)\n")
    assert not any(word in run.stderr for word in ("Traceback", "WARNING", "ERROR"))
    assert [path.name for path in tmp_path.iterdir()] == []


def test_a_page_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "empty.html").touch()
    run = scrapy(tmp_path, "shell", "./empty.html", "-c", "records, [r.reason for r in rejects]")
    assert run.stdout.strip() == "([], ['empty'])"
