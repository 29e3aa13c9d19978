"""One page → its records and rejects. The page itself tells its kind, and its address helps."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Container
from typing import Final, NamedTuple, TypeAlias

from shio_scraper.pages import Page
from shio_scraper.parsers.any_site import listed_records, read_meeting
from shio_scraper.parsers.article import lost_article, read_article, shows_article
from shio_scraper.parsers.dates import find
from shio_scraper.parsers.entries import names_questions, read_entries
from shio_scraper.parsers.event import read_event, shows_event
from shio_scraper.parsers.faq import read_pairs, with_answers
from shio_scraper.parsers.frame import Frame, Role, label
from shio_scraper.parsers.heading import dated_headings, heading_tag
from shio_scraper.parsers.interstitial import interstitial, says_not_found
from shio_scraper.parsers.language import page_language
from shio_scraper.parsers.lists import left_out, linked_items, read_items
from shio_scraper.parsers.pager import read_pager, says_more
from shio_scraper.parsers.press_conference import read_press_conference, shows_press_conference
from shio_scraper.parsers.prose import ENOUGH, Prose, has_prose
from shio_scraper.parsers.questions import read_questions
from shio_scraper.parsers.records import page_url, provenance
from shio_scraper.parsers.result import Extraction
from shio_scraper.parsers.status import own_urls, read_rows, sidebar_form
from shio_scraper.parsers.table import with_records
from shio_scraper.parsers.template import Layout, Template, layout_of
from shio_scraper.portals import ANY_SITE, FamilyKind

__all__ = ["Choice", "Extraction", "extract"]

_OF_LISTS: Final = frozenset({"home", "listing", "event_listing", "recommended"})
_HIDDEN: Final = 400
"""From this many hidden characters on, what a page hides may be its text."""
_LINE: Final = 80
"""The most characters of a line with a day."""
_AT_ADDRESS: Final = "family of the address"

Choice: TypeAlias = Template | Callable[[Layout], Template | None] | None
"""A template, or a function that finds the template of a layout."""


def extract(page: Page, known_sidebars: Container[int] = (), template: Choice = None) -> Extraction:
    """Return the records and rejects of ``page``.

    The rejects have stage ``parse``. Their reasons are those of ``interstitial``, ``language``,
    ``not_found``, ``no_frame``, ``no_title``, ``two_titles``, ``truncated``, ``no_event``,
    ``row_without_number``, ``row_without_kind``, ``answer_without_question``, ``no_records``.
    """
    page = with_answers(page)
    page, frame = _seen(with_records(page) if page.portal is ANY_SITE else page)
    frame.language = page_language(frame)
    result = Extraction(
        page, frame, frame.language.value, provenance(page), notes=Counter(page.notes)
    )
    if instead := interstitial(frame):
        result.instead = True
        result.reject(*instead)
        return result
    result.note("promotion_ignored", frame.promotions)
    result.note("listed_left_out", left_out(frame))
    if result.language is None:
        result.reject(
            "language", f"the page is in none of {', '.join(sorted(frame.portal.languages))}"
        )
        return result
    _take_template(result, template)
    listed = listed_records(frame)
    if not listed.are_most:
        _read_main(result)
    for fields in listed.records:
        result.add(fields)
    for position in listed.of_meetings:
        frame.roles[position] = Role.VALUE
    result.sidebar = sidebar_form(frame, result.language)
    if result.sidebar and result.sidebar in known_sidebars:
        result.note("sidebar_repeated")
        _go_on_pairs(frame)
        _name_the_rest(result)
        return result
    _read_rows(result)
    _read_pairs(result)
    _name_the_rest(result)
    _expect_something(result)
    if frame.portal is ANY_SITE and says_more(page) and read_items(frame):
        result.note("loads_more", read_pager(page).loads_more)
    return result


def _seen(page: Page) -> tuple[Page, Frame]:
    """Return the page and its frame, with the hidden text if the page shows no text without it."""
    frame = label(page)
    if page.hidden >= _HIDDEN and sum(Prose(frame).weights) < ENOUGH:
        whole = page.with_hidden()
        opened = label(whole)
        if sum(Prose(opened).weights) >= ENOUGH:
            return whole, opened
    return page, frame


def _take_template(result: Extraction, choice: Choice) -> None:
    """Mark the frame of the page's layout. No template is looked up for pages of lists."""
    if isinstance(choice, Template):
        result.template = choice
    elif choice and result.language and result.kind not in _OF_LISTS:
        result.layout = layout_of(result.frame, result.language)
        result.template = choice(result.layout) if result.layout else None
    if result.template:
        result.template.mark(result.frame)
        result.provenance = provenance(result.page, result.template.digest)


class Kind(NamedTuple):
    """A kind of page: the families of this kind, how to recognise it elsewhere, and its reader.

    ``shows`` tells whether a page at no known address is of this kind, and ``rule`` names what
    ``shows`` goes by. ``read`` returns whether the page is read completely.
    """

    families: frozenset[FamilyKind]
    shows: Callable[[Frame], bool]
    rule: str
    read: Callable[[Extraction, str], bool]


