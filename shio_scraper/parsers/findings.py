"""What is odd on a page: text that no field took, and taken text that looks like another field.

docs/trust.md lists the events. Each event names a trace of a change of the portal, or of damage.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from shio_scraper.items import AuditEventName
from shio_scraper.parsers.dates import parse_moment, split_dated, without_dates
from shio_scraper.parsers.frame import Frame
from shio_scraper.parsers.heading import heading_tag
from shio_scraper.parsers.interstitial import speaks_instead, titles_another
from shio_scraper.parsers.labels import strip_cut
from shio_scraper.parsers.listed import Listed
from shio_scraper.parsers.prose import SENTENCE_END, is_prose
from shio_scraper.parsers.records import NOTHING, Fields, lines
from shio_scraper.parsers.result import Extraction
from shio_scraper.parsers.roles import Role, words_of
from shio_scraper.portals import fold, machine_words

_LABEL: Final = re.compile(r"[\w /'’()-]{1,30}[:：]\s?\S")
_LONGEST_DATE: Final = 30
_WORD: Final = re.compile(r"[^\W_]")
_MAX_LABELLED: Final = 80
_MAX_HEADING: Final = 60
_ENDS: Final = (*SENTENCE_END, ":", "：", ";", "；", "'", "’", "]", "】", "》")
_BRACKETED: Final = re.compile(r"[(（](.{1,60})[)）]")
_TAG: Final = re.compile(r"</?[a-zA-Z]\w*\b[^<>]*>")
_TAIL: Final = 3
"""How many lines at the end of an article may hold its source, an editor, an attachment."""
_OF_EVENT: Final = ("registration_deadline", "ends", "contact", "phone")
_STATUS: Final = frozenset({Role.APPLICATION, Role.INQUIRY, Role.ROW})
_OF_FRAME: Final = frozenset({Role.NAVIGATION, Role.FOOT})
_BOXES: Final = {"application": Role.APPLICATION, "inquiry": Role.INQUIRY, "faq": Role.FAQ}
_HEADED: Final = frozenset({*_STATUS, Role.QUESTION, Role.ANSWER, Role.FAQ, Role.MORE})


class Part(NamedTuple):
    """What took a block: the fields that claimed it, or the name of an ignored part."""

    by: Literal["claimed", "ignored", "unclaimed"]
    name: str = ""


UNCLAIMED: Final = Part("unclaimed")


class Finding(NamedTuple):
    """Something odd: its event, its text, and its block, or ``None`` for something missing."""

    event: AuditEventName
    text: str
    block: int | None


def find(
    extraction: Extraction, found: Sequence[Part], items: Sequence[Listed]
) -> Iterator[Finding]:
    """Yield what is odd on a page. ``found`` has the part of each of its blocks."""
    frame, own = extraction.frame, extraction.own
    kind = own["type"].value if own else None
    for position, part in enumerate(found):
        if part is UNCLAIMED:
            text = frame.page.blocks[position].text
            event = _kind(frame, position, text, is_event=kind == "event")
            yield Finding(event, text, position)
    if own:
        yield from _in_title(frame, own)
    if own and kind == "article" and own["paragraphs"].value:
        yield from _at_ends(frame, own)
        yield from _among_lines(frame, own)
    elif own and kind == "event":
        yield from _in_event(frame, own)
    yield from _by_machine(extraction, found)
    yield from _prose_in_frame(frame)
    yield from _of_rows_and_pairs(extraction)
    yield from (
        Finding("selector_found_nothing", name, None)
        for name, selected in extraction.selected.items()
        if selected is None
    )
    yield from (Finding("missing_part", what, None) for what in _missing(extraction))
    yield from _of_items(frame, items)


def _kind(frame: Frame, position: int, text: str, *, is_event: bool) -> AuditEventName:
    """Return the event of a block that no field took, by the blocks around it."""
    roles = frame.roles
    above = roles[position - 1] if position else None
    following = roles[position + 1 : position + 3]
    if above in _STATUS and (any(map(str.isdigit, text)) or Role.ROW in following[:1]):
        return "row_form"
    if len(text) <= _MAX_HEADING and not text.endswith(SENTENCE_END):
        if _HEADED.intersection(following) or heading_tag(frame, position):
            return "unknown_heading"
        beside = is_event or above in {Role.TITLE, Role.PARAGRAPH}
        if beside and roles[position] not in {Role.FIELD, Role.VALUE} and _LABEL.match(text):
            return "unknown_label"
    return "unclaimed_text"


def _in_title(frame: Frame, own: Fields) -> Iterator[Finding]:
    """Yield a title that must be another line: a phrase, an undated sentence, or without a word."""
    title, blocks, dates = own["title"].value, own["title"].blocks, frame.portal.dates
    has_word = len(title) > _LONGEST_DATE or _WORD.search(without_dates(title, dates))
    is_phrase = _is_phrase(frame, title) or titles_another(title) or is_nothing(title)
    is_other = is_phrase or title in frame.portal.vocabulary.furniture or strip_cut(title)[1]
    # If the title was lost, the first sentence of the text is read as the title.
    is_dated = "published" in own and own["published"].blocks
    is_loose = not is_dated and heading_tag(frame, blocks[0]) is None
    if not has_word or is_other or (is_loose and title.endswith((".", "。"))):
        yield Finding("odd_title", title, blocks[-1])


def _at_ends(frame: Frame, own: Fields) -> Iterator[Finding]:
    """Yield lines at the ends that may be unknown fields or no sentences, and a body that stops."""
    for line in list(lines(own))[-_TAIL:]:
        if is_labelled(_unbracketed(line.value)):
            yield Finding("unknown_label", line.value, line.blocks[0])
    first, last = own["paragraphs"].pieces[0], own["paragraphs"].pieces[-1]
    end = _unbracketed(last.value)
    is_open = not end.endswith(_ENDS) and not is_labelled(end)
    is_cut = is_open or any(strip_cut(text)[1] for text in own["paragraphs"].value)
    if is_cut and not own["gated"].value:
        yield Finding("open_end", last.value, last.blocks[-1])
    is_loose = not is_prose(first.value) and not heading_tag(frame, first.blocks[0])
    if is_loose and first is not last:
        yield Finding("stray_line", first.value, first.blocks[0])


def _among_lines(frame: Frame, own: Fields) -> Iterator[Finding]:
    """Yield lines that belong to another part of the page, and lines that stand there twice."""
    is_alone, above = len(own["paragraphs"].value) == 1, ""
    for text, (position,), *_ in lines(own):
        is_odd = _TAG.fullmatch(text) or (is_alone and speaks_instead(text))
        if is_odd or _is_phrase(frame, text):
            yield Finding("stray_line", text, position)
        if text == above and is_prose(text):
            yield Finding("repeated_line", text, position)
        above = text


def _unbracketed(text: str) -> str:
    """Return a short line without brackets around it: some sources stand in brackets."""
    match = _BRACKETED.fullmatch(text)
    return match[1] if match else text


def _in_event(frame: Frame, own: Fields) -> Iterator[Finding]:
    """Yield lines in an event's text that look like one of its fields."""
    last = max((i for name in _OF_EVENT for i in own[name].blocks), default=0)
    for text, (position,), *_ in lines(own):
        is_value = parse_moment(text, frame.portal.dates) or frame.labels.phone.fullmatch(text)
        if is_labelled(text) or is_value:
            yield Finding("unknown_label", text, position)
        elif position < last and not is_prose(text):
            yield Finding("stray_line", text, position)


