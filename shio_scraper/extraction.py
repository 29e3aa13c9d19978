"""One capture → its records or its reject, and what is odd about it: decided only here."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from shio_scraper.addresses import stable
from shio_scraper.archives import warc
from shio_scraper.archives.reading import ArchiveError, Found, Options
from shio_scraper.audit.auditing import Auditor
from shio_scraper.items import AuditEvent, Document, Link, Provenance, RecordType, Reject
from shio_scraper.pages import MAX_PAGE, Capture, Page, UnreadableError, body_sha256, read, reject
from shio_scraper.parsers import Choice, Extraction, extract
from shio_scraper.parsers.any_site import without_list
from shio_scraper.parsers.days import portal_day
from shio_scraper.parsers.listed import Listed
from shio_scraper.parsers.lists import read_items
from shio_scraper.parsers.pager import read_pager
from shio_scraper.parsers.query_form import QueryForm, read_forms
from shio_scraper.parsers.records import PARSER, digest
from shio_scraper.parsers.roles import SIGNS
from shio_scraper.parsers.teaching import learn
from shio_scraper.parsers.template import Template
from shio_scraper.portals import ALL, ANY_SITE, DEFAULT, LISTINGS, Portal, Portals, load

logger = logging.getLogger(__name__)

Body: TypeAlias = bytes | str
_OPENS_AS_PAGE: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:<!--.*?-->\s*+)*+<(?:!doctype html|html|head|body|script)\b",
    re.IGNORECASE | re.DOTALL,
)
Moment: TypeAlias = datetime | str


class Extractor:
    """Reads captures one after another. A sidebar in a form already read gives no records again.

    With ``keeps_history`` such a sidebar is read once for each day of the captures. A page has at
    most ``max_page`` bytes. ``template`` is the template of all pages, or finds the template of a
    layout. ``portal`` is the map that all pages are read with. Without it the address of each page
    tells the map.
    """

    def __init__(
        self,
        max_page: int = MAX_PAGE,
        *,
        template: Choice = None,
        keeps_history: bool = False,
        portal: Portal | None = None,
    ) -> None:
        self._max_page = max_page
        self._portal = portal
        self._template = template
        self._keeps_history = keeps_history
        self._sidebars: dict[date | None, set[int]] = {}

    def read(self, capture: Capture) -> Extraction | Reject:
        """Read one capture. If a page makes a parser fail, only this page is lost."""
        known = self._known_sidebars(capture.url, capture.fetched_at)
        try:
            extraction = read_capture(
                capture,
                portal=self._portal,
                max_page=self._max_page,
                template=self._template,
                known_sidebars=known,
            )
            return extraction if self._portal is None else without_list(extraction)
        except UnreadableError as error:
            return reject("read", error.reason, error.detail, capture)
        except Exception as error:  # a bug costs one page, not the crawl
            detail = f"{type(error).__name__}: {error}"
            logger.error("Parser error on %s: %s", capture.url, detail)  # noqa: TRY400
            logger.debug("Parser error", exc_info=error)
            return reject("parse", "parser_error", detail, capture)

    def keep(self, extraction: Extraction) -> None:
        """Note that the records of an extraction are kept. From now on its sidebar is known."""
        if extraction.sidebar:
            page = extraction.page
            self._known_sidebars(page.url, page.fetched_at).add(extraction.sidebar)

    def _known_sidebars(self, url: str | None, at: datetime | None) -> set[int]:
        zone = (ALL.of(url) or DEFAULT).zone
        day = portal_day(at, zone) if at and self._keeps_history else None
        return self._sidebars.setdefault(day, set())


def read_capture(
    capture: Capture,
    *,
    portal: Portal | None = None,
    template: Choice = None,
    max_page: int = MAX_PAGE,
    known_sidebars: Container[int] = (),
) -> Extraction:
    """Return what one capture gives. Raises ``UnreadableError``."""
    return extract(read(capture, max_page, portal), known_sidebars, template)


def read_document(
    capture: Capture, language: str, linked_by: Iterable[str], portal: Portal | None = None
) -> Document | Reject:
    """Return the record of a file that pages of ``language`` link to, or the capture's reject.

    ``portal`` is the map that the pages were read with, if their addresses do not tell it.

    A page in the file's place is no document: an error page with status 200, a login, a
    challenge. Its reject has the reason ``no_document``.
    """
    body = capture.body
    assert isinstance(body, bytes) and capture.url  # noqa: S101, PT018  (it was fetched)
    media_type = (capture.content_type or "").partition(";")[0].strip().lower() or None
    if not body:
        return reject("read", "empty", "no body", capture)
    if _OPENS_AS_PAGE.match(body):
        return reject(
            "read", "no_document", f"a web page came in its place ({media_type})", capture
        )
    if portal is ANY_SITE:
        url = stable(capture.url)
        prefix = f"{urlsplit(url).hostname}-"
    else:
        url = ALL.canonical(capture.url) or capture.url
        prefix = (ALL.of(url) or DEFAULT).key_prefix
    sha256 = body_sha256(body)
    return Document(
        key=f"document/{prefix}{digest(url)}",
        language=language,
        url=url,
        media_type=media_type,
        bytes=len(body),
        sha256=sha256,
        linked_by=sorted(linked_by),
        provenance=Provenance(
            fetched_url=capture.fetched_url,
            fetched_at=capture.fetched_at,
            body_sha256=sha256,
            layout="document",
            parser=PARSER,
            archive=capture.archive,
        ),
    )


def read_linked(options: Options, max_document: int) -> Iterator[Document | Reject]:
    """Yield the documents in archives that records link to, as ``options.holdings`` noted them.

    A document has at most ``max_document`` bytes.
    """
    linked_options = replace(options, any_type=True, max_page=max_document, documents=False)
    found: Found | None
    for linked in options.holdings.linked() if options.holdings else ():
        try:
            found = warc.found_at(linked.place, linked_options)
        except ArchiveError as error:
            yield reject("read", "broken_record", str(error))
            continue
        if isinstance(found, Capture):
            portal = ANY_SITE if ANY_SITE in options.portals.members else None
            yield read_document(found, linked.language, linked.keys, portal)
        elif isinstance(found, Reject):
            yield found


def is_passed(capture: Capture, portals: Portals = ALL) -> bool:
    """Tell quickly whether a page without an address is not a page of the portals."""
    if capture.url is not None or not capture.body.strip() or ANY_SITE in portals.members:
        return False
    return not portals.shown_on(capture.body)


def is_foreign(extraction: Extraction, portals: Portals = ALL) -> bool:
    """Tell whether a page without an address shows no sign that it is a page of the portals."""
    page = extraction.page
    if page.url is not None or ANY_SITE in portals.members:
        return False
    if not SIGNS.isdisjoint(extraction.frame.roles):
        return False
    return not any(page.portal.is_signed(block.text) for block in page.blocks)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a listing: the absolute address that it links to, and what the listing prints.

    ``url`` is ``None`` if the item links to nothing: in a text, in a list of meetings. On sites
    without a map, meetings also have ``starts`` and ``ends`` (ISO 8601, in the time of the place,
    which the page does not say), ``place``, and ``documents``: an agenda, the minutes.
    """

    title: str
    url: str | None
    portal_id: str | None
    day: date | None
    teaser: str | None
    starts: str | None = None
    ends: str | None = None
    place: str | None = None
    documents: list[Link] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Examination:
    """Everything that one capture gives.

    ``events`` are the audit's findings. ``notes`` count by name what was odd or is worth counting.
    ``items`` and ``next_page``, an absolute address, are those of a listing. If no map tells what
    a page is, they are those of any page that has some. ``forms`` are the forms that a reader may
    fill in. ``page`` is ``None`` if the capture is no page.
    """

    records: list[RecordType] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    events: list[AuditEvent] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    items: list[Item] = field(default_factory=list)
    next_page: str | None = None
    forms: list[QueryForm] = field(default_factory=list)
    page: Page | None = None


