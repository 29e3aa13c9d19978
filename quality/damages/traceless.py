"""Damage that nothing on the page shows: the page could be undamaged."""

from __future__ import annotations

import re
from random import Random
from typing import Final

from quality.damages.changes import Gold, Result, article_of, printed, with_line


def sentence_put_in(text: str, gold: Gold, _: Random) -> Result:
    """A whole sentence stands among the paragraphs: it has the form of a paragraph."""
    return with_line(text, gold, "The ferry is free on Sundays, said the captain.")


def line_put_in(text: str, gold: Gold, _: Random) -> Result:
    """A short line stands among the paragraphs: it has the form of a subheading."""
    return with_line(text, gold, "<b>Join our list</b>")


def button_put_in(text: str, gold: Gold, _: Random) -> Result:
    """A button stands among the paragraphs: it is read, as buttons unfold text elsewhere."""
    return with_line(text, gold, "<button>Share this page</button>")


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
    line_put_in,
    button_put_in,
    word_in_the_title,
    word_changed,
    another_day,
    paragraph_cut,
    number_changed,
)
