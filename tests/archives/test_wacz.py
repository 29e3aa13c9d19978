"""WACZ: what is packed is read in place; a damaged or foreign ZIP is a reject."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest

from shio_scraper import archives
from shio_scraper.archives import sources, wacz
from shio_scraper.archives.reading import ArchiveError, Options
from shio_scraper.archives.sources import Source
from shio_scraper.archives.writer import Conversion
from shio_scraper.extraction import Extractor
from shio_scraper.items import Reject
from shio_scraper.pages import Capture
from tests.archives.test_writer import GET, URL, bodies, writer

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def packed(tmp_path: Path) -> tuple[Path, list[bytes]]:
    """Pack an archive of several files; the last capture repeats the first one's payload."""
    archive = writer(tmp_path, max_size=8000)
    pages = bodies(6)
    for exchange in [*pages, pages[0]]:
        archive.write(exchange)
    archive.close()
    target = tmp_path / "run.wacz"
    wacz.pack(sorted(tmp_path.rglob("*.warc.gz")), target, Extractor().read)
    return target, [exchange.body for exchange in [*pages, pages[0]]]


def captures(path: Path) -> list[Capture]:
    return [found for found in archives.read(path) if isinstance(found, Capture)]


def test_what_is_packed_is_read(packed: tuple[Path, list[bytes]]) -> None:
    path, pages = packed
    assert [capture.body for capture in captures(path)] == pages


def test_packing_moves_no_position(packed: tuple[Path, list[bytes]]) -> None:
    path, _ = packed
    warcs = sorted(path.parent.rglob("*.warc.gz"))
    assert len(warcs) > 2
    unpacked = [c.archive for c in archives.read_all(warcs, Options()) if isinstance(c, Capture)]
    assert [capture.archive for capture in captures(path)] == unpacked


def test_a_position_leads_to_its_page(packed: tuple[Path, list[bytes]]) -> None:
    path, bodies = packed
    found = [(capture.archive, capture.body) for capture in captures(path)]
    read_at = [
        archives.read_at(Source(path, f"archive/{at.file}"), at, Options()).body
        for at, _ in found
        if at
    ]
    assert read_at == [body for _, body in found]
    assert len(found) == len(bodies)


def test_a_position_that_is_not_there(packed: tuple[Path, list[bytes]]) -> None:
    path, _ = packed
    position = captures(path)[0].archive
    assert position
    position.file = "other.warc.gz"
    with pytest.raises(ArchiveError, match=r"no archive/other\.warc\.gz"):
        archives.read_at(Source(path, f"archive/{position.file}"), position, Options())


def test_the_package_says_what_is_in_it(packed: tuple[Path, list[bytes]]) -> None:
    path, _ = packed
    with ZipFile(path) as package:
        described = json.loads(package.read("datapackage.json"))
        for resource in described["resources"]:
            data = package.read(resource["path"])
            assert resource["hash"] == f"sha256:{sha256(data).hexdigest()}"
            assert resource["bytes"] == len(data)
        digest = json.loads(package.read("datapackage-digest.json"))["hash"]
        assert digest == f"sha256:{sha256(package.read('datapackage.json')).hexdigest()}"
        stored = [i for i in package.infolist() if i.filename.startswith("archive/")]
        assert {info.compress_type for info in stored} == {ZIP_STORED}
        index = package.read("indexes/index.cdxj").decode().splitlines()
        pages = [json.loads(line) for line in package.read("pages/pages.jsonl").splitlines()]
    assert index == sorted(index)
    assert len(index) == 7
    assert [page["url"] for page in pages[1:]] == sorted({page["url"] for page in pages[1:]})
    assert len(pages) == 7


def test_the_list_of_pages_tells_of_a_page_what_fits(tmp_path: Path) -> None:
    archive = writer(tmp_path)
    words = "<p>A ferry that runs on and on.</p>" * 5_000
    archive.write(replace(bodies(1)[0], body=f"<title>Ferry</title>{words}".encode()))
    archive.close()
    target = tmp_path / "run.wacz"
    wacz.pack(sorted(tmp_path.rglob("*.warc.gz")), target, Extractor().read)
    with ZipFile(target) as package:
        _, page = map(json.loads, package.read("pages/pages.jsonl").splitlines())
    assert page["title"] == "Ferry"
    assert page["text"].startswith("A ferry that runs on and on.\nA ferry")
    assert len(page["text"]) == 20_000


