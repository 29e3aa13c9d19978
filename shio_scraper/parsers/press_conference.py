"""Reads press conferences: a list of speakers, then turns, each behind the label of its speaker."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, starmap
from typing import Final, TypeAlias

from shio_scraper.items import Speaker, Turn
from shio_scraper.parsers.article import is_cut, page_title, read_published, shows_article
from shio_scraper.parsers.body import read_body
from shio_scraper.parsers.frame import Frame, Role
from shio_scraper.parsers.heading import dated_headings
from shio_scraper.parsers.labels import any_of
from shio_scraper.parsers.prose import Prose
from shio_scraper.parsers.records import Field, listed, own_fields, unique
from shio_scraper.parsers.result import Extraction
from shio_scraper.parsers.title import choose, section_and_category
from shio_scraper.parsers.voices import Label, Voices, known_labels
from shio_scraper.portals.common import GREETINGS

_Turn: TypeAlias = tuple[Turn, list[tuple[int, ...]]]
"""A turn and, for each of its paragraphs, the blocks of the paragraph."""

_ASKS: Final = ("?", "？", "?”", "？”", '?"')
_THANKS: Final = re.compile(
    r"(?:.*\s)?thank(?:s| you)\b[^.?!]{0,40}[.!]?", re.IGNORECASE | re.DOTALL
)
_ONLY_THANKS: Final = re.compile(r"thank(?:s| you)\b[^.?!]{0,30}[.!]?", re.IGNORECASE)
_SENTENCE: Final = (".", "?", "!", "。", "？", "！")
_ROLE: Final = re.compile(r"\s*[,，]\s*")
_MEMBERS: Final = re.compile(r"\s*[;；](?!\s*and\b)\s*")
"""The separator of two speakers. ``; and`` is none: it stands between two offices of one person."""
_BEFORE_A_ROLE: Final = re.compile(r"(?<=\w )(?=([^\s,，]+ [^\s,，]+(?: [^\s,，]+)?)[,，])")
_GREETS: Final = re.compile(GREETINGS, re.IGNORECASE)
_LEAD: Final = 2
"""Most paragraphs above the list of speakers: they say when the conference was and on what."""
_LONGEST_LINE: Final = 240
_SEVERAL: Final = 2


@dataclass(slots=True)
class _Piece:
    """A paragraph, or the part of a paragraph that a label opens."""

    label: Label | None
    text: str
    blocks: tuple[int, ...]
    is_bold: bool = False


def shows_press_conference(frame: Frame) -> bool:
    """Tell whether the section above the title is that of the portal's press conferences."""
    if not frame.portal.sections.get("press_conference") or not shows_article(frame):
        return False
    title = choose(frame, dated_headings(frame))
    section = section_and_category(frame, title)[0].value
    return section is not None and frame.portal.holds("press_conference", section)


def read_press_conference(result: Extraction, rule: str) -> bool:
    """Read the press conference on the page into ``result``; ``rule`` says what told its kind.

    A colon ends a label if a name, an outlet or a listed speaker stands before it; any other
    colon is part of its sentence. Paragraphs before the first label are a turn without a speaker.
    Always return true: the page is dealt with, by a record or by a reject.
    """
    frame = result.frame
    heading = page_title(result, Prose(frame))
    if heading is None:
        return True
    published = read_published(result, heading)
    body = read_body(frame, heading, keep_source=True, whole=True)
    if is_cut(frame, body):
        result.reject("truncated", "the page ends within the press conference")
        return True
    voices = Voices(frame.portal)
    speakers, paragraphs = _read_speakers(frame, voices, body.paragraphs.pieces)
    pieces = [_piece(frame, voices, paragraph) for paragraph in paragraphs]
    _keep_true_labels(pieces)
    turns: list[_Turn] = []
    for piece in _parted(pieces, voices):
        _take(turns, piece)
    turn_fields = list(starmap(_turn, turns))
    fields = {
        **own_fields(
            frame.page, frame.language, "press_conference", rule, title=heading.field, day=published
        ),
        "published": published,
        "speakers": listed(speakers, "lines below the title, above the turns"),
        "turns": listed(turn_fields, "paragraphs below the title, from label to label"),
        "links": body.links,
    }
    result.add(fields)
    result.notes.update(body.notes)
    result.note("no_turns", not turns)
    result.note("turn_without_speaker", sum(turn.speaker is None for turn, _ in turns))
    return True


