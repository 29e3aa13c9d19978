"""Exchanges → WARC files that other tools read; whole at every moment."""

from __future__ import annotations

import fcntl
import os
import resource
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from shio_scraper.archives.payload_index import FirstCapture, PayloadIndex
from shio_scraper.archives.writer import ArchiveWriter, Exchange, seal_left_open

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shio_scraper.items import ArchivePosition

URL = "https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=10"
GET = Exchange(
    url=URL,
    fetched_url=URL,
    fetched_at=datetime(2025, 6, 18, 8, 30, 5, tzinfo=UTC),
    method="GET",
    target="/jsp/zfxw_detail_en.jsp?id=10",
    request_headers=[("Host", "touch.shio.gov.cn"), ("Accept", "text/html")],
    request_body=b"",
    protocol="HTTP/1.1",
    status=200,
    headers=[("Content-Type", "text/html"), ("X-Clerk", "Z\u00fcrich"), ("Set-Cookie", "a=1")],
    body=b"<p>A page of its own</p>",
    ip_address="127.0.0.1",
)


def writer(folder: Path, *, max_size: int = 2**30, index: Path | None = None) -> ArchiveWriter:
    info = {"software": "tests", "operator": "Jo\u00eb"}
    return ArchiveWriter(folder / "run" / "archive", "run", info, max_size, PayloadIndex(index))


def ended(folder: Path, index: Path, *exchanges: Exchange) -> list[tuple[FirstCapture, bool]]:
    """Write a run's archive to its end, beside those that ``index`` knows."""
    payloads = PayloadIndex(index)
    archive = ArchiveWriter(folder / "archive", folder.name, {}, 2**30, payloads)
    written = [archive.write(exchange) for exchange in exchanges]
    archive.close()
    payloads.hand_on()
    payloads.close()
    return written


def bodies(count: int) -> list[Exchange]:
    return [replace(GET, url=f"{URL}{n}", body=os.urandom(3000)) for n in range(count)]


def records(path: Path) -> list[tuple[dict[str, str], Any, bytes]]:
    """Read the file with warcio, digests checked."""
    found = []
    with path.open("rb") as file:
        for record in ArchiveIterator(file, check_digests="raise"):
            content = record.content_stream().read()
            found.append((dict(record.rec_headers.headers), record.http_headers, content))
    return found


def page_at(folder: Path, position: ArchivePosition) -> bytes:
    """Follow a position with FastWARC."""
    path = next(folder.rglob(f"{position.file}*"))
    with path.open("rb") as file:
        file.seek(position.offset)
        record = next(iter(FastIterator(file, parse_http=True)))
    assert record.record_id == position.record_id
    content: bytes = record.reader.read()
    return content


def test_the_records_of_one_exchange(tmp_path: Path) -> None:
    archive = writer(tmp_path)
    archive.write(GET)
    archive.close()
    (path,) = tmp_path.rglob("*.warc.gz")
    info, response, request = records(path)
    assert info[0]["WARC-Type"] == "warcinfo"
    assert info[0]["WARC-Filename"] == "run-00000.warc.gz"
    assert info[2].decode() == "software: tests\r\noperator: Jo\u00eb\r\n"
    head = response[0]
    assert head["WARC-Type"] == "response"
    assert head["WARC-Target-URI"] == URL
    assert head["WARC-Date"] == "2025-06-18T08:30:05Z"
    assert head["WARC-IP-Address"] == "127.0.0.1"
    assert head["WARC-Warcinfo-ID"] == info[0]["WARC-Record-ID"]
    assert head["Content-Type"] == "application/http; msgtype=response"
    assert "WARC-Source-URI" not in head
    assert response[1].statusline == "200 OK"
    assert response[2] == GET.body
    assert request[0]["WARC-Type"] == "request"
    assert request[0]["WARC-Concurrent-To"] == head["WARC-Record-ID"]
    assert request[1].protocol == "GET"
    assert request[1].get_header("Host") == "touch.shio.gov.cn"


