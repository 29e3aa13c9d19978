"""Records of a WARC file → captures, rejects, or what is passed over."""

from __future__ import annotations

import re
from dataclasses import replace
from hashlib import sha1
from pathlib import Path
from typing import Final

from shio_scraper.addresses import names_document
from shio_scraper.archives.holdings import Names, Original, Revisit
from shio_scraper.archives.messages import (
    OK,
    Fields,
    Message,
    address,
    is_rendered,
    message,
    normal,
    passed,
)
from shio_scraper.archives.reading import ArchiveError, Found, Options, Skipped, moment
from shio_scraper.archives.records import Damage, Record, hold_all, records
from shio_scraper.archives.sources import (
    REFERS_TO_FILE,
    REFERS_TO_OFFSET,
    Source,
    beside,
    lacking,
    shown,
)
from shio_scraper.content_coding import PayloadError
from shio_scraper.items import ArchivePosition, Reject, Stage
from shio_scraper.pages import Capture, body_sha256
from shio_scraper.pages.rejects import reject

_HEADERS: Final = 1 << 16
_OFFSET: Final = re.compile(r"[0-9]{1,18}")


def longest_block(options: Options) -> int:
    """Return the bytes that are held of a record: a page's, its headers, its chunks' lines."""
    return options.max_page + options.max_page // 8 + _HEADERS


class WarcPages:
    """Reads one archive's records; ``file`` is its name where it lies in no file here."""

    def __init__(self, source: Source, options: Options, file: str | None = None) -> None:
        self._source = source
        self._options = options
        self._file = file or source.file
        self._shown = file or source.shown

    def judge(self, record: Fields) -> Skipped | None:
        """Tell whether a record is passed over unread."""
        return passed(record, self._options)

    def found(self, record: Record | Damage) -> Found | None:
        """Return what a record is; ``None`` for a revisit that waits for its original."""
        where = f"{self._shown} at {record.offset}"
        if isinstance(record, Damage):
            return reject("read", "broken_record", f"{where}: {record.why}")
        if record.passed:
            return record.passed
        url = address(record.fields.get("warc-target-uri"))
        if url is None:
            return reject("read", "broken_record", f"{where}: no WARC-Target-URI")
        capture = Capture(
            body=b"",
            url=self._options.original(url),
            # pywb's extension: where a copy was really fetched from.
            fetched_url=address(record.fields.get("warc-source-uri")) or url,
            fetched_at=moment(record.fields.get("warc-date")),
            rendered=is_rendered(record.fields),
            archive=ArchivePosition(
                file=self._file,
                offset=record.offset,
                length=record.length,
                record_id=record.record_id,
            ),
        )
        return self._answer(record, capture, where)

    def _answer(self, record: Record, capture: Capture, where: str) -> Found | None:
        answer = message(record.fields, record.block)
        if answer is not None and (
            self._is_document(record, answer, capture, where)
            or not (answer.is_page or self._options.any_type)
        ):
            return Skipped.NOT_A_PAGE
        if record.size > longest_block(self._options):
            detail = f"{where}: {record.size} bytes, more than {self._options.max_page}"
            return reject("read", "too_large", detail, capture)
        broken = _what_is_broken(record, answer, self._options.max_page)
        if broken or answer is None:
            return reject("read", "broken_record", f"{where}: {broken}", capture)
        if record.fields["warc-type"].lower() == "revisit":
            return self._revisit(record, capture, answer, where)
        # Of a revisit it is only said that its block has no payload (WARC 1.1, section 6.7).
        if "warc-truncated" in record.fields and answer.status == OK:
            detail = f"{where}: {record.fields['warc-truncated'] or 'unspecified'}"
            return reject("fetch", "truncated", detail, capture)
        # Not every writer gives a digest, and revisits may name one all the same.
        self._note(capture, record, _digest(record.fields) or _sha1(answer.payload))
        return _page(capture, answer, where, self._options)

    def _note(self, capture: Capture, record: Record, digest: str | None) -> None:
        """Note where a payload lies, for its revisits."""
        if self._options.holdings is not None and capture.archive:
            names = Names(
                record_id=record.record_id,
                digest=digest,
                url=capture.url,
                date=capture.fetched_at.isoformat() if capture.fetched_at else None,
            )
            self._options.holdings.add(Original(self._source, capture.archive), names)

    def _is_document(self, record: Record, answer: Message, capture: Capture, where: str) -> bool:
        """Tell a document by its address, as a crawl does, and note where it lies."""
        options, url = self._options, capture.url
        if options.holdings is None or not (options.documents and url and names_document(url)):
            return False
        if answer.status not in {OK, None}:
            return False
        address = options.portals.locate(url)
        if address is None or address.family or capture.archive is None:
            return False
        if record.fields["warc-type"].lower() == "revisit":
            revisit = self._revisit_of(record, capture, answer, where)
            options.holdings.add_document(address.url, revisit)
        else:
            original = Original(self._source, capture.archive)
            options.holdings.add_document(address.url, original)
            self._note(capture, record, _digest(record.fields))
        return True

    def _revisit(
        self, record: Record, capture: Capture, answer: Message, where: str
    ) -> Found | None:
        revisit = self._revisit_of(record, capture, answer, where)
        if self._options.holdings is None:
            return unresolved(revisit, "not at hand")
        original = self._options.holdings.find(revisit.refers_to)
        if original is None:
            self._options.holdings.wait(revisit)
            return None
        return resolved(revisit, original, self._options)

    def _revisit_of(self, record: Record, capture: Capture, answer: Message, where: str) -> Revisit:
        at = moment(record.fields.get("warc-refers-to-date"))
        of = address(record.fields.get("warc-refers-to-target-uri"))
        offset = record.fields.get(REFERS_TO_OFFSET.lower(), "")
        return Revisit(
            where=where,
            path=shown(self._source.path.absolute()),
            url=capture.url or "",
            fetched_url=capture.fetched_url or "",
            fetched_at=capture.fetched_at,
            status=answer.status,
            refers_to=Names(
                record_id=record.fields.get("warc-refers-to"),
                digest=_digest(record.fields),
                url=of and self._options.original(of),
                date=at.isoformat() if at else None,
            ),
            file=record.fields.get(REFERS_TO_FILE.lower()),
            offset=int(offset) if _OFFSET.fullmatch(offset) else 0,
        )