def is_labelled(text: str) -> bool:
    """Tell whether a line has the form of a labelled field and is not a sentence.

    >>> is_labelled("Editor: Zhu Lan"), is_labelled("He said: we will see.")
    (True, False)
    """
    short = len(text) <= _MAX_LABELLED and not text.endswith(SENTENCE_END)
    return short and _LABEL.match(text) is not None


def _by_machine(extraction: Extraction, parts: Sequence[Part]) -> Iterator[Finding]:
    """Yield fields that hold output of a template, a failing program or a banner, or no value."""
    for position, part in enumerate(parts):
        if part.by == "claimed":
            text = extraction.frame.page.blocks[position].text
            source = extraction.frame.labels.source(text)
            if machine_text(text) or (source and is_nothing(source)):
                yield Finding("machine_text", text, position)
    published = (extraction.own or {}).get("published", NOTHING)
    if published.value and published.value.isoformat() in machine_words.ZERO_DAYS:
        yield Finding("machine_text", published.value.isoformat(), *published.blocks)


def _prose_in_frame(frame: Frame) -> Iterator[Finding]:
    """Yield sentences in navigation or footer, as the markup calls it: they may be the body's."""
    for position, block in enumerate(frame.page.blocks):
        if len(block.text) > _MAX_LABELLED and not block.anchors and _is_text(frame, position):
            yield Finding("prose_in_frame", block.text, position)


def _is_text(frame: Frame, position: int) -> bool:
    text, is_framed = frame.page.blocks[position].text, frame.roles[position] in _OF_FRAME
    is_sentence = is_framed and text.endswith(SENTENCE_END)
    return is_sentence and words_of(frame.portal).read(text).role is Role.TEXT


def _is_phrase(frame: Frame, text: str) -> bool:
    """Tell whether a short text is one of the frame's phrases."""
    return len(text) <= _MAX_HEADING and fold(text) in frame.portal.vocabulary.roles


def _of_rows_and_pairs(extraction: Extraction) -> Iterator[Finding]:
    """Yield status words and numbers of no known form, and answers that repeat their question."""
    for fields in extraction.fields:
        if "question" in fields and fields["answer"].value == fields["question"].value:
            yield Finding("repeated_line", fields["answer"].value, fields["type"].blocks[0])
        if "serial" in fields and fields["status"].value == "other":
            yield Finding(
                "unknown_status_word", fields["status_text"].value, *fields["status"].blocks
            )
        if "serial" in fields and fields["serial"].value == fields["number"].value:
            yield Finding("row_form", fields["number"].value, *fields["number"].blocks)


