"""Where each field of each record came from: worked out only when it is asked for.

The parsers keep what they read beside each record (``Extraction.readings``), and name the
rule where they take a value. Nothing here reads the page anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Final, TypeAlias

from shio_scraper.items import Article, Event, Faq, PressConference, RecordType, Status, Turn
from shio_scraper.parsers.article import Body
from shio_scraper.parsers.event import EventPage
from shio_scraper.parsers.extract import Extraction
from shio_scraper.parsers.faq import Pair
from shio_scraper.parsers.heading import Heading
from shio_scraper.parsers.origin import NOT_THERE, Origin
from shio_scraper.parsers.press_conference import PressReading
from shio_scraper.parsers.readings import ArticleReading, Reading
from shio_scraper.parsers.row_origins import row_origins
from shio_scraper.parsers.status import StatusRow

__all__ = ["Origin", "Origins", "origins"]

Origins: TypeAlias = dict[str, Origin]
"""Field → its origin, in the record's order, without ``provenance``."""

_NO_ADDRESS: Final = "the capture has no address"
_LANGUAGE: Final = {
    "address": "family of the address; the words of the frame do not tell",
    "only": "the portal's only language; neither frame nor address tells",
    "markup": "language that the markup names; neither frame nor address tells",
    "title": "script of the title; neither frame nor address tells",
    "text": "script of the first text; neither frame nor address tells",
}


def origins(extraction: Extraction) -> list[Origins]:
    """Return for each record where each of its fields came from."""
    pairs = zip(extraction.records, extraction.readings, strict=True)
    return [_of_record(extraction, record, reading) for record, reading in pairs]


def _of_record(extraction: Extraction, record: RecordType, reading: Reading) -> Origins:
    own = _own(extraction, record, reading)
    found = {"language": _language(extraction), "url": _url(extraction, record), **own}
    return {f.name: found[f.name] for f in fields(record) if f.name in found}


def _own(extraction: Extraction, record: RecordType, reading: Reading) -> Origins:
    """Return the origins of the fields that a kind of record has of its own."""
    match record, reading:
        case Article(), ArticleReading():
            return _article(extraction, record, reading)
        case Event(), EventPage():
            return _event(extraction, record, reading)
        case Faq(), Pair():
            return _faq(record, reading)
        case PressConference(), PressReading():
            return _press_conference(extraction, record, reading)
        case Status(), StatusRow():
            return row_origins(extraction.frame, record, reading)
    raise AssertionError(record, reading)


def _language(extraction: Extraction) -> Origin:
    if extraction.language_rule != "frame":
        return Origin(extraction.language, (), _LANGUAGE[extraction.language_rule])
    votes = extraction.frame.votes
    counts = ", ".join(f"{len(votes[name])} {name}" for name in sorted(votes))
    blocks = _unique(votes[extraction.language] if extraction.language else ())
    return Origin(extraction.language, blocks, f"frame words of the page: {counts}")


def _url(extraction: Extraction, record: RecordType) -> Origin:
    if extraction.page.url is None:
        return Origin(record.url, (), _NO_ADDRESS)
    rule = "address of the page" if record.url else "read in a sidebar: not of this page alone"
    return Origin(record.url, (), rule)


def _article(extraction: Extraction, record: Article, reading: ArticleReading) -> Origins:
    heading, body = reading.heading, reading.body
    return {
        **_identity(extraction, record, (*heading.title_blocks, *reading.published.blocks)),
        "section": reading.section,
        "category": reading.category,
        "title": _title(heading),
        "published": reading.published,
        "source": body.source,
        "gated": body.gate,
        "teaser": Origin(record.teaser, (), "the listing, not this page"),
        **_body(extraction, heading, body),
    }


def _event(extraction: Extraction, record: Event, reading: EventPage) -> Origins:
    day = "ends" if record.ends else "registration_deadline"
    blocks = (*reading.heading.title_blocks, *reading.blocks.get(day, ()))
    return {
        **_identity(extraction, record, blocks),
        "title": _title(reading.heading),
        "registration_deadline": _moment(reading, record, "registration_deadline"),
        "ends": _moment(reading, record, "ends"),
        "contact": _contact(reading, record),
        "phone": _phone(reading, record),
        **_body(extraction, reading.heading, reading.body),
    }


def _press_conference(
    extraction: Extraction, record: PressConference, reading: PressReading
) -> Origins:
    blocks = (*reading.heading.title_blocks, *reading.published.blocks)
    speakers = tuple(
        Origin(speaker, blocks, "line of the form: name, office and role")
        for speaker, blocks in zip(record.speakers, reading.listed, strict=True)
    )
    turns = tuple(
        Origin(one.turn, _unique(block for part in one.blocks for block in part), _turn(one.turn))
        for one in reading.turns
    )
    return {
        **_identity(extraction, record, blocks),
        "title": _title(reading.heading),
        "published": reading.published,
        "speakers": _list(record.speakers, speakers, "lines below the title, above the turns"),
        "turns": _list(record.turns, turns, "paragraphs below the title, from label to label"),
        "links": _body(extraction, reading.heading, reading.body)["links"],
    }


