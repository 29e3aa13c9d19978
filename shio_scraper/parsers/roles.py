"""The roles of blocks, and how a short text gets its role by its words alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from msgspec import Struct

from shio_scraper.items import Language
from shio_scraper.parsers.labels import any_of, holds_any, labels_of
from shio_scraper.portals import Portal, fold
from shio_scraper.texts import kept


class Role(StrEnum):
    """The role of a block on its page: what a reader takes the block for."""

    TEXT = "text"
    TITLE = "title"
    DATE = "date"
    PARAGRAPH = "paragraph"
    SOURCE = "source"
    GATE = "gate"
    NOISE = "noise"
    SECTION = "section"
    CATEGORY = "category"
    TABS = "tabs"
    NAVIGATION = "navigation"
    ACCOUNT = "account"
    APPLICATION = "application"
    INQUIRY = "inquiry"
    ROW = "row"
    MORE = "more"
    FAQ = "faq"
    QUESTION = "question"
    ANSWER = "answer"
    EVENTS = "events"
    FIELD = "field"
    VALUE = "value"
    FOOT = "foot"
    ASIDE = "aside"
    PROMOTION = "promotion"
    TWIN = "twin"
    SPEAKER = "speaker"
    NUMBERED = "numbered"
    RECORD = "record"
    FRAME = "frame"


CONTENT: Final = frozenset(
    {Role.TEXT, Role.QUESTION, Role.ANSWER, Role.DATE, Role.FIELD, Role.SOURCE}
)
"""Roles of blocks that can be part of an article's body."""

SIDEBAR: Final = frozenset(
    {Role.ACCOUNT, Role.APPLICATION, Role.INQUIRY, Role.ROW, Role.MORE, Role.FAQ}
)
"""Roles of blocks that stand in the sidebar, and never in a body."""

SIGNS: Final = frozenset(
    {
        Role.SECTION,
        Role.CATEGORY,
        Role.APPLICATION,
        Role.INQUIRY,
        Role.ROW,
        Role.EVENTS,
        Role.PROMOTION,
        Role.TWIN,
    }
)
"""Roles that show, without an address, that a page is the portal's. Questions and dates are not
among them: they stand on pages of any site."""


_MAY_BE_ROW: Final = re.compile(r"\d[-/.月]\d|\d{8}|\d\s|\s\d")
_ROW_OPENS_IN: Final = 60
_MAX_PHRASE: Final = 60
_FULL_STOP = (".", "!", "?", "。", "！", "？")
_HAN = re.compile("[\u4e00-\u9fff]")
_DIGIT = re.compile(r"\d")
_SIGNS = " >»›＞→/|"
_CRUMB = re.compile("[>»›＞→/]")
_STRENGTH = (
    "twin",
    "navigation",
    "more",
    "promotion",
    "events",
    "account",
    "faq",
    "inquiry",
    "application",
)
"""Roles of phrases, from the weakest to the strongest: if a block holds several phrases, the
strongest gives the block its role."""


Place: TypeAlias = tuple[str | None, str | None]
"""The section and the subsection that a block names; ``None`` for one that it does not name."""


class Row(NamedTuple):
    """A row as printed; ``None`` for a missing cell."""

    day: str | None
    number: str | None
    word: str | None


class Reading(Struct, frozen=True, gc=False):
    """What the words of a short block tell, wherever the block stands.

    ``votes`` are the languages that the words speak for, ``place`` the section and subsection
    that they name. ``rows`` are the rows of the block, once they were looked for.
    """

    role: Role
    votes: tuple[Language, ...] = ()
    place: Place | None = None
    rows: Sequence[Row] = ()
    may_be_row: bool = False


