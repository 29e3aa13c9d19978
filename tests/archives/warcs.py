"""WARC files for tests: by warcio, and by hand where they must be wrong."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter
from zstandard import ZstdCompressionDict, ZstdCompressor, train_dictionary

from shio_scraper.archives.reading import Found, Options, Skipped
from shio_scraper.items import Reject
from shio_scraper.pages import Capture

PORTAL = "https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id="
HTML = (("Content-Type", "text/html; charset=utf-8"),)
WHEN = "2024-03-05T06:07:08Z"


@dataclass(frozen=True)
class Spec:
    """A record to write: a response unless ``kind`` says otherwise."""

    url: str
    body: bytes = b""
    kind: str = "response"
    status: str = "200 OK"
    headers: tuple[tuple[str, str], ...] = HTML
    warc: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Made:
    """An archive, and where its records lie: offset, length, record id."""

    data: bytes
    places: list[tuple[int, int, str]]


def page(number: int, text: str = "") -> Spec:
    """Return a page of the portal."""
    body = f"<html><title>Page {number}</title><p>{text or f'Words of page {number}.'}</p></html>"
    return Spec(f"{PORTAL}{number}", body.encode())


def made(specs: Iterable[Spec], *, gz: bool = True, version: str = "1.1") -> Made:
    """Write records with warcio."""
    out = BytesIO()
    writer = WARCWriter(out, gzip=gz, warc_version=version)
    places = []
    for spec in specs:
        start = out.tell()
        record = _record(writer, spec)
        writer.write_record(record)
        record_id = record.rec_headers.get_header("WARC-Record-ID")
        places.append((start, out.tell() - start, record_id))
    return Made(out.getvalue(), places)


def _record(writer: WARCWriter, spec: Spec) -> Any:
    headers = {"WARC-Date": WHEN, **spec.warc}
    if spec.kind in {"resource", "conversion", "metadata"}:
        return writer.create_warc_record(
            spec.url,
            spec.kind,
            payload=BytesIO(spec.body),
            length=len(spec.body),
            warc_content_type=dict(spec.headers).get("Content-Type", ""),
            warc_headers_dict=headers,
        )
    line = "GET / HTTP/1.1" if spec.kind == "request" else spec.status
    return writer.create_warc_record(
        spec.url,
        spec.kind,
        payload=BytesIO(spec.body),
        length=len(spec.body),
        warc_headers_dict=headers,
        http_headers=StatusAndHeaders(
            line, list(spec.headers), "HTTP/1.1", is_http_request=spec.kind == "request"
        ),
    )


def by_hand(block: bytes, length: object = None, version: str = "1.0", **fields: str) -> bytes:
    """Return one plain record; ``WARC_Type=…`` gives a field, ``length=""`` no length."""
    names = {name.replace("_", "-"): value for name, value in fields.items()}
    if length != "":
        names["Content-Length"] = str(len(block) if length is None else length)
    head = "".join(f"{name}: {value}\r\n" for name, value in names.items())
    return f"WARC/{version}\r\n{head}\r\n".encode() + block + b"\r\n\r\n"


def response(
    number: int, body: bytes, head: str = "Content-Type: text/html", **fields: Any
) -> bytes:
    """Return one plain response record by hand."""
    block = f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + body
    given = {
        "WARC_Type": "response",
        "WARC_Record_ID": f"<urn:test:{number}>",
        "WARC_Date": WHEN,
        "WARC_Target_URI": f"{PORTAL}{number}",
    }
    return by_hand(block, **{**given, **fields})


def members(records: Iterable[bytes]) -> Made:
    """Return records as gzip members."""
    data, places = b"", []
    for record in records:
        member = gzip.compress(record)
        places.append((len(data), len(member), ""))
        data += member
    return Made(data, places)


def trained(records: Iterable[bytes]) -> bytes:
    """Return a dictionary for records."""
    return train_dictionary(4_000, [*records]).as_bytes()


def frames(records: Iterable[bytes], dictionary: bytes = b"", *, packed: bool = False) -> Made:
    """Return records as Zstandard frames, behind the dictionary that they are packed with."""
    frame = ZstdCompressor(write_checksum=True).compress(dictionary) if packed else dictionary
    data = b"\x5d\x2a\x4d\x18" + len(frame).to_bytes(4, "little") + frame if dictionary else b""
    given = ZstdCompressionDict(dictionary) if dictionary else None
    zstd, places = ZstdCompressor(dict_data=given, write_checksum=True), []
    for record in records:
        member = zstd.compress(record)
        places.append((len(data), len(member), ""))
        data += member
    return Made(data, places)


def captures(found: Iterable[Found]) -> list[Capture]:
    """Return the captures among what was found."""
    return [one for one in found if isinstance(one, Capture)]


def rejects(found: Iterable[Found]) -> list[Reject]:
    """Return the rejects among what was found."""
    return [one for one in found if isinstance(one, Reject)]


def skipped(found: Iterable[Found]) -> list[str]:
    """Return why things were passed over."""
    return [one.value for one in found if isinstance(one, Skipped)]


OPTIONS = Options(max_page=100_000)
