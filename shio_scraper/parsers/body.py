"""The body below a title: the blocks in the title's container, without the frame of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, pairwise, takewhile
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from shio_scraper.addresses import names_document
from shio_scraper.items import Attachment, Image, Link
from shio_scraper.parsers.byline import bylines_of
from shio_scraper.parsers.dates import parse_day
from shio_scraper.parsers.edges import Edges
from shio_scraper.parsers.frame import CONTENT, SIDEBAR, Frame, Role
from shio_scraper.parsers.heading import Heading, heading_tag
from shio_scraper.parsers.labels import without_noise
from shio_scraper.parsers.prose import SENTENCE_END, Prose, is_prose
from shio_scraper.parsers.records import NOTHING, Field, listed

_PROSE: Final = 40
_FULL_STOP: Final = (".", "!", "?", "。", "！", "？")
_HARD_WRAP: Final = 40
"""The fewest characters of a line that a line break may split inside a sentence."""
_AROUND_A_TEASER: Final = 12
"""The most characters that the labels before a teaser and the dots after it take."""
_WORDS_OF_FRAME: Final = frozenset({Role.NAVIGATION, Role.SECTION, Role.CATEGORY, Role.EVENTS})
NO_GATE: Final = Field(False, (), "no notice to log in on the page")  # noqa: FBT003
_WIDEST: Final = 140
"""The longest line, in characters, that counts as broken by an editor's program."""
_ENDS_A_LINE: Final = (*SENTENCE_END, ":", "：", ";", "；", "’")
_ITEM: Final = re.compile(r"[-•·*]\s|\d{1,2}[.)、]\s?\D")
_ABOVE: Final = 4
"""How many blocks above a title may hold its byline."""
_BELOW: Final = 10
"""How many blocks below a body may hold its byline."""
_BYLINES: Final = frozenset({Role.TEXT, Role.DATE, Role.TITLE, Role.NAVIGATION, Role.FOOT})
_OF_FIGURES: Final = frozenset({"figure", "figcaption"})
_ABOVE_FOOT: Final = 0.5
"""A foot needs at least this much text above it, as a share of the text from the foot on."""
_TAIL: Final = 3
"""How many lines at the end of a body may hold its source line or the notice to log in.

Short lines (editor, attachment) may follow these.
"""

Lines: TypeAlias = list[tuple[int, str]]
"""The lines of a body, each with the position of its block."""


@dataclass(slots=True)
class Body:
    """What stands below a title: the fields read from it, and the ``blocks`` of all of it.

    ``shortened`` says, by the position of a block, what was removed from the block.
    """

    blocks: list[int]
    paragraphs: Field = NOTHING
    links: Field = NOTHING
    images: Field = NOTHING
    attachments: Field = NOTHING
    source: Field = NOTHING
    gated: Field = NO_GATE
    notes: list[str] = field(default_factory=list)
    shortened: dict[int, str] = field(default_factory=dict)


def read_body(
    frame: Frame,
    heading: Heading,
    *,
    keep_source: bool = False,
    whole: bool = False,
    container: int | None = None,
    prose: Prose | None = None,
) -> Body:
    """Read the body below ``heading`` and give each block of the body its role.

    ``keep_source`` leaves the source line in the text, because events have no such field.
    ``whole`` takes the whole page as the container of the title. ``container`` is the node that
    holds the text, ``prose`` the prose of the page, if the caller knows them.
    """
    frame.roles[heading.start : heading.end] = [Role.TITLE] * (heading.end - heading.start)
    prose = prose or Prose(frame)
    if container is None:
        container = 0 if whole else _container(frame, heading, prose)
    below, is_below_sidebar = _body_blocks(frame, heading, container, prose)
    if not whole:
        below = Edges(frame, prose, container).own(below)
    body = Body(sorted({*heading.inside, *below}))
    lines = list(_texts(frame, heading, body))
    lines = _take_gate(frame, heading, body, lines)
    if not keep_source:
        body.source = _take_source(frame, heading, body, lines)
        if body.source.value is None:
            body.source = _source_around(frame, heading, lines)
    text = [position for position, _ in lines]
    for position in text:
        frame.roles[position] = Role.PARAGRAPH
    beside = "below the sidebar that follows the title" if is_below_sidebar else "below the title"
    rule = f"{beside}, in its container, up to the sidebar or the foot"
    body.paragraphs = listed(list(_paragraphs(frame, heading, body, lines)), rule)
    body.links = listed(
        [
            Field(link, (position,), "link in a block of the body")
            for position in (*_twins(frame, heading), *text)
            for link in frame.page.links(position)
        ],
        "links in the blocks of the body",
    )
    body.images = listed(list(_images(frame, text)), "pictures in the blocks of the body")
    attached = list(_attachments(frame, heading.end, max(text, default=0)))
    body.attachments = listed(attached, "links to documents in the body, and below it")
    return body


