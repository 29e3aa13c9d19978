"""Fields → records; what every record has: its key, its language, its address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from dataclasses import fields as fields_of
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias
from unicodedata import normalize
from urllib.parse import urlsplit

from shio_scraper.items import RECORDS, Language, Provenance, RecordType, Reject, type_of
from shio_scraper.pages import Page, reject
from shio_scraper.portals import ANY_SITE, FamilyKind
from shio_scraper.texts import clean, kept

if TYPE_CHECKING:
    from shio_scraper.parsers.article import Selected
    from shio_scraper.parsers.frame import Frame
    from shio_scraper.parsers.template import Layout, Template

NOT_THERE = "not on the page"
"""The rule of a field that no block of the page holds."""


class Field(NamedTuple):
    """A value, the positions of the blocks that it was read from, and the rule that took it.

    ``pieces`` are the fields of a list's values, or of a text's lines, one by one; ``rivals`` what
    else could have been the value.
    """

    value: Any
    blocks: tuple[int, ...] = ()
    rule: str = NOT_THERE
    pieces: tuple[Field, ...] = ()
    rivals: tuple[str, ...] = ()


NOTHING = Field(None)
"""A field that is not on the page."""
Fields: TypeAlias = dict[str, Field]
"""The fields of a record by name, without ``doubts`` and ``provenance``."""


def listed(pieces: Sequence[Field], rule: str) -> Field:
    """Return the field of a list, whose values are ``pieces``."""
    blocks = unique(block for piece in pieces for block in piece.blocks)
    return Field([p.value for p in pieces], blocks, rule if pieces else NOT_THERE, tuple(pieces))


def lines(fields: Fields) -> Iterator[Field]:
    """Yield the lines of the paragraphs: several of one that line breaks split."""
    for paragraph in fields["paragraphs"].pieces if "paragraphs" in fields else ():
        yield from paragraph.pieces or (paragraph,)


def unique(blocks: Iterable[int]) -> tuple[int, ...]:
    """Return the positions of blocks, each once, in their order."""
    return tuple(dict.fromkeys(blocks))


_MAX_RECORDS: Final = 5_000
"""Records that one page may give, and rejects."""
_OWN: Final = frozenset({"article", "event", "press_conference"})
_NO_ADDRESS: Final = "the capture has no address"
_APART: Final = frozenset({"doubts", "provenance"})
_KINDS: Final = {type_of(kind): kind for kind in RECORDS}
_NAMES: Final = {
    name: [f.name for f in fields_of(kind) if f.name not in _APART] for name, kind in _KINDS.items()
}
"""The fields of each type of record, in their order."""


def _parser() -> str:
    try:
        return f"shio-scraper {version('shio-scraper')}"
    except PackageNotFoundError:
        return "shio-scraper"


PARSER: Final = _parser()


@kept(4096)
def digest(text: str) -> str:
    """Return the digest by which a text is a key: 16 hex digits of SHA-256 (DESIGN.md)."""
    folded = normalize("NFC", clean(text).casefold())
    return sha256(folded.encode()).hexdigest()[:16]


def provenance(page: Page, template: str | None = None) -> Provenance:
    """Return where ``page`` comes from, and what reads it: the parser, a template's digest."""
    return Provenance(
        fetched_url=page.fetched_url,
        fetched_at=page.fetched_at,
        body_sha256=page.body_sha256,
        layout=page.layout,
        parser=PARSER,
        template=template,
        rendered=page.rendered,
        archive=page.archive,
    )


def record_of(fields: Fields, source: Provenance) -> tuple[RecordType, Fields]:
    """Return the record whose values ``fields`` are, and these in its order."""
    kind = fields["type"].value
    ordered = {name: fields[name] for name in _NAMES[kind]}
    values = {name: field.value for name, field in ordered.items()}
    return _KINDS[kind](**values, provenance=source), ordered


