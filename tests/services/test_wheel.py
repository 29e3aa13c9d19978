"""The wheel, installed where the checkout is not: the demo crawl runs from an empty folder."""

from __future__ import annotations

import importlib.util
import json
import site
import subprocess
import sys
import venv
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.spiders.running import ROOT, environment, lines, must_have

if TYPE_CHECKING:
    from pathlib import Path


def run(*command: str, folder: Path, **more: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment(**more), capture_output=True, encoding="utf-8",
        check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(folder: Path) -> None:
    """Build the wheel and the sdist."""
    run(sys.executable, "-m", "build", "--no-isolation", "-o", str(folder), str(ROOT),
        folder=folder, SOURCE_DATE_EPOCH="1700000000")  # fmt: skip


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel, and the sdist beside it."""
    there = all(importlib.util.find_spec(name) for name in ("build", "hatchling"))
    must_have("build and hatchling are not installed", there=there)
    folder = tmp_path_factory.mktemp("wheel")
    build(folder)
    (path,) = folder.glob("shio_scraper-*.whl")
    return path


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an environment that sees our packages, and not the checkout."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    ours = "\n".join(site.getsitepackages())
    (packages / "ours.pth").write_text(f"{ours}\n", encoding="utf-8")
    found = folder / "bin" / "python"
    pip = (str(found), "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    run(*pip, "--no-deps", "--no-index", "--ignore-installed", str(wheel), folder=folder)
    where = run(
        str(found), "-c", "import shio_scraper; print(shio_scraper.__file__)", folder=folder
    )
    assert where.startswith(str(packages))
    return found


def test_the_demo_crawl_from_an_empty_folder(python: Path, tmp_path: Path) -> None:
    run(str(python), "-m", "scrapy", "crawl", "portal", "-a", "site=demo", "-O", "all.jsonl",
        folder=tmp_path)  # fmt: skip
    found = {record["key"]: record for record in lines(tmp_path / "all.jsonl")}
    truth = lines(ROOT / "fixtures" / "portal.expected.jsonl")
    assert found.keys() == {record["key"] for record in truth}
    assert {path.name for path in tmp_path.iterdir()} == {"all.jsonl", "data"}


def test_the_command_of_the_readme(python: Path, tmp_path: Path) -> None:
    names = run(str(python), "-m", "scrapy", "list", folder=tmp_path)
    assert names.split() == ["archive", "portal"]
    code = (
        "from shio_scraper import parse_page; print(len(parse_page('04-16 21315227 Processing')))"
    )
    assert run(str(python), "-c", code, folder=tmp_path).strip() == "1"


def test_what_the_wheel_holds(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = [n for n in names if n.endswith("dist-info/METADATA")]
        text = archive.read(metadata).decode("utf-8")
    assert "shio_scraper/py.typed" in names
    assert "shio_scraper/fixtures/portal/index.html" in names
    templates = (ROOT / "shio_scraper" / "report" / "templates").iterdir()
    assert {f"shio_scraper/report/templates/{path.name}" for path in templates} <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"shio_scraper", metadata.partition("/")[0]}
    assert not [name for name in names if name.endswith((".expected.jsonl", ".pyc"))]
    cases = [name for name in names if name.startswith("shio_scraper/fixtures/cases/")]
    assert len(cases) == len([p for p in (ROOT / "fixtures" / "cases").rglob("*") if p.is_file()])
    portal = [n for n in names if n.startswith("shio_scraper/fixtures/portal/")]
    here = [p for p in (ROOT / "fixtures" / "portal").rglob("*") if p.is_file()]
    assert len(portal) == len(here)
    assert "Requires-Dist: scrapy<3,>=2.19" in text
    assert "Requires-Python: >=3.11" in text


def test_scrapy_finds_our_settings_by_their_name(python: Path, tmp_path: Path) -> None:
    found = run(str(python), "-m", "scrapy", "settings", "--get", "FEED_EXPORTERS", folder=tmp_path)
    assert "shio_scraper.feeds.exporters.RecordLinesExporter" in json.loads(found).values()


OWN_SETTINGS = """
BOT_NAME = "own"
SPIDER_MODULES = ["own.spiders"]
ADDONS = {"shio_scraper.Addon": 100}
ITEM_PIPELINES = {"own.pipelines.Count": 350}
FEEDS = {"mine.jsonl": {"format": "jsonl"}}
DOWNLOAD_DELAY = 0
"""
OWN_SPIDERS = """
from shio_scraper.spiders.portal import PortalSpider
class Shanghai(PortalSpider):
    name = "shanghai"
"""
OWN_PIPELINES = """
class Count:
    seen = 0
    def process_item(self, item):
        self.seen += 1
        return item
    def close_spider(self):
        print("seen", self.seen)
"""
SCRIPT = """
import sys
from scrapy import crawler
from shio_scraper.spiders.portal import PortalSpider
feeds = {"mine.jsonl": {"format": "jsonl"}}
process = getattr(crawler, sys.argv[1])({"FEEDS": feeds, "DOWNLOAD_DELAY": 0})
process.crawl(PortalSpider, site="demo")
process.start()
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Write a Scrapy project of somebody else's."""
    package = tmp_path / "own"
    package.mkdir()
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = own.settings\n")
    for name, text in {
        "__init__": "", "settings": OWN_SETTINGS, "spiders": OWN_SPIDERS,
        "pipelines": OWN_PIPELINES,
    }.items():  # fmt: skip
        (package / f"{name}.py").write_text(text)
    return tmp_path


def shio(python: Path) -> str:
    return str(python.parent / "shio")


def keys_of(path: Path) -> list[str]:
    return sorted(record["key"] for record in lines(path))


TRUTH = sorted(record["key"] for record in lines(ROOT / "fixtures" / "portal.expected.jsonl"))


def test_a_project_of_ones_own(python: Path, own: Path) -> None:
    """Its spider, pipeline and feed do their part beside ours."""
    out = run(str(python), "-m", "scrapy", "crawl", "shanghai", "-a", "site=demo",
              folder=own, SCRAPY_SETTINGS_MODULE="own.settings")  # fmt: skip
    assert keys_of(own / "mine.jsonl") == TRUTH
    assert int(out.split()[1]) >= len(TRUTH)
    assert "problems: 0" in run(str(python), "-m", "scrapy", "verify", "data", folder=own)


def test_a_setting_that_must_be_ours_is_one_line(python: Path, own: Path) -> None:
    other = "SCHEDULER=scrapy.core.scheduler.Scheduler"
    done = subprocess.run(
        [str(python), "-m", "scrapy", "crawl", "portal", "-a", "site=demo", "-s", other],
        cwd=own, env=environment(SCRAPY_SETTINGS_MODULE="own.settings"),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "SCHEDULER must be" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (own / "data").exists()


@pytest.mark.parametrize("process", ["CrawlerProcess", "AsyncCrawlerProcess"])
def test_a_script(python: Path, tmp_path: Path, process: str) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    run(str(python), "script.py", process, folder=tmp_path)
    assert keys_of(tmp_path / "mine.jsonl") == TRUTH


def test_the_console_script(python: Path, tmp_path: Path) -> None:
    assert run(shio(python), "list", folder=tmp_path).split() == ["archive", "portal"]
    run(shio(python), "crawl", "portal", "-a", "site=demo", "-a", "only=faq", folder=tmp_path)
    assert "problems: 0" in run(shio(python), "verify", "data", folder=tmp_path)
    assert "problems: 0" in run(str(python), "-m", "scrapy", "verify", "data", folder=tmp_path)


def test_the_wheel_is_built_the_same_again(wheel: Path, tmp_path: Path) -> None:
    """Of one source and one ``SOURCE_DATE_EPOCH`` come the same bytes; so does the sdist."""
    build(tmp_path)
    first, again = (
        {path.name: path.read_bytes() for path in folder.iterdir()}
        for folder in (wheel.parent, tmp_path)
    )
    assert len(first) == len({wheel.suffix, ".gz"})
    assert first == again
