"""Damage after which the page could be a whole one: nothing on it tells."""

from __future__ import annotations

import re
from random import Random
from typing import Final

from quality.damages.changes import Gold, Result, article_of, printed


def sentence_put_in(text: str, gold: Gold, _: Random) -> Result:
    """A whole sentence stands among the paragraphs: it has the form of a paragraph."""
    article = article_of(gold)
    if article is None or len(article["paragraphs"]) < 2:
        return None
    match = re.search(printed(article["paragraphs"][0]), text)
    line = "The ferry is free on Sundays, said the captain."
    return (f"{text[: match.end()]}<br>{line}{text[match.end() :]}", gold) if match else None


def word_in_the_title(text: str, gold: Gold, _: Random) -> Result:
    """The title says more: it has the form of a title."""
    article = article_of(gold)
    if article is None:
        return None
    return re.sub(f"({printed(article['title'])})", r"\1 again", text), gold


def word_changed(text: str, gold: Gold, _: Random) -> Result:
    """A word of the body is another: it is a word."""
    article = article_of(gold)
    if article is None or article["language"] == "zh":
        return None
    return re.sub(r"\bthe (?=\w+ \w+ )", "no ", text, count=1), gold


def another_day(text: str, gold: Gold, _: Random) -> Result:
    """The date is another day: only an id of 17 digits, or a listing, can tell."""
    article = article_of(gold)
    if article is None or not article["published"] or len(article["portal_id"] or "") == 17:
        return None
    return text.replace(article["published"], f"{article['published'][:8]}17"), gold


def paragraph_cut(text: str, gold: Gold, _: Random) -> Result:
    """A paragraph between two others is gone: a body may have one less."""
    article = article_of(gold)
    if article is None or len(article["paragraphs"]) < 3:
        return None
    return re.sub(printed(article["paragraphs"][1]), "", text), gold


def number_changed(text: str, gold: Gold, _: Random) -> Result:
    """A row's number is another: it has the form of a number."""
    return re.sub(r"(?<!\d)(21315|20714)(\d{3})(?!\d)", r"\g<1>901", text, count=1), gold


DAMAGES: Final = (
    sentence_put_in,
    word_in_the_title,
    word_changed,
    another_day,
    paragraph_cut,
    number_changed,
)
