"""Captures → WARC 1.1 (ISO 28500:2017), one gzip member a record, written by FastWARC.

A file carries ``.open`` until it is closed. Each exchange is written to disk in one unbuffered
write. So a killed process leaves whole records and at most one that is cut off.
"""

from __future__ import annotations

import fcntl
import math
import os
from base64 import b32encode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha1
from http import HTTPStatus
from io import BytesIO, FileIO
from pathlib import Path
from typing import Final, TypeAlias
from uuid import uuid4

from fastwarc.warc import WarcRecord
from isal import isal_zlib

from shio_scraper.archives.payload_index import FirstCapture, PayloadIndex, refill
from shio_scraper.archives.sources import OPEN, REFERS_TO_FILE, REFERS_TO_OFFSET
from shio_scraper.archives.warc import last_whole_record
from shio_scraper.items import ArchivePosition

_LEVEL: Final = 3
"""Compression level of igzip. As small as zlib's level 4, in a fifth of its time."""
GZIP: Final = 31
"""zlib's ``wbits`` for gzip."""
END: Final = b"\r\n\r\n"
"""The end of a header, and the end of a record."""
_HTTP: Final = "application/http; msgtype="
_PROFILES: Final = "http://netpreserve.org/warc/1.1/revisit/"
_SAME: Final = "identical-payload-digest"

Headers: TypeAlias = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its response.

    ``url`` is the address of the page, ``fetched_url`` the address that was requested (of a copy, a
    replay). ``fetched_at`` is UTC. Headers are text in Latin-1, as sent.
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
    """The earlier capture that the server called unmodified (304)."""
    resource: str | None = None
    """The resource type for which a page in a browser requested it: ``script``, ``fetch`` …."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """A page as a browser rendered it: HTML in UTF-8.

    ``of`` is the record id of the fetched page.
    """

    url: str
    fetched_url: str
    fetched_at: datetime
    body: bytes
    of: str | None
    ip_address: None = None
    resource: None = None


class NoRoomError(Exception):
    """Raised if an archive has no room for the records."""


def packed(fields: Mapping[str, str], block: bytes) -> bytes:
    """Return a record as a gzip member. Length and digest are those of ``block``."""
    record, plain = WarcRecord(), BytesIO()
    record.init_headers()
    for name, value in fields.items():
        record.headers[name] = value
    record.set_bytes_content(block)
    record.write(plain, checksum_data=True)
    return isal_zlib.compress(plain.getvalue(), _LEVEL, GZIP)


def digest_of(data: bytes) -> str:
    """Return the SHA-1 digest in the form that WARC uses."""
    return f"sha1:{b32encode(sha1(data, usedforsecurity=False).digest()).decode()}"


class ArchiveWriter:
    """Writes one run's captures into files in ``folder``. A file is full at ``max_size`` bytes.

    The numbers of new files follow those of the files that exist already. ``refers_to`` are the
    files that the archive's revisits refer to, ``written`` the bytes that this writer wrote.
    ``info`` are the fields of each file's ``warcinfo``. ``write`` and ``close`` may raise
    ``OSError``; all that was written before stays whole.
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
        self.record_id = ""
        """The id of the record written last, not counting ``request`` records."""

    def write(self, exchange: Exchange, room: float = math.inf) -> tuple[FirstCapture, bool]:
        """Write ``exchange`` as a response or ``revisit`` record and a request record.

        Return the capture that holds the payload, and whether that capture is an earlier one.
        Raises ``NoRoomError`` if the records take more than ``room`` bytes; then nothing is
        written.
        """
        self._begin()
        digest, first, body = digest_of(exchange.body), exchange.unmodified, exchange.body
        if body and first is None:
            first = self._payloads.find(digest)
        fields = self._fields("revisit" if first else "response", exchange, digest)
        if first:
            fields |= _referring(first, is_unmodified=exchange.unmodified is not None)
        status = f"{exchange.protocol} {exchange.status} {_reason(exchange.status)}"
        block = _http(status, exchange.headers, b"" if first else body)
        member = packed(fields | {"Content-Type": f"{_HTTP}response"}, block)
        capture = self._capture(exchange, fields, member)
        members = member + self._request(exchange, self.record_id)
        self._append(members, room)
        if first:
            self.refers_to.add(first.position.file)
            return first, True
        self._payloads.add(capture)
        return capture, False

    def convert(self, conversion: Conversion, room: float = math.inf) -> FirstCapture:
        """Write a rendered page as a ``conversion`` record (WARC 1.1, section 6.8).

        Raises ``NoRoomError``, as ``write``.
        """
        self._begin()
        fields = self._fields("conversion", conversion, digest_of(conversion.body))
        if conversion.of:
            fields["WARC-Refers-To"] = conversion.of
        member = packed(fields | {"Content-Type": "text/html; charset=utf-8"}, conversion.body)
        capture = self._capture(conversion, fields, member)
        self._append(member, room)
        return capture

    def close(self) -> None:
        """Close the current file and remove ``.open`` from its name."""
        file, self._file = self._file, None
        if file is not None:
            os.fsync(file.fileno())
            file.close()
            seal(self._folder / (self._file_name + OPEN))

    def sync(self) -> dict[Path, int]:
        """Sync what was written to disk.

        Return the length of each file that grew since the last call.
        """
        if self._grown and self._file is not None:
            os.fsync(self._file.fileno())
        grown, self._grown = self._grown, {}
        return grown

    @property
    def _file_name(self) -> str:
        return f"{self._name}-{self._files - 1:05}.warc.gz"

    def _capture(
        self, content: Exchange | Conversion, fields: Mapping[str, str], member: bytes
    ) -> FirstCapture:
        """Return the capture of a record that is appended next, with its place."""
        self.record_id = record_id = fields["WARC-Record-ID"]
        position = ArchivePosition(
            file=self._file_name, offset=self._size, length=len(member), record_id=record_id
        )
        digest = fields["WARC-Payload-Digest"]
        return FirstCapture(content.url, fields["WARC-Date"], self._folder, position, digest)

    def _begin(self) -> None:
        """Begin a new file with its ``warcinfo`` if no file is open or the open one is full."""
        if self._file is not None and self._size < self._max_size:
            return
        self.close()
        self._files += 1
        self._folder.mkdir(parents=True, exist_ok=True)
        self._file = _open_locked(self._folder / (self._file_name + OPEN))
        self._size = 0
        self._warcinfo_id = _new_id()
        fields = {
            "WARC-Type": "warcinfo",
            "WARC-Record-ID": self._warcinfo_id,
            "WARC-Filename": self._file_name,
            "WARC-Date": _date(datetime.now(UTC)),
            "Content-Type": "application/warc-fields",
        }
        info = "".join(f"{name}: {value}\r\n" for name, value in self._info.items() if value)
        self._append(packed(fields, info.encode()))

    def _append(self, members: bytes, room: float = math.inf) -> None:
        if len(members) > room:
            raise NoRoomError
        assert self._file  # noqa: S101  (_begin opened it)
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

    def _request(self, exchange: Exchange, response_id: str) -> bytes:
        fields = self._fields("request", exchange, digest_of(exchange.request_body))
        fields |= {"WARC-Concurrent-To": response_id, "Content-Type": f"{_HTTP}request"}
        line = f"{exchange.method} {exchange.target} {exchange.protocol}"
        return packed(fields, _http(line, exchange.request_headers, exchange.request_body))

    def _fields(self, kind: str, content: Exchange | Conversion, digest: str) -> dict[str, str]:
        """Return the fields that records of all types have."""
        fields = {
            "WARC-Type": kind,
            "WARC-Record-ID": _new_id(),
            "WARC-Target-URI": content.url,
            "WARC-Date": _date(content.fetched_at),
            "WARC-Warcinfo-ID": self._warcinfo_id,
            "WARC-Payload-Digest": digest,
        }
        if content.ip_address:
            fields["WARC-IP-Address"] = content.ip_address
        if content.resource:
            fields["WARC-Resource-Type"] = content.resource  # an extension, Browsertrix's
        if content.fetched_url != content.url:
            fields["WARC-Source-URI"] = content.fetched_url  # an extension, pywb's
        return fields