def parse_page(
    body: Body,
    url: str | None = None,
    fetched_at: Moment | None = None,
    *,
    portal: Portal | str | None = None,
    template: Template | None = None,
) -> list[RecordType | Reject]:
    """Return the records of one capture, the page's article or event first, rejects last.

    Args:
        body: the page after content decoding, as bytes or text, HTML or plain text.
        url: its address, in any form that leads to it.
        fetched_at: when it was fetched; text is ISO 8601. A time without an offset is UTC.
        portal: the map to read it with, or the map's name. `any` reads it as a page of any site,
            by its form alone. Without a portal its address tells the map, else its form.
        template: what the pages of its layout have in common.

    Never raises for what a page holds: what cannot be used is a ``Reject``. Raises
    ``PortalError`` for a name that no portal has.

    >>> [record.type for record in parse_page("04-16 21315227 Processing")]
    ['status']
    """
    result = _read(_capture(body, url, fetched_at), portal, template)
    return [result] if isinstance(result, Reject) else [*result.records, *result.rejects]


def examine_page(
    body: Body,
    url: str | None = None,
    fetched_at: Moment | None = None,
    *,
    portal: Portal | str | None = None,
    template: Template | None = None,
) -> Examination:
    """Return everything that one capture gives. The arguments are those of ``parse_page``."""
    result = _read(_capture(body, url, fetched_at), portal, template)
    if isinstance(result, Reject):
        return Examination(rejects=[result])
    items = list(map(_item, read_items(result.frame))) if _may_list(result) else []
    audited = Auditor(lambda *_: None, ()).audit(result)
    return Examination(
        records=result.records,
        rejects=result.rejects,
        events=[remark for remark in audited if isinstance(remark, AuditEvent)],
        notes=result.notes,
        items=items,
        next_page=_next_page(result, items),
        forms=read_forms(result.page),
        page=result.page,
    )


