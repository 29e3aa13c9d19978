"""Runs: one crawl, one folder."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shio_scraper.items import Article, Event, Faq, Reject, Status

if TYPE_CHECKING:
    from scrapy import Spider

_FILES = {"articles": Article, "status": Status, "faq": Faq, "events": Event, "rejects": Reject}
FEEDS: dict[str | Path, dict[str, Any]] = {
    f"%(run)s/{name}.jsonl": {"format": "jsonlines", "item_classes": [item_class]}
    for name, item_class in _FILES.items()
}
"""The files of a run, by type (Scrapy's ``FEEDS``)."""


def create(data: str, spider: str) -> Path:
    """Create the folder of a new run below ``data`` and return it. Raises ``OSError``."""
    began = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    for attempt in count(1):
        folder = Path(data) / "runs" / f"{began}-{spider}{f'-{attempt}' if attempt > 1 else ''}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        return folder
    raise AssertionError


def is_output(path: Path) -> bool:
    """Tell whether ``path`` is a file of records that a run wrote, not of pages to read."""
    return path.suffix == ".jsonl" and path.stem in _FILES and path.parent.parent.name == "runs"


def uri_params(params: dict[str, Any], spider: Spider) -> dict[str, Any]:
    """Give the feeds the folder of ``spider``'s run (``FEED_URI_PARAMS``)."""
    return {**params, "run": str(getattr(spider, "run_folder", ""))}