def test_the_list_of_pages_tells_of_a_shell_what_a_browser_showed(tmp_path: Path) -> None:
    archive = writer(tmp_path)
    for number in (1, 2):  # the second is a revisit
        archive.write(replace(GET, url=f"{URL}{number}", body=b"<div id=app></div><script>1"))
        shown = Conversion(
            url=f"{URL}{number}", fetched_url=URL, fetched_at=GET.fetched_at,
            body=f"<title>Ferry {number}</title><p>It sails.".encode(), of=archive.record_id,
        )  # fmt: skip
        archive.convert(shown)
    archive.write(replace(GET, url=f"{URL}3", resource="fetch", body=b"<p>A part of a page"))
    archive.close()
    target = tmp_path / "run.wacz"
    wacz.pack(sorted(tmp_path.rglob("*.warc.gz")), target, Extractor().read)
    with ZipFile(target) as package:
        _, *pages = map(json.loads, package.read("pages/pages.jsonl").splitlines())
        index = package.read("indexes/index.cdxj").decode().splitlines()
    assert [(page["title"], page["text"]) for page in pages] == [
        ("Ferry 1", "It sails."),
        ("Ferry 2", "It sails."),
    ]
    assert len(index) == 3
    assert [capture.rendered for capture in captures(target)] == [False, True] * 2


@pytest.mark.parametrize("data", [b"", b"no ZIP", b"PK\x03\x04" + bytes(100)])
def test_what_is_no_wacz_is_a_reject(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.wacz"
    path.write_bytes(data)
    (found,) = archives.read(path)
    assert isinstance(found, Reject)
    assert found.reason == "unreadable_file"


def test_a_cut_wacz_is_a_reject(packed: tuple[Path, list[bytes]]) -> None:
    path, _ = packed
    os.truncate(path, path.stat().st_size // 2)
    (found,) = archives.read(path)
    assert isinstance(found, Reject)


def test_a_zip_without_warcs_is_a_reject(tmp_path: Path) -> None:
    path = tmp_path / "x.wacz"
    with ZipFile(path, "w") as package:
        package.writestr("readme.txt", "nothing")
    (found,) = archives.read(path)
    assert isinstance(found, Reject)


def _with_members(path: Path, count: int) -> Path:
    with ZipFile(path, "w", ZIP_DEFLATED) as package:
        for number in range(count):
            package.writestr(f"archive/{number}.warc", b"")
    return path


def test_the_catalogue_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []

    class Counted(ZipFile):
        def __init__(self, file: Any) -> None:
            opened.append(file)
            super().__init__(file)

    monkeypatch.setattr(sources, "ZipFile", Counted)
    found = list(archives.read(_with_members(tmp_path / "x.wacz", 50)))
    assert [one.reason for one in found if isinstance(one, Reject)] == ["broken_record"] * 50
    assert len(opened) == 1


@pytest.mark.parametrize("limit", ["_MEMBERS", "_CATALOGUE"])
def test_a_zip_with_too_much_in_it_is_a_reject(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(sources, limit, 60)
    (found,) = archives.read(_with_members(tmp_path / "x.wacz", 70))
    assert isinstance(found, Reject)
    assert (found.reason, "more than 60" in (found.detail or "")) == ("too_large", True)


def test_a_damaged_member_is_a_reject(tmp_path: Path) -> None:
    path = tmp_path / "x.wacz"
    with ZipFile(path, "w", ZIP_DEFLATED) as package:
        package.writestr("archive/1.warc", os.urandom(100_000).hex())
    data = bytearray(path.read_bytes())
    data[60_000] ^= 0xFF
    path.write_bytes(data)
    found = list(archives.read(path))
    assert [one.reason for one in found if isinstance(one, Reject)] == ["unreadable_file"]
