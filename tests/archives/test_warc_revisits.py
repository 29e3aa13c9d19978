"""Revisits: each is a capture of its own, with the payload of another record."""

from __future__ import annotations

import gzip
from base64 import b32encode
from datetime import UTC, datetime
from hashlib import md5, sha1
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest

from shio_scraper import archives
from shio_scraper.archives import warc
from shio_scraper.archives.holdings import Holdings
from shio_scraper.archives.reading import ArchiveError, Options
from shio_scraper.archives.sources import Source
from shio_scraper.items import ArchivePosition, Reject
from shio_scraper.pages import Capture
from tests.archives.warcs import OPTIONS, PORTAL, WHEN, by_hand, captures, rejects, response

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BODY = b"<p>the same on every day</p>"
DIGEST = "sha1:" + sha1(BODY, usedforsecurity=False).hexdigest()
LATER = "2025-01-01T00:00:00Z"
SAME = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
UNCHANGED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"


def original(status: str = "200 OK") -> bytes:
    record = response(1, BODY, WARC_Payload_Digest=DIGEST)
    return record.replace(b"200 OK", status.encode())


def revisit(status: str = "200 OK", profile: str = SAME, **refers: str) -> bytes:
    block = f"HTTP/1.1 {status}\r\nContent-Type: text/html; x=y\r\n\r\n".encode() if status else b""
    fields = {
        "WARC_Type": "revisit",
        "WARC_Record_ID": "<urn:again>",
        "WARC_Date": LATER,
        "WARC_Target_URI": f"{PORTAL}1",
        "WARC_Source_URI": "http://127.0.0.1/copy",
        "WARC_Profile": profile,
        "WARC_Truncated": "length",
    }
    return by_hand(block, **{**fields, **refers})


WAYS: list[dict[str, str]] = [
    {"WARC_Refers_To": "<urn:test:1>"},
    {"WARC_Payload_Digest": DIGEST},
    {"WARC_Refers_To": "<urn:gone>", "WARC_Payload_Digest": f"SHA-1:{DIGEST[5:].upper()}"},
    {"WARC_Refers_To_Target_URI": f"{PORTAL}1", "WARC_Refers_To_Date": WHEN},
]  # fmt: skip


def save(folder: Path, name: str, *records: bytes) -> Path:
    path = folder / name
    path.write_bytes(b"".join(map(gzip.compress, records)) if "gz" in name else b"".join(records))
    return path


def check(found: list[Any], path: Path, offset: int, record: bytes) -> None:
    """The two captures: the original, and the revisit with its payload."""
    assert rejects(found) == []
    first, again = sorted(captures(found), key=lambda c: c.fetched_at or datetime.now(UTC))
    assert again == Capture(
        body=BODY,
        url=f"{PORTAL}1",
        fetched_url="http://127.0.0.1/copy",
        fetched_at=datetime(2025, 1, 1, tzinfo=UTC),
        content_type="text/html",
        archive=first.archive,
    )
    assert first.archive is not None
    assert (first.archive.file, first.archive.offset) == (path.name, offset)
    assert path.suffix == ".gz" or first.archive.length == len(record)


@pytest.mark.parametrize("refers", WAYS)
@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
@pytest.mark.parametrize("later", [True, False])
def test_in_one_file(tmp_path: Path, name: str, refers: dict[str, str], later: bool) -> None:  # noqa: FBT001
    pair = [original(), revisit(**refers)]
    path = save(tmp_path, name, *(reversed(pair) if later else pair))
    offset = (len(gzip.compress(pair[1])) if "gz" in name else len(pair[1])) if later else 0
    check(list(archives.read(path, OPTIONS)), path, offset, pair[0])


@pytest.mark.parametrize("refers", WAYS)
@pytest.mark.parametrize("order", ["ab", "ba"])
def test_in_rolled_files(tmp_path: Path, order: str, refers: dict[str, str]) -> None:
    first = save(tmp_path, "a.warc.gz", original())
    paths = {"a": first, "b": save(tmp_path, "b.warc", revisit(**refers))}
    found = list(archives.read_all([paths[name] for name in order], OPTIONS))
    check(found, first, 0, original())


