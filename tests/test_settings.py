"""Polite by default."""

from __future__ import annotations

import re
from importlib import import_module

import pytest
from scrapy.settings import Settings
from scrapy.utils.misc import load_object

from shio_scraper import settings as module
from shio_scraper.commands.shell import _OF_A_RUN
from shio_scraper.configuration import give

PATH = re.compile(r"(shio_scraper|scrapy)(\.\w+)+")


def project() -> Settings:
    settings = Settings()
    settings.setmodule("shio_scraper.settings", priority="project")
    return settings


def test_the_live_site_is_asked_slowly_and_openly() -> None:
    settings = project()
    assert settings.getbool("ROBOTSTXT_OBEY")
    assert settings.getfloat("DOWNLOAD_DELAY") >= 1
    assert settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN") == 1
    assert settings["USER_AGENT"].startswith("shio-scraper (+https://")
    assert not settings.getbool("COOKIES_ENABLED")


def test_nobody_can_steer_a_crawl_from_outside() -> None:
    settings = project()
    assert not settings.getbool("TELNETCONSOLE_ENABLED")
    assert not settings.getbool("REMOTE_CONTROL_ENABLED")


def test_every_dotted_path_leads_somewhere() -> None:
    """Of Scrapy's too: what is switched off under a name that Scrapy does not know would go on."""
    named = {
        path for name, value in vars(module).items() if name.isupper() for path in paths(value)
    }
    named |= set(_OF_A_RUN)
    assert len(named) > 40
    for path in named:
        try:
            import_module(path)
        except ImportError:
            load_object(path)


def paths(value: object) -> set[str]:
    """The dotted paths in a setting."""
    if isinstance(value, dict):
        return paths([*value, *value.values()])
    if isinstance(value, list):
        return set().union(*map(paths, value))
    return {value} if isinstance(value, str) and PATH.fullmatch(value) else set()


def test_a_page_may_have_five_megabytes() -> None:
    assert project().getint("SHIO_MAX_PAGE") == 5_000_000
    assert project()["SHIO_DATA"] == "data"


def test_another_handler_of_a_project_is_told(caplog: pytest.LogCaptureFixture) -> None:
    settings = project()
    given = {"https": "theirs.Handler"}
    settings.set("DOWNLOAD_HANDLERS", given, priority="cmdline")
    give(settings)
    assert settings.getdict("DOWNLOAD_HANDLERS") == module.DOWNLOAD_HANDLERS
    assert "DOWNLOAD_HANDLERS: https is" in caplog.text
    assert "theirs.Handler" in caplog.text
