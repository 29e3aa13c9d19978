"""Saved pages, one a file: HTML or plain text."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from shio_scraper.items import Reject
from shio_scraper.pages import Capture

_SAVED_FROM = re.compile(rb"<!-- saved from url=\(\d+\)(\S+) -->")
"""What browsers write on top of a page that they save ("Mark of the Web")."""


def read_html(path: Path) -> Iterator[Capture | Reject]:
    """Yield the page saved in ``path``, with its address where the browser noted it."""
    return _read(path, "text/html")


def read_text(path: Path) -> Iterator[Capture | Reject]:
    """Yield the text rendering in ``path``."""
    return _read(path, "text/plain")


def _read(path: Path, content_type: str) -> Iterator[Capture | Reject]:
    try:
        body = path.read_bytes()
    except OSError as error:
        yield Reject(
            stage="read",
            reason="unreadable_file",
            detail=f"{os.fsencode(path).decode('utf-8', 'replace')}: {error.strerror}",
            url=None,
            fetched_at=None,
            body_sha256=None,
        )
        return
    saved = _SAVED_FROM.search(body, 0, 2048)
    url = saved[1].decode("ascii", "replace") if saved else None
    yield Capture(body=body, url=url, content_type=content_type)
