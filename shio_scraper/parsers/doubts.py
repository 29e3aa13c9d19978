"""Doubts: reasons to think that a field of an article may be wrong, each ``field:reason``.

Doubts come from other possible values of the field: another line as the title, another day, other
readings of the body. docs/quality.md says how often each doubt was right.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from shio_scraper.parsers.dateline import NOT_PRINTED
from shio_scraper.parsers.dates import find
from shio_scraper.parsers.heading import heading_tag
from shio_scraper.portals import ANY_SITE

if TYPE_CHECKING:
    from shio_scraper.pages import Page
    from shio_scraper.parsers.frame import Frame
    from shio_scraper.parsers.heading import Heading
    from shio_scraper.parsers.prose import Prose
    from shio_scraper.parsers.records import Field, Fields

_LIKE: Final = 0.9
"""A title is a name of the page from this likeness on."""
_BESIDE: Final = (30, 12)
"""How many blocks above and below a title may hold its day."""
_LINE: Final = 100
_YEAR: Final = re.compile(r"(?:19|20)\d\d(?!\d)")
_NEAR: Final = 8
_SHORT_LINE: Final = 60
"""A year so few blocks from a title, in so short a line, may be of a day in unknown words."""
_IN_ADDRESS: Final = re.compile(
    r"/(?:199|20\d)\d[/-](?:0[1-9]|1[0-2]|[a-z]{3,9}/\d)", re.IGNORECASE
)
_MAIN: Final = frozenset({"main", "article"})
_AROUND: Final = 1.7
"""An element around a body with this many times the body's prose may hold more of the body."""
_GAPS: Final = 0.2
"""Text left out between a body's lines may be the body's if it has this share of its length."""
_TAGS: Final = 3
_SHORT: Final = 0.3
"""If this share of the lines is no prose, or they have ``_TAGS`` tags, they may not be one text."""
_AGREES: Final = 0.75
"""A body and another reading agree if they have at least this much in common (F1)."""
_BREAK: Final = 40
"""What a block without prose takes off the score of a stretch of prose, besides its links."""


def doubts(frame: Frame, heading: Heading, fields: Fields, prose: Prose) -> list[str]:
    """Return the doubts about the article with ``fields`` that was read below ``heading``."""
    return [
        *_of_title(frame, fields["title"]),
        *_of_day(frame, heading),
        *_of_body(frame, fields["paragraphs"], prose),
    ]


def _of_title(frame: Frame, title: Field) -> Iterator[str]:
    said, tag = frame.page.said, heading_tag(frame, title.blocks[-1])
    like = said.likeness(title.value)
    # If a portal's page has only one name, this is often the name of the portal.
    may_be_named = len(said.names) > (frame.portal is not ANY_SITE)
    if may_be_named and not like and tag != "h1":
        yield "title:unlike_page_name"
    if 0 < like < 1 and tag != "h1" and any(node.heading == "h1" for node in frame.page.nodes):
        yield "title:not_in_h1"
    if any(said.likeness(rival) >= max(like, _LIKE) for rival in title.rivals):
        yield "title:another_line"


def _of_day(frame: Frame, heading: Heading) -> Iterator[str]:
    if NOT_PRINTED in heading.rule:
        yield "published:not_printed"
    elif heading.day is None:
        above, below = _BESIDE
        near = range(max(heading.end - above, 0), min(heading.end + below, len(frame.roles)))
        if any(_has_day(frame, position) for position in near):
            yield "published:day_beside_title"
        elif _IN_ADDRESS.search(frame.page.url or ""):
            yield "published:day_in_address"
        elif any(_has_year(frame, i) for i in near if 0 < abs(i - heading.title_at) <= _NEAR):
            yield "published:year_beside_title"


def _has_day(frame: Frame, position: int) -> bool:
    text = frame.page.blocks[position].text
    return len(text) <= _LINE and bool(find(text, frame.portal.dates))


def _has_year(frame: Frame, position: int) -> bool:
    text = frame.page.blocks[position].text
    return len(text) <= _SHORT_LINE and _YEAR.search(text) is not None


def _of_body(frame: Frame, text: Field, prose: Prose) -> Iterator[str]:
    if not text.value:
        yield "paragraphs:none"
        return
    taken = set(text.blocks)
    own_prose = _sum(prose.weights, taken)
    around = _main_around(frame.page, taken)
    if own_prose and around is not None and prose.within(around) >= _AROUND * own_prose:
        yield "paragraphs:text_around"
    if _has_gaps(frame.page, prose.weights, taken, sum(map(len, text.value))):
        yield "paragraphs:gaps"
    # On a portal with a map nearly all bodies are right, and this doubt would mostly be wrong.
    if own_prose and frame.portal is ANY_SITE and _is_read_otherwise(frame.page, prose, taken):
        yield "paragraphs:read_otherwise"


def _main_around(page: Page, taken: set[int]) -> int | None:
    """Return the outermost ``<main>`` or ``<article>`` that holds the whole body."""
    around = page.ancestors(page.blocks[min(taken)].node)
    mains = (n for n in reversed(around) if page.nodes[n].tag in _MAIN)
    return next((n for n in mains if page.nodes[n].end > max(taken)), None)


def _has_gaps(page: Page, weights: Sequence[int], taken: set[int], length: int) -> bool:
    """Tell whether a body has much other text between its lines, and lines of several kinds."""
    between = range(min(taken), max(taken))
    gaps = sum(len(page.blocks[position].text) for position in between if position not in taken)
    short = sum(not weights[position] for position in taken)
    tags = {page.node(position).tag for position in taken}
    return gaps >= _GAPS * length and (short >= _SHORT * len(taken) or len(tags) >= _TAGS)


def _is_read_otherwise(page: Page, prose: Prose, taken: set[int]) -> bool:
    """Tell whether two simple readings of the prose both disagree with the body.

    The first takes the element with the most prose in it or in its children. The second takes
    the stretch of blocks with the densest prose.
    """
    weights = prose.weights
    return all(
        2 * _sum(weights, taken.intersection(other))
        < _AGREES * (_sum(weights, taken) + _sum(weights, other))
        for other in (_by_votes(page, weights), _by_density(page, weights))
    )


def _sum(weights: Sequence[int], blocks: Iterable[int]) -> int:
    return sum([weights[position] for position in blocks])


def _by_votes(page: Page, weights: Sequence[int]) -> range:
    votes = Counter[int]()
    for position, weight in enumerate(weights):
        if weight:
            parent = page.node(position).parent
            votes[parent] += 2 * weight
            if parent:
                votes[page.nodes[parent].parent] += weight
    best = page.nodes[max(votes, key=lambda node: votes[node])]
    return range(best.start, best.end)


def _by_density(page: Page, weights: Sequence[int]) -> range:
    best, most, total, start = range(0), 0, 0, 0
    for position, weight in enumerate(weights):
        if total <= 0:
            total, start = 0, position
        total += weight or -_BREAK - sum([len(a.text) for a in page.blocks[position].anchors])
        if total > most:
            most, best = total, range(start, position + 1)
    return best
