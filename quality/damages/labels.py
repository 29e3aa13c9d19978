"""Damage to labels: dropped, or in a language that the portal never used."""

from __future__ import annotations

from random import Random
from typing import Final

from quality.damages.changes import Gold, Result, substituted, with_fields

_SOURCE: Final = r"(?:Source|来源)\s*[:：]\s*"
_QUESTION: Final = r"(?:[Q问]\s*[:：] ?)+"
_ANSWER: Final = r"(?:[A答]\s*[:：] ?)+"


def source_label_dropped(text: str, gold: Gold, _: Random) -> Result:
    """``Source:`` is gone, its value stays."""
    return _of_source(text, gold, "")


def source_label_translated(text: str, gold: Gold, _: Random) -> Result:
    """``Source:`` is in Spanish."""
    return _of_source(text, gold, "Fuente: ")


def _of_source(text: str, gold: Gold, by: str) -> Result:
    has_source = any(one.get("source") for one in gold)
    return substituted(text, gold, _SOURCE, by) if has_source else None


def question_labels_dropped(text: str, gold: Gold, _: Random) -> Result:
    """``Q:`` is gone."""
    return substituted(text, gold, rf"(?<=>){_QUESTION}", "")


def question_labels_translated(text: str, gold: Gold, _: Random) -> Result:
    """``Q:`` is in Spanish."""
    return substituted(text, gold, rf"(?<=>){_QUESTION}", "P: ")


def answer_labels_dropped(text: str, gold: Gold, _: Random) -> Result:
    """``A:`` is gone."""
    return substituted(text, gold, rf"(?<=>){_ANSWER}", "")


def answer_labels_translated(text: str, gold: Gold, _: Random) -> Result:
    """``A:`` is in Spanish."""
    return substituted(text, gold, rf"(?<=>){_ANSWER}", "R: ")


def deadline_label_translated(text: str, gold: Gold, _: Random) -> Result:
    """An event's deadline has a label in Spanish."""
    return substituted(text, gold, r"Registration Deadline:", "Plazo:") if _event(gold) else None


def end_label_dropped(text: str, gold: Gold, _: Random) -> Result:
    """An event's end has no label."""
    return substituted(text, gold, r"End Time:", "") if _event(gold) else None


def contact_label_translated(text: str, gold: Gold, _: Random) -> Result:
    """An event's contact has a label in Spanish."""
    return substituted(text, gold, r"Contact:", "Persona:") if _event(gold) else None


def section_translated(text: str, gold: Gold, _: Random) -> Result:
    """The section has a name that nobody knows: it is to be printed."""
    name = "Noticias del gobierno"
    changed = with_fields(gold, "article", section=name)
    if not any(one["type"] == "article" and one["section"] in _SECTIONS for one in gold):
        return None
    return substituted(text, changed, r"(?<=>)(?:Government News|政府新闻)(?=<)", name)


_SECTIONS: Final = ("Government News", "政府新闻")


def _event(gold: Gold) -> bool:
    return any(one["type"] == "event" for one in gold)


DAMAGES: Final = (
    source_label_dropped,
    source_label_translated,
    question_labels_dropped,
    question_labels_translated,
    answer_labels_dropped,
    answer_labels_translated,
    deadline_label_translated,
    end_label_dropped,
    contact_label_translated,
    section_translated,
)