def _paragraphs(frame: Frame, heading: Heading, body: Body, lines: Lines) -> Iterator[Field]:
    for parts in _rejoin(frame, lines):
        text = " ".join([line for _, line in parts])
        blocks = tuple([position for position, _ in parts])
        pieces: tuple[Field, ...] = ()
        between = blocks[0] in heading.inside
        rule = "block between the title and its date or fields" if between else "block of the body"
        if len(parts) > 1:
            rule = f"{len(parts)} lines that line breaks split inside a sentence"
            pieces = tuple([Field(line, (position,), "line") for position, line in parts])
        if body.shortened:
            rule = ", ".join([rule, *(body.shortened[i] for i in blocks if i in body.shortened)])
        yield Field(text, blocks, rule, pieces)


def _twins(frame: Frame, heading: Heading) -> list[int]:
    """Return the blocks above the title that link to the same page in the other language."""
    return [
        position
        for position in range(heading.start)
        if frame.roles[position] is Role.TWIN and any(map(_is_page, frame.page.links(position)))
    ]


def _images(frame: Frame, text: list[int]) -> Iterator[Field]:
    """Yield the pictures between the first and the last block of the text.

    A picture outside the text's own blocks, as a site's tool shows it, is left out unless it
    stands in a figure. The text of a picture in a figure is the caption, of any other picture
    the alternative text in the markup.
    """
    if not text:
        return
    inside, blocks, nodes = set(text), frame.page.blocks, frame.page.nodes
    for position, source, alternative in frame.page.images:
        if not text[0] <= position <= text[-1]:
            continue
        part = nodes[blocks[position].node].part
        url = frame.page.resolve(source)
        if url and (position in inside or part in _OF_FIGURES):
            text_of = blocks[position].text if part in _OF_FIGURES else alternative
            yield Field(Image(url=url, text=text_of), (position,), "picture in the body")


def _attachments(frame: Frame, start: int, last: int) -> Iterator[Field]:
    """Yield the documents that the page links to from ``start`` on, before the sidebar or foot.

    Such links stand below the text as often as in it:
    ``Attachment 1: Form of application.docx``. The sidebar or foot ends the search only below
    ``last``, the last block of the text.
    """
    known: set[str] = set()
    for position in range(start, len(frame.page.blocks)):
        role, block = frame.roles[position], frame.page.blocks[position]
        if position > last and (role in SIDEBAR or role is Role.FOOT):
            return
        for anchor in block.anchors:
            url = frame.page.resolve(anchor.href) if names_document(anchor.href) else None
            if url and url not in known:
                known.add(url)
                attached = Attachment(url=url, text=anchor.text)
                yield Field(attached, (position,), "link to a document")


def _is_page(link: Link) -> bool:
    """Tell whether a link leads to a page, and not to the home page of a site."""
    return urlsplit(link.url).path.strip("/") != ""


def _container(frame: Frame, heading: Heading, prose: Prose) -> int:
    """Return the element of the text below the title; without prose, the title's with content."""
    holder = prose.container(heading.end)
    if holder is not None:
        return holder
    for node in frame.page.ancestors(frame.page.blocks[heading.end - 1].node):
        below = range(heading.end, frame.page.nodes[node].end)
        if any(frame.roles[position] in CONTENT for position in below):
            return node
    return 0