def _page(capture: Capture, answer: Message, where: str, options: Options) -> Capture | Reject:
    """Return the capture with its body and type, or the reject that a crawl would have written."""
    status = answer.status if answer.status is not None else OK
    try:
        body = answer.body(options.max_page)
    except PayloadError as error:
        if status == OK:
            stage: Stage = "fetch" if error.reason == "truncated" else "read"
            return reject(stage, error.reason, f"{where}: {error}", capture)
        body = b""
    if status != OK:
        missing = reject("fetch", "http_status", str(status), capture)
        return replace(missing, body_sha256=body_sha256(body) if body else None)
    return replace(capture, body=body, content_type=answer.content_type)


def resolved(revisit: Revisit, original: Original, options: Options) -> Found:
    """Return a revisit as the capture that it is: its own time, the original's payload."""
    try:
        record = record_at(original.source, original.position, options)
    except ArchiveError as error:
        return unresolved(revisit, str(error))
    answer = message(record.fields, record.block)
    broken = _what_is_broken(record, answer, options.max_page)
    if broken or answer is None:
        return unresolved(revisit, f"{original.source.shown}: {broken}")
    if revisit.status is not None:
        answer = replace(answer, status=revisit.status)
    capture = Capture(
        body=b"",
        url=revisit.url,
        fetched_url=revisit.fetched_url,
        fetched_at=revisit.fetched_at,
        archive=replace(original.position, length=record.length),
    )
    return _page(capture, answer, revisit.where, options)


def elsewhere(revisit: Revisit, options: Options) -> Found:
    """Return a revisit whose payload is not in what was read: in the file that it names, perhaps.

    That lies beside its own, or in the run that it is named after.
    """
    why = "not in what was read"
    if revisit.file and revisit.refers_to.record_id:
        position = ArchivePosition(
            file=revisit.file, offset=revisit.offset, length=0,
            record_id=revisit.refers_to.record_id,
        )  # fmt: skip
        folder = Path(revisit.path).parent
        for source in beside(revisit.file, folder):
            if source.path.is_file():
                return resolved(revisit, Original(source, position), options)
        why = lacking(revisit.file, folder)
    return unresolved(revisit, why)


def unresolved(revisit: Revisit, why: str) -> Reject:
    """Return the reject of a revisit without its original."""
    capture = Capture(body=b"", url=revisit.url, fetched_at=revisit.fetched_at)
    detail = f"{revisit.where}: refers to {revisit.refers_to}: {why}"
    return reject("read", "revisit_unresolved", detail, capture)


def record_at(source: Source, position: ArchivePosition, options: Options) -> Record:
    """Return the one record at a place. Raises ``ArchiveError``."""
    where = f"{source.shown} at {position.offset}"
    why = wanted = f"no record {position.record_id}"
    try:
        with source.open() as stream:
            for found in records(
                stream, source.file, hold_all, longest_block(options), position.offset
            ):
                if isinstance(found, Damage):
                    why = found.why
                if isinstance(found, Damage) or found.offset != position.offset:
                    break
                if found.record_id == position.record_id:
                    return found
                why = f"{wanted}, but {found.record_id}"
    except OSError as error:
        raise ArchiveError(f"{where}: {error.strerror}") from error
    raise ArchiveError(f"{where}: {why}")


def _digest(record: Fields) -> str | None:
    digest = record.get("warc-payload-digest")
    return normal(digest) if digest else None


def _sha1(payload: bytes) -> str:
    return f"sha1:{sha1(payload, usedforsecurity=False).hexdigest()}"


def _what_is_broken(record: Record, answer: Message | None, limit: int) -> str | None:
    if not record.sound:
        return "its block digest does not hold"
    if "warc-segment-number" in record.fields:
        return "a segment of a record; segments are not put together"
    if answer is None:
        return "no HTTP response"
    is_whole = record.fields["warc-type"].lower() != "revisit"
    if is_whole and not answer.holds(record.fields.get("warc-payload-digest"), limit):
        return "its payload digest does not hold"
    return None
