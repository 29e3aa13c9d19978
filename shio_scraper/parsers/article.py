"""The article of a page: its title line, and the body that shares the title's container."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from shio_scraper.items import Link
from shio_scraper.pages import Block
from shio_scraper.parsers.dates import Dated, parse_day, split_dated
from shio_scraper.parsers.frame import CONTENT, SIDEBAR, Frame, Role
from shio_scraper.parsers.labels import is_code, opens_script, strip_noise

_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_MAX_TITLE: Final = 400
_PROSE: Final = 40
_CJK_PROSE: Final = 12
_SENTENCE_END: Final = (".", "!", "?", "。", "！", "？", "”", '"', "…", ")", "）")
_HARD_WRAP: Final = 40
_PERIOD: Final = 2


@dataclass(slots=True)
class Heading:
    """A title line: the blocks ``start`` to ``end``, read as a title and a date."""

    start: int
    end: int
    title: str
    day: date | None
    dated: bool = True
    listed: bool = False
    source: str | None = None


@dataclass(slots=True)
class Body:
    """What stands under a title, in its order."""

    paragraphs: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    source: str | None = None
    gated: bool = False
    blocks: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def dated_headings(frame: Frame) -> list[Heading]:
    """Return every line of the page that could be a title with its date."""
    found: list[Heading] = []
    for position, role in enumerate(frame.roles):
        if found and position < found[-1].end:
            continue
        heading = None
        if role is Role.TEXT:
            heading = _one_line(frame, position) or _with_byline_inside(frame, position)
        elif role is Role.DATE:
            heading = _two_lines(frame, position)
        if heading and heading.title and len(heading.title) <= _MAX_TITLE:
            found.append(heading)
    return found


def undated_heading(frame: Frame) -> Heading | None:
    """Return the likeliest title of an article whose page prints no date."""
    roles, nodes = frame.roles, frame.page.nodes
    texts = [i for i, role in enumerate(roles) if role is Role.TEXT]
    tagged = [i for i in texts if nodes[frame.page.blocks[i].node].tag in _HEADINGS]
    placed = [i for i in texts if i and roles[i - 1] in {Role.SECTION, Role.CATEGORY, Role.TABS}]
    first = [i for i in texts if not SIDEBAR.intersection(roles[:i])] or texts
    for position in (*tagged, *placed, *first):
        if len(frame.page.blocks[position].text) <= _MAX_TITLE:
            return _whole_heading(frame, position, position + 1, None, dated=False)
    return None


def choose(frame: Frame, headings: list[Heading]) -> Heading:
    """Return the heading that is the page's title: below the section, or in a heading element."""
    for heading in headings:
        if _below_section(frame, heading):
            return heading
    for heading in headings:
        if _tag(frame, heading) in _HEADINGS:
            return heading
    return headings[0]


def rivals(frame: Frame, chosen: Heading, headings: list[Heading]) -> list[Heading]:
    """Return the headings that have as good a claim to be the title as the chosen one."""
    tag = _tag(frame, chosen)
    return [
        other
        for other in headings
        if other.title != chosen.title
        and not other.listed
        and (
            _below_section(frame, other)
            or (tag in _HEADINGS and _tag(frame, other) == tag and _is_plain(frame, other))
        )
    ]


def section_and_category(frame: Frame, heading: Heading) -> tuple[str | None, str | None]:
    """Return the section and the subsection that stand above the title, as printed."""
    section = category = None
    for position in reversed(range(heading.start)):
        role = frame.roles[position]
        if role in SIDEBAR:
            break
        printed = frame.sections.get(position)
        if printed and printed[1] and not category and not section:
            category = printed[1] if not _in_strip(frame, position) else None
        if printed and printed[0]:
            section = printed[0]
            break
    return section, category


def read_body(frame: Frame, heading: Heading) -> Body:
    """Read the body under ``heading`` and give each of its blocks its role."""
    frame.roles[heading.start : heading.end] = [Role.TITLE] * (heading.end - heading.start)
    body = Body(blocks=_body_blocks(frame, heading))
    lines = list(_texts(frame, heading, body))
    lines = _take_gate(frame, body, lines)
    body.source = heading.source or _take_source(frame, body, lines)
    body.paragraphs = [text for _, text in _rejoin(frame, lines)]
    for position, _ in lines:
        frame.roles[position] = Role.PARAGRAPH
    body.links = [link for i, _ in lines for link in frame.page.blocks[i].links]
    return body


