"""The page decides what it is, its address helps: one page → its records and rejects."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final, TypeAlias

from shio_scraper.items import Language, Provenance, RecordType, Reject
from shio_scraper.pages import Page
from shio_scraper.pages.rejects import reject
from shio_scraper.parsers.answers import with_answers
from shio_scraper.parsers.article import Body, read_body
from shio_scraper.parsers.asking import names_questions
from shio_scraper.parsers.dateline import find_day, settle_day
from shio_scraper.parsers.dates import find
from shio_scraper.parsers.days import portal_day
from shio_scraper.parsers.doubts import doubts
from shio_scraper.parsers.entries import read_entries
from shio_scraper.parsers.event import read_event, shows_one
from shio_scraper.parsers.faq import Pair, read_pairs
from shio_scraper.parsers.frame import CONTENT, Frame, Role, label
from shio_scraper.parsers.heading import Heading, dated_headings, heading_tag
from shio_scraper.parsers.interstitial import interstitial, is_stranger
from shio_scraper.parsers.language import page_language
from shio_scraper.parsers.listing import is_listing, left_out, linked_items, read_items
from shio_scraper.parsers.listing_item import Listed
from shio_scraper.parsers.meeting import Meeting, fields_of, meetings, page_meeting
from shio_scraper.parsers.pager import read_pager, says_more
from shio_scraper.parsers.press_conference import read_press_conference
from shio_scraper.parsers.prose import ENOUGH, SENTENCE_END, Prose, is_prose
from shio_scraper.parsers.questions import read_questions
from shio_scraper.parsers.records import (
    NOT_THERE,
    Field,
    Fields,
    own_fields,
    page_url,
    provenance,
    record_of,
)
from shio_scraper.parsers.selectors import (
    RULE,
    Selected,
    container,
    date_heading,
    heading_of,
    select,
)
from shio_scraper.parsers.sidebar import SIDEBAR_FORM, own_urls, sidebar_form
from shio_scraper.parsers.status import read_rows
from shio_scraper.parsers.table import read_rows as read_records
from shio_scraper.parsers.table import with_records
from shio_scraper.parsers.template import Layout, Template, layout_of
from shio_scraper.parsers.title import (
    choose,
    read_title,
    rivals,
    section_and_category,
    section_heading,
)
from shio_scraper.parsers.words import words_of
from shio_scraper.portals import ANY_SITE, FamilyKind

_OF_LISTS: Final = frozenset({"home", "listing", "event_listing", "recommended"})
_OF_ARTICLES: Final = frozenset({"article", "standing"})
_OF_ARTICLE: Final = frozenset({Role.TITLE, Role.PARAGRAPH, Role.SOURCE, Role.GATE, Role.SPEAKER})
_HEAD_LISTS: Final = frozenset({Role.APPLICATION, Role.INQUIRY, Role.FAQ})
"""What a title says that heads rows or pairs, and no article."""
_MAX_ERROR_PAGE: Final = 800
_LINE: Final = 80
"""Characters of a line with a day, at most."""
_LONG: Final = 100
_TEXT: Final = 6
"""Paragraphs of so many characters that are an article, beside whatever table."""
_HIDDEN: Final = 400
"""Characters that a page hides, from which on they may be its text."""
_MAX_RECORDS: Final = 5_000
"""Records that one page may give, and rejects."""
_OWN: Final = frozenset({"article", "event", "press_conference"})
_AT_ADDRESS: Final = "family of the address"


Choice: TypeAlias = Template | Callable[[Layout], Template | None] | None
"""A template, or what finds that of a layout."""


@dataclass(slots=True)
class Extraction:
    """What one page gave. ``notes`` counts what was wrong or is worth counting, by name.

    ``fields`` are what the ``records`` were made of, one for one.
    ``sidebar`` identifies the form of the rows and pairs on the page: a caller that
    has read the same form before passes it as known, and is spared the same records.
    ``instead`` says that another page came in the place of the one that was asked for.
    ``template`` is what the page was read with, ``layout`` by what it was looked for.
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
    """What the map's selectors found."""

    @property
    def own(self) -> Fields | None:
        """The fields of the page's own article, event or press conference: it comes first."""
        first = self.fields[0] if self.fields else None
        return first if first and first["type"].value in _OWN else None

    def add(self, fields: Fields, doubts: Sequence[str] = ()) -> None:
        """Add the record of ``fields``; those beyond the limit are counted."""
        if len(self.records) == _MAX_RECORDS:
            self.notes["records_left_out"] += 1
            return
        record, ordered = record_of(fields, self.provenance)
        record.doubts = list(doubts)
        self.records.append(record)
        self.fields.append(ordered)


