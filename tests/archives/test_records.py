"""Records in damaged files: each whole one is found, each damaged place is one reject."""

from __future__ import annotations

import gzip
import zlib
from hashlib import sha256
from io import BytesIO
from itertools import accumulate
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shio_scraper.archives.reading import Skipped
from shio_scraper.archives.records import Damage, Record, records
from tests.archives.warcs import PORTAL, Made, Spec, frames, made, members, page, response, trained

if TYPE_CHECKING:
    from collections.abc import Callable

    from shio_scraper.archives.messages import Fields

_LINES = "".join(f"<p>{sha256(b'%d' % n).hexdigest()}</p>\n" for n in range(400))
SPECS = [
    page(1),
    Spec("https://example.org/", b"<p>elsewhere</p>"),
    page(2, _LINES),
    page(3),
    Spec(f"{PORTAL}4", b"", kind="request"),
    page(5, "WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 3\r\n\r\nabc\r\n\r\n"),
    page(6),
    page(7, _LINES[::-1]),
    page(8),
]
GZ, PLAIN = made(SPECS), made(SPECS, gz=False)
BARE = [response(n, f"<p>{n}</p>".encode() * 9 * n) for n in range(1, 8)]
"""Records without digests."""


def passed(fields: Fields) -> Skipped | None:
    return Skipped.OTHER_SITE if "example" in fields.get("warc-target-uri", "") else None


def framed(data: bytes, name: str = "a") -> list[Record | Damage]:
    return list(records(BytesIO(data), name, passed, 1 << 20))


def ids(found: list[Record | Damage]) -> list[str]:
    return [one.record_id for one in found if isinstance(one, Record)]


def damages(found: list[Record | Damage]) -> list[tuple[int, str]]:
    return [(one.offset, one.why) for one in found if isinstance(one, Damage)]


def plain(raw: list[bytes]) -> Made:
    places = []
    for number, record in enumerate(raw, 1):
        places.append((sum(map(len, raw[: number - 1])), len(record), f"<urn:test:{number}>"))
    return Made(b"".join(raw), places)


def named(archive: Made) -> Made:
    numbered = enumerate(archive.places, 1)
    places = [(offset, length, f"<urn:test:{n}>") for n, (offset, length, _) in numbered]
    return Made(archive.data, places)


def zipped(raw: list[bytes]) -> Made:
    return named(members(raw))


def zstd(raw: list[bytes]) -> Made:
    return named(frames(raw))


ARCHIVES = {
    "a.warc.gz": GZ,
    "a.warc": PLAIN,
    "bare.warc": plain(BARE),
    "bare.warc.gz": zipped(BARE),
    "bare.warc.zst": zstd(BARE),
}
DICTIONARY = trained(response(n, b"<p>words</p>" * n) for n in range(90))


@pytest.mark.parametrize("name", ARCHIVES)
def test_a_clean_file_has_its_records_and_no_damage(name: str) -> None:
    assert_whole(framed(ARCHIVES[name].data), ARCHIVES[name])


@pytest.mark.parametrize("packed", [False, True])
def test_frames_behind_their_dictionary(packed: bool) -> None:  # noqa: FBT001
    archive = named(frames(BARE, DICTIONARY, packed=packed))
    assert_whole(framed(archive.data), archive)
    for offset, _, record_id in archive.places:
        first, *_ = records(BytesIO(archive.data), "a", passed, 1 << 20, offset)
        assert isinstance(first, Record)
        assert (first.offset, first.record_id) == (offset, record_id)


def assert_whole(found: list[Record | Damage], archive: Made) -> None:
    assert damages(found) == []
    places = [(r.offset, r.length, r.record_id) for r in found if isinstance(r, Record)]
    assert places == archive.places


# One way in which bytes are damaged: from, how many of the old ones, what stands there then.
Wound = tuple[int, int, bytes]