def test_headers_are_as_they_came(tmp_path: Path) -> None:
    """Not every header is ASCII: what was sent is kept, byte for byte."""
    archive = writer(tmp_path)
    position = archive.write(GET)[0].position
    archive.close()
    with next(tmp_path.rglob("*.gz")).open("rb") as file:
        file.seek(position.offset)
        block = next(iter(FastIterator(file, parse_http=False))).reader.read()
    assert b"X-Clerk: Z\xfcrich\r\nSet-Cookie: a=1\r\n\r\n" in block


def test_a_copy_names_where_it_was_fetched_from(tmp_path: Path) -> None:
    archive = writer(tmp_path)
    archive.write(replace(GET, fetched_url="http://127.0.0.1:8000/page"))
    archive.close()
    _, response, request = records(next(tmp_path.rglob("*.gz")))
    for record in (response, request):
        assert record[0]["WARC-Target-URI"] == URL
        assert record[0]["WARC-Source-URI"] == "http://127.0.0.1:8000/page"


def test_every_position_leads_to_its_page(tmp_path: Path) -> None:
    archive = writer(tmp_path, max_size=20_000)
    written = [(exchange, archive.write(exchange)[0].position) for exchange in bodies(30)]
    archive.close()
    assert len(list(tmp_path.rglob("*.warc.gz"))) == 6
    for exchange, position in written:
        assert page_at(tmp_path, position) == exchange.body
        assert records(tmp_path / "run" / "archive" / position.file)


def test_a_payload_seen_before_is_a_revisit(tmp_path: Path) -> None:
    archive = writer(tmp_path)
    first = archive.write(GET)[0].position
    later = replace(GET, url=f"{URL}1", status=404, fetched_at=datetime(2025, 7, 1, tzinfo=UTC))
    again, repeated = archive.write(later)
    archive.close()
    assert (again.position, repeated) == (first, True)
    *_, revisit, _ = records(tmp_path / "run" / "archive" / first.file)
    head = revisit[0]
    assert head["WARC-Type"] == "revisit"
    assert head["WARC-Profile"].endswith("/1.1/revisit/identical-payload-digest")
    assert head["WARC-Refers-To"] == first.record_id
    assert head["WARC-Refers-To-Target-URI"] == URL
    assert head["WARC-Refers-To-Date"] == "2025-06-18T08:30:05Z"
    assert revisit[1].get_statuscode() == "404"
    assert revisit[2] == b""


def test_an_empty_payload_is_never_a_revisit(tmp_path: Path) -> None:
    archive = writer(tmp_path)
    assert [archive.write(replace(GET, body=b""))[1] for _ in range(2)] == [False, False]
    archive.close()


def test_payloads_of_earlier_runs(tmp_path: Path) -> None:
    index = tmp_path / "payloads.db"
    ((held, _),) = ended(tmp_path / "runs" / "1", index, GET)
    assert ended(tmp_path / "runs" / "2", index, GET) == [(held, True)]


