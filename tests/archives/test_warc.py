"""WARC files → captures, rejects, and what is passed over; one record by its place."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from fastwarc.stream_io import ZstdWriter
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from shio_scraper import archives
from shio_scraper.archives import warc
from shio_scraper.archives.mirrors import Copy
from shio_scraper.archives.reading import ArchiveError, Options, Skipped
from shio_scraper.archives.sources import Source
from shio_scraper.archives.warc import check
from shio_scraper.items import ArchivePosition, Reject
from shio_scraper.pages import Capture
from shio_scraper.portals import DEFAULT
from tests.archives.warcs import (
    OPTIONS,
    PORTAL,
    Made,
    Spec,
    by_hand,
    captures,
    made,
    page,
    rejects,
    response,
    skipped,
    trained,
)

if TYPE_CHECKING:
    from pathlib import Path

    from shio_scraper.archives.reading import Found

MIXED = [
    Spec("urn:info", b"software: none", kind="metadata"),
    page(1),
    Spec(f"{PORTAL}1", b"", kind="request"),
    Spec("https://example.org/", b"<p>elsewhere</p>"),
    page(2, "Two. " * 4000),
]


def saved(folder: Path, data: bytes, name: str = "a.warc") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def found_in(folder: Path, data: bytes, name: str = "a.warc") -> list[Found]:
    return list(archives.read(saved(folder, data, name), OPTIONS))


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz", "a.warc.gz.open"])
def test_captures_and_their_places(tmp_path: Path, name: str, version: str) -> None:
    archive = made(MIXED, gz=".gz" in name, version=version)
    found = found_in(tmp_path, archive.data, name)
    assert skipped(found) == ["not_a_page", "not_a_page", "other_site"]
    assert rejects(found) == []
    for capture, number in zip(captures(found), (1, 4), strict=True):
        offset, length, record_id = archive.places[number]
        file = name.removesuffix(".open")
        assert capture == Capture(
            body=MIXED[number].body,
            url=MIXED[number].url,
            fetched_url=MIXED[number].url,
            fetched_at=datetime(2024, 3, 5, 6, 7, 8, tzinfo=UTC),
            content_type="text/html; charset=utf-8",
            archive=ArchivePosition(file=file, offset=offset, length=length, record_id=record_id),
        )
        assert capture.archive is not None
        assert warc.read_at(Source(tmp_path / name), capture.archive, OPTIONS) == capture


@pytest.mark.parametrize("packed", [True, False])
def test_frames_that_another_writer_made(tmp_path: Path, packed: bool) -> None:  # noqa: FBT001
    """FastWARC's writer puts the dictionary first."""
    archive = made([*MIXED, *(page(n) for n in range(3, 90))], gz=False)
    records = [archive.data[offset : offset + length] for offset, length, _ in archive.places]
    path = tmp_path / "a.warc.zst"
    with ZstdWriter(path, dictionary=trained(records), compress_dictionary_frame=packed) as writer:
        for record in records:
            writer.write(record)
            writer.finish()
    found = list(archives.read(path, OPTIONS))
    assert rejects(found) == []
    pages = captures(found)
    assert [one.url for one in pages] == [f"{PORTAL}{n}" for n in range(1, 90)]
    assert all(
        warc.read_at(Source(path), one.archive, OPTIONS) == one for one in pages if one.archive
    )
    assert [problem for one in check(path) for problem in one.problems] == []


@pytest.mark.parametrize("gz", [True, False])
def test_other_readers_see_the_same_places(tmp_path: Path, gz: bool) -> None:  # noqa: FBT001
    specs = [page(n, "word " * (n * 600)) for n in range(30)]
    path = saved(tmp_path, made(specs, gz=gz).data, "a.warc.gz" if gz else "a.warc")
    ours = [c.archive for c in captures(archives.read(path, OPTIONS)) if c.archive]
    breaks = 0 if gz else 4  # warcio does not count those behind a plain record
    with path.open("rb") as stream:
        reader = ArchiveIterator(stream)
        theirs = [
            (record.rec_headers.get_header("WARC-Record-ID"), reader.get_record_offset(),
             reader.get_record_length() + breaks)
            for record in reader
        ]  # fmt: skip
    assert [(p.record_id, p.offset, p.length) for p in ours] == theirs
    with path.open("rb") as stream:
        fast = [(record.record_id, record.stream_pos) for record in FastIterator(stream)]
    assert [(p.record_id.strip("<>"), p.offset) for p in ours] == [
        (str(record_id).strip("<>"), offset) for record_id, offset in fast
    ]


