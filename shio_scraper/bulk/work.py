"""A shard → its part: the work of a worker. Parsers, cleaning and validation are the crawl's."""

from __future__ import annotations

import ctypes
import os
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import blake2b, sha256
from itertools import islice
from multiprocessing import parent_process
from multiprocessing.connection import wait
from pathlib import Path
from threading import Thread
from typing import Final, NamedTuple

import msgspec

import shio_scraper
from shio_scraper import archives
from shio_scraper.archives import warc
from shio_scraper.archives.holdings import Holdings
from shio_scraper.archives.mirrors import Copy
from shio_scraper.archives.reading import Columns, Found, Options, Skipped
from shio_scraper.bulk.parts import Line, PartWriter, encode
from shio_scraper.bulk.shards import Shard
from shio_scraper.crawl.learning import Held, Templates
from shio_scraper.extraction import Extractor, is_foreign, is_passed, read_capture, read_linked
from shio_scraper.items import Document, RecordType, Reject
from shio_scraper.pages import MAX_PAGE, Capture
from shio_scraper.parsers.records import PARSER
from shio_scraper.parsers.template import Layout, Template
from shio_scraper.pipelines import CleanPipeline, ContactsPipeline, ValidatePipeline
from shio_scraper.portals import (
    ALL,
    ANY_SITE,
    AnyPages,
    Portal,
    Portals,
    Source,
    portal_of,
    register_all,
    sources,
)
from shio_scraper.redaction import OFF, ON
from shio_scraper.runs.content import identity

_FAILURES: Final = frozenset({"unreadable_file", "no_column"})
"""Reasons of rejects of whole files. The next call reads their shard again."""
_CLASS: Final = re.compile(rb"class=[^>\s]*")
_LINK: Final = re.compile(rb"href=[^>\s]*")
_FIRST: Final = 10
"""The number of links that tell a menu from another menu, or from the same in another language."""
_TRIM_THRESHOLD: Final = -1
_KEPT_MEMORY: Final = 2**24