def _read_speakers(
    frame: Frame, voices: Voices, paragraphs: Sequence[Field]
) -> tuple[list[Field], Sequence[Field]]:
    """Read the list of speakers above the turns.

    Return the speakers and the paragraphs that are not part of the list. The names are added to
    ``voices.listed``.
    """
    lead, members = 0, list[Field]()
    while paragraphs[lead:] and not _names_speakers(frame, voices, paragraphs[lead]):
        lead += 1
        if lead > _LEAD:
            return [], paragraphs
    end = lead
    for paragraph in paragraphs[lead:]:
        speakers = _speakers(frame, voices, paragraph)
        if not speakers and not voices.list_above(paragraph.value):
            break
        for speaker, is_host in speakers:
            members.append(
                Field(speaker, paragraph.blocks, "line of the form: name, office and role")
            )
            voices.listed[speaker.name] = "host" if is_host else "answer"
        for position in paragraph.blocks:
            frame.roles[position] = Role.SPEAKER
        end += 1
    return members, (*paragraphs[:lead], *paragraphs[end:])


def _names_speakers(frame: Frame, voices: Voices, line: Field) -> bool:
    return voices.list_above(line.value) or bool(_speakers(frame, voices, line))


def _speakers(frame: Frame, voices: Voices, line: Field) -> list[tuple[Speaker, bool]]:
    """Return the speakers that a line of the list names, each with whether they host.

    A line has the form ``Name, office and role``. A line of any other form names nobody.
    """
    text, block = line.value, frame.page.blocks[line.blocks[0]]
    cells = [cell for cell in block.cells if cell]
    if len(cells) > 1 and cells[0].endswith((":", "：")):  # a turn in a table
        return []
    if len(cells) > 1 and voices.may_be_name(cells[0]):
        role = ", ".join(cells[1:])
        return [(Speaker(name=cells[0], role=role), voices.is_host(role))]
    if len(text) > _LONGEST_LINE or text.endswith(_SENTENCE):
        return []
    label = voices.label(text)
    if label and (label.kind == "host" or voices.list_above(label.text)):
        members = [_member(voices, part) for part in _MEMBERS.split(label.rest)]
        return [(member, label.kind == "host") for member in members if member]
    parts = [name for part in _MEMBERS.split(text) for name in _parted_at_names(voices, part)]
    members = [_member(voices, part, needs_role=True) for part in parts]
    speakers = [member for member in members if member]
    if len(speakers) < len(members):
        return []
    return [(speaker, voices.is_host(speaker.role or "")) for speaker in speakers]


def _parted_at_names(voices: Voices, text: str) -> Iterator[str]:
    """Split a line before each name that a role follows: speakers without a separator."""
    start = 0
    for match in _BEFORE_A_ROLE.finditer(text):
        if voices.is_person(match[1]):
            yield text[start : match.start()].rstrip()
            start = match.start()
    yield text[start:]


def _member(voices: Voices, text: str, *, needs_role: bool = False) -> Speaker | None:
    name, *roles = _ROLE.split(text, maxsplit=1)
    if not voices.may_be_name(name) or ":" in text or (needs_role and not any(roles)):
        return None
    return Speaker(name=name, role=roles[0] if roles and roles[0] else None)


def _piece(frame: Frame, voices: Voices, paragraph: Field) -> _Piece:
    text, blocks = paragraph.value, paragraph.blocks
    label = voices.label(text)
    parts = frame.page.blocks[blocks[0]].parts
    first = parts[0].rstrip(" :：") if len(parts) > 1 else ""
    return _Piece(label, text, blocks, is_bold=bool(label and first == label.text))


