"""Memory: a large archive takes no more than a small one."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.archives.warcs import HTML, Spec, made, page, response

if TYPE_CHECKING:
    from collections.abc import Callable

_READ = """
import sys
from pathlib import Path
from shio_scraper import archives
from shio_scraper.archives.reading import Options
found = sum(1 for _ in archives.read_all([Path(sys.argv[1])], Options()))
status = Path("/proc/self/status").read_text()
print(found, status.split("VmHWM:")[1].split()[0])
"""
"""Prints the peak of the process itself: a new process has its parent's ``ru_maxrss``."""
_MOST: int = 20_000
"""Kilobytes."""


def _pages(size: int) -> bytes:
    """Return members of about ``size`` bytes of text: pages, what is foreign, errors."""
    text = "Words of a page. " * 3000
    gone = Spec(page(3).url, text.encode(), status="404 Not Found")
    foreign = Spec("https://example.org/", text.encode() * 40, headers=HTML)
    group = made([page(1, text), foreign, gone, page(2, text)]).data
    return group * max(1, size // 2_200_000)


def _one_stream(size: int) -> bytes:
    record = response(1, b"<p>" + b"Words of a page. " * 3000)
    return gzip.compress(record * (size // len(record)), 1)


def _one_record(size: int) -> bytes:
    return gzip.compress(response(1, b"<p>" + bytes(size)), 1)


def _zeros(size: int) -> bytes:
    return response(1, b"<p>one</p>") + bytes(size)


def _read(path: Path) -> tuple[int, int]:
    """Return how much was found in a file, and the peak of memory in kilobytes."""
    run = subprocess.run(
        [sys.executable, "-c", _READ, str(path)], check=True, capture_output=True, text=True
    )
    found, peak = map(int, run.stdout.split())
    return found, peak


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (_pages, "a.warc.gz"),
        (_one_stream, "a.warc.gz"),
        (_one_record, "a.warc.gz"),
        (_zeros, "a.warc"),
        (_zeros, "a.warc.gz"),
    ],
)
def test_memory_does_not_grow_with_the_archive(
    tmp_path: Path, make: Callable[[int], bytes], name: str
) -> None:
    small, large = tmp_path / f"small-{name}", tmp_path / f"large-{name}"
    small.write_bytes(make(2_000_000))
    large.write_bytes(make(200_000_000))
    (few, before), (many, after) = _read(small), _read(large)
    assert after - before < _MOST
    assert few >= 1
    assert many >= (few * 50 if make in (_pages, _one_stream) else 1)