def container(frame: Frame, heading: Heading) -> int:
    """Return the smallest node around the title that also holds prose below it."""
    fallback = None
    for node in frame.page.ancestors(frame.page.blocks[heading.end - 1].node):
        below = range(heading.end, frame.page.nodes[node].end)
        content = [i for i in below if frame.roles[i] in CONTENT]
        if any(is_prose(frame.page.blocks[i].text) for i in content):
            return node
        if content and fallback is None:
            fallback = node
    return fallback or 0


def _one_line(frame: Frame, position: int) -> Heading | None:
    block = frame.page.blocks[position]
    dated = _split(block)
    if dated is None:
        return None
    return _whole_heading(
        frame, position, position + 1, dated.day, title=dated.title, listed=dated.listed
    )


def _with_byline_inside(frame: Frame, position: int) -> Heading | None:
    """``<b>TITLE</b> <i>2023-02-06</i> <i>Source: X</i>``: the source beside the date."""
    parts = frame.page.blocks[position].parts
    if len(parts) < 2:  # noqa: PLR2004
        return None
    byline = frame.labels.byline(" ".join(parts[1:]))
    if byline is None:
        return None
    return Heading(position, position + 1, parts[0], parse_day(byline[0]), source=byline[1])


def _two_lines(frame: Frame, position: int) -> Heading | None:
    """The title in one block, the date in the next."""
    byline = frame.labels.byline(frame.page.blocks[position].text)
    above = position - 1
    if byline is None or above < 0 or frame.roles[above] is not Role.TEXT:
        return None
    day = parse_day(byline[0])
    before = _split(frame.page.blocks[above])
    title = before.title if before and before.day == day else frame.page.blocks[above].text
    return _whole_heading(frame, above, position + 1, day, title=title, source=byline[1])


def _split(block: Block) -> Dated | None:
    """Split a block that ends in a date, be it in an element of its own or not."""
    if block.text[-1] not in "0123456789日)）]":
        return None
    parts = block.parts
    if len(parts) > 1 and (day := parse_day(parts[-1].strip("()（）[]-–— "))):
        title = " ".join(parts[:-1]) if block.cells else block.text.removesuffix(parts[-1])
        again = split_dated(title.strip())
        title = again.title if again and again.day == day else title
        return Dated(title.strip().removesuffix(" -").strip(" |"), day, listed=False)
    return split_dated(block.text)


def _whole_heading(
    frame: Frame,
    start: int,
    end: int,
    day: date | None,
    *,
    title: str | None = None,
    dated: bool = True,
    listed: bool = False,
    source: str | None = None,
) -> Heading:
    """A heading element that a line break splits is one title."""
    blocks, nodes = frame.page.blocks, frame.page.nodes
    node = blocks[start].node
    text = blocks[start].text if title is None else title
    if nodes[node].tag in _HEADINGS:
        while start > nodes[node].start and frame.roles[start - 1] is Role.TEXT:
            start -= 1
            text = f"{blocks[start].text} {text}"
    return Heading(start, end, text.strip(), day, dated, listed, source)


def _tag(frame: Frame, heading: Heading) -> str:
    page = frame.page
    return next(
        (
            page.nodes[node].tag
            for node in page.ancestors(page.blocks[heading.start].node)
            if page.nodes[node].tag in _HEADINGS
        ),
        page.nodes[page.blocks[heading.start].node].tag,
    )


def _is_plain(frame: Frame, heading: Heading) -> bool:
    return not any(block.links for block in frame.page.blocks[heading.start : heading.end])


def _below_section(frame: Frame, heading: Heading) -> bool:
    above = heading.start - 1
    return above >= 0 and frame.roles[above] in {Role.SECTION, Role.CATEGORY, Role.TABS}


def _in_strip(frame: Frame, position: int) -> bool:
    """Tell whether a subsection is one of several side by side: tabs, not a place."""
    near = frame.roles[max(position - 1, 0)], frame.roles[min(position + 1, len(frame.roles) - 1)]
    alone = position == 0 or near[0] is not Role.CATEGORY
    return not (alone and near[1] is not Role.CATEGORY)


def _body_blocks(frame: Frame, heading: Heading) -> list[int]:
    """Return the positions of the body: below the title, in its container, before the sidebar.

    Where the sidebar stands between title and body, the body is what follows it.
    """
    end = _foot(frame, heading.end, frame.page.nodes[container(frame, heading)].end)
    found: list[int] = []
    beside = False
    for position in range(heading.end, end):
        role = frame.roles[position]
        if role in SIDEBAR and not (role is Role.FAQ and not _teasers_follow(frame, position)):
            if any(_is_content(frame, i) for i in found):
                break
            beside, found = True, []
        elif role in CONTENT and not (beside and role in {Role.QUESTION, Role.ANSWER}):
            found.append(position)
        elif role is Role.FAQ:
            found.append(position)
    return found


