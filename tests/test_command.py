"""Settings: misspelt ones are refused, a user's components stand beside ours; scripts."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from shio_scraper import settings as project
from shio_scraper.command import check_settings
from shio_scraper.spiders.portal import PortalSpider
from tests.spiders.running import TIMEOUT, environment, scrapy

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
from scrapy.crawler import {name}
from scrapy.utils.project import get_project_settings

process = {name}(get_project_settings())
process.crawl("portal", since="soon")
process.start()
"""


def ours(**more: object) -> Settings:
    found = Settings()
    found.setmodule(project)
    found.setdict(more, priority="cmdline")
    return found


def test_a_setting_that_there_is_not_is_refused() -> None:
    check_settings(ours(SHIO_MONITOR_REJECTS="1", MY_OWN="2"))
    with pytest.raises(UsageError, match=r"no setting SHIO_STAET: did you mean SHIO_STATE\?"):
        check_settings(ours(SHIO_STAET="x"))
    with pytest.raises(UsageError, match=r"no setting SHIO_QQQQQQ$"):
        check_settings(ours(SHIO_QQQQQQ="x"))


@pytest.mark.parametrize("command", [("crawl", "portal"), ("dataset", "show")])
def test_every_command_refuses_it(tmp_path: Path, command: tuple[str, ...]) -> None:
    run = scrapy(tmp_path, *command, "-s", "SHIO_MONITOR_REJECT=1")
    assert (run.status, run.stdout) == (2, "")
    assert run.stderr == (
        f"scrapy {command[0]}: there is no setting SHIO_MONITOR_REJECT: "
        "did you mean SHIO_MONITOR_REJECTS?\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_user_s_components_stand_beside_ours() -> None:
    taken_away = "shio_scraper.pipelines.compare.ComparePipeline"
    found = ours(ITEM_PIPELINES={"mine.Mine": 900, taken_away: None}, EXTENSIONS='{"mine.E": 1}')
    PortalSpider.update_settings(found)
    pipelines = found.getdict("ITEM_PIPELINES")
    assert pipelines == {**project.ITEM_PIPELINES, "mine.Mine": 900, taken_away: None}
    assert found.getdict("EXTENSIONS") == {**project.EXTENSIONS, "mine.E": 1}


@pytest.mark.parametrize("name", ["CrawlerProcess", "AsyncCrawlerProcess"])
def test_a_wrong_argument_from_a_script_is_one_line(tmp_path: Path, name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(name=name)], cwd=tmp_path, env=environment(),
        capture_output=True, encoding="utf-8", timeout=TIMEOUT, check=False,
    )  # fmt: skip
    (line,) = [line for line in done.stderr.splitlines() if " INFO: " not in line]
    assert line.endswith(": Wrong argument: since='soon' is not a day: write YYYY-MM-DD")
