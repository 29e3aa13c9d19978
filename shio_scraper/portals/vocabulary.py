"""The words of a portal, by which a reader recognises the frame of its pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Final, TypeAlias

from msgspec import Meta

from shio_scraper import texts
from shio_scraper.items import Language, StatusKind, StatusWord
from shio_scraper.portals import common

Pattern: TypeAlias = Annotated[str, Meta(description="is no regular expression")]
NEVER: Final = r"(?!)"
"""A pattern that matches nothing, for a portal without such words."""

IGNORED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "section": "place",
        "category": "place",
        "tabs": "tabs",
        "events": "tabs",
        "navigation": "navigation",
        "twin": "navigation",
        "account": "sign-in",
        "application": "box headings",
        "inquiry": "box headings",
        "faq": "box headings",
        "more": "navigation",
        "promotion": "promotion",
        "foot": "footer",
        "noise": "noise",
    }
)
"""Role of blocks that no field need claim → the name of their part of the page."""


_SHARED: Final = {
    "source_labels": common.SOURCE_LABELS,
    "date_labels": (*common.DATE_LABELS, *common.UPDATE_LABELS),
    "update_labels": common.UPDATE_LABELS,
}


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """The words of a portal, besides those that all sites share (``common.py``).

    ``phrases`` maps a role (``parsers/roles.py``) to its phrases, by language. A phrase stands
    alone in its block. Patterns are regular expressions, and ignore case. ``more`` and
    ``number_label`` match a whole text, ``more_at_end`` the end of a text. ``foot`` and ``leaf``
    match the beginning of a block or the whole block, the others any part of a block.
    """

    phrases: Mapping[str, Mapping[Language | None, tuple[str, ...]]] = field(default_factory=dict)
    status_words: Mapping[str, StatusWord] = field(default_factory=dict)
    question_labels: tuple[str, ...] = ()
    answer_labels: tuple[str, ...] = ()
    source_labels: tuple[str, ...] = ()
    date_labels: tuple[str, ...] = ()
    update_labels: tuple[str, ...] = ()
    """Labels of a source, of the day of publication and of an update, besides the shared labels."""
    event_fields: Mapping[str, str] = field(default_factory=dict)
    category: Pattern = NEVER
    gate: Pattern = NEVER
    gate_words: tuple[str, ...] = ("",)
    """Words in lower case. Each match of ``gate`` has one of them, so they are looked for first."""
    gate_goes_on: Pattern = NEVER
    """The sentence below a gate notice that says how to get an account."""
    foot: Pattern = common.FOOT
    foot_words: tuple[str, ...] = common.FOOT_WORDS
    """Words in lower case. Each match of ``foot`` has one of them, so they are looked for first."""
    leaf: Pattern = common.LEAF
    not_found: Pattern = common.NOT_FOUND
    more: Pattern = common.MORE
    more_at_end: Pattern = common.MORE_AT_END
    number_label: Pattern = NEVER
    extension: Pattern = common.EXTENSION
    """The words between a telephone number and its extension."""
    host_labels: tuple[str, ...] = ()
    """Labels of a press conference's host whose name is not printed."""
    asker_labels: tuple[str, ...] = ()
    """Labels of a person who asks and whose name is not printed."""
    outlet_names: tuple[str, ...] = ()
    outlet_words: tuple[str, ...] = ()
    """Words by which the name of a news outlet is known: it has one of them."""
    honorifics: tuple[str, ...] = ()
    """Titles that stand before the name of a person."""
    speaker_lists: tuple[str, ...] = ()
    """Headings of the list of speakers."""
    ignored: Mapping[str, str] = field(default_factory=lambda: IGNORED)
    """Role → the name of a part of the page that accounting takes for granted."""
    furniture: tuple[str, ...] = ()
    """Further texts outside of records that accounting takes for granted."""

    def __post_init__(self) -> None:
        """Add the shared labels. A portal with its own ``foot`` gets no shared ``foot_words``."""
        for name, shared in _SHARED.items():
            object.__setattr__(self, name, tuple(dict.fromkeys((*shared, *getattr(self, name)))))
        if self.foot != common.FOOT and self.foot_words is common.FOOT_WORDS:
            object.__setattr__(self, "foot_words", ("",))

    def with_phrases(self, **phrases: Mapping[Language | None, tuple[str, ...]]) -> Vocabulary:
        """Return the vocabulary with more phrases, by role and language."""
        every = {role: dict(by_language) for role, by_language in self.phrases.items()}
        for role, by_language in phrases.items():
            own = every.setdefault(role, {})
            own |= {of: (*own.get(of, ()), *words) for of, words in by_language.items()}
        return replace(self, phrases=every)

    @cached_property
    def roles(self) -> dict[str, tuple[str, Language | None]]:
        """Folded phrase → its role and language."""
        shared = {
            fold(phrase): ("navigation", None) for phrase in common.NAVIGATION if fold(phrase)
        }
        return shared | {
            fold(phrase): (role, language)
            for role, by_language in self.phrases.items()
            for language, phrases in by_language.items()
            for phrase in phrases
            if fold(phrase)
        }

    @cached_property
    def words(self) -> dict[str, StatusWord]:
        """Folded status word → its normal form."""
        return {fold(word): status for word, status in self.status_words.items()}


@dataclass(frozen=True)
class StatusNumber:
    """The form of the numbers in a status list: a layout's prefix, then the running number."""

    kind: StatusKind
    form: Pattern


def fold(phrase: str) -> str:
    """Return a phrase in the form for comparison: case-folded, without outer punctuation.

    >>> fold("View More »")
    'view more'
    """
    return texts.fold(phrase).casefold().strip(" \t:：»›>+·•|…．.-–—[]【】#*_")