def _of_items(frame: Frame, items: Sequence[Listed]) -> Iterator[Finding]:
    # Only items of a news listing need a day. Which day an event list prints is not known.
    # On other pages an item is a link like any other.
    address = frame.page.address
    is_dated = address is not None and address.kind == "listing"
    for item in items:
        if is_dated and item.day is None:
            yield Finding("undated_item", item.title, item.blocks[0])
        for position in item.blocks[1:]:
            text = frame.page.blocks[position].text
            dated = split_dated(text, frame.portal.dates)
            if dated and dated.title and dated.title not in item.title:
                yield Finding("item_without_link", text, position)


def _missing(extraction: Extraction) -> Iterator[str]:
    """Yield what a sidebar lacks in comparison with its own other parts.

    The sidebar has three boxes. Each box has its heading, and as many rows or pairs as the other
    boxes (PORTAL.md, an English article). A sidebar that is missing completely leaves no trace
    here. A text rendering may have lost headings.
    """
    frame, address = extraction.frame, extraction.page.address
    is_beside = (address and address.family) or Role.TITLE in frame.roles
    kinds = (fields.get("kind", fields["type"]).value for fields in extraction.fields)
    counts = Counter(kind for kind in kinds if kind in _BOXES)
    if not (frame.portal.status_numbers and is_beside and counts):
        return
    for name, role in _BOXES.items():
        if not counts[name]:
            yield f"no {name} box"
        elif extraction.page.layout != "text" and role not in frame.roles:
            yield f"no heading above the {name} box"
    fullest = max(counts.values())
    for name, count in sorted(counts.items()):
        if count < fullest:
            yield f"{count} of {fullest} in the {name} box"


_NOTHING: Final = re.compile(machine_words.NOTHING, re.IGNORECASE)
_WRITTEN: Final = [
    (re.compile(form, re.IGNORECASE), signs) for form, signs in machine_words.WRITTEN.items()
]
_OF_WRITTEN: Final = tuple({sign for signs in machine_words.WRITTEN.values() for sign in signs})
_OF_LONG: Final = tuple(sign for sign in _OF_WRITTEN if not sign.isalpha())
_OF_ADDRESSES: Final = ("://", "www.", "@")
_SIGNS: Final = re.compile(r"[{}\[\]<>=;_|\\^~]")
_LOOKED_AT: Final = 5_000
_LONG: Final = 240
"""A text with more characters than this is no message: words like "error" then say nothing."""
_SHORT: Final = 60
"""A text with at most so many characters may stand on each page: its result is cached."""
_FEW_SIGNS: Final = 3
_MOST_SIGNS: Final = 0.04
"""The most signs of programs, as a share of a text's characters."""
_LONGEST_WORD: Final = 45
"""The most letters of a word without a space or hyphen."""
_LONG_WORD: Final = re.compile(rf"[A-Za-z]{{{_LONGEST_WORD + 1},}}|[A-Za-z0-9+/=]{{60,}}")
_TOGETHER: Final = 12
"""A longer Latin text with more characters than this for each word has lost its spaces."""
_TYPOGRAPHIC: Final = dict.fromkeys(map(ord, "“”‘’–—…"))
_FEW_WORDS: Final = 8
_SHORT_WORDS: Final = 3
_MOST_LETTERS: Final = 0.5
"""The most single letters, as a share of a text's words."""


def is_nothing(value: str) -> bool:
    """Tell whether a value only says that there is no value.

    >>> is_nothing("undefined")
    True
    """
    return _NOTHING.fullmatch(value) is not None


def machine_text(text: str) -> str | None:
    """Return the part of ``text`` that a program wrote, within its first 5,000 characters.

    >>> machine_text("Opening of ${article.title}")
    '${article.title}'
    """
    return _of_short(text) if len(text) <= _SHORT else _look(text[:_LOOKED_AT])


def _look(text: str) -> str | None:
    lower = text.lower()
    looked_for = _OF_LONG if len(text) > _LONG else _OF_WRITTEN
    if signs := {sign for sign in looked_for if sign in lower}:
        for form, of_form in _WRITTEN:
            if not signs.isdisjoint(of_form) and (match := form.search(text)):
                return match[0]
    return _unlike_words(text)


_of_short = lru_cache(maxsize=2048)(_look)


def _unlike_words(text: str) -> str | None:
    """Return a text, or a part of it, that has the form of a program's output, not of words."""
    words = text.split()
    if any(sign in text for sign in _OF_ADDRESSES):
        words = [word for word in words if not any(sign in word for sign in _OF_ADDRESSES)]
        text = " ".join(words)
    if len(_SIGNS.findall(text)) > max(_FEW_SIGNS, _MOST_SIGNS * len(text)):
        return text
    if max(map(len, words), default=0) > _LONGEST_WORD and (long_word := _LONG_WORD.search(text)):
        return long_word[0]
    if len(text) > max(_SHORT, _TOGETHER * len(words)) and text.translate(_TYPOGRAPHIC).isascii():
        return text
    if len(words) < _FEW_WORDS or len(text) > _SHORT_WORDS * len(words):
        return None
    letters = sum(len(word) == 1 and word.isascii() and word.isalpha() for word in words)
    return text if letters > _MOST_LETTERS * len(words) else None