WOUNDS = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True),
        st.one_of(
            st.tuples(st.just(1), st.binary(min_size=1, max_size=1)),
            st.tuples(st.just(0), st.binary(min_size=1, max_size=60)),
            st.tuples(st.integers(1, 3000), st.just(b"")),
            st.tuples(st.just(0), st.sampled_from([bytes(70_000), b"WARC/1.0\r\n", b"\r\n" * 90])),
            st.tuples(
                st.just(0),
                st.sampled_from(
                    [
                        b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 99999\r\n\r\n",
                        b"WARC/1.1\r\nWARC-Type: metadata\r\nContent-Length: 4\r\n\r\n",
                        gzip.compress(b"WARC/1.0\r\nWARC-Type: x\r\n")[:-3],
                        gzip.compress(b"no record"),
                    ]
                ),
            ),
        ),
    ),
    min_size=1,
    max_size=4,
)


def _touches(start: int, old: int, place: tuple[int, int, str]) -> bool:
    """Tell whether a wound lies within a record; one between two records touches neither."""
    first, last = place[0], place[0] + place[1]
    return first < start + old and start < last if old else first < start < last


def wounded(archive: Made, wounds: list[Wound]) -> tuple[bytes, list[str]]:
    """Return the damaged bytes, and the ids of records that no wound touches."""
    data, whole, behind = archive.data, archive.places, len(archive.data)
    for start, old, new in sorted(wounds, reverse=True):
        if start + old > behind:
            continue
        data = data[:start] + new + data[start + old :]
        whole = [place for place in whole if not _touches(start, old, place)]
        behind = start
    return data, [record_id for _, _, record_id in whole]


@pytest.mark.parametrize("name", ARCHIVES)
@given(wounds=WOUNDS)
@settings(max_examples=150, deadline=None)
def test_every_record_that_damage_does_not_touch_is_found(
    name: str, wounds: list[tuple[float, tuple[int, bytes]]]
) -> None:
    archive = ARCHIVES[name]
    size = len(archive.data)
    placed = [(int(at * size), old, new) for at, (old, new) in wounds]
    data, untouched = wounded(archive, placed)
    found = framed(data, name)
    assert [one for one in ids(found) if one in untouched] == untouched


@given(at=st.integers(0, len(GZ.data) - 1), byte=st.binary(min_size=1, max_size=1))
@settings(deadline=None)
def test_a_flipped_byte_of_gzip_changes_nothing_or_is_seen(at: int, byte: bytes) -> None:
    clean = framed(GZ.data)
    found = framed(GZ.data[:at] + byte + GZ.data[at + 1 :], "a.warc.gz")
    assert found == clean or len(damages(found)) == 1


@pytest.mark.parametrize("make", [plain, zipped, zstd])
@given(record=st.integers(0, 6), length=st.text("0123456789-x ", max_size=6))
@settings(max_examples=150, deadline=None)
def test_a_wrong_length_costs_its_record_alone(
    make: Callable[[list[bytes]], Made], record: int, length: str
) -> None:
    raw = list(BARE)
    right = raw[record].split(b"Content-Length: ")[1].split(b"\r\n")[0]
    raw[record] = raw[record].replace(b"Length: " + right, b"Length: " + length.encode())
    # Without a digest, one that leads to where a later record ends cannot be told.
    more = int(length) - int(right) if length.strip().isdecimal() else 0
    assume(all(more - end not in range(5) for end in accumulate(map(len, raw[record + 1 :]))))
    found = framed(make(raw).data)
    others = [f"<urn:test:{n + 1}>" for n in range(7) if n != record]
    assert [one for one in ids(found) if one in others] == others
    # What is too long by the line breaks behind a record alone is taken as it is.
    allowed = range(int(right), int(right) + 5)
    if not (length.strip().isdecimal() and int(length) in allowed):
        assert damages(found)