def key_prefix(page: Page) -> str:
    """Return what the keys of a page's records carry before their own part.

    A site that no map is of has its host: ``www.example.org-``.
    """
    if page.portal is ANY_SITE and page.url:
        return f"{urlsplit(page.url).hostname}-"
    return page.portal.key_prefix


def own_fields(frame: Frame, kind: str, rule: str, title: Field, day: Field) -> Fields:
    """Return what the record of a page's own has whatever its kind, which ``rule`` told.

    The digest of its title and day is the key of a page whose address has none.
    """
    page, address = frame.page, frame.page.address
    key = Field(address.key_id if address else None, (), "language, and id of the address")
    if page.portal is ANY_SITE and page.url:
        value = f"{key_prefix(page)}{digest(page.url)}"
        key = Field(value, (), "language, and digest of the address")
    if not key.value:
        text = f"{title.value} {day.value or ''}"
        value = f"{key_prefix(page)}text-{digest(text)}"
        blocks = unique((*title.blocks, *day.blocks))
        key = Field(value, blocks, "language, and digest of title and date")
    portal_id = address.portal_id if address else None
    has_id = "id of the address" if portal_id else "no id in the address"
    return {
        "type": Field(kind, (), rule),
        "key": key._replace(value=f"{kind}/{frame.language.value}/{key.value}"),
        "language": frame.language,
        "url": page_url(frame),
        "portal_id": Field(portal_id, (), has_id if address else _NO_ADDRESS),
        "title": title,
    }


def page_url(frame: Frame) -> Field:
    """Return the address of a record of the page's own."""
    url = frame.page.url
    return Field(url, (), "address of the page" if url else _NO_ADDRESS)


@dataclass(slots=True)
class Extraction:
    """What one page gave. ``notes`` counts what was wrong or is worth counting, by name.

    ``fields`` are what the ``records`` were made of, one for one.
    ``sidebar`` identifies the form of the rows and pairs on the page: a caller that
    has read the same form before passes it as known, and is spared the same records.
    ``instead`` says that another page came in the place of the one that was asked for.
    ``template`` is what the page was read with, ``layout`` by what it was looked for.
    ``selected`` is what the map's selectors found.
    """

    page: Page
    frame: Frame
    language: Language | None
    provenance: Provenance
    records: list[RecordType] = field(default_factory=list)
    fields: list[Fields] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    sidebar: int = 0
    instead: bool = False
    template: Template | None = None
    layout: Layout | None = None
    selected: dict[str, Selected | None] = field(default_factory=dict)

    @property
    def kind(self) -> FamilyKind | None:
        """The kind of page that the address tells."""
        return self.page.address.kind if self.page.address else None

    @property
    def own(self) -> Fields | None:
        """The fields of the page's own article, event or press conference: it comes first."""
        first = self.fields[0] if self.fields else None
        return first if first and first["type"].value in _OWN else None

    def add(self, fields: Fields, doubts: Sequence[str] = ()) -> None:
        """Add the record of ``fields``; those beyond the limit are counted."""
        if len(self.records) == _MAX_RECORDS:
            self.note("records_left_out")
            return
        record, ordered = record_of(fields, self.provenance)
        record.doubts = list(doubts)
        self.records.append(record)
        self.fields.append(ordered)

    def add_pair(self, fields: Fields | None) -> bool:
        """Add the record of a pair that has a question, and so fields; tell whether it has."""
        if fields:
            self.add(fields)
            self.note("no_answer", fields["answer"].value is None)
        return fields is not None

    def reject(self, reason: str, detail: str | None = None) -> None:
        """Reject the page, or a part of it; what is beyond the limit is counted."""
        if len(self.rejects) == _MAX_RECORDS:
            self.note("rejects_left_out")
        else:
            self.rejects.append(reject("parse", reason, detail, self.page))

    def note(self, name: str, count: int = 1) -> None:
        """Count what was wrong or is worth counting."""
        if count:
            self.notes[name] += count
