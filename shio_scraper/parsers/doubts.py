"""Doubts: reasons to think that a field of an article may be wrong, each ``field:reason``.

They come from what else could have been the field: another line that could be the title, another
day, other readings of the body. docs/quality.md says how often each was right.
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
"""How like a title is to a name of the page, at least, to be that name."""
_BESIDE: Final = (30, 12)
"""Blocks above and below a title, in which a day may be its."""
_LINE: Final = 100
_YEAR: Final = re.compile(r"(?:19|20)\d\d(?!\d)")
_NEAR: Final = 8
_SHORT_LINE: Final = 60
"""Blocks from a title, and characters, in which a year may be of a day in words unknown."""
_IN_ADDRESS: Final = re.compile(
    r"/(?:199|20\d)\d[/-](?:0[1-9]|1[0-2]|[a-z]{3,9}/\d)", re.IGNORECASE
)
_MAIN: Final = frozenset({"main", "article"})
_AROUND: Final = 1.7
"""Prose around a body for a character of its own, from which on it may be the body's."""
_GAPS: Final = 0.2
"""Characters left out between paragraphs, for each of a body, from which on they may be its."""
_TAGS: Final = 3
_SHORT: Final = 0.3
"""The part of a body's lines that are no prose, from which on it may be no one text."""
_AGREES: Final = 0.75
"""How much of a body and another reading is common to both (F1), at least, where they agree."""
_BREAK: Final = 40
"""What a block without prose counts against a stretch of prose, and its links beside."""


def doubts(frame: Frame, heading: Heading, fields: Fields, prose: Prose) -> list[str]:
    """Return the doubts of the article with ``fields`` that was read below ``heading``."""
    return [
        *_of_title(frame, fields["title"]),
        *_of_day(frame, heading),
        *_of_body(frame, fields["paragraphs"], prose),
    ]


def _of_title(frame: Frame, title: Field) -> Iterator[str]:
    said, tag = frame.page.said, heading_tag(frame, title.blocks[-1])
    like = said.likeness(title.value)
    # The one name of a portal's page is often the portal's.
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
    own = _sum(prose.weights, taken)
    around = _main_around(frame.page, taken)
    if own and around is not None and prose.within(around) >= _AROUND * own:
        yield "paragraphs:text_around"
    if _has_gaps(frame.page, prose.weights, taken, sum(map(len, text.value))):
        yield "paragraphs:gaps"
    # Where a map is, nearly all bodies are right, and this is not.
    if own and frame.portal is ANY_SITE and _is_read_otherwise(frame.page, prose, taken):
        yield "paragraphs:read_otherwise"


def _main_around(page: Page, taken: set[int]) -> int | None:
    """Return the outermost ``<main>`` or ``<article>`` around all of a body."""
    around = page.ancestors(page.blocks[min(taken)].node)
    found = (n for n in reversed(around) if page.nodes[n].tag in _MAIN)
    return next((n for n in found if page.nodes[n].end > max(taken)), None)


def _has_gaps(page: Page, weights: Sequence[int], taken: set[int], length: int) -> bool:
    """Tell whether much stands between the lines of a body that are not of one kind."""
    between = range(min(taken), max(taken))
    gaps = sum(len(page.blocks[position].text) for position in between if position not in taken)
    short = sum(not weights[position] for position in taken)
    tags = {page.node(position).tag for position in taken}
    return gaps >= _GAPS * length and (short >= _SHORT * len(taken) or len(tags) >= _TAGS)


def _is_read_otherwise(page: Page, prose: Prose, taken: set[int]) -> bool:
    """Tell whether each of two simple readings of the prose parts from a body.

    One takes the element that most prose stands in, or right around; the other the stretch of
    blocks in which prose is thickest.
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
