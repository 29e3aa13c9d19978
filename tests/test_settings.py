"""Polite by default."""

from __future__ import annotations

from scrapy.settings import Settings
from scrapy.utils.misc import load_object


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


def test_every_component_is_there() -> None:
    settings = project()
    named = [
        path
        for name in ("DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES", "ITEM_PIPELINES", "EXTENSIONS")
        for path, order in settings.getdict(name).items()
        if order is not None
    ]
    named += [*filter(None, settings.getdict("FEED_EXPORTERS").values())]
    named += [*settings.getdict("FEED_STORAGES").values()]
    named += [settings["REQUEST_FINGERPRINTER_CLASS"]]
    assert len(named) > 10
    for path in named:
        load_object(path)


def test_a_page_may_have_five_megabytes() -> None:
    assert project().getint("SHIO_MAX_PAGE") == 5_000_000
    assert project()["SHIO_DATA"] == "data"
