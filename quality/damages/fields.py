"""Damage to an article's title and date."""

from __future__ import annotations

import re
from random import Random
from typing import Final

from quality.damages.changes import (
    Gold,
    Result,
    article_of,
    printed,
    printed_date,
    substituted,
    with_fields,
    without,
)  # fmt: skip


def date_lost(text: str, gold: Gold, _: Random) -> Result:
    """The date is gone from the title line."""
    return _date(text, with_fields(gold, "article", published=None), gold, "")


def date_translated(text: str, gold: Gold, _: Random) -> Result:
    """The date is written out in Spanish."""
    return _date(text, gold, gold, "4 de marzo")


def date_impossible(text: str, gold: Gold, _: Random) -> Result:
    """The date is no day of the calendar."""
    return _date(text, with_fields(gold, "article", published=None), gold, "2016-02-31")


def date_in_the_future(text: str, gold: Gold, _: Random) -> Result:
    """The date is after the day of the capture."""
    return _date(text, with_fields(gold, "article", published=None), gold, "2031-03-04")


def title_lost(text: str, gold: Gold, _: Random) -> Result:
    """The title is gone, its date stays."""
    article = article_of(gold)
    if article is None:
        return None
    return substituted(text, without(gold, "article"), printed(article["title"]), "")


def title_line_lost(text: str, gold: Gold, _: Random) -> Result:
    """Title and date are gone."""
    lost = title_lost(text, gold, _)
    article = article_of(gold)
    if lost is None or article is None or not article["published"]:
        return None
    return re.sub(printed_date(article), "", lost[0]), lost[1]


def title_twice(text: str, gold: Gold, _: Random) -> Result:
    """A second article, with its own title and date, stands below the first paragraph."""
    article = article_of(gold)
    if article is None or not article["published"] or not article["paragraphs"]:
        return None
    first = printed(article["paragraphs"][0])
    second = "<h1>Lamp post wins a prize 2015-04-01</h1><p>It stands at the corner, still.</p>"
    return substituted(text, gold, rf"({first}(?:</span></font></p>|</p>)?)", rf"\1{second}")


def _date(text: str, changed: Gold, gold: Gold, by: str) -> Result:
    article = article_of(gold)
    if article is None or not article["published"]:
        return None
    if re.search(r"\d{4}-\d\d-\d\d", article["title"]):
        return None  # with two dates it is unclear which one is the page's
    return substituted(text, changed, printed_date(article), by, count=1)


DAMAGES: Final = (
    date_lost,
    date_translated,
    date_impossible,
    date_in_the_future,
    title_lost,
    title_line_lost,
    title_twice,
)