def _body_blocks(
    frame: Frame, heading: Heading, container: int, prose: Prose
) -> tuple[list[int], bool]:
    """Return the positions of the body: below the title, in its container, before the sidebar.

    If the sidebar stands between title and body, the body is what follows the sidebar, and the
    second value is true.
    """
    start = max(heading.end, frame.page.nodes[container].start)
    end = _foot(frame, start, frame.page.nodes[container].end, prose)
    positions: list[int] = []
    beside = False
    last = next((i for i in reversed(range(start, end)) if _is_text(frame, i)), -1)
    behind = start
    subheadings: list[int] = []
    for position in range(start, end):
        role = frame.roles[position]
        if position < behind:
            continue
        if role in SIDEBAR and _is_sidebar(frame, position, last, end):
            if any(frame.roles[i] is not Role.DATE for i in positions):
                behind = _behind_boxes(frame, positions[-1], position, end)
                if behind == end:
                    break
            else:
                beside, positions = True, []
        elif role in SIDEBAR or (
            role in CONTENT and not (beside and role in {Role.QUESTION, Role.ANSWER})
        ):
            frame.rows.pop(position, None)
            positions += [*subheadings, position] if positions else [position]
            subheadings.clear()
        elif role in _WORDS_OF_FRAME and _is_subheading(frame, position):
            subheadings.append(position)
    return positions, beside


def _is_sidebar(frame: Frame, position: int, last_text: int, end: int) -> bool:
    """Tell whether sidebar words in a body are a sidebar: several boxes, or no text below them.

    A FAQ box is the only one of its page and shows teasers. An interview in an article under
    such a heading fits neither.
    """
    roles = frame.roles
    if roles[position] is Role.FAQ:
        return roles.count(Role.FAQ) == 1 and _teasers_follow(frame, position)
    if position > last_text:
        return True
    below = range(position + 1, min(position + 3, end))
    if not below or _is_text(frame, below[0]):
        return False
    return any(roles[i] in SIDEBAR or roles[i] is Role.QUESTION for i in below)


def _is_text(frame: Frame, position: int) -> bool:
    return frame.roles[position] is Role.TEXT and is_prose(frame.page.blocks[position].text)


def _is_subheading(frame: Frame, position: int) -> bool:
    """Tell whether a heading between paragraphs is the body's, though it reads like the frame."""
    return heading_tag(frame, position) is not None and not frame.page.blocks[position].anchors


def _behind_boxes(frame: Frame, above: int, position: int, end: int) -> int:
    """Return where a body continues behind boxes among its paragraphs; ``end`` if it does not.

    Such a box is an element beside the paragraphs. Prose follows it in an element with the same
    parent and tag as theirs.
    """
    page, roles = frame.page, frame.roles
    paragraph = page.node(above)
    while position < end and roles[position] in SIDEBAR:
        around = page.ancestors(page.blocks[position].node)
        box = next((n for n in around if n and page.nodes[n].parent == paragraph.parent), 0)
        if not box or page.nodes[box].end - position < 2:  # noqa: PLR2004
            return end
        position = page.nodes[box].end
    if position >= end:
        return end
    behind = page.node(position)
    is_alike = (behind.parent, behind.tag) == (paragraph.parent, paragraph.tag)
    return position if is_alike and _is_text(frame, position) else end


def _teasers_follow(frame: Frame, position: int) -> bool:
    """Tell whether all pairs below are short enough to be teasers with labels and cut-off dots."""
    longest = max(frame.portal.teaser_length.values(), default=0) + _AROUND_A_TEASER
    return all(
        len(block.text) <= longest
        for block, role in zip(
            frame.page.blocks[position + 1 :], frame.roles[position + 1 :], strict=True
        )
        if role in {Role.QUESTION, Role.ANSWER}
    )