def extract(page: Page, known_sidebars: Container[int] = (), template: Choice = None) -> Extraction:
    """Return the records and rejects of ``page``.

    Rejects of stage ``parse``: those of ``interstitial``, ``language``, ``not_found``,
    ``no_frame``, ``no_title``, ``two_titles``, ``truncated``, ``no_event``, ``row_without_number``,
    ``row_without_kind``, ``answer_without_question``, ``no_records``.
    """
    page = with_answers(page)
    page, frame = _seen(with_records(page) if page.portal is ANY_SITE else page)
    frame.language = page_language(frame)
    result = Extraction(
        page, frame, frame.language.value, provenance(page), notes=Counter(page.notes)
    )
    if instead := interstitial(frame):
        result.instead = True
        _reject(result, *instead)
        return result
    _note(result, "promotion_ignored", frame.promotions)
    _note(result, "listed_left_out", left_out(frame))
    if result.language is None:
        _reject(result, "language", f"none of {', '.join(sorted(frame.portal.languages))}")
        return result
    _take_template(result, template)
    tables = list(read_records(frame)) if frame.portal is ANY_SITE else []
    held = _meetings(frame, tables) if frame.portal is ANY_SITE else []
    of_meetings = {position for item in held for position in item.blocks}
    if not (tables or held) or not _are_most(frame, of_meetings):
        _read_main(result)
    for item in held:
        result.add(fields_of(frame, item))
    for position in of_meetings:
        frame.roles[position] = Role.VALUE
    for fields, odd in tables:
        if of_meetings.isdisjoint(fields["columns"].blocks):
            result.add(fields, odd)
    result.sidebar = sidebar_form(frame, result.language)
    if result.sidebar and result.sidebar in known_sidebars:
        result.notes["sidebar_repeated"] += 1
        _go_on_pairs(frame)
        _name_the_rest(result)
        return result
    _read_rows(result)
    _read_pairs(result)
    _name_the_rest(result)
    _expect_something(result)
    if frame.portal is ANY_SITE and says_more(page) and read_items(frame):
        _note(result, "loads_more", when=read_pager(page).loads_more)
    return result


def _meetings(frame: Frame, tables: list[tuple[Fields, Sequence[str]]]) -> list[Listed]:
    """Return the meetings that the page lists; rows with a reference are records of a table."""
    rows = (fields["columns"].blocks for fields, _ in tables if fields["reference"].value)
    return meetings(read_items(frame), {position for blocks in rows for position in blocks})


def _are_most(frame: Frame, of_meetings: Container[int]) -> bool:
    """Tell a page whose records are the most of its text: what else it says is no article.

    Six paragraphs are one, whatever table stands among them; a register's notice has fewer.
    """
    said = Counter[bool]()
    paragraphs = 0
    for position, (block, role) in enumerate(zip(frame.page.blocks, frame.roles, strict=True)):
        is_record = role is Role.RECORD or position in of_meetings
        if is_record or role in CONTENT:
            said[is_record] += len(block.text)
            is_long = not is_record and len(block.text) >= _LONG
            paragraphs += is_long and is_prose(block.text)
    return said[True] >= said[False] and paragraphs < _TEXT


