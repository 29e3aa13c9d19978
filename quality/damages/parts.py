"""The body: cut, or with lines in it that are none of its own."""

from __future__ import annotations

import re
from random import Random
from typing import Final

from quality.damages.changes import Gold, Result, article_of, printed, with_fields, without


def _with_line(text: str, gold: Gold, line: str, *, at: int = 0) -> Result:
    """Put a line of its own behind a paragraph."""
    article = article_of(gold)
    if article is None or len(article["paragraphs"]) < 2:
        return None
    match = re.search(printed(article["paragraphs"][at]), text)
    return (f"{text[: match.end()]}<br>{line}{text[match.end() :]}", gold) if match else None


def line_in_the_body(text: str, gold: Gold, _: Random) -> Result:
    """An advertisement stands below the first paragraph."""
    return _with_line(text, gold, "<b>Join our list</b>")


def button_in_the_body(text: str, gold: Gold, _: Random) -> Result:
    """A button to share the page stands below the first paragraph."""
    return _with_line(text, gold, "<button>Share this page</button>")


def footer_in_the_body(text: str, gold: Gold, _: Random) -> Result:
    """A line of copyright stands below the first paragraph."""
    return _with_line(text, gold, "Copyright 2024 by the harbour.")


def heading_of_the_sidebar_in_the_body(text: str, gold: Gold, _: Random) -> Result:
    """A heading of the sidebar stands below the first paragraph."""
    return _with_line(text, gold, "Inquiry Status")


def line_behind_the_body(text: str, gold: Gold, _: Random) -> Result:
    """An advertisement stands below the last paragraph."""
    return _with_line(text, gold, "Join our list", at=-1)


def script_text_in_the_body(text: str, gold: Gold, _: Random) -> Result:
    """Markup that was escaped once too often stands below the first paragraph."""
    return _with_line(text, gold, "&lt;div class=share&gt;")


def body_lost(text: str, gold: Gold, _: Random) -> Result:
    """Every paragraph is gone."""
    article = article_of(gold)
    if article is None or article["gated"]:
        return None
    for paragraph in article["paragraphs"]:
        text = re.sub(f"{printed(paragraph)}", "", text)
    empty = with_fields(gold, "article", paragraphs=[], links=[], source=article["source"])
    return text, empty


def sentence_cut(text: str, gold: Gold, _: Random) -> Result:
    """The last paragraph stops within its last sentence: what is left is not the article."""
    article = article_of(gold)
    if article is None or not article["paragraphs"] or article["gated"] or article["source"]:
        return None
    last = article["paragraphs"][-1]
    match = re.search(printed(last), text)
    if match is None or len(last) < 40:
        return None
    return text[: match.end() - 9] + text[match.end() :], gold


def half_the_body_in_a_sentence(text: str, gold: Gold, _: Random) -> Result:
    """Everything from the middle of a paragraph to the body's end is gone."""
    article = article_of(gold)
    if article is None or len(article["paragraphs"]) < 2 or article["gated"] or article["source"]:
        return None
    middle = article["paragraphs"][len(article["paragraphs"]) // 2]
    start, end = (re.search(printed(p), text) for p in (middle, article["paragraphs"][-1]))
    if start is None or end is None or len(middle) < 40:
        return None
    return text[: start.start() + 25] + text[end.end() :], gold


def page_cut(text: str, gold: Gold, random: Random) -> Result:
    """The transfer broke off within the body."""
    article = article_of(gold)
    if article is None or not article["paragraphs"]:
        return None
    match = re.search(printed(article["paragraphs"][-1]), text)
    if match is None or match.end() - match.start() < 40:
        return None
    return text[: random.randint(match.start() + 10, match.end() - 10)], gold


def text_touches_the_section(text: str, gold: Gold, _: Random) -> Result:
    """The section's line says more."""
    if article_of(gold) is None:
        return None
    changed = re.sub(r"(?<=>)(Government News|政府新闻)(?=<)", r"\1 Join our list", text)
    return changed, gold


def second_body(text: str, gold: Gold, _: Random) -> Result:
    """The body is that of a page that asks to enable scripts."""
    emptied = body_lost(text, gold, _)
    article = article_of(gold)
    if emptied is None or article is None or not article["published"]:
        return None
    line = r"\1<p>Please enable JavaScript to view this page.</p>"
    changed, number = re.subn(rf"({article['published']}(?:</\w+>)*)", line, emptied[0], count=1)
    return (changed, without(gold, "article")) if number else None


DAMAGES: Final = (
    line_in_the_body,
    button_in_the_body,
    footer_in_the_body,
    heading_of_the_sidebar_in_the_body,
    line_behind_the_body,
    script_text_in_the_body,
    body_lost,
    sentence_cut,
    half_the_body_in_a_sentence,
    page_cut,
    text_touches_the_section,
    second_body,
)
