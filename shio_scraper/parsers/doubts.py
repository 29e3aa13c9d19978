"""Doubts: reasons to think that a field of an article may be wrong, each ``field:reason``.

They come from what else could have been the field: another line that could be the title, another
day, another element with as much prose, text beside the body. docs/quality.md says how often
each was right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from shio_scraper.parsers.dateline import NOT_PRINTED, Day, days
from shio_scraper.parsers.dates import find
from shio_scraper.parsers.heading import heading_tag
from shio_scraper.parsers.prose import Prose, is_prose
from shio_scraper.parsers.roles import Role
from shio_scraper.parsers.title import Scored

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shio_scraper.parsers.article import Body
    from shio_scraper.parsers.frame import Frame
    from shio_scraper.parsers.heading import Heading

_UNLIKE: Final = 0.3
"""How little a title is like what the page calls itself, for a doubt."""
_ALSO: Final = 1.0
"""Characters of prose beside the body, for each of its own, from which on there is a doubt."""
_LABELLED: Final = 2.4
"""What speaks for a day with a label of publication, at least."""
_NEAR: Final = 12
_SHORT: Final = 40


@dataclass(frozen=True, slots=True)
class Beside:
    """What else on a page could have been the fields of its article, before they are read."""

    frame: Frame
    rivals: Sequence[Scored]
    days: Sequence[Day]
    weights: Sequence[int]

    @classmethod
    def of(cls, frame: Frame, heading: Heading, rivals: Sequence[Scored], prose: Prose) -> Beside:
        """Look around the title of a page."""
        return cls(frame, rivals, days(frame, heading, prose, least=_LABELLED), prose.weights)

    def doubts(self, heading: Heading, body: Body) -> list[str]:
        """Return the doubts of the article that was read."""
        found = (
            *_of_title(self.frame, heading, self.rivals),
            *_of_day(self.frame, heading, self.days),
            *_of_text(self.frame, heading, body, self.weights),
        )
        return list(dict.fromkeys(found))


def _of_title(frame: Frame, heading: Heading, rivals: Sequence[Scored]) -> Iterator[str]:
    said = frame.page.said
    if (
        said.names
        and said.likeness(heading.title) < _UNLIKE
        and not heading_tag(frame, heading.title_at)
    ):
        yield "title:unlike_page_name"
    if any(said.likeness(one.heading.title) >= said.likeness(heading.title) for one in rivals):
        yield "title:another_line"


def _of_day(frame: Frame, heading: Heading, found: Sequence[Day]) -> Iterator[str]:
    if NOT_PRINTED in heading.rule:
        yield "published:not_printed"
    if heading.day is None:
        if any(_is_day_alone(frame, i) for i in range(len(frame.roles))):
            yield "published:day_elsewhere"
        return
    if any(one.day != heading.day for one in found):
        yield "published:another_day"


def _is_day_alone(frame: Frame, position: int) -> bool:
    block = frame.page.blocks[position]
    if block.anchors or len(block.text) > _SHORT or frame.roles[position] is not Role.ASIDE:
        return False
    return bool(find(block.text, first_year=frame.portal.first_year))


def _of_text(frame: Frame, heading: Heading, body: Body, weights: Sequence[int]) -> Iterator[str]:
    if not body.paragraphs:
        yield "paragraphs:none"
        return
    first, last = body.joined[0][0], body.joined[-1][-1]
    taken = {position for blocks in body.joined for position in blocks}
    weight = sum(weights[i] for i in taken)
    near = range(heading.end, min(last + _NEAR, len(frame.roles)))
    beside = [i for i in near if weights[i] and i not in taken]
    if sum(weights[i] for i in beside) >= _ALSO * weight:
        yield "paragraphs:text_beside"
    opening = body.paragraphs[0]
    if len(body.paragraphs) > 1 and not is_prose(opening) and not heading_tag(frame, first):
        yield "paragraphs:short_opening"