def test_addresses_of_a_copy_are_the_portal_s(tmp_path: Path) -> None:
    copied = f"https://mirror.example:8443/portal{PORTAL.removeprefix(DEFAULT.origin)}1"
    specs = [replace(page(1), url=copied), replace(page(2), url="https://mirror.example:8443/")]
    path = saved(tmp_path, made(specs).data)
    assert skipped(archives.read(path, OPTIONS)) == ["other_site", "other_site"]
    options = replace(OPTIONS, copy=Copy.of(DEFAULT, "http://mirror.example:8443/portal/"))
    found = list(archives.read(path, options))
    assert skipped(found) == ["other_site"]
    (capture,) = captures(found)
    assert (capture.url, capture.fetched_url) == (f"{PORTAL}1", copied)
    assert capture.archive
    assert warc.read_at(Source(path), capture.archive, options) == capture


def test_one_gzip_stream_for_a_whole_file(tmp_path: Path) -> None:
    data = gzip.compress(made(MIXED, gz=False).data)
    found = captures(found_in(tmp_path, data, "a.warc.gz"))
    assert [capture.body for capture in found] == [MIXED[1].body, MIXED[4].body]
    for capture in found:
        assert capture.archive is not None
        assert capture.archive.offset == 0
        assert warc.read_at(Source(tmp_path / "a.warc.gz"), capture.archive, OPTIONS) == capture


def test_text_extracts_are_captures(tmp_path: Path) -> None:
    text = Spec(f"{PORTAL}1", "Zeile für Zeile".encode(), "conversion",
                headers=(("Content-Type", "text/plain"),))  # fmt: skip
    (capture,) = captures(found_in(tmp_path, made([text]).data, "a.warc.wet.gz"))
    assert (capture.body, capture.content_type) == (text.body, "text/plain")
    assert capture.url == text.url


def _resource(content_type: str, kind: str = "resource") -> Spec:
    return Spec(f"{PORTAL}1", b"{}", kind, headers=(("Content-Type", content_type),))


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (_resource("text/html; charset=utf-8"), Capture),
        (_resource("text/plain"), Capture),
        (_resource("application/json"), Skipped.NOT_A_PAGE),
        (_resource("application/json", "metadata"), Skipped.NOT_A_PAGE),
        (Spec(f"{PORTAL}1", b"x", status="301 Moved"), Skipped.NOT_A_PAGE),
        (Spec(f"{PORTAL}1", b"x", headers=(("Content-Type", "image/png"),)), Skipped.NOT_A_PAGE),
        (Spec(f"{PORTAL}1", b"x", headers=(("Content-Type", "text/css"),)), Skipped.NOT_A_PAGE),
        (Spec(f"{PORTAL}1", b"", headers=()), Capture),
        (Spec("https://touch.shio.gov.cn/robots.txt", b"x"), Skipped.NOT_A_PAGE),
        (Spec("https://touch.shio.gov.cn/robots.txt", b"", status="404 No"), Skipped.NOT_A_PAGE),
        (Spec("https://touch.shio.gov.cn/usercenter/a", b"x"), Skipped.PRIVATE),
        (Spec("dns:touch.shio.gov.cn", b"x", kind="resource",
              headers=(("Content-Type", "text/dns"),)), Skipped.NOT_A_PAGE),
        (Spec("https://example.org/a.jsp", b"x", status="404 Not Found"), Skipped.OTHER_SITE),
    ],
)  # fmt: skip
def test_what_is_a_page(tmp_path: Path, spec: Spec, expected: object) -> None:
    (found,) = found_in(tmp_path, made([spec]).data, "a.warc.gz")
    assert expected in (found, type(found))


@pytest.mark.parametrize("body", [b"<p>gone</p>", b""])
def test_an_error_page_is_the_reject_of_a_crawl(tmp_path: Path, body: bytes) -> None:
    spec = Spec("http://61.129.132.137/jsp/zfxw_detail_en.jsp?id=9", gzip.compress(body),
                status="404 Not Found", headers=(("Content-Encoding", "gzip"),))  # fmt: skip
    (found,) = found_in(tmp_path, made([spec]).data, "a.warc.gz")
    assert found == Reject(
        stage="fetch",
        reason="http_status",
        detail="404",
        url=f"{PORTAL}9",
        fetched_at=datetime(2024, 3, 5, 6, 7, 8, tzinfo=UTC),
        body_sha256=sha256(body).hexdigest() if body else None,
    )


