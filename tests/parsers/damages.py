"""What can go wrong with a page that its portal changes, by name; and what leaves no trace."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeAlias

from tests.parsers.content import Content, Pair, Row

Damage: TypeAlias = Callable[[Content], Content]

_LABELS = re.compile(r"^(?:[QA问答][:：] ?)+")


def _rows(change: Callable[[Row], Row]) -> Damage:
    return lambda c: c.without(applications=tuple(map(change, c.applications)))


def _pairs(change: Callable[[Pair], Pair]) -> Damage:
    return lambda c: c.without(pairs=tuple(map(change, c.pairs)))


def _bare(text: str) -> str:
    return _LABELS.sub("", text)


def _without_sidebar(content: Content) -> Content:
    return content.without(
        applications=(), application_heading="", inquiries=(), inquiry_heading="", pairs=(),
        faq_heading="", more="", sign_in="", account=("", ""),
    )  # fmt: skip


def _challenge(content: Content) -> Content:
    """A challenge page within the portal's frame."""
    return content.without(
        title="One more step", day="", category=None, source_line=None,
        paragraphs=("Please show that you are a person to go on.", "Ray: 7f3a01"),
    )  # fmt: skip


def _inside(*lines: str) -> Damage:
    """Lines of another part, in the body."""
    return lambda c: c.without(paragraphs=(c.paragraphs[0], *lines, *c.paragraphs[1:]))


NOTICED: Final[dict[str, Damage]] = {
    "the source's label is dropped": lambda c: c.without(source_line=c.source),
    "the source's label is translated": lambda c: c.without(source_line=f"Bron: {c.source}"),
    "the question's label is dropped": _pairs(
        lambda p: replace(p, printed_question=_bare(p.printed_question))
    ),
    "the question's label is translated": _pairs(
        lambda p: replace(p, printed_question=f"P: {p.question}")
    ),
    "the answer's label is dropped": _pairs(
        lambda p: replace(p, printed_answer=_bare(p.printed_answer))
    ),
    "the answer's label is translated": _pairs(
        lambda p: replace(p, printed_answer=f"R: {p.answer}")
    ),
    "the heading of the applications is lost": lambda c: c.without(application_heading=""),
    "the heading of the inquiries is lost": lambda c: c.without(inquiry_heading=""),
    "the heading of the FAQ is lost": lambda c: c.without(faq_heading=""),
    "the heading of the applications is translated": lambda c: c.without(
        application_heading="Estado de las solicitudes"
    ),
    "the heading of the inquiries is translated": lambda c: c.without(
        inquiry_heading="Estado de las consultas"
    ),
    "the heading of the FAQ is translated": lambda c: c.without(faq_heading="Preguntas"),
    "the section is lost": lambda c: c.without(section=""),
    "the section is translated": lambda c: c.without(section="Noticias del gobierno"),
    "the subsection is translated": lambda c: c.without(category="Noticias de la ciudad"),
    "the date is lost": lambda c: c.without(day=""),
    "the date is translated": lambda c: c.without(day="4 de marzo de 2024"),
    "the title is lost": lambda c: c.without(title=""),
    "the status word is translated": _rows(lambda r: replace(r, word="En curso")),
    "the status word is lost": _rows(lambda r: replace(r, word="")),
    "the number is lost": _rows(lambda r: replace(r, number="")),
    "the number has another form": _rows(lambda r: replace(r, number=f"A-{r.number[-3:]}")),
    "the row's day is lost": _rows(lambda r: replace(r, day="")),
    "the row's day has another form": _rows(lambda r: replace(r, day="16 Apr")),
    "a row is cut": lambda c: c.without(applications=c.applications[:2]),
    "all rows of a list are cut": lambda c: c.without(applications=()),
    "pairs are cut": lambda c: c.without(pairs=c.pairs[:1]),
    "all pairs are cut": lambda c: c.without(pairs=()),
    "a box is lost": lambda c: c.without(applications=(), application_heading=""),
    "the sidebar is lost": _without_sidebar,
    "the body is lost": lambda c: c.without(paragraphs=(), source_line=None),
    "the body stops within a sentence": lambda c: c.without(
        paragraphs=(*c.paragraphs[:-1], c.paragraphs[-1][:-9]), source_line=None
    ),
    "a challenge page in the frame": _challenge,
    "a line in front of the body": lambda c: c.without(paragraphs=("Join our list", *c.paragraphs)),
    "a line behind the body": lambda c: c.without(
        paragraphs=(*c.paragraphs, "Join our list"), source_line=None
    ),
    "a heading of the sidebar in the body": lambda c: _inside(c.application_heading)(c),
    "text behind the section": lambda c: c.without(section=f"{c.section} Join our list"),
    "text in a row": _rows(lambda r: replace(r, word=f"{r.word} Join our list")),
    "text behind a heading": lambda c: c.without(faq_heading=f"{c.faq_heading} Join our list"),
}
"""Damage that must be noticed, whatever the markup."""

TRACELESS: Final[dict[str, Damage]] = {
    "the source line is cut": lambda c: c.without(source_line=None),
    "the subsection is cut": lambda c: c.without(category=None),
    "half the body is cut": lambda c: c.without(paragraphs=c.paragraphs[:2], source_line=None),
    "a paragraph is cut": lambda c: c.without(paragraphs=c.paragraphs[1:]),
    "a row of each list and a pair are cut": lambda c: c.without(
        applications=c.applications[:2], inquiries=c.inquiries[:2], pairs=c.pairs[:2]
    ),
    "a sentence among the paragraphs": _inside("The ferry is free on Sundays, said the captain."),
    "a word in the title": lambda c: c.without(title=f"{c.title} again"),
}
"""Damage after which the page is as whole as any other."""
