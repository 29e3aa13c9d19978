"""Payloads: chunked and compressed, as claimed or not, broken, and bombs."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from typing import TYPE_CHECKING

import brotli  # type: ignore[import-untyped]  # ships no types
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from shio_scraper.archives.messages import Message
from shio_scraper.content_coding import PayloadError

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = "<html><p>Worte – 字</p></html>".encode() * 50
LIMIT = 10_000


def raw_deflate(data: bytes) -> bytes:
    deflate = zlib.compressobj(wbits=-15)
    return deflate.compress(data) + deflate.flush()


def zstd(data: bytes) -> bytes:
    return zstandard.compress(data)


CODINGS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", raw_deflate),
    ("br", brotli.compress),
    ("zstd", zstd),
]


def chunked(data: bytes, size: int = 700) -> bytes:
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    lines = b"".join(b"%X;a=b\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return lines + b"0\r\nTrailer: x\r\n\r\n"


def decode(data: bytes, coding: str = "", transfer: str = "", limit: int = LIMIT) -> bytes:
    headers = {"transfer-encoding": transfer, "content-encoding": coding}
    return Message(200, headers, data).body(limit)


def why(data: bytes, coding: str = "", transfer: str = "", limit: int = LIMIT) -> str:
    with pytest.raises(PayloadError) as raised:
        decode(data, coding, transfer, limit)
    return raised.value.reason


@pytest.mark.parametrize(("coding", "encode"), CODINGS)
def test_each_coding(coding: str, encode: Callable[[bytes], bytes]) -> None:
    assert decode(encode(TEXT), coding) == TEXT
    assert decode(encode(TEXT), f" {coding.upper()} ") == TEXT
    assert decode(encode(b""), coding) == b""
    assert decode(b"", coding) == b""
    assert decode(chunked(encode(TEXT)), coding, "Chunked") == TEXT
    assert decode(gzip.compress(encode(TEXT)), f"{coding}, gzip") == TEXT


@pytest.mark.parametrize(("coding", "encode"), CODINGS)
def test_what_is_claimed_and_is_not(coding: str, encode: Callable[[bytes], bytes]) -> None:
    assert decode(TEXT, coding) == TEXT
    assert decode(TEXT, coding, "chunked") == TEXT
    assert decode(encode(TEXT), coding, "chunked") == TEXT


@pytest.mark.parametrize(("coding", "encode"), CODINGS)
def test_broken_codings(coding: str, encode: Callable[[bytes], bytes]) -> None:
    assert why(encode(TEXT)[:-6], coding) == "content_encoding"
    assert why(b"\x00\x01\x02\xff" * 20, coding) == "content_encoding"


@pytest.mark.parametrize(("coding", "encode"), CODINGS)
def test_bombs_are_not_unpacked(coding: str, encode: Callable[[bytes], bytes]) -> None:
    bomb = encode(bytes(30_000_000))
    tracemalloc.start()
    assert why(bomb, coding) == "too_large"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000


def test_the_limit_is_of_the_body() -> None:
    assert decode(b"x" * LIMIT) == b"x" * LIMIT
    assert why(b"x" * (LIMIT + 1)) == "too_large"
    assert decode(gzip.compress(b"x" * LIMIT), "gzip") == b"x" * LIMIT
    assert why(gzip.compress(b"x" * (LIMIT + 1)), "gzip") == "too_large"


def test_members_and_frames_one_after_another() -> None:
    assert decode(gzip.compress(b"one ") + gzip.compress(b"two") + b"\0\0", "gzip") == b"one two"
    assert decode(zstd(b"one ") + zstd(b"two"), "zstd") == b"one two"
    assert decode(gzip.compress(b"") * 20_000 + gzip.compress(b"end"), "gzip") == b"end"


@pytest.mark.parametrize("coding", ["identity", "none", "utf-8", "compress", "", ","])
def test_plain_text_under_a_name_that_is_no_coding(coding: str) -> None:
    assert decode(TEXT, coding) == TEXT
    assert decode(gzip.compress(TEXT), f"gzip, {coding}") == TEXT


def test_an_unknown_coding() -> None:
    assert why(gzip.compress(TEXT), "compress") == "content_encoding"
    assert why(gzip.compress(TEXT), "none") == "content_encoding"


def test_a_coding_in_quotes() -> None:
    assert decode(gzip.compress(TEXT), '"gzip"') == TEXT


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"5\r\nwords\r\n", "truncated"),
        (b"5\r\nwords\r\n9\r\nwor", "truncated"),
        (b"9\r\nwor", "truncated"),
        (b"5\r\nwords\r\nzz\r\n", "content_encoding"),
    ],
)
def test_broken_chunks(data: bytes, reason: str) -> None:
    assert why(data, transfer="chunked") == reason


def test_text_that_begins_like_chunks() -> None:
    assert decode(b"5\r\nwords and more words", transfer="chunked") == b"5\r\nwords and more words"


@given(st.binary(max_size=300), st.sampled_from(["", "gzip", "deflate", "br", "zstd"]))
def test_whatever_comes_is_a_body_or_an_error(data: bytes, coding: str) -> None:
    for transfer in ("", "chunked"):
        assert _outcome(data, coding, transfer) in {"body", "content_encoding", "truncated"}


def _outcome(data: bytes, coding: str, transfer: str) -> str:
    try:
        decode(data, coding, transfer)
    except PayloadError as error:
        return error.reason
    return "body"