def _read_questions(result: Extraction, rule: str) -> bool:
    """Read a list of questions with their answers below, else questions next to each other.

    A list of questions makes a page one of questions only if the portal has such pages.
    Questions next to each other may also stand in an article.
    """
    frame, expected = result.frame, rule == _AT_ADDRESS
    are_known = any(family.kind == "questions" for family in frame.portal.families)
    pairs = read_questions(frame, expected=expected) if are_known else []
    is_about = expected or bool(pairs)
    if not pairs and (frame.portal is ANY_SITE or Role.QUESTION not in frame.roles):
        pairs = read_entries(frame)
        is_named = names_questions(frame)
        if expected or (pairs and is_named and not _is_article_too(frame)):
            is_about = True
            for position in (i for pair in pairs for i in (*pair.asked, *pair.answered)):
                frame.roles[position] = Role.NUMBERED
    for pair in pairs:
        result.add_pair(pair.fields(frame, page_url(frame.page)))
    return is_about


def _is_article_too(frame: Frame) -> bool:
    """Tell whether a day stands below the page's name: such questions are an article too.

    This is asked only without a map: a portal's map says which pages are of questions.
    """
    blocks, likeness = frame.page.blocks, frame.page.said.likeness
    return frame.portal is ANY_SITE and any(
        find(block.text, frame.portal.dates)
        for position, above in enumerate(blocks)
        if heading_tag(frame, position) and likeness(above.text) == 1
        for block in blocks[position + 1 : position + 3]
        if len(block.text) <= _LINE
    )


KINDS: Final = (
    Kind(
        frozenset({"press_conference"}),
        shows_press_conference,
        "section above the title",
        read_press_conference,
    ),
    Kind(frozenset({"questions"}), lambda _: True, "questions on the page", _read_questions),
    Kind(
        frozenset(),
        lambda frame: frame.portal is ANY_SITE,
        "one day with its time or place, by labels or the page's markup",
        read_meeting,
    ),
    Kind(frozenset({"event"}), shows_event, "labelled event fields on the page", read_event),
    Kind(
        frozenset({"article", "standing"}),
        shows_article,
        "dated title line above prose",
        read_article,
    ),
)
"""What a page can be about. The first kind that fits counts."""


def _read_main(result: Extraction) -> None:
    """Read what the page is about, if the page is of a known kind."""
    frame, kind = result.frame, result.kind
    if kind in _OF_LISTS:
        if kind == "home" and not dated_headings(frame):
            says_not_found(result)
        return
    for candidate in KINDS:
        is_at_address = kind in candidate.families
        may_be = is_at_address or (kind is None and candidate.shows(frame))
        if may_be and candidate.read(result, _AT_ADDRESS if is_at_address else candidate.rule):
            return
    if dated_headings(frame):
        result.note("text_without_article", has_prose(frame))
    elif not says_not_found(result):
        if lost_article(frame):
            result.reject("no_title", "text without a dated title line, at no known address")
        else:
            result.note("text_without_article", has_prose(frame))


def _read_rows(result: Extraction) -> None:
    for row, fields in read_rows(result.frame):
        if fields:
            result.add(fields)
            result.note("row_without_day", fields["month_day"].value is None)
            result.note("row_without_word", fields["status"].value is None)
        else:
            reason = "row_without_kind" if row.number else "row_without_number"
            result.reject(reason, " | ".join(cell or "" for cell in row))


def _read_pairs(result: Extraction) -> None:
    urls = own_urls(result.frame)
    asked = {
        i for fields in result.fields if "question" in fields for i in fields["question"].blocks
    }
    for pair in read_pairs(result.frame):
        # A teaser in a listing may open with a question's label: the linked page has the text.
        is_teaser = result.kind in _OF_LISTS and not pair.answer
        if is_teaser or not asked.isdisjoint(pair.asked):
            continue
        if not result.add_pair(pair.fields(result.frame, urls[pair.first])):
            result.reject("answer_without_question", " ".join(pair.answer))


def _go_on_pairs(frame: Frame) -> None:
    """Give its role to text that continues a pair, if an earlier page already gave the pairs."""
    roles = frame.roles
    if Role.QUESTION in roles and Role.TEXT in roles[roles.index(Role.QUESTION) :]:
        deque(read_pairs(frame), maxlen=0)


def _name_the_rest(result: Extraction) -> None:
    """Give a role to text below an article's title that is neither body nor frame."""
    roles = result.frame.roles
    title = roles.index(Role.TITLE) if Role.TITLE in roles else len(roles)
    for position in range(title, len(roles)):
        if roles[position] is Role.TEXT:
            roles[position] = Role.ASIDE


def _expect_something(result: Extraction) -> None:
    """Reject or note a page that gave no record and no reject: no page ends in silence."""
    if result.records or result.rejects or says_not_found(result):
        return
    kind, frame = result.kind, result.frame
    # Without an address, one line in the listings' form is not enough to be a listing.
    if kind is None and len(read_items(frame)) > (result.page.address is None):
        result.note("unknown_listing")
    elif kind not in _OF_LISTS or not (any(frame.votes.values()) or linked_items(frame)):
        result.reject("no_records", "the page has no article, event, rows or questions")