def _referring(first: FirstCapture, *, is_unmodified: bool) -> dict[str, str]:
    """Return the fields of a revisit that refers to ``first`` (WARC 1.1, section 6.7)."""
    return {
        "WARC-Payload-Digest": first.digest,
        "WARC-Profile": f"{_PROFILES}{'server-not-modified' if is_unmodified else _SAME}",
        "WARC-Refers-To": first.position.record_id,
        "WARC-Refers-To-Target-URI": first.url,
        "WARC-Refers-To-Date": first.date,
        REFERS_TO_FILE: first.position.file,
        REFERS_TO_OFFSET: str(first.position.offset),
    }


def _http(line: str, headers: Headers, body: bytes) -> bytes:
    """Return an HTTP message with its headers as received, which need not be ASCII."""
    lines = [line, *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join(lines).encode("latin-1") + END + body


def _new_id() -> str:
    return f"<urn:uuid:{uuid4()}>"


def _open_locked(path: Path) -> FileIO:
    """Open and lock a new file. It gets its name only when locked, or another run might seal it."""
    unnamed = path.with_name(path.name + ".new")
    file = FileIO(unnamed, "x")
    fcntl.flock(file, fcntl.LOCK_EX)
    unnamed.rename(path)
    return file


def seal(path: Path) -> Path:
    """Remove ``.open`` from the name of a file that is whole. Return the new path."""
    return path.rename(path.with_name(path.name.removesuffix(OPEN)))


def _date(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _reason(status: int) -> str:
    """Return the standard reason phrase. Scrapy does not keep the one that was sent."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def seal_left_open(folder: Path) -> Iterator[tuple[Path, int]]:
    """Seal the archive files below ``folder`` that are open although no process writes to them.

    Yield each file's new path, and how many bytes of a cut-off record were dropped at its end. A
    file without a whole record is removed. Raises ``OSError``.
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
