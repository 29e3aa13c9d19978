"""Shards: every stretch of every file is read once, whatever its size."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from shio_scraper import archives
from shio_scraper.archives.reading import Found, Options
from shio_scraper.bulk.shards import Shard, plan
from tests.archives.warcs import frames, made, trained
from tests.bulk.inputs import specs, write_all


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    files = write_all(tmp_path_factory.mktemp("shards") / "in")
    plain = made(specs(), gz=False)
    records = [plain.data[offset : offset + length] for offset, length, _ in plain.places]
    framed = files[0].with_name("e.warc.zst")
    framed.write_bytes(frames(records, trained(records)).data)
    return [*files, framed]


def found(shard: Shard) -> list[Found]:
    return [
        one
        for piece in shard.pieces
        for one in archives.read(Path(piece.path), replace(Options(), span=piece.span))
    ]


@pytest.mark.parametrize("size", [1, 4_000, 30_000, 10**9])
@pytest.mark.parametrize("name", ["a.warc.gz", "b.warc", "c.jsonl", "d.parquet", "e.warc.zst"])
def test_stretches_give_what_the_whole_file_gives(files: list[Path], name: str, size: int) -> None:
    (path,) = (file for file in files if file.name == name)
    shards = plan([path], max(size, path.stat().st_size // 200))
    assert (len(shards) > 3) == (size < 10**9)
    assert [one for shard in shards for one in found(shard)] == list(archives.read(path))
    assert sum(shard.size for shard in shards) == path.stat().st_size


def test_small_files_share_a_shard(tmp_path: Path) -> None:
    for number in range(2_500):
        (tmp_path / f"{number:04}.html").write_bytes(b"<p>x</p>")
    shards = plan(sorted(tmp_path.iterdir()))
    assert [len(shard.pieces) for shard in shards] == [1_000, 1_000, 500]


def test_a_damaged_plain_archive_is_read_from_its_start(files: list[Path], tmp_path: Path) -> None:
    """Where heads do not lead to heads, no stretch begins behind."""
    (whole,) = (file for file in files if file.name == "b.warc")
    broken = tmp_path / "broken.warc"
    broken.write_bytes(b"no record\r\n\r\n" + whole.read_bytes())
    shards = plan([broken], 4_000)
    assert len(shards) == 1
    assert found(shards[0]) == list(archives.read(broken))


def test_a_shard_is_known_by_its_files(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_bytes(b"<p>x</p>")
    (before,) = plan([page])
    page.write_bytes(b"<p>xy</p>")
    (after,) = plan([page])
    assert before.digest(b"") != after.digest(b"")
    assert after.digest(b"") != after.digest(b"another way")
    assert after.digest(b"") == plan([page])[0].digest(b"")
