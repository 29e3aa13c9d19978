"""Checks every output before anything is fetched, as far as that needs no network."""

from __future__ import annotations

import codecs
import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from scrapy.extensions.feedexport import apply_uri_params
from scrapy.utils.conf import feed_complete_default_values_from_settings
from scrapy.utils.misc import build_from_crawler, load_object
from scrapy.utils.python import without_none_values

from shio_scraper.component import ours
from shio_scraper.feeds.exporters import ALL_FIELDS, LINES, format_of, path_of

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

_OF_DATASETS: Final = {"parquet", "sqlite", "db"}
"""Formats of a dataset build that a feed cannot have."""
_BATCH: Final = re.compile(r"%\(batch_time\)s|%\(batch_id\)")
_LIBRARIES: Final = {"gs": "google.cloud.storage"}
"""Scheme → a library that Scrapy imports only when it uploads."""


class OutputError(ValueError):
    """Raised if an output cannot be written. The message is one line for the user."""


def feeds_of(settings: BaseSettings) -> dict[Any, Any]:
    """Return the outputs. Raises ``OutputError`` if the setting is no JSON object."""
    try:
        return settings.getdict("FEEDS")
    except (TypeError, ValueError) as error:
        raise OutputError(f"FEEDS is no JSON object: {error}") from error


def formats(settings: BaseSettings) -> list[str]:
    """Return the names of the formats that outputs may have."""
    return sorted(without_none_values(settings.getwithbase("FEED_EXPORTERS")))


def with_format(output: str, settings: BaseSettings) -> str:
    """Return the value of ``-o`` or ``-O`` with its format.

    The suffix of a name tells the format: ``x.jsonl.gz`` is JSON Lines. Raises ``OutputError`` for
    an unknown format.
    """
    known = formats(settings)
    _, colon, form = output.rpartition(":")
    is_told = colon and "/" not in form and (form in known or "." not in form)
    form = form if is_told else format_of(output)
    try:
        _check_format(form, known)
    except OutputError as error:
        raise OutputError(f"output {output!r}: {error}") from error
    return output if is_told else f"{output}:{form}"


def _check_format(form: Any, known: list[str]) -> None:
    if form in known:
        return
    if form in _OF_DATASETS:
        raise OutputError("`scrapy dataset build -o DIR` makes Parquet and SQLite of all runs")
    what = f"{form!r} is no format" if form else "it tells no format"
    raise OutputError(f"{what}; name it NAME.FORMAT or NAME:FORMAT, by {', '.join(known)}")


def check(crawler: Crawler, spider: Spider) -> None:
    """Raise ``OutputError`` if an output of ``crawler`` with ``spider`` cannot be written.

    Creates the folders of local files.
    """
    if crawler.settings["FEED_URI"]:
        raise OutputError("FEED_URI is not a setting any more: use -o, -O or FEEDS")
    checks = _Checks(crawler, spider)
    for uri, feed in feeds_of(crawler.settings).items():
        try:
            checks.output(str(uri), feed)
        except ValueError as error:
            raise OutputError(f"output {str(uri)!r}: {error}") from error