def test_payloads_of_earlier_runs_are_known_where_all_were_moved(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    ended(tmp_path / "a" / "runs" / "1", tmp_path / "a" / "payloads.db", GET)
    (tmp_path / "a").rename(tmp_path / "b")
    ((held, repeated),) = ended(tmp_path / "b" / "runs" / "2", tmp_path / "b" / "payloads.db", GET)
    assert repeated
    assert held.folder == tmp_path / "b" / "runs" / "1" / "archive"


@pytest.mark.parametrize("what", ["gone", "cut off", "another"])
def test_an_earlier_capture_that_is_gone_is_not_referred_to(tmp_path: Path, what: str) -> None:
    index = tmp_path / "payloads.db"
    ended(tmp_path / "1", index, replace(GET, body=b"other"), GET)
    path = next((tmp_path / "1").rglob("*.gz"))
    if what == "gone":
        path.unlink()
    elif what == "cut off":
        os.truncate(path, path.stat().st_size // 2)
    else:
        path.unlink()
        ended(tmp_path / "1", tmp_path / "none.db", *bodies(5))
    ((held, repeated),) = ended(tmp_path / "2", index, GET)
    assert not repeated
    assert page_at(tmp_path / "2", held.position) == GET.body


def test_a_run_that_has_not_ended_is_not_referred_to(tmp_path: Path) -> None:
    """It may be cut back yet, when it goes on."""
    index = tmp_path / "payloads.db"
    ended(tmp_path / "1", index, GET)
    payloads = PayloadIndex(index, lambda run: run.name != "1")
    archive = ArchiveWriter(tmp_path / "2" / "archive", "2", {}, 2**30, payloads)
    assert not archive.write(GET)[1]
    archive.close()


def test_what_earlier_runs_keep_cannot_be_known(tmp_path: Path) -> None:
    index = tmp_path / "payloads.db"
    index.write_bytes(b"no database at all" * 100)
    payloads = PayloadIndex(index)
    archive = ArchiveWriter(tmp_path / "archive", "run", {}, 2**30, payloads)
    assert [archive.write(GET)[1] for _ in range(2)] == [False, True]
    archive.close()
    payloads.hand_on()
    assert payloads.trouble == "file is not a database"


def test_a_file_is_open_until_it_is_closed(tmp_path: Path) -> None:
    archive = writer(tmp_path)
    archive.write(GET)
    (path,) = (tmp_path / "run" / "archive").iterdir()
    assert path.name == "run-00000.warc.gz.open"
    assert len(records(path)) == 3
    archive.close()
    (path,) = (tmp_path / "run" / "archive").iterdir()
    assert path.name == "run-00000.warc.gz"


@pytest.fixture
def small_files() -> Iterator[None]:
    """Let no file of this process grow above 10 kB."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("small_files")
def test_a_full_disk_leaves_whole_records(tmp_path: Path) -> None:
    archive = writer(tmp_path)
    one, two, three = bodies(3)
    archive.write(one)
    archive.write(two)
    with pytest.raises(OSError, match="File too large"):
        archive.write(three)
    archive.close()
    found = [r[2] for r in records(next(tmp_path.rglob("*.gz"))) if r[0]["WARC-Type"] == "response"]
    assert found == [one.body, two.body]


# What a killed process leaves


def left_open(folder: Path, *, cut: int = 0, exchanges: int = 3) -> tuple[Path, list[bytes]]:
    """Write an archive, and leave it as a killed process does, ``cut`` bytes short."""
    archive = writer(folder)
    pages = bodies(exchanges)
    for exchange in pages:
        archive.write(exchange)
    archive.close()
    (path,) = folder.rglob("*.warc.gz")
    os.truncate(path, path.stat().st_size - cut)
    return path.rename(f"{path}.open"), [exchange.body for exchange in pages]


@pytest.mark.parametrize(("cut", "kept"), [(0, 7), (1, 6), (300, 6), (600, 5), (4400, 4)])
def test_a_file_left_open_is_sealed_at_its_last_whole_record(
    tmp_path: Path, cut: int, kept: int
) -> None:
    path, _ = left_open(tmp_path, cut=cut)
    size = path.stat().st_size
    ((sealed, lost),) = seal_left_open(tmp_path)
    assert not path.exists()
    assert sealed.name == "run-00000.warc.gz"
    assert sealed.stat().st_size == size - lost
    assert bool(lost) == bool(cut)
    assert len(records(sealed)) == kept


def test_a_file_without_a_whole_record_goes(tmp_path: Path) -> None:
    path, _ = left_open(tmp_path)
    os.truncate(path, 100)
    assert list(seal_left_open(tmp_path)) == []
    assert list(path.parent.iterdir()) == []


def test_a_file_that_is_written_to_is_left_alone(tmp_path: Path) -> None:
    path, _ = left_open(tmp_path)
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert list(seal_left_open(tmp_path)) == []
    assert path.exists()


def test_a_writer_s_own_file_is_left_alone(tmp_path: Path) -> None:
    archive = writer(tmp_path)
    archive.write(GET)
    assert list(seal_left_open(tmp_path)) == []
    archive.close()
    assert len(records(next(tmp_path.rglob("*.warc.gz")))) == 3
