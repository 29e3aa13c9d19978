"""Checks our settings, and gives our settings and components to any Scrapy project."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec
from scrapy.exceptions import UsageError
from scrapy.settings import SETTINGS_PRIORITIES
from scrapy.utils.misc import load_object

from shio_scraper import settings as project
from shio_scraper.portals import PortalError, register_all

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

logger = logging.getLogger(__name__)

_OURS: Final = "SHIO_"
DEFAULTS: Final = {name: value for name, value in vars(project).items() if name.startswith(_OURS)}
"""Our settings → their default values."""
_DECLARED: Final = get_type_hints(project, include_extras=True)
_FORMS: Final = {
    name: _DECLARED.get(name, project.Limit)
    for name, value in DEFAULTS.items()
    if name in _DECLARED or isinstance(value, int | float)
}
"""Our settings → their types. A setting that is not here is a text."""
_OF_BYTES: Final = re.compile(r"(\d+(?:\.\d+)?) ?([kMGT])(i?)B", re.IGNORECASE)
_POWERS: Final = "kmgt"

_BESIDE: Final = (
    "ITEM_PIPELINES", "DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES", "EXTENSIONS",
    "FEED_EXPORTERS", "FEED_STORAGES",
)  # fmt: skip
"""Settings of components. A project's own components are added to ours; ``None`` removes one."""
_NEEDED: Final = ("SCHEDULER", "REQUEST_FINGERPRINTER_CLASS")
"""Settings that our crawls need unchanged. They also need our download handler of http and https.
"""
_PROJECT: Final = {"BOT_NAME", "SPIDER_MODULES", "NEWSPIDER_MODULE", "COMMANDS_MODULE"}
"""Settings that identify a project. They stay the project's own, like the settings of the log."""
_ABOVE_THE_COMMAND_LINE: Final = SETTINGS_PRIORITIES["cmdline"] + 1


class Addon:
    """Gives a project our spiders: ``ADDONS = {"shio_scraper.Addon": 100}``.

    Our spiders bring the settings that they need (``give``), before Scrapy would ask an add-on for
    them. Spiders that are not ours stay as they are.
    """

    @classmethod
    def update_pre_crawler_settings(cls, settings: BaseSettings) -> None:
        """Let ``scrapy crawl`` find our spiders. ``scrapy list`` calls no add-on (Scrapy 2.19)."""
        modules = settings.getlist("SPIDER_MODULES")
        missing = [name for name in project.SPIDER_MODULES if name not in modules]
        if missing:
            priority = settings.getpriority("SPIDER_MODULES") or 0
            settings.set("SPIDER_MODULES", [*modules, *missing], priority=priority)


def give(settings: BaseSettings) -> None:
    """Give a crawl of ours our components, and our settings where its project sets none.

    Raise ``UsageError`` if the project sets a setting that must be ours.
    """
    for name in _NEEDED:
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
    """Warn about each download handler of the project that our handler replaces."""
    given = settings.getdict("DOWNLOAD_HANDLERS")
    for scheme, ours in project.DOWNLOAD_HANDLERS.items():
        if given.get(scheme) not in {None, ours}:
            logger.warning(
                "DOWNLOAD_HANDLERS: %s is %s for this spider, not %s", scheme, ours, given[scheme]
            )


def check_settings(settings: BaseSettings) -> None:
    """Convert our settings to their types, and register the user's portals.

    Raise ``UsageError`` for an unknown setting ``SHIO_…``, for a value of the wrong type, and for
    a portal that cannot be loaded.
    """
    for name in sorted(name for name in settings if name.startswith(_OURS)):
        if name not in DEFAULTS:
            raise UsageError(f"there is no setting {name}{meant(name, DEFAULTS, 1)}")
    for name in _FORMS:
        _settle(settings, name)
    try:
        register_all(settings.getlist("SHIO_PORTALS"))
    except PortalError as error:
        raise UsageError(str(error)) from error


def _settle(settings: BaseSettings, name: str) -> None:
    """Convert a setting to its type. Raises ``UsageError``."""
    form = _FORMS[name]
    try:
        given = settings.getdict(name) if form == project.Limits else settings[name]
        if form in (project.Size, project.MaySize):
            given = _bytes(given)
        value = msgspec.convert(given, form, strict=False)
    except (msgspec.ValidationError, TypeError, ValueError) as error:
        raise UsageError(f"{name}={settings[name]!r} is not {_in_words(form)}") from error
    if isinstance(settings[name], str):  # from the command line
        settings.set(name, value, settings.getpriority(name) or "cmdline")


def _in_words(form: Any) -> str:
    """Return the name of a type for users: its title, or the words that it allows.

    >>> _in_words(project.Seconds), _in_words(Literal["warc", "wacz", "off"])
    ('a number of seconds', 'warc, wacz or off')
    """
    if get_origin(form) is Literal:
        *words, last = get_args(form)
        return f"{', '.join(words)} or {last}"
    return str(form.__metadata__[0].title)


def _bytes(given: Any) -> Any:
    """Return the number of bytes of a size with a unit; anything else as it is.

    >>> _bytes("1.5 GB"), _bytes("2MiB"), _bytes("3000")
    (1500000000, 2097152, '3000')
    """
    size = _OF_BYTES.fullmatch(given.strip()) if isinstance(given, str) else None
    if not size:
        return given
    power = _POWERS.index(size[2].lower()) + 1
    return round(float(size[1]) * (1024 if size[3] else 1000) ** power)


def meant(name: str, known: Iterable[str], most: int = 3) -> str:
    """Return the end of an error message about an unknown name: the known names most like it.

    >>> meant("articel/en/1", ["article/en/1", "event/en/1"], 1)
    ': did you mean article/en/1?'
    """
    near = get_close_matches(name, list(known), most)
    return f": did you mean {', '.join(near)}?" if near else ""
