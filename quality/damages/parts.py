"""Damage to the body: cut, or with lines in it that do not belong to it."""

from __future__ import annotations

import re
from random import Random
from typing import Final

from quality.damages.changes import (
    Gold,
    Result,
    article_of,
    has_twins,
    is_touch,
    printed,
    with_fields,
    with_line,
    without,
)  # fmt: skip


def footer_in_the_body(text: str, gold: Gold, _: Random) -> Result:
    """A line of copyright stands below the first paragraph."""
    return with_line(text, gold, "Copyright 2024 by the harbour.")


def heading_of_the_sidebar_in_the_body(text: str, gold: Gold, _: Random) -> Result:
    """A heading of the sidebar stands below the first paragraph."""
    return with_line(text, gold, "Inquiry Status") if is_touch(gold) else None


def line_behind_the_body(text: str, gold: Gold, _: Random) -> Result:
    """An advertisement stands below the last paragraph."""
    article = article_of(gold)
    if article is None or article["gated"]:
        return None
    return with_line(text, gold, "Join our list", at=-1)


def script_text_in_the_body(text: str, gold: Gold, _: Random) -> Result:
    """Markup that was escaped once too often stands below the first paragraph."""
    return with_line(text, gold, "&lt;div class=share&gt;")


def body_lost(text: str, gold: Gold, _: Random) -> Result:
    """Every paragraph is gone."""
    article = article_of(gold)
    if article is None or article["gated"]:
        return None
    for paragraph in article["paragraphs"]:
        text, gone = re.subn(printed(paragraph), "", text)
        if not gone:  # the paragraph has links, so its text is not found in the source
            return None
    return text, with_fields(gold, "article", paragraphs=[], links=[])


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
    if has_twins(article):
        return None
    middle = article["paragraphs"][len(article["paragraphs"]) // 2]
    start, end = (re.search(printed(p), text) for p in (middle, article["paragraphs"][-1]))
    if start is None or end is None or len(middle) < 40:
        return None
    cut = start.start() + 25
    if text[cut - 2 : cut].rstrip().endswith((".", "。", "”", '"')):
        return None  # the cut is between two sentences, which nothing shows
    return text[:cut] + text[end.end() :], gold


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