def _keep_true_labels(pieces: Sequence[_Piece]) -> None:
    """Remove, in place, the labels that are only words of a sentence before a colon.

    A label stays if it is sure, if it is set apart in bold, or if it opens a question.
    """
    sure = {piece.label.text for piece in pieces if piece.label and piece.label.is_sure}
    marked = any(piece.is_bold for piece in pieces if piece.label and piece.label.is_sure)
    following = len(pieces)
    for index in range(len(pieces) - 1, -1, -1):
        piece = pieces[index]
        if piece.label is None:
            continue
        if piece.label.is_sure:
            following = index
            continue
        is_apart = piece.is_bold and (marked or not sure) and " " in piece.label.text
        if not is_apart and not _puts_a_question(pieces, index, following):
            piece.label = None


def _puts_a_question(pieces: Sequence[_Piece], index: int, end: int) -> bool:
    """Tell whether a turn ends in a question that the next speaker answers.

    ``index`` is the piece that opens the turn; its label must have several words. ``end`` is the
    piece with the next sure label.
    """
    label = pieces[index].label
    if label is None or " " not in label.text or end == len(pieces):
        return False
    last, following = pieces[end - 1].text, pieces[end].label
    asks = last.endswith(_ASKS) or ("?" in last and _THANKS.fullmatch(last) is not None)
    return asks and following is not None and following.kind in {"answer", "host"}


def _parted(pieces: Sequence[_Piece], voices: Voices) -> Iterator[_Piece]:
    """Split paragraphs at the labels inside them.

    Only labels of listed speakers, and labels that open a paragraph elsewhere, split a paragraph.
    """
    spoken = {piece.label.text for piece in pieces if piece.label}
    labels = {*spoken, *voices.listed}
    pattern = known_labels(labels) if labels else re.compile(any_of(()))
    for piece in pieces:
        for index, text in enumerate(pattern.split(piece.text)):
            label = voices.label(text) if index or piece.label else None
            yield _Piece(label, label.rest if label else text, piece.blocks)


def _take(turns: list[_Turn], piece: _Piece) -> None:
    """Add a piece to the last turn, or begin a new turn with it."""
    if piece.label:
        if turns and turns[-1][0].speaker == piece.label.text:
            _part_question(turns)
        turns.append((Turn(speaker=piece.label.text, kind=piece.label.kind, paragraphs=[]), []))
    elif not turns or _is_over(turns[-1][0], piece.text):
        turns.append((Turn(speaker=None, kind=None, paragraphs=[]), []))
    if piece.text:
        turn, blocks = turns[-1]
        turn.paragraphs.append(piece.text)
        blocks.append(piece.blocks)


def _turn(turn: Turn, blocks: list[tuple[int, ...]]) -> Field:
    rule = f"label before a colon: {turn.kind or 'of somebody unknown'}"
    if turn.speaker is None:
        rule = "no label: nobody is known to say it"
    return Field(turn, unique(chain.from_iterable(blocks)), rule)


def _is_over(turn: Turn, text: str) -> bool:
    """Tell whether ``turn`` is over before ``text``, although no label stands before ``text``.

    So it is if ``text`` greets, or is the answer to the question that ``turn`` ends in.
    """
    if turn.speaker and turn.paragraphs and _GREETS.match(text):
        return True
    if turn.kind != "question" or not turn.paragraphs:
        return False
    last = turn.paragraphs[-1]
    if not (last.endswith(_ASKS) or _THANKS.fullmatch(last)):
        return False
    return not (text.endswith(_ASKS) or _ONLY_THANKS.fullmatch(text))


def _part_question(turns: list[_Turn]) -> None:
    """Split a closing question off the last turn, whose speaker is about to speak again.

    Somebody else asked that question; the page does not say who.
    """
    above, blocks = turns[-1]
    if len(above.paragraphs) >= _SEVERAL and above.paragraphs[-1].endswith(_ASKS):
        asked = Turn(speaker=None, kind=None, paragraphs=[above.paragraphs.pop()])
        turns.append((asked, [blocks.pop()]))
