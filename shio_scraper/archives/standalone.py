"""An archive that refers to archives of other runs → one that needs no other archive."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace
from io import FileIO
from pathlib import Path
from typing import Final

from shio_scraper.archives.holdings import Holdings, Names, Original
from shio_scraper.archives.messages import holds
from shio_scraper.archives.reading import ArchiveError
from shio_scraper.archives.records import Damage, Record, pass_all, records
from shio_scraper.archives.sources import (
    REFERS_TO_FILE,
    REFERS_TO_OFFSET,
    Source,
    beside,
    lacking,
    place,
)
from shio_scraper.archives.writer import END, packed
from shio_scraper.items import ArchivePosition

_OTHERS: Final = "others"
"""Part of the name of the file for records of other runs.

It holds those that no revisit here refers to, but a record of this run names.
"""
_REFERS: Final = {
    "WARC-Refers-To": "WARC-Record-ID",
    "WARC-Refers-To-Target-URI": "WARC-Target-URI",
    "WARC-Refers-To-Date": "WARC-Date",
}
"""Field of a revisit → the field of the record that it refers to, which has the same value."""
_OF_REVISITS: Final = (*_REFERS, REFERS_TO_FILE, REFERS_TO_OFFSET, "WARC-Profile")
_NOT_MODIFIED: Final = "server-not-modified"


class Standalone:
    """Copies the WARC files of a run's archive from folder ``source`` to folder ``target``.

    Records are copied as they are, except for revisits whose payload lies in another run. The
    first revisit of such a payload becomes the response that it stands for, with its own time and
    headers. The following revisits refer to that response. A "not modified" revisit stays a
    revisit. The record that it refers to is copied before it, as it was captured.
    """

    def __init__(self, source: Path, target: Path) -> None:
        self._source = source
        self._target = target
        self._holdings = Holdings()

    def copy(self) -> None:
        """Copy all files. Raises ``ArchiveError`` if a payload is missing, and ``OSError``."""
        for path in sorted(self._source.glob("*.warc.gz")):
            with path.open("rb") as stream, FileIO(self._target / path.name, "x") as out:
                for record in records(stream, path.name, pass_all, 0):
                    if isinstance(record, Damage):
                        raise ArchiveError(f"{path}: byte {record.offset}: {record.why}")
                    self._copy(path, record, out)

    def place_of(self, position: ArchivePosition) -> ArchivePosition:
        """Return where a record lies in the copy. A record of another run is copied now.

        Raises ``ArchiveError`` if the record lies in no file of a run, and ``OSError``.
        """
        if not self._where(position.record_id):
            name = f"{self._source.parent.name}-{_OTHERS}.warc.gz"
            with FileIO(self._target / name, "a") as out:
                self._put(out, self._other(position))
        copied = self._where(position.record_id)
        assert copied  # noqa: S101  (it was put)
        fields, _ = _parsed(_member(self._target / copied.file, copied))
        return replace(copied, record_id=fields["WARC-Record-ID"])

    def close(self) -> None:
        """Delete the stored places of records."""
        self._holdings.close()

    def _copy(self, path: Path, record: Record, out: FileIO) -> None:
        """Copy a record, or write the record that it becomes."""
        member = _member(path, place(path, record.offset, record.length, record.record_id))
        file, refers_to = (
            record.fields.get(name.lower(), "") for name in (REFERS_TO_FILE, "WARC-Refers-To")
        )
        if record.fields["warc-type"] != "revisit":
            self._put(out, member)
            return
        if not self._where(refers_to):
            if not file:  # a revisit that an older version wrote
                why = f"{record.record_id} does not say where its payload lies"
                raise ArchiveError(f"{path}: {why}")
            offset = int(record.fields.get(REFERS_TO_OFFSET.lower(), ""))
            original = self._other(
                ArchivePosition(file=file, offset=offset, length=0, record_id=refers_to)
            )
            if not record.fields.get("warc-profile", "").endswith(_NOT_MODIFIED):
                self._put(out, _resolved(member, original), refers_to)
                return
            self._put(out, original)
        copied = self._where(refers_to)
        assert copied  # noqa: S101  (it was put)
        self._put(out, _referring(member, _member(self._target / copied.file, copied), copied))

    def _put(self, out: FileIO, member: bytes, known_as: str | None = None) -> None:
        """Write a record and store its place, also under the record id ``known_as``."""
        path, offset = Path(str(out.name)), out.tell()
        out.write(member)
        fields, _ = _parsed(member)
        if fields["WARC-Type"] in {"response", "conversion"}:
            for record_id in filter(None, (fields["WARC-Record-ID"], known_as)):
                at = place(path, offset, len(member), record_id)
                self._holdings.add(Original(Source(path), at), Names(record_id=record_id))

    def _where(self, record_id: str) -> ArchivePosition | None:
        """Return the place in the copy that holds the payload of a record."""
        original = self._holdings.find(Names(record_id=record_id))
        return original.position if original else None

    def _other(self, position: ArchivePosition) -> bytes:
        """Return a record of another run. Raises ``ArchiveError``."""
        for source in beside(position.file, self._source):
            if source.path.is_file():
                member = _member(source.path, position)
                fields, _ = _parsed(member)
                if fields.get("WARC-Record-ID") == position.record_id:
                    return member
        raise ArchiveError(lacking(position.file, self._source))


def _member(path: Path, position: ArchivePosition) -> bytes:
    """Return the gzip member at a position. Raises ``ArchiveError``, ``OSError``."""
    with path.open("rb") as stream:
        length = position.length
        if not length:
            found = next(records(stream, path.name, pass_all, 0, position.offset))
            if isinstance(found, Damage):
                raise ArchiveError(f"{path}: byte {position.offset}: {found.why}")
            length = found.length
        stream.seek(position.offset)
        return stream.read(length)


def _parsed(member: bytes) -> tuple[dict[str, str], bytes]:
    """Return the fields of a record and its block. Raises ``ArchiveError``."""
    try:
        head, _, rest = gzip.decompress(member).partition(END)
    except (OSError, EOFError, zlib.error) as error:
        raise ArchiveError(f"a record that is damaged: {error}") from error
    pairs = (line.partition(": ") for line in head.decode().split("\r\n")[1:])
    return {name: value for name, _, value in pairs}, rest.removesuffix(END)


def _resolved(revisit: bytes, original: bytes) -> bytes:
    """Return the response that a revisit stands for. Raises ``ArchiveError``."""
    fields, block = _parsed(revisit)
    _, holder = _parsed(original)
    payload = holder.partition(END)[2]
    if not holds(fields.get("WARC-Payload-Digest"), [payload]):
        raise ArchiveError(f"{fields['WARC-Record-ID']}: what it refers to has another payload")
    response = {name: value for name, value in fields.items() if name not in _OF_REVISITS}
    return packed(response | {"WARC-Type": "response"}, block.partition(END)[0] + END + payload)


def _referring(revisit: bytes, holder: bytes, at: ArchivePosition) -> bytes:
    """Return ``revisit``, changed to refer to ``holder``, which lies at the position ``at``."""
    fields, block = _parsed(revisit)
    target, _ = _parsed(holder)
    fields |= {name: target[named] for name, named in _REFERS.items()}
    fields |= {REFERS_TO_FILE: at.file, REFERS_TO_OFFSET: str(at.offset)}
    return packed(fields, block)
