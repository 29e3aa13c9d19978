"""Captures → WARC 1.1 (ISO 28500:2017), gzip a record; ``warcio`` writes.

A file carries ``.open`` until it is closed. Each exchange goes to disk in one
unbuffered write, so that a killed process leaves whole records and at most one that is cut.
"""

from __future__ import annotations

import fcntl
import math
import os
from base64 import b32encode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1
from http import HTTPStatus
from io import BytesIO, FileIO
from pathlib import Path
from typing import Any, Final, TypeAlias

from isal import isal_zlib
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from shio_scraper.archives.payload_index import FirstCapture, PayloadIndex, refill
from shio_scraper.archives.sources import OPEN, REFERS_TO_FILE, REFERS_TO_OFFSET
from shio_scraper.archives.warc import last_whole_record
from shio_scraper.items import ArchivePosition

_LEVEL: Final = 3
"""Of igzip: as small as zlib's 4, in a fifth of its time."""
_NOT_MODIFIED: Final = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
"""A profile that warcio has no name for (WARC 1.1, section 6.7.3)."""
_GZIP: Final = 31
"""zlib's ``wbits`` for gzip."""

Headers: TypeAlias = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its response.

    ``url`` is what the capture is of, ``fetched_url`` what was asked for (a copy, a replay);
    ``fetched_at`` is UTC. Headers are text in Latin-1, as on the wire.
    """

    url: str
    fetched_url: str
    fetched_at: datetime
    method: str
    target: str
    request_headers: Headers
    request_body: bytes
    protocol: str
    status: int
    headers: Headers
    body: bytes
    ip_address: str | None
    unmodified: FirstCapture | None = None
    """The capture that still holds, as the server says (304)."""
    resource: str | None = None
    """What a page asked for it as, in a browser: ``script``, ``fetch`` …."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What a browser showed of a page, as HTML in UTF-8; ``of`` is the record id of the page."""

    url: str
    fetched_url: str
    fetched_at: datetime
    body: bytes
    of: str | None
    ip_address: None = None
    resource: None = None


class NoRoomError(Exception):
    """Records that an archive has no room for."""


class WireHeaders(StatusAndHeaders):  # type: ignore[misc]  # warcio ships no types
    """HTTP headers as they came; warcio would percent-encode what is not ASCII."""

    def to_ascii_bytes(self, filter_func: object = None) -> bytes:
        """Return the header block in Latin-1."""
        block: bytes = self.to_bytes(filter_func, encoding="iso-8859-1")
        return block


