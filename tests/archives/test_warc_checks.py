"""Every digest of a WARC file, checked; what cannot be read is told."""

from __future__ import annotations

from gzip import compress
from io import BytesIO
from re import sub
from typing import TYPE_CHECKING, Final
from zipfile import ZipFile

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from shio_scraper.archives.warc import Checked, check, is_checkable

if TYPE_CHECKING:
    from pathlib import Path

URL: Final = "http://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id="
BODY: Final = b"<html><p>The lock opens at noon.</p></html>"


def written(*, packed: bool = False, kinds: tuple[str, ...] = ("response", "revisit")) -> bytes:
    """Return a WARC file with a record of each kind."""
    buffer = BytesIO()
    writer = WARCWriter(buffer, gzip=packed, warc_version="1.1")
    for number, kind in enumerate(kinds):
        headers = StatusAndHeaders("200 OK", [("X-Quay", "north")], protocol="HTTP/1.1")
        body = b"" if kind == "revisit" else BODY
        record = writer.create_warc_record(
            f"{URL}{number}", kind, payload=BytesIO(body), length=len(body), http_headers=headers
        )
        writer.write_record(record)
    return buffer.getvalue()


def checked(path: Path, data: bytes) -> list[Checked]:
    path.write_bytes(data)
    return list(check(path))


def told(found: list[Checked]) -> list[str]:
    return [problem for record in found for problem in record.problems]


@pytest.mark.parametrize("packed", [True, False])
def test_whole_records(tmp_path: Path, *, packed: bool) -> None:
    found = checked(tmp_path / "a.warc.gz", written(packed=packed))
    assert len(found) == 2
    assert told(found) == []
    assert [record.offset > 0 for record in found] == [False, True]
    assert all(record.record_id.startswith("<urn:uuid:") for record in found)


def test_a_changed_payload_fails_both_digests(tmp_path: Path) -> None:
    found = checked(tmp_path / "a.warc", written().replace(b"noon", b"moon"))
    assert told(found) == ["its block digest does not match", "its payload digest does not match"]
    assert found[0].problems
    assert not found[1].problems


def test_a_changed_header_fails_the_block_alone(tmp_path: Path) -> None:
    found = checked(tmp_path / "a.warc", written(kinds=("response",)).replace(b"north", b"south"))
    assert told(found) == ["its block digest does not match"]


def test_the_block_of_a_revisit_is_checked(tmp_path: Path) -> None:
    found = checked(tmp_path / "a.warc", written(kinds=("revisit",)).replace(b"north", b"south"))
    assert told(found) == ["its block digest does not match"]


@pytest.mark.parametrize("packed", [True, False])
def test_a_file_that_is_cut_off(tmp_path: Path, *, packed: bool) -> None:
    data = written(packed=packed, kinds=("response", "response"))
    whole, cut = checked(tmp_path / "a.warc.gz", data[:-60])
    assert not whole.problems
    assert len(cut.problems) == 1


def test_a_flipped_byte_of_a_member(tmp_path: Path) -> None:
    data = bytearray(written(packed=True))
    data[100] ^= 0xFF
    assert told(checked(tmp_path / "a.warc.gz", bytes(data)))


def test_a_wrong_length(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = sub(rb"(?<=Content-Length: )\d+", lambda m: b"%d" % (int(m[0]) - 5), written(), count=1)
    first, second = checked(tmp_path / "a.warc", data)
    assert first.problems == ("no end of a record where its length leads",)
    assert not second.problems
    assert capsys.readouterr() == ("", "")


def test_behind_damage_the_next_record_is_checked(tmp_path: Path) -> None:
    data = written(kinds=("response",) * 3).replace(b"WARC/1.1", b"WARX/1.1", 1)
    data = data[: data.rindex(b"noon")] + b"moon" + data[data.rindex(b"noon") + 4 :]
    damage, second, third = checked(tmp_path / "a.warc", data)
    assert damage.offset == 0
    assert damage.problems
    assert not second.problems
    assert len(third.problems) == 2


def test_several_records_in_one_member(tmp_path: Path) -> None:
    plain = written(kinds=("response",) * 3)
    assert told(checked(tmp_path / "a.warc.gz", compress(plain))) == []
    last = plain.rindex(b"noon")
    plain = plain[:last] + b"moon" + plain[last + 4 :]
    found = checked(tmp_path / "a.warc.gz", compress(plain))
    assert [len(record.problems) for record in found] == [0, 0, 2]


def test_a_record_without_an_address(tmp_path: Path) -> None:
    data = sub(rb"WARC-Target-URI: [^\r]*\r\n", b"", written(kinds=("response",)))
    assert told(checked(tmp_path / "a.warc", data)) == []
    assert len(told(checked(tmp_path / "a.warc", data.replace(b"noon", b"moon")))) == 2


@pytest.mark.parametrize("data", [b"no archive", b"\x1f\x8b\x08\x00nothing", b"\x00" * 64, b""])
def test_what_is_no_archive(tmp_path: Path, data: bytes) -> None:
    assert len(told(checked(tmp_path / "a.warc.gz", data))) == 1


def test_a_missing_file(tmp_path: Path) -> None:
    assert told(list(check(tmp_path / "a.warc"))) == ["cannot be read: No such file or directory"]


def test_the_files_in_a_wacz(tmp_path: Path) -> None:
    path = tmp_path / "a.wacz"
    with ZipFile(path, "w") as packed:
        packed.writestr("archive/one.warc", written(kinds=("response",)))
        packed.writestr("archive/two.warc.gz", written(packed=True))
        packed.writestr("pages/pages.jsonl", b"{}")
    found = list(check(path))
    assert [record.file for record in found] == [
        f"{path}/archive/one.warc",
        *[f"{path}/archive/two.warc.gz"] * 2,
    ]
    assert told(found) == []


def test_a_damaged_wacz(tmp_path: Path) -> None:
    assert told(checked(tmp_path / "a.wacz", b"PK nothing"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.warc", True),
        ("a.warc.gz", True),
        ("a.warc.gz.open", True),
        ("a.wacz", True),
        ("a.jsonl", False),
        ("a.open", False),
        ("warc", False),
    ],
)
def test_which_files_are_checked(tmp_path: Path, name: str, *, expected: bool) -> None:
    assert is_checkable(tmp_path / name) is expected