@cache
def _code() -> str:
    """Return a digest of the project's code and its portals' data. Both decide what is read."""
    digest = sha256()
    for file in sorted(Path(shio_scraper.__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How everything is read. If this changes, a shard is read again.

    With ``any_site``, pages that no map describes are read too: those below this address, or with
    ``""`` all.
    """

    max_page: int = MAX_PAGE
    columns: Columns = field(default_factory=Columns)
    copy: Copy | None = None
    max_document: int = 0
    """Maximum bytes of a document. If 0, documents are passed over."""
    contacts: str = ON
    maps: list[Source] = field(default_factory=sources)
    parser: str = field(default_factory=lambda: f"{PARSER} {_code()}")
    templates: tuple[Template, ...] = ()
    any_site: str | None = None

    @property
    def portals(self) -> Portals:
        """The portals whose pages are read."""
        return ALL if self.any_site is None else AnyPages(base=self.any_site)

    @property
    def portal(self) -> Portal | None:
        """The map that all pages are read with. ``None`` if each page's address selects the map."""
        return None if self.any_site is None else ANY_SITE

    def options(self, holdings: Holdings | None = None) -> Options:
        """Return the options for reading archives."""
        return Options(
            portals=self.portals,
            max_page=self.max_page,
            columns=self.columns,
            copy=self.copy,
            holdings=holdings,
            documents=self.max_document > 0,
        )

    def digest(self) -> bytes:
        """Return bytes that differ if anything here differs."""
        learnt = " ".join(sorted(template.digest for template in self.templates))
        return msgspec.json.encode(replace(self, templates=())) + learnt.encode()


def begin_worker() -> None:
    """Let this worker keep the memory of a page for the next page, and end with its parent.

    To give memory back after each page and ask for it again costs a quarter of the time with
    glibc. If the parent is gone, nobody uses the parts of this worker.
    """
    with suppress(AttributeError, TypeError):  # another C library, another system
        ctypes.CDLL(None).mallopt(_TRIM_THRESHOLD, _KEPT_MEMORY)
    parent = parent_process()
    if parent:
        Thread(target=_end_after, args=[parent.sentinel], daemon=True).start()


def _end_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def read_shard(shard: Shard, target: Path, how: How) -> None:
    """Read a shard and write its part to ``target``. Raises ``OSError``, ``sqlite3.Error``."""
    register_all(source.source for source in how.maps)
    with PartWriter(target) as part:
        _write(_shard(shard, how.options(part.holdings)), part, how, part.holdings)


class Sample(NamedTuple):
    """A page that a template can be learnt from."""

    layout: Layout
    held: Held


def sample(shard: Shard, target: Path, how: How) -> None:
    """Write the first pages of each layout in a shard to ``target``, in their order.

    Writes nothing if a file fails: the next call looks at its shard again. Raises ``OSError``.
    """
    register_all(source.source for source in how.maps)
    new = target.with_name(f"{target.name}.{os.getpid()}.open")
    with new.open("wb") as stream, closing(Holdings()) as holdings:
        pages = samples(_shard(shard, replace(how.options(holdings), documents=False)), how)
        stream.write(packed(pages or []))
    if pages is None:
        new.unlink()
    else:
        new.replace(target)


def packed(found: list[Sample]) -> bytes:
    """Return samples as compressed bytes."""
    return zlib.compress(msgspec.msgpack.encode(found))


def learn(
    packs: Iterable[bytes], known: Iterable[Template], portal: Portal | None = None
) -> tuple[Template, ...]:
    """Return the known templates and those learnt from packed samples, in their order.

    ``portal`` is the map that the pages are read with, if their addresses do not select it.
    """
    templates: Templates[None] = Templates(known, portal=portal)
    for pack in packs:
        for page in msgspec.msgpack.decode(zlib.decompress(pack), type=list[Sample]):
            if templates.of(page.layout) is None:
                templates.wait(page.layout, page.held.capture, None)
    templates.rest()
    return templates.known


def samples(found: Iterable[Found], how: How) -> list[Sample] | None:
    """Return the samples of what a shard holds. ``None`` if a file fails."""
    templates: Templates[int] = Templates(how.templates, portal=how.portal)
    waiting: dict[int, Sample] = {}
    due: list[int] = []
    settled: set[int] = set()
    for number, item in enumerate(found):
        if isinstance(item, Reject) and item.reason in _FAILURES:
            return None
        if isinstance(item, Capture) and (layout := _lacking(item, templates, how, settled)):
            waiting[number] = Sample(layout, Held.of(item))
            due += templates.wait(layout, item, number)
    due += templates.rest()
    return [waiting[number] for number in sorted(due)]


def _lacking(
    capture: Capture, templates: Templates[int], how: How, settled: set[int]
) -> Layout | None:
    """Return the layout of a page if its template is unknown and can be learnt from the page.

    ``settled`` holds the looks of pages whose layout has its template. Pages with the same look
    are not read.
    """
    if is_passed(capture, how.portals):
        return None

    def unknown(layout: Layout) -> None:
        if templates.of(layout):
            settled.add(look)
            raise _KnownError

    with suppress(Exception):  # the next reader of the page reports the error
        look = _look(capture, how)
        if look in settled:
            return None
        extraction = read_capture(
            capture, portal=how.portal, max_page=how.max_page, template=unknown
        )
        return None if is_foreign(extraction, how.portals) else templates.lacks(extraction)
    return None


def _look(capture: Capture, how: How) -> int:
    """Return a hash that tells the layout of a page without reading it.

    Pages of a family have the same hash if their first links and the classes of their elements are
    the same. A page of no family has a hash of its own.
    """
    portal, body, url = how.portal or portal_of(capture.url), capture.body, capture.url or ""
    start = body.find(b"<body") if isinstance(body, bytes) else -1
    if portal is None or not url or isinstance(body, str) or start < 0:
        return hash((url, body))
    address = portal.locate(url)
    host, kind = url.split("/")[2:3], address.kind if address else None
    links = (link[0] for link in islice(_LINK.finditer(body, start), _FIRST))
    return hash((*host, kind, *links, frozenset(_CLASS.findall(body))))


class _KnownError(Exception):
    """Raised if a page's layout has its template, to stop reading the page."""


def read_waiting(parts: list[Path], target: Path, how: How) -> None:
    """Read the revisits and linked documents that waited for another shard.

    Raises the same errors as ``read_shard``.
    """
    with PartWriter(target) as part, closing(Holdings()) as holdings:
        for path in parts:
            holdings.take(path)
        _write(_waiting(how.options(holdings), how), part, how, holdings)


def _shard(shard: Shard, options: Options) -> Iterator[Found]:
    for piece in shard.pieces:
        yield from archives.read(Path(piece.path), replace(options, span=piece.span))


def _waiting(options: Options, how: How) -> Iterator[Found | Document]:
    yield from warc.waiting(options)
    yield from read_linked(options, how.max_document)


def _write(
    found: Iterable[Found | Document], part: PartWriter, how: How, holdings: Holdings
) -> None:
    step = Step(how, holdings)
    for item in found:
        if isinstance(item, Reject) and item.reason in _FAILURES:
            part.fail(item.detail or item.reason)
        for line in step.lines(item):
            part.add(line)
    part.counts = step.counts
    part.finish()


class Step:
    """Turns each thing of an archive into lines. ``counts`` counts the things."""

    def __init__(self, how: How, holdings: Holdings | None = None) -> None:
        self.counts: Counter[str] = Counter()
        self._holdings = holdings if how.max_document else None
        template = Templates[Capture](how.templates).of
        self._portals = how.portals
        self._extractor = Extractor(
            how.max_page, template=template, keeps_history=True, portal=how.portal
        )
        self._contacts = ContactsPipeline(withholds=how.contacts == OFF)
        self._clean = CleanPipeline()
        self._validate = ValidatePipeline()

    def lines(self, found: Found | Document) -> Iterator[Line]:
        """Yield the lines of a capture, document or reject. A skipped thing is only counted."""
        if isinstance(found, Skipped):
            self.counts[f"skipped/{found.value}"] += 1
        elif isinstance(found, Reject):
            yield self._reject(found)
        elif isinstance(found, Document):
            yield self._record(found)
        else:
            yield from self._capture(found)

    def _capture(self, capture: Capture) -> Iterator[Line]:
        if is_passed(capture, self._portals):
            yield from self.lines(Skipped.OTHER_SITE)
            return
        extraction = self._extractor.read(capture)
        if isinstance(extraction, Reject):
            yield from self.lines(extraction)
            return
        if is_foreign(extraction, self._portals):
            yield from self.lines(Skipped.OTHER_SITE)
            return
        self._extractor.keep(extraction)
        self.counts["captures"] += 1
        self.counts.update({f"notes/{name}": n for name, n in extraction.notes.items()})
        yield from map(self._record, extraction.records)
        yield from map(self._reject, extraction.rejects)

    def _record(self, record: RecordType) -> Line:
        if self._holdings:
            self._holdings.note(record)
        permitted = self._contacts.process_item(record)
        validated = self._validate.process_item(self._clean.process_item(permitted))
        return (
            self._reject(validated)
            if isinstance(validated, Reject)
            else encode(validated.type, _id(validated), validated)
        )

    def _reject(self, reject: Reject) -> Line:
        return encode(reject.type, None, reject)


def _id(record: RecordType) -> bytes:
    """Return the digest of key, content and day of capture. A record is written once for each."""
    key, content, day = identity(record, history=True)
    return blake2b(f"{key} {day} ".encode() + (content or b""), digest_size=16).digest()
