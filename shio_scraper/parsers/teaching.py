"""What pages of one layout teach: their template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from shio_scraper.parsers.frame import label
from shio_scraper.parsers.records import NOTHING
from shio_scraper.parsers.result import Extraction
from shio_scraper.parsers.roles import Role
from shio_scraper.parsers.template import Form, Layout, Place, Sight, Template, layout_of

FEWEST: Final = 3
"""Fewest pages that a template is learnt from."""
_NEARLY_ALL: Final = 0.8
_OWN: Final = (
    "title", "published", "source", "registration_deadline", "ends", "contact", "phone", "speakers",
)  # fmt: skip
"""Fields whose places are never part of the frame."""


def learn(pages: Sequence[Extraction]) -> Template:
    """Return the template of ``pages``, which were read without a template.

    Raises ``ValueError`` if there are fewer than three pages.
    """
    if len(pages) < FEWEST:
        raise ValueError(f"a template is learnt from {FEWEST} pages at least, not {len(pages)}")
    sights = [Sight(label(page.page)) for page in pages]
    counts = Counter(form for sight in sights for form in sight.forms)
    shared = {form for form, count in counts.items() if count >= _NEARLY_ALL * len(pages)}
    own, values = set[Form](), Counter[Form]()
    for page, sight in zip(pages, sights, strict=True):
        own.update(map(sight.form, _asked(page)))
        values.update({sight.form(position) for position in _values(page)})
    own |= {form for form, count in values.items() if 2 * count >= len(pages)}
    labels, read = pages[0].frame.labels, set(_sources(pages))
    for form in shared:
        if source := labels.source(form[1]):
            # A source that all pages name beside another one is the site's, not the article's.
            stands_beside = counts[form] == len(pages) and read - {source}
            (own.discard if stands_beside else own.add)(form)
    own |= {form for sight in sights for form in sight.sentences(shared - own)}
    bodies = (_body(page, sight) for page, sight in zip(pages, sights, strict=True))
    own |= {form for body in bodies if body <= shared - own for form in body}
    first = pages[0]
    layout = layout_of(first.frame, first.language or "und") or Layout("", frozenset())
    return Template(*layout, frozenset(shared - own), *_moving(pages, sights))


def _moving(
    pages: Sequence[Extraction], sights: Sequence[Sight]
) -> tuple[frozenset[Place], frozenset[Place]]:
    """Return the places of texts that differ from page to page, and the places of links alone.

    Places of the body and of a record's values are in neither.
    """
    counts = Counter(place for sight in sights for place in sight.where(lambda _: True))
    common = {place for place, count in counts.items() if count >= _NEARLY_ALL * len(pages)}
    pairs = list(zip(pages, sights, strict=True))
    own = {sight.form(position)[0] for page, sight in pairs for position in _values(page)}
    own |= {place for sight in sights for place in sight.where(sight.has_value)}
    links = common - own - {place for sight in sights for place in sight.where(sight.is_text)}
    bodies = [
        {sight.holder(i) for i, role in enumerate(page.frame.roles) if role is Role.PARAGRAPH}
        for page, sight in pairs
    ]
    read = Counter(place for body in bodies for place in body)
    if sum(map(bool, bodies)) < _NEARLY_ALL * len(pages):
        return frozenset(), frozenset(links)
    texts = tuple(f"{place}/" for place, count in read.items() if count > 1)
    return frozenset(p for p in common - own if not f"{p}/".startswith(texts)), frozenset(links)


def _body(page: Extraction, sight: Sight) -> set[Form]:
    """Return place and text of a page's paragraphs: a template never takes all of them."""
    roles = enumerate(page.frame.roles)
    return {sight.form(position) for position, role in roles if role is Role.PARAGRAPH}


def _sources(pages: Sequence[Extraction]) -> Iterator[str]:
    """Yield the sources of the pages' own records."""
    for page in pages:
        if page.own and "source" in page.own and page.own["source"].value:
            yield page.own["source"].value


def _asked(page: Extraction) -> Iterator[int]:
    """Yield the blocks of questions and answers: a sidebar shows the same ones on every page."""
    for fields in page.fields:
        if "question" in fields:
            yield from (*fields["question"].blocks, *fields["answer"].blocks)


def _values(page: Extraction) -> Iterator[int]:
    """Yield the blocks of those fields of the page's own record that are never the frame's."""
    own = page.own or {}
    for name in _OWN:
        yield from own.get(name, NOTHING).blocks