def _foot(frame: Frame, start: int, end: int, prose: Prose) -> int:
    """Return where the foot of the page begins: at its largest node without the text above it.

    A foot among the paragraphs of one element belongs to a picture, a quotation or a box. A
    foot with little text above it names the owner of a picture above the text.
    """
    if Role.FOOT not in frame.roles[start:end]:
        return end
    page, between, weights = frame.page, prose.between, prose.weights
    last = {prose.holder(i): i for i in range(start, end) if weights[i]}
    goes_on = start
    for position in range(start, end):
        if weights[position]:
            goes_on = max(goes_on, last[prose.holder(position)])
        node = page.blocks[position].node
        if frame.roles[position] is not Role.FOOT or position < goes_on:
            continue
        above = between(start, position)
        if above < _ABOVE_FOOT * between(position, end):
            continue
        if page.nodes[node].part not in _OF_FIGURES:
            first = (page.nodes[n].start for n in reversed(page.ancestors(node)))
            return next((i for i in first if i > start and not between(i, position)), position)
    return end


def leads_away(frame: Frame, position: int) -> bool:
    """Tell whether a block is only a link to another page of the portal, perhaps with its date."""
    page, block = frame.page, frame.page.blocks[position]
    own_url = page.address.url if page.address else None
    links = [anchor for anchor in block.anchors if page.resolve(anchor.href)]
    addresses = (page.locate(link.href) for link in links)
    if not links or not all(a and a.family and a.url != own_url for a in addresses):
        return False
    rest = block.without(links).strip(" -–—|[]()（）·•")
    return not any(map(str.isalnum, rest)) or parse_day(rest, frame.portal.dates) is not None


def _texts(frame: Frame, heading: Heading, body: Body) -> Iterator[tuple[int, str]]:
    """Yield the lines of the body without noise. A repeated title is not a line."""
    printed = [frame.page.blocks[position].text for position in body.blocks]
    for position, before, text in zip(body.blocks, printed, without_noise(printed), strict=True):
        if text != before:
            body.notes.append("noise_removed")
            body.shortened[position] = "without script text or word-processor leftovers"
        if not text:
            frame.roles[position] = Role.NOISE
        elif text == heading.title:
            frame.roles[position] = Role.TITLE
        else:
            yield position, text


def _take_gate(frame: Frame, heading: Heading, body: Body, lines: Lines) -> Lines:
    """Take the notice to log in off the end of the body, or find it below the body."""
    for index in reversed(range(max(len(lines) - _TAIL, 0), len(lines))):
        position, text = lines[index]
        if split := frame.labels.split_gate(text):
            body.gated = _gate(position, "at the end of")
            frame.roles[position] = Role.GATE
            rest = [(position, split[0])] if split[0] else []
            body.shortened[position] = "up to the notice to log in"
            goes_on = [line for line in lines[index + 1 :] if frame.labels.goes_on_gate(line[1])]
            for line in goes_on:
                frame.roles[line[0]] = Role.GATE
            below = (line for line in lines[index + 1 :] if line not in goes_on)
            return [*lines[:index], *rest, *below]
        if is_prose(text) and not (frame.labels.source(text) or frame.labels.goes_on_gate(text)):
            break
    inside = set(body.blocks)
    for position in range(heading.end, len(frame.roles)):
        if frame.roles[position] is not Role.TEXT or position in inside:
            continue
        if frame.labels.split_gate(frame.page.blocks[position].text):
            body.gated = _gate(position, "below")
            frame.roles[position] = Role.GATE
    return lines


def _gate(position: int, where: str) -> Field:
    return Field(True, (position,), f"notice {where} the body: log in to read")  # noqa: FBT003


def _take_source(frame: Frame, heading: Heading, body: Body, lines: Lines) -> Field:
    """Take the source line off the end of the body, or off its start, next to the date."""
    beside = NOTHING
    if lines and lines[0][0] == heading.end:
        beside = _source_line(frame, lines, 0, "line with a source label right below the title")
    for index in range(len(lines) - 1, max(len(lines) - 1 - _TAIL, -1), -1):
        text = lines[index][1]
        source = frame.labels.source(text)
        if source and beside.value in {None, source}:
            return _source_line(frame, lines, index, "last line of the body with a source label")
        if len(text) >= _PROSE or text.endswith(_FULL_STOP):
            break
    if not beside.value and lines and (split := frame.labels.source_at_end(lines[-1][1])):
        position = lines[-1][0]
        lines[-1] = (position, split[0])
        body.shortened[position] = "without the source in brackets"
        return Field(split[1], (position,), "source label in brackets that end the body")
    return beside