class ArchiveWriter:
    """Writes one run's captures into files below ``folder`` that roll at ``max_size`` bytes.

    Files that are there already are gone on from with the next number. ``refers_to`` are the
    files that its revisits refer to, ``written`` the bytes that this writer wrote.
    ``info`` are the fields of each file's ``warcinfo``. ``write`` and ``close`` may raise
    ``OSError``: what was written stays whole.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        info: Mapping[str, str],
        max_size: int,
        payloads: PayloadIndex,
    ) -> None:
        self._folder = folder.absolute()
        self._name = name
        self._info = info
        self._max_size = max_size
        self._payloads = payloads
        self.refers_to = refill(payloads, folder)
        self._files = len(list(folder.glob(f"{name}-*.warc.gz")))
        self._file: FileIO | None = None
        self._size = 0
        self.written = 0
        self._grown: dict[Path, int] = {}
        self._warcinfo_id = ""
        self.record_id: str | None = None
        """The id of what was written last, its ``request`` aside."""
        self._buffer = BytesIO()
        self._warcio = WARCWriter(self._buffer, gzip=False, warc_version="1.1")

    def write(self, exchange: Exchange, room: float = math.inf) -> tuple[FirstCapture, bool]:
        """Write ``exchange`` as a response or ``revisit`` record and a request record.

        Return the capture that holds the payload, and whether that is an earlier one. Raises
        ``NoRoomError`` where they take more than ``room`` bytes: nothing is written.
        """
        self._begin()
        digest = _digest(exchange.body)
        first = exchange.unmodified
        if exchange.body and first is None:
            first = self._payloads.find(digest)
        response = self._response(exchange, digest, first)
        self.record_id = record_id = response.rec_headers.get_header("WARC-Record-ID")
        member = self._member(response)
        capture = self._capture(exchange, record_id, member, digest)
        members = member + self._member(self._request(exchange, record_id))
        if len(members) > room:
            raise NoRoomError
        self._append(members)
        if first:
            self.refers_to.add(first.position.file)
            return first, True
        self._payloads.add(capture)
        return capture, False

    def convert(self, conversion: Conversion, room: float = math.inf) -> FirstCapture:
        """Write what a browser showed as a ``conversion`` record (WARC 1.1, section 6.8).

        Raises ``NoRoomError``, as ``write``.
        """
        self._begin()
        digest = _digest(conversion.body)
        headers = {**self._headers(conversion), "WARC-Payload-Digest": digest}
        if conversion.of:
            headers["WARC-Refers-To"] = conversion.of
        record = self._warcio.create_warc_record(
            conversion.url,
            "conversion",
            payload=BytesIO(conversion.body),
            length=len(conversion.body),
            warc_content_type="text/html; charset=utf-8",
            warc_headers_dict=headers,
        )
        member = self._member(record)
        self.record_id = record_id = record.rec_headers.get_header("WARC-Record-ID")
        if len(member) > room:
            raise NoRoomError
        capture = self._capture(conversion, record_id, member, digest)
        self._append(member)
        return capture

    def close(self) -> None:
        """Close the file at hand; it loses its ``.open``."""
        file, self._file = self._file, None
        if file is not None:
            os.fsync(file.fileno())
            file.close()
            seal(self._folder / (self._file_name + OPEN))

    def sync(self) -> dict[Path, int]:
        """Make durable what was written; return the length of each file that grew since."""
        if self._grown and self._file is not None:
            os.fsync(self._file.fileno())
        grown, self._grown = self._grown, {}
        return grown

    @property
    def _file_name(self) -> str:
        return f"{self._name}-{self._files - 1:05}.warc.gz"

    def _capture(
        self, kept: Exchange | Conversion, record_id: str, member: bytes, digest: str
    ) -> FirstCapture:
        """Return where a record comes to lie that is appended next."""
        position = ArchivePosition(
            file=self._file_name, offset=self._size, length=len(member), record_id=record_id
        )
        return FirstCapture(kept.url, _date(kept.fetched_at), self._folder, position, digest)

    def _begin(self) -> None:
        """Begin a file, where none is open or it is full."""
        if self._file is None or self._size >= self._max_size:
            self._roll()

    def _roll(self) -> None:
        """Begin the next file with its ``warcinfo``."""
        self.close()
        self._files += 1
        self._folder.mkdir(parents=True, exist_ok=True)
        self._file = _open_locked(self._folder / (self._file_name + OPEN))
        self._size = 0
        record = self._warcio.create_warcinfo_record(self._file_name, self._info)
        self._warcinfo_id = record.rec_headers.get_header("WARC-Record-ID")
        self._append(self._member(record))

    def _append(self, members: bytes) -> None:
        assert self._file  # noqa: S101  (rolled)
        rest = memoryview(members)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError:
            with suppress(OSError):
                self._file.truncate(self._size)
                self._file.seek(self._size)
            raise
        self._size += len(members)
        self.written += len(members)
        self._grown[self._folder / self._file_name] = self._size

    def _member(self, record: Any) -> bytes:
        """Return ``record`` as a gzip member."""
        self._warcio.write_record(record)
        plain = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return isal_zlib.compress(plain, _LEVEL, _GZIP)

    def _response(self, exchange: Exchange, digest: str, first: FirstCapture | None) -> Any:
        status = f"{exchange.status} {_reason(exchange.status)}"
        held = first.digest if first else digest
        headers = {**self._headers(exchange), "WARC-Payload-Digest": held}
        if first:
            same = self._warcio.REVISIT_PROFILE_1_1
            headers["WARC-Profile"] = _NOT_MODIFIED if exchange.unmodified else same
            headers["WARC-Refers-To"] = first.position.record_id
            headers["WARC-Refers-To-Target-URI"] = first.url
            headers["WARC-Refers-To-Date"] = first.date
            headers[REFERS_TO_FILE] = first.position.file
            headers[REFERS_TO_OFFSET] = str(first.position.offset)
        return self._warcio.create_warc_record(
            exchange.url,
            "revisit" if first else "response",
            payload=BytesIO(b"" if first else exchange.body),
            length=0 if first else len(exchange.body),
            warc_headers_dict=headers,
            http_headers=WireHeaders(status, exchange.headers, exchange.protocol),
        )

    def _request(self, exchange: Exchange, response_id: str) -> Any:
        line = f"{exchange.method} {exchange.target} {exchange.protocol}"
        return self._warcio.create_warc_record(
            exchange.url,
            "request",
            payload=BytesIO(exchange.request_body),
            length=len(exchange.request_body),
            warc_headers_dict={**self._headers(exchange), "WARC-Concurrent-To": response_id},
            http_headers=WireHeaders(line, exchange.request_headers, is_http_request=True),
        )

    def _headers(self, exchange: Exchange | Conversion) -> dict[str, str]:
        headers = {
            "WARC-Date": _date(exchange.fetched_at),
            "WARC-Warcinfo-ID": self._warcinfo_id,
        }
        if exchange.ip_address:
            headers["WARC-IP-Address"] = exchange.ip_address
        if exchange.resource:
            headers["WARC-Resource-Type"] = exchange.resource  # an extension, Browsertrix's
        if exchange.fetched_url != exchange.url:
            headers["WARC-Source-URI"] = exchange.fetched_url  # an extension, pywb's
        return headers


def _open_locked(path: Path) -> FileIO:
    """Open a new file; it has its name only once it is locked, or another run might seal it."""
    unnamed = path.with_name(path.name + ".new")
    file = FileIO(unnamed, "x")
    fcntl.flock(file, fcntl.LOCK_EX)
    unnamed.rename(path)
    return file


def seal(path: Path) -> Path:
    """Take the ``.open`` off the name of a file that is whole; return its path."""
    return path.rename(path.with_name(path.name.removesuffix(OPEN)))


def _digest(body: bytes) -> str:
    return f"sha1:{b32encode(sha1(body, usedforsecurity=False).digest()).decode()}"


def _date(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _reason(status: int) -> str:
    """Return the reason phrase; Scrapy does not keep the one that was sent."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def seal_left_open(folder: Path) -> Iterator[tuple[Path, int]]:
    """Seal what lies open below ``folder`` and no process writes to any more.

    Yield each file's new path and how many bytes of a record cut off at its end were
    dropped. A file without a whole record is removed. Raises ``OSError``.
    """
    for path in sorted(folder.glob(f"*/archive/*.warc.gz{OPEN}")):
        with path.open("r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            whole, size = last_whole_record(path), path.stat().st_size
            file.truncate(whole)
            if whole:
                yield seal(path), size - whole
            else:
                path.unlink()
