"""Saved pages, one a file: HTML or plain text."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from shio_scraper.archives.reading import ArchiveError, Found, Options, passed_over, reject
from shio_scraper.items import ArchivePosition
from shio_scraper.pages import Capture

_SAVED_FROM = re.compile(rb"<!-- saved from url=\(\d+\)(\S+) -->")
"""What browsers write on top of a page that they save ("Mark of the Web")."""
_TYPES = {".txt": "text/plain"}


def read(path: Path, options: Options) -> Iterator[Found]:
    """Yield the page saved in ``path``, with its address where the browser noted it."""
    name = os.fsencode(path).decode("utf-8", "replace")
    try:
        size = path.stat().st_size
        if size > options.max_page:
            detail = f"{name}: {size} bytes, more than {options.max_page}"
            yield reject("read", "too_large", detail)
            return
        capture = _capture(path)
    except OSError as error:
        yield reject("read", "unreadable_file", f"{name}: {error.strerror}")
        return
    yield (passed_over(capture.url, options.portal) if capture.url else None) or capture


def read_at(path: Path, position: ArchivePosition, options: Options) -> Capture:  # noqa: ARG001
    """Return the page saved in ``path``; the file is its own position."""
    try:
        return _capture(path)
    except OSError as error:
        raise ArchiveError(f"{path}: {error.strerror}") from error


def _capture(path: Path) -> Capture:
    body = path.read_bytes()
    saved = _SAVED_FROM.search(body, 0, 2048)
    name = os.fsencode(path.name).decode("utf-8", "replace")
    return Capture(
        body=body,
        url=saved[1].decode("ascii", "replace") if saved else None,
        content_type=_TYPES.get(path.suffix.lower(), "text/html"),
        archive=ArchivePosition(file=name, offset=0, length=len(body), record_id="file"),
    )
