"""Page families: kinds of pages by their addresses."""

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
"""``questions``: a list of questions, then each with its answer; ``standing``: an undated page."""

GIVES: Final[dict[FamilyKind, str]] = {
    "listing": "news",
    "article": "news",
    "standing": "news",
    "event_listing": "events",
    "event": "events",
    "press_conference": "press",
    "questions": "faq",
}
"""Kind → what its pages give or lead to, as ``-a only=`` names it."""


SELECTED: Final = ("title", "published", "source", "paragraphs")
"""Fields of articles that selectors may find."""
LISTINGS: Final[frozenset[FamilyKind]] = frozenset({"listing", "event_listing"})
"""Kinds of pages that list others, page by page."""


Path: TypeAlias = Annotated[str, Meta(pattern="^/")]


@dataclass(frozen=True, kw_only=True)
class Family:
    """A kind of page by its address.

    ``path`` may hold ``{id}``, of the form ``id_form`` as is the parameter ``id``, and other
    places, of any form; a page without an id has a ``name`` for its key. ``id_parameter`` is the
    parameter's name, where the site calls it otherwise. ``host`` is another one
    than the portal's, on which pages of the family stand: they are read, but no crawl goes there.
    ``wrapped``: its lines break inside sentences. ``parameters`` are the query parameters
    that tell its pages apart; every other one is dropped from the canonical address.
    ``defaults`` are dropped too where they say what their absence says. ``page`` is the parameter
    that numbers the pages of a listing.
    """

    path: Path
    kind: FamilyKind
    language: Language | None = None
    layout: Layout = "unknown"
    parameters: tuple[str, ...] = ()
    defaults: tuple[tuple[str, str], ...] = ()
    page: str = ""
    id_prefix: str = ""
    """Of the key, where a layout numbers its pages on its own."""
    id_form: Pattern = ""
    """Any, where it is empty; its group, if it has one, is the id."""
    id_parameter: str = "id"
    name: str = ""
    host: str = ""
    wrapped: bool = False
    selectors: Mapping[str, str] = field(default_factory=dict)
    """CSS, by field (``SELECTED``), where the form of its articles does not tell: it decides
    where a selector finds nothing."""

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
        """Return what stands in the places of ``path``; ``None`` where it is no such page's."""
        match = self._form.fullmatch(path)
        return match.groupdict() if match else None

    def named(self, query: Mapping[str, str]) -> dict[str, str] | None:
        """Return the parameters that tell pages apart, sorted, in the map's spelling.

        ``None`` where the id is none; what follows one is junk.
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