def learn_template(
    pages: Iterable[tuple[Body, str | None]], *, portal: Portal | str | None = None
) -> Template:
    """Return what a few pages of one layout have in common. Each page is a body and its address.

    Pages that cannot be read teach nothing. Raises ``ValueError`` if fewer than three are left.
    """
    results = (_read(_capture(body, url, None), portal, None) for body, url in pages)
    return learn([result for result in results if not isinstance(result, Reject)])


def _capture(body: Body, url: str | None, fetched_at: Moment | None) -> Capture:
    if isinstance(fetched_at, str):
        fetched_at = datetime.fromisoformat(fetched_at)
    return Capture(body=body, url=url, fetched_at=_utc(fetched_at) if fetched_at else None)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # the first or last hours of the calendar
        return moment.replace(tzinfo=UTC)


def _read(
    capture: Capture, portal: Portal | str | None, template: Template | None
) -> Extraction | Reject:
    portal = load(portal) if isinstance(portal, str) else portal
    try:
        return read_capture(capture, portal=portal, template=template)
    except UnreadableError as error:
        return reject("read", error.reason, error.detail, capture, portal)


def _may_list(extraction: Extraction) -> bool:
    """Tell whether a page may be a listing. On a site without a map any page may."""
    page = extraction.page
    return page.portal is ANY_SITE or (page.address is not None and page.address.kind in LISTINGS)


def _item(item: Listed) -> Item:
    return Item(
        title=item.title,
        url=item.url,
        portal_id=item.address.portal_id if item.address else None,
        day=item.day,
        teaser=item.teaser,
        starts=item.starts,
        ends=item.ends,
        place=item.place,
        documents=item.documents,
    )


def _next_page(extraction: Extraction, items: list[Item]) -> str | None:
    """Return the address of the listing's next page, as a crawl asks for it.

    On a portal the next page may not exist: where no link leads to it, "next" may be a script.
    """
    if extraction.page.portal is ANY_SITE:
        return read_pager(extraction.page).url
    here = extraction.page.address
    return here.page(here.page_number + 1) if here and items else None