def _take_template(result: Extraction, choice: Choice) -> None:
    """Mark the frame of the page's layout; where one is to be found, lists have none."""
    kind = result.page.address.kind if result.page.address else None
    if isinstance(choice, Template):
        result.template = choice
    elif choice and result.language and kind not in _OF_LISTS:
        result.layout = layout_of(result.frame, result.language)
        result.template = choice(result.layout) if result.layout else None
    if result.template:
        result.template.mark(result.frame)
        result.provenance = provenance(result.page, result.template.digest)


def _seen(page: Page) -> tuple[Page, Frame]:
    """Return the page and its frame; with what it hides, where it shows no text without that."""
    frame = label(page)
    if page.hidden >= _HIDDEN and sum(Prose(frame).weights) < ENOUGH:
        whole = page.with_hidden()
        opened = label(whole)
        if sum(Prose(opened).weights) >= ENOUGH:
            return whole, opened
    return page, frame


def _reject(result: Extraction, reason: str, detail: str | None = None) -> None:
    if len(result.rejects) < _MAX_RECORDS:
        result.rejects.append(reject("parse", reason, detail, result.page))
    else:
        result.notes["rejects_left_out"] += 1


def _note(result: Extraction, name: str, count: int = 1, *, when: bool = True) -> None:
    if when and count:
        result.notes[name] += count


def _read_main(result: Extraction) -> None:
    """Read the page's article or event, where it has one."""
    frame = result.frame
    kind = result.page.address.kind if result.page.address else None
    if kind in _OF_LISTS:
        if kind == "home" and not dated_headings(frame):
            _says_not_found(result)
        return
    headings = dated_headings(frame)
    confers = kind == "press_conference" or (
        kind is None and _shows_press_conference(frame, headings)
    )
    is_asked = not confers and (_read_questions(result, kind) or _read_entries(result, kind))
    if is_asked or kind == "questions":
        return
    if confers:
        rule = _AT_ADDRESS if kind == "press_conference" else "section above the title"
        _read_press_conference(result, rule)
    elif frame.portal is ANY_SITE and (meeting := page_meeting(frame)):
        _read_event(
            result, "one day with its time or place, by labels or the page's markup", meeting
        )
    elif kind == "event" or (kind not in _OF_ARTICLES and _shows_event(frame, headings)):
        rule = _AT_ADDRESS if kind == "event" else "labelled event fields on the page"
        _read_event(result, rule)
    elif kind in _OF_ARTICLES or _shows_article(frame, headings) or _shows_text(frame):
        rule = _AT_ADDRESS if kind in _OF_ARTICLES else "dated title line above prose"
        _read_article(result, headings, rule)
    elif not headings and _says_not_found(result):
        return
    elif not headings and _lost_article(frame):
        _reject(result, "no_title", "text without a dated title line, at no known address")
    else:
        _note(result, "text_without_article", when=_has_prose(frame, 0))


def _shows_event(frame: Frame, headings: list[Heading]) -> bool:
    if Role.FIELD not in frame.roles or not shows_one(frame):
        return False
    first = frame.roles.index(Role.FIELD)
    return Role.EVENTS in frame.roles or not any(h.start <= first for h in headings)


def _shows_article(frame: Frame, headings: list[Heading]) -> bool:
    if not headings:
        return False
    title = choose(frame, headings)
    dated = [heading for heading in headings if heading.start >= title.start]
    return not is_listing(frame, dated) and _has_prose(frame, title.end)


def _shows_text(frame: Frame) -> bool:
    """Tell by its prose alone, on a site that no map is of."""
    if frame.portal is not ANY_SITE:
        return False
    prose = Prose(frame)
    return sum(prose.weights[i] for i in prose.text) >= ENOUGH


def _has_prose(frame: Frame, start: int, end: int | None = None) -> bool:
    below = zip(frame.page.blocks[start:end], frame.roles[start:end], strict=True)
    return any(role in CONTENT and is_prose(block.text) for block, role in below)