class Words:
    """Reads short texts by the portal's vocabulary.

    Readings are cached, because pages repeat the texts of the frame.
    """

    def __init__(self, portal: Portal) -> None:
        words = portal.vocabulary
        self._labels = labels_of(portal)
        self._roles = words.roles
        alternatives = any_of(self._roles)
        between = r"[\s|>»›·:：/+()（）\[\]【】-]*"
        self._each = re.compile(alternatives, re.IGNORECASE)
        # Some phrases are signs. The group is atomic: else a run of signs is split in every way.
        self._strip = re.compile(rf"{between}(?>{alternatives}{between})+", re.IGNORECASE)
        places = [p for p, (role, _) in self._roles.items() if role in {"section", "category"}]
        self._place = re.compile(any_of(places), re.IGNORECASE)
        labels = {*words.question_labels, *words.answer_labels}
        latin = any_of(label for label in labels if not _HAN.match(label))
        chinese = any_of(label for label in labels if _HAN.match(label))
        self._chinese_label = re.compile(rf"(?:{latin}\s*[:：]\s*)*{chinese}\s*[:：]")
        self._foot = re.compile(words.foot, re.IGNORECASE)
        self._foot_words = words.foot_words
        self._leaf = re.compile(words.leaf, re.IGNORECASE)
        self._field = re.compile(rf"{any_of(words.event_fields)}\s?[:：]", re.IGNORECASE)
        self.read = kept(2048)(self._read)

    def _read(self, text: str) -> Reading:
        hit = self._roles.get(fold(text)) if len(text) <= _MAX_PHRASE else None
        if hit and not (text.endswith(_FULL_STOP) and not text.endswith("...")):
            return self._phrase(text, *hit)
        if self._strip.fullmatch(text) or self._is_trail(text):
            return self._several(text)
        has_digit = _DIGIT.search(text) is not None
        may_be_row = has_digit and _MAY_BE_ROW.search(text, 0, _ROW_OPENS_IN) is not None
        role = self._alone(text, has_digit=has_digit)
        return Reading(role, self._votes(text), may_be_row=may_be_row)

    def _is_trail(self, text: str) -> bool:
        """Tell whether a text is a breadcrumb that names a section or subsection.

        A breadcrumb has a separator, such as ``>``, outside of the phrases of the vocabulary.
        """
        if not (_CRUMB.search(text) and self._place.search(text)):
            return False
        return _CRUMB.search(self._each.sub("", text)) is not None

    def _votes(self, text: str) -> tuple[Language, ...]:
        """Return the language that a question or answer votes for: Chinese, or none.

        The text behind the label must be Chinese too: editors also put Chinese labels before
        English questions.
        """
        label = self._chinese_label.match(text)
        return ("zh",) if label and _HAN.search(text, label.end()) else ()

    def _alone(self, text: str, *, has_digit: bool) -> Role:
        labels = self._labels
        if labels.question(text) is not None:
            return Role.QUESTION
        if labels.answer(text) is not None:
            return Role.ANSWER
        if self._field.match(text):
            return Role.FIELD
        if has_digit and labels.byline(text):
            return Role.DATE
        if holds_any(text, self._foot_words) and self._foot.search(text):
            return Role.FOOT
        is_leaf = self._leaf.match(text) and not text.endswith(_FULL_STOP)
        return Role.NAVIGATION if is_leaf else Role.TEXT

    def _phrase(self, text: str, role: str, language: Language | None) -> Reading:
        votes, name = (language,) if language else (), text.strip(_SIGNS)
        places: dict[str, Place] = {"section": (name, None), "category": (None, name)}
        return Reading(Role(role), votes, places.get(role))

    def _several(self, text: str) -> Reading:
        """Read a block that holds several phrases: a breadcrumb, tabs, the sign-in line."""
        hits = [(m[0], *self._roles[fold(m[0])]) for m in self._each.finditer(text)]
        votes = tuple(language for _, _, language in hits if language)
        roles = Counter(role for _, role, _ in hits)
        if roles["category"] > 1:
            return Reading(Role.TABS, votes)
        sections = Counter(language for _, role, language in hits if role == "section")
        if any(count > 1 for count in sections.values()):  # a menu, not a place
            return Reading(Role.NAVIGATION, votes)
        section = next((phrase for phrase, role, _ in hits if role == "section"), None)
        category = next((phrase for phrase, role, _ in hits if role == "category"), None)
        if section or category:
            return Reading(Role.CATEGORY if category else Role.SECTION, votes, (section, category))
        return Reading(Role(max(roles, key=_STRENGTH.index)), votes)


@lru_cache
def words_of(portal: Portal) -> Words:
    """Return the reader of ``portal``'s phrases."""
    return Words(portal)