def _is_content(frame: Frame, position: int) -> bool:
    return frame.roles[position] is not Role.DATE


def _teasers_follow(frame: Frame, position: int) -> bool:
    """Tell a FAQ box from an interview under a heading of that name: teasers are short."""
    limits = frame.portal.teaser_length
    length = max(limits.values(), default=0) + len("Q: ...") * _PERIOD
    pairs = [
        block.text
        for block, role in zip(
            frame.page.blocks[position + 1 :], frame.roles[position + 1 :], strict=True
        )
        if role in {Role.QUESTION, Role.ANSWER}
    ]
    return all(len(text) <= length for text in pairs)


def _foot(frame: Frame, start: int, end: int) -> int:
    """Return where the foot of the page begins: its smallest node below the first prose."""
    page = frame.page
    for position in range(start, end):
        if frame.roles[position] is Role.FOOT:
            for node in reversed(page.ancestors(page.blocks[position].node)):
                first = page.nodes[node].start
                if first > start and any(frame.roles[i] in CONTENT for i in range(start, first)):
                    return first
            return position
    return end


def _texts(frame: Frame, heading: Heading, body: Body) -> Iterator[tuple[int, str]]:
    """Yield the body's lines without noise; a date or title printed again is no line."""
    in_script = False
    for position in body.blocks:
        block = frame.page.blocks[position]
        text = strip_noise(block.text) if not (in_script and is_code(block.text)) else ""
        in_script = (in_script and not text) or opens_script(block.text)
        if text != block.text:
            body.notes.append("noise_removed")
        if not text:
            frame.roles[position] = Role.NOISE
        elif position == body.blocks[0] and _repeats(frame, heading, text):
            frame.roles[position] = Role.TITLE
        else:
            yield position, text


def _repeats(frame: Frame, heading: Heading, text: str) -> bool:
    day = parse_day(text)
    if day is not None:
        return day == heading.day
    byline = frame.labels.byline(text)
    if byline and heading.day and parse_day(byline[0]) == heading.day:
        heading.source = heading.source or byline[1]
        return True
    return text == heading.title


def _take_gate(
    frame: Frame, body: Body, lines: list[tuple[int, str]]
) -> list[tuple[int, str]]:
    """Take the notice that asks to log in off the body, with all behind it."""
    for index, (position, text) in enumerate(lines):
        if split := frame.labels.split_gate(text):
            body.gated = True
            frame.roles[position] = Role.GATE
            rest = [(position, split[0])] if split[0] else []
            return [*lines[:index], *rest, *lines[index + 1 :]]
    return lines


def _take_source(
    frame: Frame, body: Body, lines: list[tuple[int, str]]
) -> str | None:
    """Take the source line off the end of the body, or off its start, beside the date."""
    labels = frame.labels
    if not lines:
        return None
    for index in (-1, 0):
        position, text = lines[index]
        if source := labels.source(text):
            frame.roles[position] = Role.SOURCE
            del lines[index]
            return source
    if len(lines) > 1 and labels.is_source_label(lines[-2][1]):
        source = labels.source(f"{lines[-2][1]} {lines[-1][1]}")
        if source:
            for position, _ in lines[-2:]:
                frame.roles[position] = Role.SOURCE
            del lines[-2:]
            return source
    position, text = lines[-1]
    if split := labels.source_at_end(text):
        lines[-1] = (position, split.rest)
        return split.source
    return None


def _rejoin(
    frame: Frame, lines: Iterable[tuple[int, str]]
) -> list[tuple[int, str]]:
    """Join lines that a line break splits inside a sentence (PORTAL.md, noise)."""
    joined: list[tuple[int, str]] = []
    for position, text in lines:
        before = joined[-1] if joined else None
        if (
            before
            and frame.page.blocks[position].soft
            and text[0].islower()
            and text[0].isascii()
            and len(before[1]) >= _HARD_WRAP
            and (before[1][-1].isalnum() or before[1][-1] == ",")
        ):
            joined[-1] = (position, f"{before[1]} {text}")
        else:
            joined.append((position, text))
    return joined


def is_prose(text: str) -> bool:
    """Tell a sentence from a word or two of the frame."""
    if len(text) >= _PROSE or text.endswith(_SENTENCE_END):
        return True
    return sum("\u4e00" <= c <= "\u9fff" for c in text) >= _CJK_PROSE
