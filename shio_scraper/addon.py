"""The add-on: this project's settings and components, in anybody's Scrapy project."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from scrapy.exceptions import UsageError
from scrapy.settings import SETTINGS_PRIORITIES
from scrapy.utils.misc import load_object

from shio_scraper import settings as project

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

logger = logging.getLogger(__name__)

_BESIDE: Final = (
    "ITEM_PIPELINES", "DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES", "EXTENSIONS",
    "FEED_EXPORTERS", "FEED_STORAGES",
)  # fmt: skip
"""Settings of components: a project's own come beside ours; ``None`` takes one away."""
_OURS: Final = ("SCHEDULER", "REQUEST_FINGERPRINTER_CLASS")
"""Settings that a crawl of ours cannot do with another value of; http(s) has our handler, too."""
_PROJECT: Final = {"BOT_NAME", "SPIDER_MODULES", "NEWSPIDER_MODULE", "COMMANDS_MODULE"}
"""What says which project it is, and is left to whose it is; so are the log's settings."""
_ABOVE_THE_COMMAND_LINE: Final = SETTINGS_PRIORITIES["cmdline"] + 1


class Addon:
    """``ADDONS = {"shio_scraper.Addon": 100}``: a project has our spiders, beside its own.

    What they need comes with them (``give``), before Scrapy would ask an add-on for it; spiders
    that are not ours stay as they are.
    """

    @classmethod
    def update_pre_crawler_settings(cls, settings: BaseSettings) -> None:
        """Let ``scrapy crawl`` see our spiders; ``scrapy list`` asks no add-on (Scrapy 2.19)."""
        modules = settings.getlist("SPIDER_MODULES")
        missing = [name for name in project.SPIDER_MODULES if name not in modules]
        if missing:
            priority = settings.getpriority("SPIDER_MODULES") or 0
            settings.set("SPIDER_MODULES", [*modules, *missing], priority=priority)


def give(settings: BaseSettings) -> None:
    """Give a crawl of ours its settings, below what its project sets, and its components.

    Raise ``UsageError`` where the project sets what must be ours.
    """
    for name in _OURS:
        ours, given = getattr(project, name), settings[name]
        is_set = (settings.getpriority(name) or 0) > SETTINGS_PRIORITIES["addon"]
        if is_set and given not in {ours, load_object(ours)}:
            raise UsageError(f"{name} must be {ours} for this spider: take {given} away")
    for name, value in vars(project).items():
        if name.isupper() and name not in _PROJECT and not name.startswith("LOG_"):
            settings.set(name, value, priority="addon")
    for name in _BESIDE:
        components = {**getattr(project, name), **settings.getdict(name)}
        settings.set(name, components, priority=_ABOVE_THE_COMMAND_LINE)
    _tell_of_handlers(settings)
    handlers = {**settings.getdict("DOWNLOAD_HANDLERS"), **project.DOWNLOAD_HANDLERS}
    settings.set("DOWNLOAD_HANDLERS", handlers, priority=_ABOVE_THE_COMMAND_LINE)
    settings.set("DOWNLOAD_MAXSIZE", settings.getint("SHIO_MAX_PAGE"), priority="spider")


def _tell_of_handlers(settings: BaseSettings) -> None:
    """Tell which handlers of the project's own this spider cannot take."""
    given = settings.getdict("DOWNLOAD_HANDLERS")
    for scheme, ours in project.DOWNLOAD_HANDLERS.items():
        if given.get(scheme) not in {None, ours}:
            logger.warning(
                "DOWNLOAD_HANDLERS: %s is %s for this spider, not %s", scheme, ours, given[scheme]
            )
