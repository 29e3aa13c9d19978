"""Families of pages: kinds of pages by their addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta

from shio_scraper.items import Language, Layout
from shio_scraper.portals.vocabulary import Pattern

FamilyKind: TypeAlias = Literal[
    "home",
    "listing",
    "article",
    "event_listing",
    "event",
    "recommended",
    "press_conference",
    "questions",
    "standing",
]
"""The kinds of pages. Two of them need a word:

``questions`` is a page with a list of questions, then each question with its answer.
``standing`` is a page without a date.
"""

GIVES: Final[dict[FamilyKind, str]] = {
    "listing": "news",
    "article": "news",
    "standing": "news",
    "event_listing": "events",
    "event": "events",
    "press_conference": "press",
    "questions": "faq",
}
"""Kind of page → the records that it gives or leads to, as ``-a only=`` names them."""


SELECTED: Final = ("title", "published", "source", "paragraphs")
"""Fields of articles that a map may find by CSS selectors."""
LISTINGS: Final[frozenset[FamilyKind]] = frozenset({"listing", "event_listing"})
"""Kinds of pages that list other pages, page by page."""


Path: TypeAlias = Annotated[str, Meta(pattern="^/")]


@dataclass(frozen=True, kw_only=True)
class Family:
    """A kind of page by its address.

    ``path`` may hold ``{id}`` and other places. An id has the form ``id_form``, whether it stands
    in the path or in the parameter ``id``; other places have any form. A page without an id has a
    ``name`` for its key. ``id_parameter`` is the name of the id's parameter, if it is not ``id``.

    ``host`` is a host other than the portal's on which pages of the family stand. They are read,
    but no crawl goes there. ``wrapped`` says that lines break inside sentences.

    ``parameters`` are the query parameters that tell the family's pages apart. Every other
    parameter is dropped from the canonical address. ``defaults`` are parameters with a value that
    means the same as no parameter: they are dropped too. ``page`` is the parameter that numbers
    the pages of a listing.
    """

    path: Path
    kind: FamilyKind
    language: Language | None = None
    layout: Layout = "unknown"
    parameters: tuple[str, ...] = ()
    defaults: tuple[tuple[str, str], ...] = ()
    page: str = ""
    id_prefix: str = ""
    """What stands before the id in a key, if a layout numbers its pages on its own (``aspx-``)."""
    id_form: Pattern = ""
    """The form of an id. If it has a group, the group is the id. If it is empty, any id fits."""
    id_parameter: str = "id"
    name: str = ""
    host: str = ""
    wrapped: bool = False
    selectors: Mapping[str, str] = field(default_factory=dict)
    """Field (``SELECTED``) → CSS selector, for articles whose form does not tell their fields.

    Where a selector finds nothing, the form decides.
    """

    @cached_property
    def _form(self) -> re.Pattern[str]:
        parts = re.split(r"\{(\w+)\}", self.path)
        pattern = "".join(
            f"(?P<{part}>{self.id_form or '[^/]+' if part == 'id' else '.+'})"
            if odd
            else re.escape(part)
            for part, odd in zip(parts, [False, True] * len(parts), strict=False)
        )
        return re.compile(pattern, re.IGNORECASE)

    def match(self, path: str) -> dict[str, str] | None:
        """Return the values of the places in ``path``; ``None`` if it is no path of the family."""
        match = self._form.fullmatch(path)
        return match.groupdict() if match else None

    def named(self, query: Mapping[str, str]) -> dict[str, str] | None:
        """Return the parameters that tell pages apart, sorted, with names in the map's spelling.

        Return ``None`` if the id has a wrong form. Text behind an id is dropped.
        """
        spelling = {name.lower(): name for name in self.parameters}
        named = {spelling.get(name.lower()): value.strip() for name, value in query.items()}
        if self.id_form and (value := named.get(self.id_parameter)):
            match = self._id.match(value)
            if match is None:
                return None
            named[self.id_parameter] = match[match.re.groups]
        return {
            name: named[name]
            for name in sorted(self.parameters)
            if named.get(name) and (name, named[name]) not in self.defaults
        }

    @cached_property
    def _id(self) -> re.Pattern[str]:
        return re.compile(rf"(?:{self.id_form})(?!\w)")
