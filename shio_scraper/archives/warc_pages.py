"""Records of a WARC file → captures, rejects, or reasons to pass them over."""

from __future__ import annotations

import re
from dataclasses import replace
from hashlib import sha1
from typing import Final

from shio_scraper.addresses import names_document
from shio_scraper.archives.holdings import Names, Original
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
)
from shio_scraper.content_coding import PayloadError
from shio_scraper.items import ArchivePosition, Reject, Stage
from shio_scraper.pages import Capture, body_sha256, reject

_HEADERS: Final = 1 << 16
_OFFSET: Final = re.compile(r"[0-9]{1,18}")


def longest_block(options: Options) -> int:
    """Return the maximum bytes of a block that are kept: a page, its headers, its chunk lines."""
    return options.max_page + options.max_page // 8 + _HEADERS


class WarcPages:
    """Turns one archive's records into captures. ``file`` names an archive that is no local file.

    With ``is_last``, nothing is read afterwards, so no revisit waits.
    """

    def __init__(
        self,
        source: Source,
        options: Options,
        file: str | None = None,
        *,
        is_last: bool = False,
    ) -> None:
        self._source = source
        self._options = options
        self._is_last = is_last
        self._file = file or source.file
        self._shown = file or source.shown

    def judge(self, record: Fields) -> Skipped | None:
        """Tell from its fields whether a record is passed over unread."""
        return passed(record, self._options)

    def found(self, record: Record | Damage) -> Found | None:
        """Return what a record is. ``None`` for a revisit that waits for its original."""
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
            # The address that a copy was really fetched from: an extension of pywb.
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
            self._is_document(record, answer, capture)
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
        # In a revisit, WARC-Truncated only says that there is no payload (WARC 1.1, section 6.7).
        if "warc-truncated" in record.fields and answer.status == OK:
            detail = f"{where}: {record.fields['warc-truncated'] or 'unspecified'}"
            return reject("fetch", "truncated", detail, capture)
        # Some writers give no digest here, although their revisits refer to one.
        self._note(capture, record, _digest(record.fields) or _sha1(answer.payload))
        return _page(capture, answer, where, self._options)

    def _note(self, capture: Capture, record: Record, digest: str | None) -> None:
        """Store the place of a payload for its revisits."""
        if self._options.holdings is not None and capture.archive and not self._is_last:
            names = Names(
                record_id=record.record_id,
                digest=digest,
                url=capture.url,
                date=capture.fetched_at.isoformat() if capture.fetched_at else None,
            )
            self._options.holdings.add(Original(self._source, capture.archive), names)

    def _is_document(self, record: Record, answer: Message, capture: Capture) -> bool:
        """Tell from its address, as a crawl does, whether it is a document, and store its place."""
        options, url = self._options, capture.url
        if options.holdings is None or not (options.documents and url and names_document(url)):
            return False
        if answer.status not in {OK, None}:
            return False
        address = options.portals.locate(url)
        if address is None or address.family or capture.archive is None:
            return False
        options.holdings.add_document(address.url, Original(self._source, capture.archive))
        if record.fields["warc-type"].lower() != "revisit":
            self._note(capture, record, _digest(record.fields))
        return True

    def _revisit(
        self, record: Record, capture: Capture, answer: Message, where: str
    ) -> Found | None:
        """Return the capture of a revisit: its own time, with the payload of its original."""
        at = moment(record.fields.get("warc-refers-to-date"))
        original_url = address(record.fields.get("warc-refers-to-target-uri"))
        names = Names(
            record_id=record.fields.get("warc-refers-to"),
            digest=_digest(record.fields),
            url=original_url and self._options.original(original_url),
            date=at.isoformat() if at else None,
        )
        holdings = self._options.holdings
        original = holdings.find(names) if holdings else None
        if original is None and holdings and capture.archive and not self._is_last:
            holdings.wait(Original(self._source, capture.archive))
            return None
        try:
            original = original or self._elsewhere(record, names)
            payload, answered = _original(original, self._options)
        except ArchiveError as error:
            detail = f"{where}: refers to {names}: {error}"
            return reject("read", "revisit_unresolved", detail, capture)
        if answer.status is not None:
            answered = replace(answered, status=answer.status)
        capture.archive = replace(original.position, length=payload.length)
        return _page(capture, answered, where, self._options)

    def _elsewhere(self, record: Record, names: Names) -> Original:
        """Return the place of a payload that was not read. The revisit says the file.

        The file lies beside the revisit's own, or in the run that the file is named after. Raises
        ``ArchiveError``.
        """
        file = record.fields.get(REFERS_TO_FILE.lower())
        if not (self._is_last and file and names.record_id):
            raise ArchiveError("it was not read" if self._is_last else "it is not available here")
        offset = record.fields.get(REFERS_TO_OFFSET.lower(), "")
        position = ArchivePosition(
            file=file,
            offset=int(offset) if _OFFSET.fullmatch(offset) else 0,
            length=0,
            record_id=names.record_id,
        )
        folder = self._source.path.absolute().parent
        for source in beside(file, folder):
            if source.path.is_file():
                return Original(source, position)
        raise ArchiveError(lacking(file, folder))


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


def _original(original: Original, options: Options) -> tuple[Record, Message]:
    """Return the record that a revisit refers to, and its response. Raises ``ArchiveError``."""
    record = record_at(original.source, original.position, options)
    answer = message(record.fields, record.block)
    broken = _what_is_broken(record, answer, options.max_page)
    if broken or answer is None:
        raise ArchiveError(f"{original.source.shown}: {broken}")
    return record, answer


def record_at(source: Source, position: ArchivePosition, options: Options) -> Record:
    """Return the record at a position. Raises ``ArchiveError``."""
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
        return "its block digest does not match"
    if "warc-segment-number" in record.fields:
        return "a segment of a record; segments are not put together"
    if answer is None:
        return "no HTTP response"
    is_whole = record.fields["warc-type"].lower() != "revisit"
    if is_whole and not answer.holds(record.fields.get("warc-payload-digest"), limit):
        return "its payload digest does not match"
    return None