def test_fields_as_old_writers_have_them(tmp_path: Path) -> None:
    data = response(1, b"<p>x</p>", WARC_Target_URI=f"<{PORTAL}1>", WARC_Record_ID="<urn:a>")
    data += response(2, b"<p>y</p>", WARC_Source_URI="http://127.0.0.1:80/copy", WARC_Date="soon")
    fractional = response(3, b"<p>z</p>", WARC_Date="2024-01-02T03:04:05.678901Z")
    data += fractional.replace(b"WARC-Record-ID: <urn:test:3>\r\n", b"")
    one, two, three = captures(found_in(tmp_path, data))
    assert (one.url, one.fetched_url) == (f"{PORTAL}1", f"{PORTAL}1")
    assert (two.url, two.fetched_url) == (f"{PORTAL}2", "http://127.0.0.1:80/copy")
    assert two.fetched_at is None
    assert three.fetched_at == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert three.archive is not None
    assert three.archive.record_id == f"offset:{three.archive.offset}"
    assert warc.read_at(Source(tmp_path / "a.warc"), three.archive, OPTIONS) == three


def test_too_large_is_said_of_pages_alone(tmp_path: Path) -> None:
    big = b"<p>" + b"x" * 300_000
    image = Spec(f"{PORTAL}2", big, headers=(("Content-Type", "image/png"),))
    packed = Spec(f"{PORTAL}4", gzip.compress(big), headers=(("Content-Encoding", "gzip"),))
    specs = [Spec(f"{PORTAL}1", big), image, Spec("https://example.org/", big), packed]
    found = found_in(tmp_path, made(specs).data, "a.warc.gz")
    assert [(r.stage, r.reason, r.url) for r in rejects(found)] == [
        ("read", "too_large", f"{PORTAL}1"),
        ("read", "too_large", f"{PORTAL}4"),
    ]
    assert skipped(found) == ["not_a_page", "other_site"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "at 0: empty"),
        (b"no archive at all", "at 0: no WARC record"),
        (response(1, b"body")[:-9], "at 0: cut off"),
        (response(1, b"body", length=""), "no Content-Length"),
        (response(1, b"body", length="many"), "'many'"),
        (response(1, b"body", WARC_Target_URI=""), "no WARC-Target-URI"),
        (response(1, b"body", WARC_Segment_Number="1"), "segment"),
        (response(1, b"body", WARC_Block_Digest="sha1:" + "A" * 32), "block digest"),
        (by_hand(b"no http", WARC_Type="response", WARC_Target_URI=PORTAL), "no HTTP response"),
    ],
)
def test_a_broken_record_names_its_place(tmp_path: Path, data: bytes, why: str) -> None:
    (reject,) = found_in(tmp_path, data)
    assert isinstance(reject, Reject)
    assert (reject.stage, reject.reason) == ("read", "broken_record")
    assert (reject.detail or "").startswith(f"{tmp_path / 'a.warc'} at 0: ")
    assert why in (reject.detail or "")


def test_a_flipped_byte_of_a_plain_page_is_seen(tmp_path: Path) -> None:
    data = made([page(1), page(2)], gz=False).data.replace(b"Words of page 1", b"Wards of page 1")
    found = found_in(tmp_path, data)
    assert [r.reason for r in rejects(found)] == ["broken_record"]
    assert [capture.url for capture in captures(found)] == [f"{PORTAL}2"]


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    (reject,) = archives.read(tmp_path / "none.warc.gz", OPTIONS)
    assert isinstance(reject, Reject)
    assert reject.reason == "unreadable_file"


def _error(path: Path, offset: int, record_id: str) -> str:
    position = ArchivePosition(file=path.name, offset=offset, length=1, record_id=record_id)
    with pytest.raises(ArchiveError) as raised:
        warc.read_at(Source(path), position, OPTIONS)
    message = str(raised.value)
    assert message.startswith(f"{path} at {offset}: ")
    assert "\n" not in message
    return message


