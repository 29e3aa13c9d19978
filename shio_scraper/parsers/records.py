"""Makes records of fields, and the fields that every record has: key, language, address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields as fields_of
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final, NamedTuple, TypeAlias
from unicodedata import normalize
from urllib.parse import urlsplit

from shio_scraper.items import RECORDS, Provenance, RecordType, type_of
from shio_scraper.pages import Page
from shio_scraper.portals import ANY_SITE
from shio_scraper.texts import clean, kept

NOT_THERE = "not on the page"
"""The rule of a field whose value is not on the page."""


class Field(NamedTuple):
    """A value, the positions of the blocks that it was read from, and the rule that took it.

    ``pieces`` are the fields of the single values of a list, or of the single lines of a text.
    ``rivals`` are the other values that the field could have.
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
    """Return the field of a list whose values are those of ``pieces``."""
    blocks = unique(block for piece in pieces for block in piece.blocks)
    return Field([p.value for p in pieces], blocks, rule if pieces else NOT_THERE, tuple(pieces))


def lines(fields: Fields) -> Iterator[Field]:
    """Yield the lines of the paragraphs. Line breaks split a paragraph into several lines."""
    for paragraph in fields["paragraphs"].pieces if "paragraphs" in fields else ():
        yield from paragraph.pieces or (paragraph,)


def unique(blocks: Iterable[int]) -> tuple[int, ...]:
    """Return the positions of blocks without repetitions, in the order given."""
    return tuple(dict.fromkeys(blocks))


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
    """Return the digest of a text for keys: the first 16 hex digits of SHA-256 (DESIGN.md).

    The digest is taken over the cleaned text, in NFC and case-folded.
    """
    folded = normalize("NFC", clean(text).casefold())
    return sha256(folded.encode()).hexdigest()[:16]


def provenance(page: Page, template: str | None = None) -> Provenance:
    """Return the provenance of ``page``: where it comes from, the parser, the template's digest."""
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
    """Return the record that has the values of ``fields``, and ``fields`` in the record's order."""
    kind = fields["type"].value
    ordered = {name: fields[name] for name in _NAMES[kind]}
    values = {name: field.value for name, field in ordered.items()}
    return _KINDS[kind](**values, provenance=source), ordered


def key_prefix(page: Page) -> str:
    """Return the prefix of the keys of a page's records.

    On a site without a map the prefix is the host: ``www.example.org-``.
    """
    if page.portal is ANY_SITE and page.url:
        return f"{urlsplit(page.url).hostname}-"
    return page.portal.key_prefix


def own_fields(
    page: Page, language: Field, kind: str, rule: str, *, title: Field, day: Field
) -> Fields:
    """Return the fields that a page's own record has, whatever its kind.

    ``rule`` says what told the kind. If the address gives no key, the key is the digest of title
    and day.
    """
    address = page.address
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
        "key": key._replace(value=f"{kind}/{language.value}/{key.value}"),
        "language": language,
        "url": page_url(page),
        "portal_id": Field(portal_id, (), has_id if address else _NO_ADDRESS),
        "title": title,
    }


def page_url(page: Page) -> Field:
    """Return the field ``url`` of the page's own record."""
    url = page.url
    return Field(url, (), "address of the page" if url else _NO_ADDRESS)