def _lost_article(frame: Frame) -> bool:
    """Tell whether prose stands below a section: an article whose title line was lost."""
    sections = [i for i, role in enumerate(frame.roles) if role in {Role.SECTION, Role.CATEGORY}]
    if not sections or Role.TABS in frame.roles:
        return False
    pairs = (i for i, role in enumerate(frame.roles) if role in SIDEBAR_FORM)
    return _has_prose(frame, sections[0], next(pairs, None))


def _shows_press_conference(frame: Frame, headings: list[Heading]) -> bool:
    """Tell by the section above the title, on a portal that has such pages."""
    if not _shows_article(frame, headings):
        return False
    section = section_and_category(frame, choose(frame, headings))[0].value
    return section is not None and frame.portal.holds("press_conference", section)


def _read_press_conference(result: Extraction, rule: str) -> None:
    frame = result.frame
    heading = _page_title(result, Prose(frame))
    if heading is None:
        return
    fields, body = read_press_conference(frame, heading, _published(result, heading), rule)
    if _is_cut(frame, body):
        _reject(result, "truncated", "the page ends within the press conference")
        return
    result.add(fields)
    result.notes.update(body.notes)
    turns = fields["turns"].value
    _note(result, "no_turns", when=not turns)
    _note(result, "turn_without_speaker", sum(turn.speaker is None for turn in turns))


def _read_questions(result: Extraction, kind: FamilyKind | None) -> bool:
    """Read a list of questions with their answers below, where the portal has such pages."""
    expected = kind == "questions"
    families = result.frame.portal.families
    if not expected and (kind or all(family.kind != "questions" for family in families)):
        return False
    pairs = read_questions(result.frame, expected=expected)
    for pair in pairs:
        _add_pair(result, pair, page_url(result.frame))
    return bool(pairs)


def _read_entries(result: Extraction, kind: FamilyKind | None) -> bool:
    """Read questions that stand side by side; tell whether the page is about these."""
    is_labelled = Role.QUESTION in result.frame.roles
    if kind not in {None, "questions"} or (is_labelled and result.frame.portal is not ANY_SITE):
        return False
    pairs = read_entries(result.frame)
    is_about = kind == "questions" or names_questions(result.frame)
    if result.frame.portal is ANY_SITE and _is_article_too(result.frame):
        is_about = False
    for pair in pairs:
        _add_pair(result, pair, page_url(result.frame))
        for position in (*pair.asked, *pair.answered) if is_about else ():
            result.frame.roles[position] = Role.NUMBERED
    return bool(pairs) and is_about


def _is_article_too(frame: Frame) -> bool:
    """Tell whether a day stands below the name of the page: an article of questions is both."""
    blocks, likeness = frame.page.blocks, frame.page.said.likeness
    return any(
        find(block.text, frame.portal.dates)
        for position, above in enumerate(blocks)
        if heading_tag(frame, position) and likeness(above.text) == 1
        for block in blocks[position + 1 : position + 3]
        if len(block.text) <= _LINE
    )


def _read_event(result: Extraction, rule: str, meeting: Meeting | None = None) -> None:
    if not meeting and Role.FIELD not in result.frame.roles and _says_not_found(result):
        return
    for name in ("starts", "place") if meeting else ():
        for position in getattr(meeting, name).blocks:
            result.frame.roles[position] = Role.VALUE
    event = read_event(result.frame, rule)
    if event is None:
        _reject(result, "no_event", "an event's address, but no title")
        return
    fields, notes = event
    if meeting:
        fields |= meeting.fields
    result.add(fields)
    result.notes.update(notes)


