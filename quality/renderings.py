"""The text renderings of PORTAL.md: A, B, C and a rendering without a sidebar."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from fixtures.portal_builder.addresses import address_of, canonical
from fixtures.portal_builder.content import Content, Entry, Row
from fixtures.portal_builder.sidebar import HEADINGS, MORE, SIGN_IN
from fixtures.portal_builder.truth import section_of
from quality.sample import Json, Sample, in_order

_KINDS: Final = ("application", "inquiry")


def rendered(entry: Entry, content: Content, gold: tuple[Json, ...]) -> Iterator[Sample]:
    """Yield an article as text, with its records. They have no links, since text has none."""
    url = canonical(address_of(entry))
    own = {**gold[0], "links": []}
    for name, render in RENDERINGS.items():
        of_c = {**own, "category": None} if name == "text_c" else own
        records = (own,) if name == "text_bare" else (of_c, *gold[1:])
        text = "\n".join(line for line in render(entry, content) if line) + "\n"
        body = text.encode()
        yield Sample(f"text/{own['key']}/{name}", url, body, "utf-8", in_order(records))


def _a(entry: Entry, content: Content) -> list[str]:
    return [
        *_above(entry),
        *_body(entry),
        *_sign_in(entry.language),
        *_rows(entry, content, "{} {} {}"),
        HEADINGS[entry.language, "faq"],
        *(line for pair in _teasers(entry, content) for line in pair),
    ]


def _b(entry: Entry, content: Content) -> list[str]:
    """Return rendering B: A without the heading of the pairs."""
    lines = _a(entry, content)
    lines.remove(HEADINGS[entry.language, "faq"])
    return lines


def _c(entry: Entry, content: Content) -> list[str]:
    """Return rendering C, as the text extractor prints it.

    Bars stand between cells, and text behind a line break is printed twice.
    """
    above = [line for line in _above(entry) if line != entry.get("category")]
    first, *rest = _body(entry) or [""]
    pairs = [
        line for question, answer in _teasers(entry, content) for line in (question, answer, answer)
    ]
    rows = _rows(entry, content, "{} | {} | {} |", more=False)
    return [*above, first, *rest, *rest, *rows, HEADINGS[entry.language, "faq"], *pairs]


def _without_sidebar(entry: Entry, _: Content) -> list[str]:
    return [*_above(entry), *_body(entry)]


RENDERINGS: Final[dict[str, Callable[[Entry, Content], list[str]]]] = {
    "text_a": _a,
    "text_b": _b,
    "text_c": _c,
    "text_bare": _without_sidebar,
}


def _above(entry: Entry) -> list[str]:
    title = f"{entry.title}   {entry.published}" if entry.published else entry.title
    return [section_of(entry) or "", entry.get("category") or "", title]


def _body(entry: Entry) -> list[str]:
    return [*entry.paragraphs, *filter(None, (entry.text("gate"), entry.text("source")))]


def _sign_in(language: str) -> list[str]:
    login, register, forgotten = SIGN_IN[language]
    return [login, f"{register} | {forgotten}"]


def _rows(entry: Entry, content: Content, form: str, *, more: bool = True) -> list[str]:
    lines = []
    for kind in _KINDS:
        rows = content.sidebars[entry.language, entry.layout, kind]
        lines += [HEADINGS[entry.language, kind], *(_row(row, entry, form) for row in rows)]
    return [*lines, MORE[entry.language]] if more else lines


def _row(row: Row, entry: Entry, form: str) -> str:
    day = row.month_day
    if entry.language == "zh":
        day = re.sub(r"(\d+)-(\d+)", r"\1月\2日", day)
    return form.format(day, row.number, row.word or "")


def _teasers(entry: Entry, content: Content) -> list[tuple[str, str]]:
    space = " " if entry.language == "en" else ""
    lines = []
    for pair in content.pairs:
        if pair.teaser and pair.language == entry.language:
            question, answer, question_cut, answer_cut = pair.cut()
            lines.append(
                (
                    f"Q:{space}{question}{'...' * question_cut}",
                    f"A:{space}{answer}{'...' * answer_cut}",
                )
            )
    return lines
