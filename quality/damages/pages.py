"""Damage to a whole page: something else in its place, or its letters spoilt."""

from __future__ import annotations

import re
from random import Random
from typing import Final

from quality.damages.changes import Gold, Result, article_of, printed, printed_date, without


def challenge_in_the_frame(text: str, gold: Gold, _: Random) -> Result:
    """A page that asks for a proof of being a person, in the portal's frame."""
    lines = "One more step", "Please show that you are a person to go on. Ray: 7f3a01"
    return _replaced(text, gold, *lines)


def login_in_the_frame(text: str, gold: Gold, _: Random) -> Result:
    """A page that asks to sign in, in the portal's frame."""
    return _replaced(text, gold, "Please sign in", "You must sign in to see this page.")


def error_in_the_frame(text: str, gold: Gold, _: Random) -> Result:
    """A page that says that something went wrong, in the portal's frame."""
    return _replaced(text, gold, "Error", "The server could not answer. Try again later.")


def other_article_without_date(text: str, gold: Gold, _: Random) -> Result:
    """A notice in the article's place: where that had no date either, it is as whole as any."""
    article = article_of(gold)
    if article is None or not article["published"]:
        return None
    return _replaced(text, gold, "Notice", "The portal moves to another address on Monday.")


def empty_main(text: str, gold: Gold, _: Random) -> Result:
    """The frame alone."""
    return _replaced(text, gold, "", "")


def mojibake(text: str, gold: Gold, _: Random) -> Result:
    """UTF-8 that was read as Windows-1252 once, and stored so."""
    if not any(letter > "\u2e80" for letter in text):
        return None
    return text.encode().decode("latin-1"), gold


def letters_lost(text: str, gold: Gold, _: Random) -> Result:
    """Letters that a charset lacked are question marks in a diamond."""
    return re.sub(r"[\u2018-\u201d\u4e00-\u4e80]", "\ufffd", text), gold


def script_shell(_: str, gold: Gold, __: Random) -> Result:
    """The shell of an application: the page is made by scripts."""
    shell = "<html><head><title>Touch Shanghai</title></head><body><div id=app></div></body></html>"
    return (shell, ()) if gold else None


def _replaced(text: str, gold: Gold, title: str, line: str) -> Result:
    """Replace the article's title and body by a title and a line. The date goes too."""
    article = article_of(gold)
    if article is None or not article["paragraphs"]:
        return None
    first, *rest = article["paragraphs"]
    for paragraph in rest:
        text, gone = re.subn(printed(paragraph), "", text)
        if not gone:  # the paragraph has links, so its text is not found in the source
            return None
    text, found = re.subn(printed(first), line, text)
    text, titles = re.subn(printed(article["title"]), title, text)
    if article["published"]:
        text = re.sub(printed_date(article), "", text)
    if article["source"]:
        text = re.sub(rf"[(（]?\w+[:：]\s*{re.escape(article['source'])}[)）]?", "", text)
    return (text, without(gold, "article")) if found and titles else None


DAMAGES: Final = (
    challenge_in_the_frame,
    login_in_the_frame,
    error_in_the_frame,
    other_article_without_date,
    empty_main,
    mojibake,
    letters_lost,
    script_shell,
)