class _Checks:
    """Checks one output after the other. Each method raises ``OutputError``."""

    def __init__(self, crawler: Crawler, spider: Spider) -> None:
        self._crawler = crawler
        self._settings = crawler.settings
        self._data = Path(self._settings["SHIO_DATA"]).resolve()
        self._spider = ours(spider)
        self._seen: set[Path] = set()
        folder = str(self._data / "runs" / "x")
        self._names: dict[str, Any] = dict.fromkeys([*dir(spider), "time", "batch_time"], "x")
        self._names |= {"batch_id": 1, "run_folder": folder}

    def output(self, uri: str, feed: Any) -> None:
        """Check the address and the options of an output."""
        if not isinstance(feed, dict):
            raise OutputError("its options are no JSON object")
        feed = {"format": format_of(uri), **feed}
        try:
            options = feed_complete_default_values_from_settings(feed, self._settings, uri)
        except (TypeError, ValueError) as error:
            raise OutputError(f"a setting FEED_… is wrong: {error}") from error
        _check_format(options["format"], formats(self._settings))
        _check_options(uri, options)
        try:
            filled = apply_uri_params(uri, self._names)
        except (KeyError, TypeError, ValueError) as error:
            raise OutputError(f"{error} in its name is unknown to a crawl") from error
        if path := path_of(filled):
            self._file(path, options)
        else:
            self._storage(filled, options)

    def _storage(self, uri: str, options: dict[str, Any]) -> None:
        storages = without_none_values(self._settings.getwithbase("FEED_STORAGES"))
        scheme = urlsplit(uri).scheme
        if scheme not in storages:
            known = ", ".join(sorted(filter(None, storages)))
            raise OutputError(f"{scheme}:// is not supported; use {known}")
        if scheme == "stdout":
            return
        if scheme in _LIBRARIES and not _is_there(_LIBRARIES[scheme]):
            raise OutputError(f"{scheme}:// cannot be used: missing {_LIBRARIES[scheme]} library")
        storage = load_object(storages[scheme])
        try:
            build_from_crawler(storage, self._crawler, uri, feed_options=options)
        except Exception as error:  # from any library behind a feed
            why = str(error) or "it names no host"
            raise OutputError(f"{scheme}:// cannot be used: {why}") from error
        folder = self._settings["FEED_TEMPDIR"]
        if folder and not (Path(folder).is_dir() and os.access(folder, os.W_OK)):
            raise OutputError(f"FEED_TEMPDIR={folder!r} is no folder that can be written")

    def _file(self, path: Path, options: dict[str, Any]) -> None:
        self._place(path.resolve())
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"cannot be written: {error.strerror}") from error
        if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
            raise OutputError("cannot be written: not a writable file")
        is_added_to = path.is_file() and path.stat().st_size and not options.get("overwrite")
        if is_added_to and options["format"] not in LINES:
            raise OutputError(
                f"is there already, and nothing can be added to {options['format'].upper()}: "
                "-O writes it anew, JSON Lines can be added to"
            )

    def _place(self, real: Path) -> None:
        """Check that a file is no other output, no file of a run, and no input of the crawl."""
        if real in self._seen:
            raise OutputError("another output is the same file")
        self._seen.add(real)
        if {real, *real.parents} & {self._data / "runs", self._data / "latest"}:
            raise OutputError("lies in a run's folder, which only the run itself writes")
        paths = [self._settings[f"SHIO_{name}"] for name in ("STATE", "FRONTIER", "PAYLOADS")]
        is_database = real.parent == self._data and real.suffix == ".db"
        if is_database or real in {Path(name).resolve() for name in paths if name}:
            raise OutputError("is a database of the runs")
        if self._spider and self._spider.reads(real):
            raise OutputError("is, or lies among, the files that the crawl reads")


def _check_options(uri: str, options: dict[str, Any]) -> None:
    if options["batch_item_count"] and not _BATCH.search(uri):
        raise OutputError("batches need %(batch_id)d or %(batch_time)s in the name")
    try:
        codecs.lookup(options["encoding"] or "utf-8")
    except LookupError as error:
        raise OutputError(str(error)) from error
    unknown = set(options["fields"] or ()) - set(ALL_FIELDS)
    if unknown:
        raise OutputError(f"no record has a field {', '.join(sorted(unknown))}")
    named = [options.get("item_filter"), options["uri_params"], *options.get("postprocessing", ())]
    for name in (*named, *options.get("item_classes", ())):
        try:
            load_object(name or dict)
        except (ImportError, NameError, TypeError, ValueError) as error:
            raise OutputError(f"{name} cannot be loaded: {error}") from error


def _is_there(library: str) -> bool:
    try:
        return find_spec(library) is not None
    except ModuleNotFoundError:
        return False
