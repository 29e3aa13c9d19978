"""The parts that blocks play on a page."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """The part that a block plays on its page."""

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
"""What an article's body can be made of."""

SIDEBAR: Final = frozenset(
    {Role.ACCOUNT, Role.APPLICATION, Role.INQUIRY, Role.ROW, Role.MORE, Role.FAQ}
)
"""What the sidebar shows and a body never does."""

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
"""What tells a page of the portal where no address does; questions and dates stand anywhere."""