@pytest.mark.parametrize("compression", [ZIP_STORED, ZIP_DEFLATED])
def test_an_original_in_a_zip(tmp_path: Path, compression: int) -> None:
    inside = gzip.compress(response(7, b"<p>before</p>")) + gzip.compress(original())
    container = tmp_path / "c.wacz"
    with ZipFile(container, "w", compression) as wacz:
        wacz.writestr("pages/pages.jsonl", "{}")
        wacz.writestr("archive/a.warc.gz", inside)
        wacz.writestr("archive/b.warc.gz", gzip.compress(revisit(**WAYS[0])))
    holdings = Holdings()
    options = Options(holdings=holdings)
    found: list[Any] = []
    for name in ("archive/b.warc.gz", "archive/a.warc.gz"):
        found += warc.read_sources([Source(container, name)], options)
    found += warc.waiting(options)
    holdings.close()
    assert [capture.body for capture in captures(found)] == [b"<p>before</p>", BODY, BODY]
    position = captures(found)[2].archive
    assert position == captures(found)[1].archive
    assert position is not None
    source = Source(container, "archive/a.warc.gz")
    assert warc.read_at(source, position, OPTIONS).body == BODY


def test_without_an_original(tmp_path: Path) -> None:
    path = save(tmp_path, "a.warc", revisit(**WAYS[2]), response(2, b"<p>other</p>"))
    found = list(archives.read(path, OPTIONS))
    assert len(captures(found)) == 1
    (reject,) = rejects(found)
    assert (reject.stage, reject.reason) == ("read", "revisit_unresolved")
    assert reject.url == f"{PORTAL}1"
    assert reject.fetched_at == datetime(2025, 1, 1, tzinfo=UTC)
    assert (reject.detail or "").startswith(f"{path} at 0: refers to <urn:gone>, sha1:")


@pytest.mark.parametrize("status", ["304 Not Modified", ""])
def test_not_modified_stands_for_what_was_there(tmp_path: Path, status: str) -> None:
    path = save(tmp_path, "a.warc", original(), revisit(status, UNCHANGED, **WAYS[0]))
    check(list(archives.read(path, OPTIONS)), path, 0, original())


def test_an_error_page_again_is_the_same_reject(tmp_path: Path) -> None:
    gone = original("404 No")
    path = save(tmp_path, "a.warc", gone, revisit("404 Not Found", **WAYS[0]))
    first, again = archives.read(path, OPTIONS)
    assert isinstance(first, Reject)
    assert isinstance(again, Reject)
    assert (first.reason, first.detail) == (again.reason, again.detail) == ("http_status", "404")
    assert first.body_sha256 == again.body_sha256


def test_what_is_no_page_needs_no_original(tmp_path: Path) -> None:
    image = revisit().replace(b"text/html;", b"image/png;")
    foreign = revisit(WARC_Target_URI="https://example.org/")
    path = save(tmp_path, "a.warc", image, foreign, revisit("302 Found"))
    found = list(archives.read(path, OPTIONS))
    assert [one.value for one in found if not isinstance(one, Capture | Reject)] == [
        "not_a_page",
        "other_site",
        "not_a_page",
    ]


def _spoil(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"<p>the", b"<q>the"))


