"""The words of a portal: what a reader recognises its frame by."""

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
"""A pattern that nothing matches: the portal has no such words."""

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
"""Roles whose blocks no field need claim, and the names of the parts that they are."""


_SHARED: Final = {
    "source_labels": common.SOURCE_LABELS,
    "date_labels": (*common.DATE_LABELS, *common.UPDATE_LABELS),
    "update_labels": common.UPDATE_LABELS,
}


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """The words of a portal, beside those that all sites share (``common.py``).

    ``phrases`` maps a role (``parsers/roles.py``) to the phrases that play it, by language; a
    phrase stands alone in its block. Patterns are regular expressions, read without regard to
    case: ``more`` and ``number_label`` match a whole text, ``more_at_end`` its end, ``foot`` and
    ``leaf`` a block's beginning or all that they name, the others anything within a block.
    """

    phrases: Mapping[str, Mapping[Language | None, tuple[str, ...]]] = field(default_factory=dict)
    status_words: Mapping[str, StatusWord] = field(default_factory=dict)
    question_labels: tuple[str, ...] = ()
    answer_labels: tuple[str, ...] = ()
    source_labels: tuple[str, ...] = ()
    date_labels: tuple[str, ...] = ()
    update_labels: tuple[str, ...] = ()
    """Labels, beside the shared ones, of a source, of the day of publication, of an update."""
    event_fields: Mapping[str, str] = field(default_factory=dict)
    category: Pattern = NEVER
    gate: Pattern = NEVER
    gate_words: tuple[str, ...] = ("",)
    """Words, in lower case, of which whatever ``gate`` matches has one: looked for first."""
    gate_goes_on: Pattern = NEVER
    """The sentence below the notice: how to get an account."""
    foot: Pattern = common.FOOT
    foot_words: tuple[str, ...] = common.FOOT_WORDS
    """The same for ``foot``."""
    leaf: Pattern = common.LEAF
    not_found: Pattern = common.NOT_FOUND
    more: Pattern = common.MORE
    more_at_end: Pattern = common.MORE_AT_END
    number_label: Pattern = NEVER
    extension: Pattern = common.EXTENSION
    """What stands between a telephone number and its extension."""
    host_labels: tuple[str, ...] = ()
    """Labels of a press conference's host who has no name."""
    asker_labels: tuple[str, ...] = ()
    """Labels of one who asks and has no name."""
    outlet_names: tuple[str, ...] = ()
    outlet_words: tuple[str, ...] = ()
    """Words of which the name of an outlet has one."""
    honorifics: tuple[str, ...] = ()
    """What stands before the name of a person."""
    speaker_lists: tuple[str, ...] = ()
    """What may stand above the list of speakers."""
    ignored: Mapping[str, str] = field(default_factory=lambda: IGNORED)
    """The parts of a page that accounting takes for granted, by role."""
    furniture: tuple[str, ...] = ()
    """Further texts, outside of any record, that it does."""

    def __post_init__(self) -> None:
        """Add the shared labels to its own; a foot of its own has none of the shared words."""
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
    """How a list prints its numbers: a layout's prefix, then the running number."""

    kind: StatusKind
    form: Pattern


def fold(phrase: str) -> str:
    """Return ``phrase`` as phrases are compared: plain, case-folded, without outer punctuation.

    >>> fold("View More »")
    'view more'
    """
    return texts.fold(phrase).casefold().strip(" \t:：»›>+·•|…．.-–—[]【】#*_")