def _read_article(result: Extraction, headings: list[Heading], rule: str) -> None:
    frame = result.frame
    prose = Prose(frame)
    result.selected = select(result.page)
    heading = _page_title(result, prose)
    if heading is None or words_of(frame.portal).read(heading.title).role in _HEAD_LISTS:
        return
    twins = [] if frame.portal is ANY_SITE else rivals(frame, heading, headings)
    if twins:
        _reject(result, "two_titles", f"{heading.title!r} and {twins[0].title!r}")
        return
    section, category = section_and_category(frame, heading)
    node = container(result.page, result.selected.get("paragraphs"))
    body = read_body(frame, heading, prose=prose, container=node)
    if source := result.selected.get("source"):
        named = frame.labels.source(source.text) or source.text
        body.source = Field(named, tuple(source.blocks), RULE)
        for position in source.blocks:
            frame.roles[position] = Role.SOURCE
    if not heading.dated and not body.paragraphs.value:
        _reject(result, "no_title", "an article's address, but neither date nor body")
    elif frame.portal is not ANY_SITE and _is_cut(frame, body):
        _reject(result, "truncated", "the page ends within the article")
    else:
        published = _published(result, heading)
        title = heading.field
        text, blocks = f"{title.value} {published.value or ''}", (*title.blocks, *published.blocks)
        fields = {
            **own_fields(frame, "article", rule, text, blocks),
            "section": section,
            "category": category,
            "title": title,
            "published": published,
            "paragraphs": body.paragraphs,
            "source": body.source,
            "gated": body.gated,
            "teaser": Field(None, (), "the listing, not this page"),
            "images": body.images,
            "attachments": body.attachments,
            "links": body.links,
        }
        result.add(fields, doubts(frame, heading, fields, prose))
        result.notes.update(body.notes)
        second = any(h.start in body.blocks and not h.listed for h in headings)
        _note(result, "second_title", when=second)
        _note(result, "no_body", when=not body.paragraphs.value)


def _page_title(result: Extraction, prose: Prose) -> Heading | None:
    """Return the title of the page, where it has one: rejects say why not."""
    frame = result.frame
    heading = heading_of(result.selected.get("title")) or read_title(frame, prose)
    if heading is not None:
        date_heading(result.page, heading, result.selected.get("published"))
        if not heading.dated:
            find_day(frame, heading, prose)
        if frame.portal is ANY_SITE:
            settle_day(frame, heading)
    if heading is None or (not heading.dated and _says_not_found(result)):
        if heading is None and not _says_not_found(result):
            _reject(result, "no_title", "an article's address, but no title")
        return None
    if not heading.dated and frame.portal is not ANY_SITE and is_stranger(frame):
        result.instead = True
        _reject(result, "no_frame", f"neither a date nor the portal's frame: {heading.title!r}")
        return None
    if heading.dated or not _is_sentence(frame, heading):
        return heading
    address = result.page.address
    if address and address.kind == "standing":
        return section_heading(frame, heading.start) or heading
    _reject(result, "no_title", f"an article's address, but no title above {heading.title!r}")
    return None


def _is_sentence(frame: Frame, heading: Heading) -> bool:
    """Tell whether what was taken for a title is the first sentence of the text."""
    return heading.title.endswith((".", "。")) and heading_tag(frame, heading.start) is None


def _published(result: Extraction, heading: Heading) -> Field:
    """Return the date that the page prints, where it can be: notes say why not."""
    day, page = heading.day, result.page
    blocks = () if heading.day_at is None else (heading.day_at,)
    if day is None:
        result.notes["bad_date" if heading.dated else "no_date"] += 1
        return Field(None, blocks, "no such day in the calendar" if heading.dated else NOT_THERE)
    if page.fetched_at and day > portal_day(page.fetched_at, page.portal.zone):
        result.notes["future_date"] += 1
        return Field(None, blocks, "a day after the day of the capture is no date")
    portal_id = page.address.portal_id if page.address else None
    match = re.fullmatch(result.frame.portal.id_date, portal_id or "")
    if match and "".join(match.groups()) != day.isoformat().replace("-", ""):
        result.notes["id_date_mismatch"] += 1
    return Field(day, blocks, heading.rule)


