"""Damage that was invented after parsers and accounting were done, for an honest figure.

Nothing is fitted to these kinds. If the accounting is taught to notice one of them, it moves to the
other kinds, and a new one takes its place here.
"""

from __future__ import annotations

import re
from random import Random
from typing import Final

from quality.damages.changes import Gold, Result, article_of, printed, substituted, with_line
from quality.damages.machine import in_paragraphs


def share_bar_in_the_body(text: str, gold: Gold, _: Random) -> Result:
    """A bar of buttons stands among the paragraphs."""
    return with_line(text, gold, "Share: Weibo WeChat QZone Print")


def counter_in_the_body(text: str, gold: Gold, _: Random) -> Result:
    """A counter stands among the paragraphs."""
    return with_line(text, gold, "Views: 1,024 | Likes: 12")


def other_script_in_the_body(text: str, gold: Gold, _: Random) -> Result:
    """A sentence in Arabic stands among the paragraphs."""
    return with_line(text, gold, "يُغلق المتحف أبوابه في الساعة التاسعة مساءً.")


def comment_shown_in_the_body(text: str, gold: Gold, _: Random) -> Result:
    """An escaped comment stands among the paragraphs."""
    return with_line(text, gold, "&lt;!-- begin of banner 3 --&gt;")


def breadcrumb_for_the_title(text: str, gold: Gold, _: Random) -> Result:
    """The place of the page stands in the title's place."""
    article = article_of(gold)
    words = "Home &gt; News &gt; Detail"
    return substituted(text, gold, printed(article["title"]), words) if article else None


def site_behind_the_title(text: str, gold: Gold, _: Random) -> Result:
    """The site's name stands behind the title."""
    article = article_of(gold)
    if article is None:
        return None
    return substituted(text, gold, rf"({printed(article['title'])})", r"\1_Touch Shanghai")


def first_letters_lost(text: str, gold: Gold, _: Random) -> Result:
    """The first letter of each paragraph was a picture."""
    return in_paragraphs(text, gold, lambda words: words[1:])


def stops_lost(text: str, gold: Gold, _: Random) -> Result:
    """The stops that end the sentences are lost."""
    return in_paragraphs(text, gold, lambda words: re.sub(r"[.。]", "", words))


def paragraphs_cut(text: str, gold: Gold, _: Random) -> Result:
    """Each paragraph is cut after thirty letters."""
    return in_paragraphs(text, gold, lambda words: words[:30])


def title_shouts(text: str, gold: Gold, _: Random) -> Result:
    """The title is in capitals."""
    article = article_of(gold)
    if article is None or article["title"].upper() == article["title"]:
        return None
    return substituted(text, gold, printed(article["title"]), article["title"].upper())


DAMAGES: Final = (
    share_bar_in_the_body,
    counter_in_the_body,
    other_script_in_the_body,
    comment_shown_in_the_body,
    breadcrumb_for_the_title,
    site_behind_the_title,
    first_letters_lost,
    stops_lost,
    paragraphs_cut,
    title_shouts,
)