def _source_around(frame: Frame, heading: Heading, lines: Lines) -> Field:
    """Return the source that a byline names, below the body or between title and body."""
    bylines, blocks, roles = bylines_of(frame.portal), frame.page.blocks, frame.roles
    first, last = (lines[0][0], lines[-1][0]) if lines else (heading.end, heading.end - 1)
    below = takewhile(lambda i: roles[i] not in SIDEBAR, range(last + 1, len(roles)))
    above = range(max(heading.start - _ABOVE, 0), first)
    for position in (*islice(below, _BELOW), *above):
        if roles[position] in _BYLINES and (source := bylines.source(blocks[position])):
            if roles[position] is Role.TEXT:
                roles[position] = Role.SOURCE
            return Field(source, (position,), "source label in a line beside title or body")
    return NOTHING


def _source_line(frame: Frame, lines: Lines, index: int, rule: str) -> Field:
    position, text = lines[index]
    source = frame.labels.source(text)
    if source is None:
        return NOTHING
    frame.roles[position] = Role.SOURCE
    del lines[index]
    return Field(source, (position,), rule)


def _rejoin(frame: Frame, lines: Lines) -> list[Lines]:
    """Join lines that a line break splits inside a sentence (PORTAL.md, noise) into paragraphs."""
    paragraphs: list[Lines] = []
    blocks = frame.page.blocks
    wrapped = _breaks_sentences(frame)
    first = frame.page.layout != "text"
    parted = wrapped and any(not blocks[position].soft for position, _ in lines[first:])
    width = _width(frame, lines) if wrapped else 0
    above = before = ""
    for position, text in lines:
        if (
            paragraphs
            and blocks[position].soft
            and heading_tag(frame, position) is None
            and (
                _goes_on(before, text)
                or (parted and not _ITEM.match(text))
                or (wrapped and _is_wrapped(before, text))
                or len(above) + len(text.split()[0]) >= width > 0
            )
        ):
            paragraphs[-1].append((position, text))
            before = f"{before} {text}"
        else:
            paragraphs.append([(position, text)])
            before = text
        above = text
    return paragraphs


def _width(frame: Frame, lines: Lines) -> int:
    """Return the width at which lines break: the next line's first word did not fit any more.

    Return 0 if most line breaks end a sentence, or if a word did fit. Such line breaks end
    paragraphs.
    """
    broken = [
        (text, below.split()[0])
        for (_, text), (position, below) in pairwise(lines)
        if frame.page.blocks[position].soft
    ]
    inside = [(text, word) for text, word in broken if not text.endswith(SENTENCE_END)]
    longest = max((len(text) for text, _ in broken), default=0)
    fits = any(len(text) + len(word) < longest for text, word in inside)
    return longest if not fits and 2 * len(inside) > len(broken) and longest <= _WIDEST else 0


def _breaks_sentences(frame: Frame) -> bool:
    """Tell whether pages of this layout have line breaks inside sentences."""
    address = frame.page.address
    if address:
        return bool(address.family and address.family.wrapped)
    kind = "event" if Role.FIELD in frame.roles else "article"
    is_old = kind == "article" and not {Role.SECTION, Role.PROMOTION}.isdisjoint(frame.roles)
    return not is_old and any(f.wrapped and f.kind == kind for f in frame.portal.families)


def _goes_on(before: str, text: str) -> bool:
    """Tell whether a line continues the sentence above, as far as its first letter tells."""
    if not (text[0].isascii() and text[0].islower()):
        return False
    return before.endswith(",") or (len(before) >= _HARD_WRAP and before[-1].isalnum())


def _is_wrapped(before: str, text: str) -> bool:
    """Tell whether a hard line break stands inside a sentence: the line above does not end one."""
    if before.endswith(_ENDS_A_LINE) or _ITEM.match(text):
        return False
    return len(before) >= _HARD_WRAP or (text[0].isascii() and text[0].islower())