def _turn(turn: Turn) -> str:
    if turn.speaker is None:
        return "no label: nobody is known to say it"
    return f"label before a colon: {turn.kind or 'of somebody unknown'}"


def _identity(
    extraction: Extraction, record: Article | Event | PressConference, digested: Iterable[int]
) -> Origins:
    """Return the origins of the type, the key and the portal's id."""
    address = extraction.page.address
    key = Origin(record.key, (), "language, and id of the address")
    if not (address and address.key_id):
        key = Origin(record.key, _unique(digested), "language, and digest of title and date")
    has_id = "id of the address" if record.portal_id else "no id in the address"
    return {
        "type": Origin(record.type, (), extraction.kind_rule),
        "key": key,
        "portal_id": Origin(record.portal_id, (), has_id if address else _NO_ADDRESS),
    }


def _title(heading: Heading) -> Origin:
    rule = ", ".join(filter(None, (heading.rule, heading.choice)))
    return Origin(heading.title, heading.title_blocks, rule)


def _body(extraction: Extraction, heading: Heading, body: Body) -> Origins:
    """Return the origins of paragraphs and links, piece by piece."""
    below = (
        "below the sidebar that follows the title" if body.is_below_sidebar else "below the title"
    )
    rule = f"{below}, in its container, up to the sidebar or the foot"
    paragraphs = tuple(
        Origin(text, tuple(blocks), _paragraph(heading, body, blocks))
        for text, blocks in zip(body.paragraphs, body.joined, strict=True)
    )
    links = tuple(
        Origin(link, (position,), "link in a block of the body")
        for position in body.linked
        for link in extraction.page.links(position)
    )
    pictures = tuple(
        Origin(image, (position,), "picture in the body")
        for position, image in zip(body.pictured, body.images, strict=True)
    )
    return {
        "paragraphs": _list(body.paragraphs, paragraphs, rule),
        "links": _list(body.links, links, "links in the blocks of the body"),
        "images": _list(body.images, pictures, "pictures in the blocks of the body"),
    }


def _paragraph(heading: Heading, body: Body, blocks: list[int]) -> str:
    between = blocks[0] in heading.inside
    where = "block between the title and its date or fields" if between else "block of the body"
    if len(blocks) > 1:
        where = f"{len(blocks)} lines that line breaks split inside a sentence"
    return ", ".join([where, *(body.shortened[i] for i in blocks if i in body.shortened)])


def _list(values: Sequence[object], pieces: tuple[Origin, ...], rule: str) -> Origin:
    blocks = _unique(block for piece in pieces for block in piece.blocks)
    return Origin(values, blocks, rule if pieces else NOT_THERE, pieces)


def _moment(event: EventPage, record: Event, name: str) -> Origin:
    value = getattr(record, name)
    if name in event.fields and value is None:
        return Origin(None, event.blocks[name], "labelled field, but no date of a known form")
    return _field(event, name, value)


def _field(event: EventPage, name: str, value: str | None) -> Origin:
    blocks = event.blocks.get(name, ())
    rule = "labelled field" if len(blocks) == 1 else "field label, its value in the next block"
    return Origin(value, blocks, rule if blocks else NOT_THERE)


def _contact(event: EventPage, record: Event) -> Origin:
    if not event.contact_holds_phone:
        return _field(event, "contact", record.contact)
    rule = "contact field, before its number" if record.contact else "contact field, a number alone"
    return Origin(record.contact, event.blocks["contact"], rule)


def _phone(event: EventPage, record: Event) -> Origin:
    if "phone" in event.fields or not event.contact_holds_phone:
        return _field(event, "phone", record.phone)
    return Origin(record.phone, event.blocks["contact"], "number in the contact field")


def _faq(record: Faq, pair: Pair) -> Origins:
    goes_on = " and the text below it" if len(pair.asked) > 1 else ""
    asked = f"text behind a leading {pair.told_by}{goes_on}"
    if pair.told_by != "question label":
        asked = pair.told_by
    pieces = tuple(
        Origin(line, (position,), "text below that goes on the answer" if index else pair.how)
        for index, (line, position) in enumerate(zip(pair.answer, pair.answered, strict=True))
        if line
    )
    answered = pair.how if record.answer else "no answer label below the question"
    if pair.answered and not record.answer:
        answered = "answer label without a text"
    return {
        "type": Origin("faq", (pair.first,), pair.told_by),
        "key": Origin(record.key, tuple(pair.asked), "language, and digest of the question"),
        "question": Origin(record.question, tuple(pair.asked), asked),
        "answer": Origin(record.answer, tuple(pair.answered), answered, pieces[1:] and pieces),
        "question_truncated": _cut(pair.asked, cut=record.question_truncated),
        "answer_truncated": _cut(pair.answered, cut=record.answer_truncated),
    }


def _cut(blocks: list[int], *, cut: bool) -> Origin:
    return Origin(cut, tuple(blocks[-1:]), "dots of a cut-off text" if cut else "no cut-off dots")


def _unique(blocks: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(blocks))
