"""Doubts: reasons to think that a field of an article may be wrong, each ``field:reason``.

They come from what else could have been the field: another line that could be the title, another
day, prose that was left out of the body. docs/quality.md says how often each was right.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from shio_scraper.parsers.dateline import NOT_PRINTED
from shio_scraper.parsers.dates import find
from shio_scraper.parsers.heading import heading_tag

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shio_scraper.pages import Page
    from shio_scraper.parsers.field import Field, Fields
    from shio_scraper.parsers.frame import Frame
    from shio_scraper.parsers.heading import Heading
    from shio_scraper.parsers.prose import Prose

_LIKE: Final = 0.9
"""How like a title is to a name of the page, at least, to be that name."""
_BESIDE: Final = (30, 12)
"""Blocks above and below a title, in which a day may be its."""
_LINE: Final = 100
_IN_ADDRESS: Final = re.compile(
    r"/(?:199|20\d)\d[/-](?:0[1-9]|1[0-2]|[a-z]{3,9}/\d)", re.IGNORECASE
)
_BELOW: Final = 12
"""Blocks below a body, in which text may go on."""
_MAIN: Final = frozenset({"main", "article"})
_LEFT_OUT: Final = 0.4
"""Prose left out of a body, for a character of its own, from which on there is a doubt."""
_OTHER: Final = 0.3
"""How much of what one element gives a body stands in one that gives none, at least."""
_GAPS: Final = 0.2
"""Characters left out between paragraphs, for each of a body, from which on they may be its."""
_TAGS: Final = 3
_SHORT: Final = 0.3
"""The part of a body's lines that are no prose, from which on it may be no one text."""
_ONE_MAKE: Final = 0.525
_MARKUP: Final = 24
"""Characters of markup for each of a body, from which on the page holds much else."""


def doubts(frame: Frame, heading: Heading, fields: Fields, prose: Prose) -> list[str]:
    """Return the doubts of the article with ``fields`` that was read below ``heading``."""
    return [
        *_of_title(frame, fields["title"]),
        *_of_day(frame, heading),
        *_of_body(frame, heading, fields["paragraphs"], prose),
    ]


def _of_title(frame: Frame, title: Field) -> Iterator[str]:
    said, tag = frame.page.said, heading_tag(frame, title.blocks[-1])
    like = said.likeness(title.value)
    if len(said.names) > 1 and like < _LIKE and (like or tag != "h1"):
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


def _has_day(frame: Frame, position: int) -> bool:
    text = frame.page.blocks[position].text
    return len(text) <= _LINE and bool(find(text, frame.portal.dates))


def _of_body(frame: Frame, heading: Heading, text: Field, prose: Prose) -> Iterator[str]:
    if not text.value:
        yield "paragraphs:none"
        return
    weights, taken = prose.weights, set(text.blocks)
    last, own = max(taken), sum(weights[position] for position in taken) or 1
    if _other_text(frame.page, weights, taken) >= _OTHER:
        if sum(weights[last + 1 : last + 1 + _BELOW]) >= _LEFT_OUT * own:
            yield "paragraphs:text_below"
        around = _main_around(frame.page, taken)
        if around is not None and prose.within(around, heading.end) >= (1 + _LEFT_OUT) * own:
            yield "paragraphs:text_around"
    length = sum(map(len, text.value))
    if _has_gaps(frame.page, weights, taken, length):
        yield "paragraphs:gaps"
    if len(frame.page.markup) >= _MARKUP * length and _is_mixed(frame.page, weights, taken):
        yield "paragraphs:of_many_makes"


def _main_around(page: Page, taken: set[int]) -> int | None:
    """Return the outermost ``<main>`` or ``<article>`` around all of a body."""
    around = page.ancestors(page.blocks[min(taken)].node)
    found = (n for n in reversed(around) if page.nodes[n].tag in _MAIN)
    return next((n for n in found if page.nodes[n].end > max(taken)), None)


def _other_text(page: Page, weights: Sequence[int], taken: set[int]) -> float:
    """Return the most prose that an element has beside a body, for each that one gives it."""
    inside, beside = Counter[int](), Counter[int]()
    for position, weight in enumerate(weights):
        if weight:
            holder = page.node(position).parent
            (inside if position in taken else beside)[holder] += weight
    return max(beside.values(), default=0) / max(inside.values(), default=1)


def _has_gaps(page: Page, weights: Sequence[int], taken: set[int], length: int) -> bool:
    """Tell whether much stands between the lines of a body that are not of one kind."""
    between = range(min(taken), max(taken))
    gaps = sum(len(page.blocks[position].text) for position in between if position not in taken)
    short = sum(not weights[position] for position in taken)
    tags = {page.node(position).tag for position in taken}
    return gaps >= _GAPS * length and (short >= _SHORT * len(taken) or len(tags) >= _TAGS)


def _is_mixed(page: Page, weights: Sequence[int], taken: set[int]) -> bool:
    """Tell whether no make, the tags from the page down to a line, has most of a body's prose."""
    makes = Counter[tuple[str, ...]]()
    for position in taken:
        chain = page.ancestors(page.blocks[position].node)
        makes[tuple(page.nodes[node].tag for node in chain)] += weights[position]
    return max(makes.values()) <= _ONE_MAKE * makes.total()