def test_a_place_that_does_not_hold_what_it_should(tmp_path: Path) -> None:
    wrong = response(1, b"<p>a</p>", WARC_Payload_Digest="md5:" + "0" * 32)
    gone = response(2, b"<p>b</p>").replace(b"200 OK", b"404 No")
    image = response(3, b"c", "Content-Type: image/png")
    path = saved(tmp_path, wrong + gone + image)
    second, third = len(wrong), len(wrong + gone)
    assert "payload digest" in _error(path, 0, "<urn:test:1>")
    assert "no record <urn:test:7>, but <urn:test:1>" in _error(path, 0, "<urn:test:7>")
    assert "status 404" in _error(path, second, "<urn:test:2>")
    assert "not_a_page" in _error(path, third, "<urn:test:3>")
    assert "no WARC record" in _error(path, 5, "<urn:test:1>")
    assert "empty" in _error(path, 10**6, "<urn:test:1>")
    assert "No such file" in _error(tmp_path / "none.warc", 0, "<urn:test:1>")


@pytest.mark.parametrize("head", ["Transfer-Encoding: chunked", "Content-Encoding: gzip", "X: y"])
@pytest.mark.parametrize("of", ["sent", "joined", "decoded"])
def test_a_payload_digest_of_each_form_holds(tmp_path: Path, head: str, of: str) -> None:
    text = b"<p>words</p>"
    joined = gzip.compress(text, mtime=0) if "gzip" in head else text
    sent = b"%x\r\n%s\r\n0\r\n\r\n" % (len(joined), joined) if "chunked" in head else joined
    digest = sha256({"sent": sent, "joined": joined, "decoded": text}[of]).hexdigest()
    data = response(1, sent, head, WARC_Payload_Digest=f"sha-256:{digest.upper()}")
    (capture,) = captures(found_in(tmp_path, data))
    assert capture.body == text
    assert capture.archive is not None
    assert warc.read_at(Source(tmp_path / "a.warc"), capture.archive, OPTIONS) == capture


@pytest.mark.parametrize("gz", [True, False])
def test_a_record_fetched_alone(gz: bool) -> None:  # noqa: FBT001
    data = made([page(1)], gz=gz).data
    capture = warc.capture_of_member(data, "far/b.warc.gz", 777, len(data), OPTIONS)
    assert isinstance(capture, Capture)
    assert capture.archive is not None
    assert (capture.archive.file, capture.archive.offset) == ("far/b.warc.gz", 777)
    assert capture.archive.length == len(data)
    for broken in (data[:-20], b"", b"<html>no range</html>"):
        reject = warc.capture_of_member(broken, "far/b.warc.gz", 777, len(data), OPTIONS)
        assert isinstance(reject, Reject)
        assert reject.reason == "broken_record"
        assert (reject.detail or "").startswith("far/b.warc.gz at 777: ")
    foreign = made([MIXED[3]], gz=gz).data
    found = warc.capture_of_member(foreign, "b.warc.gz", 0, len(foreign), OPTIONS)
    assert found is Skipped.OTHER_SITE


@pytest.mark.parametrize("gz", [True, False])
def test_where_the_last_whole_record_ends(tmp_path: Path, gz: bool) -> None:  # noqa: FBT001
    archive: Made = made([page(n) for n in range(4)], gz=gz)
    ends = [0] + [offset + length for offset, length, _ in archive.places]
    for cut in range(0, len(archive.data), 37):
        path = saved(tmp_path, archive.data[:cut], "a.warc.gz.open" if gz else "a.warc.open")
        end = warc.last_whole_record(path)
        assert end == max(one for one in ends if one <= cut) or (not gz and cut - end < 4)
    path = saved(tmp_path, archive.data + bytes(4096))
    assert warc.last_whole_record(path) == len(archive.data)
    assert warc.last_whole_record(saved(tmp_path, b"")) == 0


def test_a_truncated_capture_is_no_short_page(tmp_path: Path) -> None:
    (reject,) = found_in(tmp_path, response(1, b"<p>a", WARC_Truncated="length"))
    assert isinstance(reject, Reject)
    assert (reject.stage, reject.reason) == ("fetch", "truncated")


def test_the_portal_is_the_one_of_the_options(tmp_path: Path) -> None:
    path = saved(tmp_path, made([page(1)]).data, "a.warc.gz")
    assert len(captures(warc.read(path, Options()))) == 1