@given(data=st.binary(max_size=400), name=st.sampled_from(["a.warc", "a.warc.gz", "a.zst"]))
@settings(deadline=None)
def test_what_is_no_archive_is_one_damaged_place(data: bytes, name: str) -> None:
    found = framed(data, name)
    assert ids(found) == []
    assert len(damages(found)) == (1 if data.strip(b"\r\n") or not data else 0)


@given(cut=st.integers(100, len(PLAIN.data) - 1))
@settings(deadline=None)
@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz", "bare.warc.zst"])
def test_a_cut_is_seen_and_everything_before_it_found(name: str, cut: int) -> None:
    archive = ARCHIVES[name]
    cut = min(cut, len(archive.data) - 1)
    found = framed(archive.data[:cut], name)
    whole = [record_id for offset, length, record_id in archive.places if offset + length <= cut]
    assert ids(found)[: len(whole)] == whole
    assert bool(damages(found)) == (ids(found) == whole and cut not in _whole_at(archive, name))
    if damages(found):
        assert "cut off" in damages(found)[-1][1]


def _whole_at(archive: Made, name: str) -> set[int]:
    """Where a file may end without loss: of a plain one, before the last line breaks too."""
    breaks = range(5) if name.endswith(".warc") else range(1)
    return {offset + length - back for offset, length, _ in archive.places for back in breaks}


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz", "bare.warc.zst"])
@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda a, b: a + bytes(200_000) + b, id="zeros between"),
        pytest.param(lambda a, b: a + b + bytes(200_000), id="zeros at the end"),
        pytest.param(lambda a, b: a + b"\x1f\x8b\x08\x00" * 3000 + b, id="gzip magic"),
        pytest.param(lambda a, b: a + b"\x28\xb5\x2f\xfd" * 3000 + b, id="zstd magic"),
        pytest.param(lambda a, b: a + b"WARC/1.0\r\nx: y\r\n" * 3000 + b, id="false starts"),
        pytest.param(lambda a, b: b"garbage" + a + b, id="garbage first"),
    ],
)
def test_garbage_is_one_damaged_place(name: str, harm: Callable[[bytes, bytes], bytes]) -> None:
    archive = ARCHIVES[name]
    offset = archive.places[1][0]
    data = harm(archive.data[:offset], archive.data[offset:])
    found = framed(data, name)
    assert ids(found) == [record_id for _, _, record_id in archive.places]
    assert len(damages(found)) == 1


def test_a_whole_file_as_one_gzip_stream() -> None:
    data = gzip.compress(PLAIN.data)
    found = framed(data)
    assert ids(found) == [record_id for _, _, record_id in PLAIN.places]
    assert damages(found) == []
    for one in found:
        assert isinstance(one, Record)
        again = framed(data[: one.length])
        assert one.record_id in ids(again)


def test_damage_in_one_gzip_stream_keeps_what_stands_before_it() -> None:
    deflate = zlib.compressobj(wbits=31)
    data, ends = b"", []
    for number in range(60):
        data += deflate.compress(response(number, b"<p>" + sha256(b"%d" % number).digest()))
        data += deflate.flush(zlib.Z_FULL_FLUSH)
        ends.append(len(data))
    data += deflate.flush()
    reserved_block_type = b"\x07"
    found = framed(data[: ends[29]] + reserved_block_type + data[ends[29] + 1 :])
    # The checksum of the whole is lost; of the record at the damage it cannot be told.
    assert ids(found) == [f"<urn:test:{number}>" for number in range(29)]
    assert len(damages(found)) == 1