def _is_cut(frame: Frame, body: Body) -> bool:
    """Tell whether the page ends within the body: nothing of the frame follows it."""
    page = frame.page
    after = takewhile(lambda role: role not in _OF_ARTICLE, reversed(frame.roles))
    if any(role in SIDEBAR_FORM or role is Role.FOOT for role in after):
        return False
    if page.truncated or not page.unclosed:
        return page.truncated
    if body.source.value or body.gated.value:
        return False
    text = body.paragraphs.value
    return not text or not text[-1].endswith(SENTENCE_END)


def _says_not_found(result: Extraction) -> bool:
    """Reject a page that says in few words that there is none, whatever its status was."""
    if any(r.reason == "not_found" for r in result.rejects):
        return True
    frame = result.frame
    texts = [
        block.text
        for block, role in zip(frame.page.blocks, frame.roles, strict=True)
        if role is Role.TEXT
    ]
    if sum(map(len, texts)) > _MAX_ERROR_PAGE:
        return False
    pattern = re.compile(frame.portal.vocabulary.not_found, re.IGNORECASE)
    match = next(filter(None, map(pattern.search, texts)), None)
    if match is None:
        return False
    _reject(result, "not_found", f"the page says: {match[0]}")
    return True


def _read_rows(result: Extraction) -> None:
    for row, fields in read_rows(result.frame):
        if fields:
            result.add(fields)
            _note(result, "row_without_day", when=fields["month_day"].value is None)
            _note(result, "row_without_word", when=fields["status"].value is None)
        else:
            reason = "row_without_kind" if row.number else "row_without_number"
            _reject(result, reason, " | ".join(cell or "" for cell in row))


def _read_pairs(result: Extraction) -> None:
    urls = own_urls(result.frame)
    kind = result.page.address.kind if result.page.address else None
    asked = {i for one in result.fields if "question" in one for i in one["question"].blocks}
    for pair in read_pairs(result.frame):
        # A listing's teaser may open with a question's label: the text of what it leads to.
        is_teaser = kind in _OF_LISTS and not pair.answer
        if is_teaser or not asked.isdisjoint(pair.asked):
            continue
        if not _add_pair(result, pair, urls[pair.first]):
            _reject(result, "answer_without_question", " ".join(pair.answer))


def _add_pair(result: Extraction, pair: Pair, url: Field) -> bool:
    """Add the record of a pair that has a question; tell whether it has."""
    fields = pair.fields(result.frame, url)
    if fields:
        result.add(fields)
        _note(result, "no_answer", when=fields["answer"].value is None)
    return fields is not None


def _go_on_pairs(frame: Frame) -> None:
    """Name the text that goes on a pair, where the pairs themselves were read before."""
    if (
        Role.QUESTION in frame.roles
        and Role.TEXT in frame.roles[frame.roles.index(Role.QUESTION) :]
    ):
        deque(read_pairs(frame), maxlen=0)


def _name_the_rest(result: Extraction) -> None:
    """Text below an article's title that is neither body nor frame is named."""
    roles = result.frame.roles
    title = roles.index(Role.TITLE) if Role.TITLE in roles else len(roles)
    for position in range(title, len(roles)):
        if roles[position] is Role.TEXT:
            roles[position] = Role.ASIDE


def _expect_something(result: Extraction) -> None:
    """A page that gave nothing says so: no page ends in silence."""
    if result.records or result.rejects or _says_not_found(result):
        return
    kind = result.page.address.kind if result.page.address else None
    # One line in the listings' form tells a listing only where the portal has the page.
    if kind is None and len(read_items(result.frame)) > (result.page.address is None):
        result.notes["unknown_listing"] += 1
    elif kind not in _OF_LISTS or not (
        any(result.frame.votes.values()) or linked_items(result.frame)
    ):
        _reject(result, "no_records", "neither article, event, rows nor pairs")