@pytest.mark.parametrize("spoil", [_spoil, lambda path: path.unlink()])
def test_an_original_that_is_gone_meanwhile(
    tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + BODY
    digest = f"md5:{md5(block, usedforsecurity=False).hexdigest()}"
    record = response(1, BODY, WARC_Payload_Digest=DIGEST, WARC_Block_Digest=digest)
    first = save(tmp_path, "a.warc", record)
    reading = archives.read_all([first, save(tmp_path, "b.warc", revisit(**WAYS[0]))], OPTIONS)
    assert isinstance(next(reading), Capture)
    spoil(first)
    (reject,) = reading
    assert isinstance(reject, Reject)
    assert reject.reason == "revisit_unresolved"
    assert str(first) in (reject.detail or "")


def test_a_revisit_has_no_page_at_its_place(tmp_path: Path) -> None:
    path = save(tmp_path, "a.warc", revisit(**WAYS[0]))
    position = ArchivePosition(file="a.warc", offset=0, length=1, record_id="<urn:again>")
    with pytest.raises(ArchiveError, match=r"a\.warc at 0: a revisit.*<urn:test:1>"):
        warc.read_at(Source(path), position, OPTIONS)
    data = path.read_bytes()
    reject = warc.capture_of_member(data, "a.warc", 0, len(data), OPTIONS)
    assert isinstance(reject, Reject)
    assert reject.reason == "revisit_unresolved"


def test_an_original_without_a_digest_is_found_by_its_payload(tmp_path: Path) -> None:
    body = b"<html><p>Boats wait at the mill.</p></html>"
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    digest = f"sha1:{b32encode(sha1(body, usedforsecurity=False).digest()).decode()}"
    url = "http://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id="
    kept = {"Content-Type": "application/http", "WARC-Date": "2024-03-04T05:06:07Z"}
    original = _plain("response", f"{url}1", http + body, kept)
    revisit = _plain("revisit", f"{url}2", b"", {**kept, "WARC-Payload-Digest": digest})
    path = tmp_path / "a.warc"
    path.write_bytes(original + revisit)
    found = list(archives.read(path))
    assert [one.body for one in found if isinstance(one, Capture)] == [body, body]


def test_a_payload_that_is_not_its_digest_s_is_a_reject(tmp_path: Path) -> None:
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>Another page</p>"
    url = "http://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=1"
    digest = f"sha1:{b32encode(bytes(20)).decode()}"
    path = tmp_path / "a.warc"
    path.write_bytes(_plain("response", url, http, {"WARC-Payload-Digest": digest}))
    (found,) = archives.read(path)
    assert isinstance(found, Reject)
    assert found.reason == "broken_record"
    assert "payload digest" in (found.detail or "")


def _plain(kind: str, url: str, block: bytes, fields: dict[str, str]) -> bytes:
    head = {"WARC-Type": kind, "WARC-Target-URI": url, **fields, "Content-Length": str(len(block))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"WARC/1.0\r\n{lines}\r\n".encode() + block + b"\r\n\r\n"


def test_a_payload_in_the_archive_of_another_run(tmp_path: Path) -> None:
    """Only the second run is read; what its revisit names lies beside it."""
    earlier, later = (tmp_path / "runs" / run / "archive" for run in ("1-portal", "2-portal"))
    for folder in (earlier, later):
        folder.mkdir(parents=True)
    name, head = "1-portal-00000.warc.gz", len(gzip.compress(response(7, b"<p>x</p>")))
    save(earlier, name, response(7, b"<p>x</p>"), original())
    place = {"WARC_Refers_To_Filename": name, "WARC_Refers_To_File_Offset": f"{head}"}
    path = save(later, "2-portal-00000.warc.gz", revisit(**WAYS[0], **place))
    found = list(archives.read(path, OPTIONS))
    assert rejects(found) == []
    (capture,) = captures(found)
    assert capture.body == BODY
    assert capture.archive
    assert (capture.archive.file, capture.archive.offset) == (name, head)
    assert archives.warc.read_at(Source(earlier / name), capture.archive, OPTIONS).body == BODY

    (earlier / name).unlink()
    (reject,) = rejects(archives.read(path, OPTIONS))
    assert f"it lies in {name} of run 1-portal, which is not here" in (reject.detail or "")
    (earlier.parent / "pruned.json").touch()
    (reject,) = rejects(archives.read(path, OPTIONS))
    assert "which was pruned" in (reject.detail or "")
