"""Small crawls: ``sample`` and ``dry`` fetch little, and leave nothing behind but their run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.crawl.living import LISTING, Living, page_at
from tests.server import ScriptedPortal
from tests.spiders.running import in_process, lines
from tests.spiders.scripted import EVENTS, STARTS, en

if TYPE_CHECKING:
    from pathlib import Path

    from tests.crawl.living import Crawl

STORIES = range(100, 112)


def trial_of(crawl: Crawl) -> str | None:
    found: str | None = json.loads((crawl.folder / "manifest.json").read_text())["trial"]
    return found


def test_a_sample_is_a_few_pages_of_each_kind_and_nothing_else(tmp_path: Path) -> None:
    with ScriptedPortal() as portal:
        living = Living(tmp_path, portal, STORIES)
        sample = living.full("-a", "sample=2")
        assert sample.status == 0, sample.stderr
        assert len(sample.asked("zfxw_detail_en")) == 2
        assert len(sample.asked("zfxw_default_en")) == 2
        assert trial_of(sample) == "sample"
        data = tmp_path / "data"
        assert {path.name for path in data.iterdir()} == {"runs", "frontier.db"}
        update = living.full("-a", "mode=update")  # nothing of the sample is remembered
        assert update.stories == set(STORIES)
    refused = in_process(tmp_path, "dataset", "add", sample.folder.name)
    assert refused.status == 1
    assert "a trial (sample) cannot be part of a dataset" in refused.stderr
    rebuilt = in_process(tmp_path, "dataset", "rebuild", "--site", portal.url)
    assert "from 1 runs, 1 left out" in rebuilt.stdout


def test_a_dry_crawl_says_what_would_be_fetched_and_why(tmp_path: Path) -> None:
    with ScriptedPortal() as portal:
        living = Living(tmp_path, portal, STORIES)
        full = living.full()
        living.show([112, *STORIES])
        dry = living.full("-a", "mode=update", "-a", "dry=1", "-a", "only=news")
    assert dry.status == 0, dry.stderr
    assert trial_of(dry) == "dry"
    assert not dry.asked("detail")
    plan = {line["url"].removeprefix("https://touch.shio.gov.cn"): line["why"]
            for line in lines(dry.folder / "plan.jsonl")}  # fmt: skip
    origin = "https://touch.shio.gov.cn"
    assert plan["/"] == "where the crawl begins"
    assert plan[page_at(2)] == f"the page after {origin}{LISTING}"
    assert plan[en(112)].startswith(f"listed on {origin}{STARTS[0].partition('?')[0]}")
    assert not {en(100), EVENTS} & plan.keys()  # not due, not asked for
    latest = (tmp_path / "data" / "latest").resolve()
    assert latest == full.folder.resolve()
    gone = in_process(tmp_path, "changes", "--site", portal.url, "--gone-after", "1")
    assert '"gone"' not in gone.stdout
