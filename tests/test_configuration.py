"""Settings: misspelt ones are refused, a user's components stand beside ours; each has its type."""

from __future__ import annotations

import pytest
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from shio_scraper import settings as project
from shio_scraper.configuration import check_settings
from shio_scraper.spiders.portal import PortalSpider


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


def test_a_user_s_components_stand_beside_ours() -> None:
    taken_away = "shio_scraper.pipelines.compare.ComparePipeline"
    found = ours(ITEM_PIPELINES={"mine.Mine": 900, taken_away: None}, EXTENSIONS='{"mine.E": 1}')
    PortalSpider.update_settings(found)
    pipelines = found.getdict("ITEM_PIPELINES")
    assert pipelines == {**project.ITEM_PIPELINES, "mine.Mine": 900, taken_away: None}
    assert found.getdict("EXTENSIONS") == {**project.EXTENSIONS, "mine.E": 1}


def test_a_setting_has_its_type() -> None:
    found = ours(
        SHIO_MAX_LINKS="1e2", SHIO_CHALLENGE_DELAY="0.5", SHIO_MONITOR_FLOOR='{"faq": "3"}'
    )
    check_settings(found)
    assert found.getint("SHIO_MAX_LINKS") == 100
    assert found["SHIO_CHALLENGE_DELAY"] == 0.5
    assert found.getdict("SHIO_MONITOR_FLOOR") == {"faq": 3}
    for name, wrong, what in (
        ("SHIO_CONTACTS", "maybe", "on or off"),
        ("SHIO_LEASE", "0", "a number of seconds"),
        ("SHIO_MAX_REST", "inf", "a number from 0 on"),
        ("SHIO_MONITOR_FIELDS", "7", "a JSON object of numbers"),
    ):
        with pytest.raises(UsageError, match=f"^{name}='{wrong}' is not {what}$"):
            check_settings(ours(**{name: wrong}))
