"""Memory does not grow with a collection: its peak is measured in a process of its own."""

from __future__ import annotations

import gzip
import subprocess
import sys
from typing import TYPE_CHECKING, cast

import pyarrow as pa
import pytest
import zstandard
from pyarrow import parquet

from tests.archives.tables import elsewhere, jsonl, page
from tests.spiders.running import ROOT

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from tests.archives.tables import Row

MB = 1 << 20
COUNT = """
import re, sys
from pathlib import Path
from shio_scraper import archives
print(sum(1 for _ in archives.read(Path(sys.argv[1]))))
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def peak(path: Path) -> tuple[int, int]:
    """Return how many things a file holds, and the bytes that reading it took at most."""
    done = subprocess.run(
        [sys.executable, "-c", COUNT, str(path)],
        cwd=ROOT, capture_output=True, encoding="utf-8", check=True, timeout=120,
    )  # fmt: skip
    found, kilobytes = done.stdout.split()
    return int(found), int(kilobytes) * 1024


def rows(start: int, count: int) -> list[Row]:
    """Return rows of 10 KB, half of them of the portal."""
    text = "The text of a page. " * 500
    return [
        (page(n) if n % 2 else elsewhere(n)) | {"text": f"{n} {text}"}
        for n in range(start, start + count)
    ]


def open_jsonl(path: Path) -> BinaryIO:
    """Open a file of JSON Lines to write, compressed as its name says."""
    if path.suffix == ".zst":
        return cast("BinaryIO", zstandard.open(path, "wb"))
    return cast("BinaryIO", gzip.open(path, "wb", 1))


@pytest.mark.parametrize("end", [".gz", ".zst"])
def test_json_lines(tmp_path: Path, end: str) -> None:
    peaks = []
    for chunks in (1, 100):
        path = tmp_path / f"{chunks}.jsonl{end}"
        with open_jsonl(path) as file:
            for chunk in range(chunks):
                file.write(jsonl(rows(chunk * 100, 100)))
        found, memory = peak(path)
        assert found == chunks * 100
        peaks.append(memory)
    assert peaks[1] - peaks[0] < 30 * MB, peaks


@pytest.mark.parametrize("group", [500, 10_000])
def test_parquet(tmp_path: Path, group: int) -> None:
    """A row group of 100 MB takes no more than a few pages of it, which have 10 MB here."""
    peaks = []
    for count in (100, 10_000):
        path = tmp_path / f"{count}.parquet"
        table = pa.Table.from_pylist(rows(0, count))
        parquet.write_table(
            table, path, row_group_size=group, use_dictionary=False, compression="none"
        )
        found, memory = peak(path)
        assert found == count
        peaks.append(memory)
    assert peaks[1] - peaks[0] < 60 * MB, peaks


def test_a_line_without_an_end(tmp_path: Path) -> None:
    """A line of 200 MB is passed without being held."""
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb", 1) as file:
        for _ in range(200):
            file.write(b"x" * MB)
    found, memory = peak(path)
    assert found == 1
    assert memory < 150 * MB, memory


def test_a_lack_of_memory_is_no_damage_of_the_file(tmp_path: Path) -> None:
    """The file can be read elsewhere, or later: an extraction does it again."""
    path = tmp_path / "large.parquet"
    url = "https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=1"
    parquet.write_table(pa.table({"url": [url], "html": ["x" * 80_000_000]}), path)
    ended = subprocess.run(
        [sys.executable, "-c", WITH_LITTLE_MEMORY, str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert ended.stdout.split() == ["unreadable_file"]


WITH_LITTLE_MEMORY = """
import resource, sys
from pathlib import Path
from shio_scraper import archives
from shio_scraper.archives import parquet
pages = int(Path("/proc/self/statm").read_text().split()[0])
limit = pages * resource.getpagesize() + 64_000_000
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
for found in archives.read(Path(sys.argv[1])):
    print(found.reason)
"""