def test_a_whole_file_as_one_frame_and_damage_in_it() -> None:
    lines = [sha256(b"%d" % n).hexdigest().encode() for n in range(9_000)]
    raw = [response(n, b"".join(lines[n::9])) for n in range(9)]
    data = zstd([b"".join(raw)]).data
    found = framed(data)
    assert ids(found) == [f"<urn:test:{n}>" for n in range(9)]
    assert damages(found) == []
    found = framed(data[: len(data) // 2])
    assert len(ids(found)) in range(2, 5)
    assert len(damages(found)) == 1


def test_a_record_in_several_frames() -> None:
    raw = response(1, b"<p>first</p>" * 30), response(2, b"<p>second</p>" * 90_000)
    pieces = [raw[0][:300], raw[0][300:], raw[1][:300], raw[1][300:]]
    archive = zstd(pieces)
    found = framed(archive.data)
    assert damages(found) == []
    starts = [offset for offset, _, _ in archive.places[::2]]
    assert [(one.offset, one.offset + one.length) for one in found if isinstance(one, Record)] == [
        (starts[0], starts[1]), (starts[1], len(archive.data)),
    ]  # fmt: skip
    broken = archive.data[:-1] + bytes([archive.data[-1] ^ 1])
    assert ids(framed(broken)) == ["<urn:test:1>"]
    assert len(damages(framed(broken))) == 1


def test_frames_that_hold_no_record_are_passed() -> None:
    first, second = (zstd([one]).data for one in BARE[:2])
    skippable = b"\x50\x2a\x4d\x18\x05\0\0\0hello"
    found = framed(first + skippable + zstd([b""]).data + second + skippable)
    assert ids(found) == ["<urn:test:1>", "<urn:test:2>"]
    assert damages(found) == []


@pytest.mark.parametrize("harm", [lambda d: d[:20], lambda d: d[:4] + b"\xff" * 99])
def test_a_dictionary_that_cannot_be_read_is_one_damaged_place(
    harm: Callable[[bytes], bytes],
) -> None:
    found = framed(harm(frames(BARE, DICTIONARY, packed=True).data))
    assert ids(found) == []
    assert [why.partition(":")[0] for _, why in damages(found)] == ["its dictionary cannot be read"]


def test_members_that_a_damaged_one_runs_into() -> None:
    head = gzip.compress(b"")[:10]
    swallowed = len(GZ.data) - 100
    size = swallowed.to_bytes(2, "little") + (swallowed ^ 0xFFFF).to_bytes(2, "little")
    found = framed(head + b"\0" + size + b"WARC/1.0\r\n" + GZ.data)
    assert ids(found) == [record_id for _, _, record_id in GZ.places]
    assert len(damages(found)) == 1


def test_a_damaged_length_inside_one_gzip_stream() -> None:
    raw = list(BARE)
    raw[2] = raw[2].replace(b"Content-Length: ", b"Content-Length: 9")
    found = framed(gzip.compress(b"".join(raw)))
    assert ids(found) == [f"<urn:test:{n}>" for n in (1, 2, 4, 5, 6, 7)]
    assert len(damages(found)) == 1


def test_a_length_too_long_by_a_whole_record_is_seen_by_the_digest() -> None:
    first = made([page(1)], gz=False).data
    second = made([page(2)], gz=False)
    size = first.split(b"Content-Length: ")[1].split(b"\r\n")[0]
    longer = str(int(size) + 4 + len(second.data)).encode()
    data = first.replace(b"Content-Length: " + size, b"Content-Length: " + longer)
    found = framed(data + second.data)
    assert ids(found) == [second.places[0][2]]
    assert damages(found) == [(0, "another record begins within its length")]


def test_a_header_that_runs_into_the_next_one() -> None:
    first, second = response(1, b"one"), response(2, b"two")
    found = framed(first[:60] + second)
    assert ids(found) == ["<urn:test:2>"]
    assert damages(found) == [(0, "another header begins within its header")]


def test_an_address_that_reads_like_a_start() -> None:
    record = response(1, b"one", WARC_Target_URI="https://example.org/WARC/1.0")
    assert ids(framed(record)) == ["<urn:test:1>"]


def test_records_made_to_overlap_take_no_time_without_end() -> None:
    head = b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: %d\r\n\r\n"
    heads = b"".join(head % (10**6 - n) for n in range(20_000))
    assert damages(framed(heads))
    assert damages(framed(gzip.compress(heads)))
