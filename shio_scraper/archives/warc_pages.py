"""Records of a WARC file → captures, rejects, or what is passed over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha1
from typing import Final

from shio_scraper.archives.digests import holds, normal
from shio_scraper.archives.framing import Damage, Fields, Record
from shio_scraper.archives.members import records
from shio_scraper.archives.messages import (
    OK,
    Message,
    dechunked,
    fetched_from,
    message,
    passed,
    target,
)
from shio_scraper.archives.moments import moment
from shio_scraper.archives.originals import Names, Original, Revisit
from shio_scraper.archives.reading import ArchiveError, Found, Options, Skipped, reject
from shio_scraper.archives.sources import Source
from shio_scraper.content_coding import PayloadError
from shio_scraper.items import ArchivePosition, Reject, Stage
from shio_scraper.pages import Capture, body_sha256

_HEADERS: Final = 1 << 16


def longest_block(options: Options) -> int:
    """Return the bytes that are held of a record: a page's, its headers, its chunks' lines."""
    return options.max_page + options.max_page // 8 + _HEADERS


class WarcPages:
    """Reads one archive's records. ``source`` is where, ``None`` for one record fetched alone."""

    def __init__(self, file: str, shown: str, options: Options, source: Source | None) -> None:
        self._file = file
        self._shown = shown
        self._options = options
        self._source = source

    def judge(self, record: Fields) -> Skipped | None:
        """Tell whether a record is passed over unread."""
        return passed(record, self._options.portals)

    def found(self, record: Record | Damage) -> Found | None:
        """Return what a record is; ``None`` for a revisit that waits for its original."""
        if isinstance(record, Damage):
            return reject("read", "broken_record", f"{self.where(record.offset)}: {record.why}")
        if record.passed:
            return record.passed
        url = target(record.fields)
        if url is None:
            detail = f"{self.where(record.offset)}: no WARC-Target-URI"
            return reject("read", "broken_record", detail)
        return self._answer(record, self._capture(record, url))

    def where(self, offset: int) -> str:
        """Return a place for the user."""
        return f"{self._shown} at {offset}"

    def position(self, record: Record) -> ArchivePosition:
        """Return a record's place."""
        return ArchivePosition(
            file=self._file,
            offset=record.offset,
            length=record.length,
            record_id=record.record_id,
        )

    def _answer(self, record: Record, capture: Capture) -> Found | None:
        where = self.where(record.offset)
        answer = message(record.fields, record.block)
        if answer is not None and not answer.is_page:
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
        self._remember(record, capture, answer)
        return page(capture, answer, where, self._options)

    def _capture(self, record: Record, url: str) -> Capture:
        return Capture(
            body=b"",
            url=url,
            fetched_url=fetched_from(record.fields) or url,
            fetched_at=moment(record.fields.get("warc-date")),
            archive=self.position(record),
        )

    def _remember(self, record: Record, capture: Capture, answer: Message) -> None:
        if self._options.originals is not None and self._source and capture.archive:
            names = Names(
                record_id=record.record_id,
                # Not every writer gives a digest, and revisits may name one all the same.
                digest=_digest(record.fields) or _sha1(answer.payload),
                url=_url(record.fields.get("warc-target-uri")),
                date=capture.fetched_at.isoformat() if capture.fetched_at else None,
            )
            self._options.originals.add(Original(self._source, capture.archive), names)

    def _revisit(
        self, record: Record, capture: Capture, answer: Message, where: str
    ) -> Found | None:
        at = moment(record.fields.get("warc-refers-to-date"))
        revisit = Revisit(
            where=where,
            url=capture.url or "",
            fetched_url=capture.fetched_url or "",
            fetched_at=capture.fetched_at,
            status=answer.status,
            refers_to=Names(
                record_id=record.fields.get("warc-refers-to"),
                digest=_digest(record.fields),
                url=_url(record.fields.get("warc-refers-to-target-uri")),
                date=at.isoformat() if at else None,
            ),
        )
        if self._options.originals is None:
            return unresolved(revisit, "not at hand")
        original = self._options.originals.find(revisit.refers_to)
        if original is None:
            self._options.originals.wait(revisit)
            return None
        return resolved(revisit, original, self._options)


def page(capture: Capture, answer: Message, where: str, options: Options) -> Capture | Reject:
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
        archive=original.position,
    )
    return page(capture, answer, revisit.where, options)


def unresolved(revisit: Revisit, why: str) -> Reject:
    """Return the reject of a revisit without its original."""
    capture = Capture(body=b"", url=revisit.url, fetched_at=revisit.fetched_at)
    detail = f"{revisit.where}: refers to {revisit.refers_to}: {why}"
    return reject("read", "revisit_unresolved", detail, capture)


def record_at(source: Source, position: ArchivePosition, options: Options) -> Record:
    """Return the one record at a place. Raises ``ArchiveError``."""
    where = f"{source.shown} at {position.offset}"
    there: Record | Damage | None = None
    try:
        with source.open() as stream:
            for found in records(
                stream, source.file, _hold_all, longest_block(options), position.offset
            ):
                if isinstance(found, Record) and found.offset != position.offset:
                    break
                there = found
                if isinstance(found, Damage):
                    break
                if found.record_id == position.record_id:
                    return found
    except OSError as error:
        raise ArchiveError(f"{where}: {error.strerror}") from error
    raise ArchiveError(f"{where}: {_other(there, position)}")


def _other(found: Record | Damage | None, position: ArchivePosition) -> str:
    if isinstance(found, Damage):
        return found.why
    there = f", but {found.record_id}" if found else ""
    return f"no record {position.record_id}{there}"


def _hold_all(record: Fields) -> None:  # noqa: ARG001
    return None


def _url(field: str | None) -> str | None:
    return (field or "").strip("<> ") or None


def _digest(record: Fields) -> str | None:
    digest = record.get("warc-payload-digest")
    return normal(digest) if digest else None


def _sha1(payload: bytes) -> str:
    return f"sha1:{sha1(payload, usedforsecurity=False).hexdigest()}"


def payload_holds(record: Fields, answer: Message, limit: int) -> bool:
    """Tell whether the payload digest is one of what writers take it of."""
    digest = record.get("warc-payload-digest")
    return any(holds(digest, [form]) for form in _forms(answer, limit))


def _forms(answer: Message, limit: int) -> Iterator[bytes]:
    """Yield a payload as it was sent, without its chunks, and without its content coding."""
    yield answer.payload
    try:
        yield dechunked(answer.payload)
        yield answer.body(limit)
    except PayloadError:
        return


def _what_is_broken(record: Record, answer: Message | None, limit: int) -> str | None:
    if not record.sound:
        return "its block digest does not hold"
    if "warc-segment-number" in record.fields:
        return "a segment of a record; segments are not put together"
    if answer is None:
        return "no HTTP response"
    is_whole = record.fields["warc-type"].lower() != "revisit"
    if is_whole and not payload_holds(record.fields, answer, limit):
        return "its payload digest does not hold"
    return None
