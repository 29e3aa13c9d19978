"""Damage by failing templates, programs and banners."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Final

from quality.damages.changes import (
    Gold,
    Result,
    article_of,
    printed,
    printed_date,
    substituted,
    with_line,
)


def entities_escaped_twice(text: str, gold: Gold, _: Random) -> Result:
    """A space between the first words of each paragraph shows as ``&nbsp;``."""
    return in_paragraphs(text, gold, lambda words: words.replace(" ", "&amp;nbsp;", 1))


def placeholder_for_the_title(text: str, gold: Gold, _: Random) -> Result:
    """The template's own words stand in the title's place."""
    article = article_of(gold)
    if article is None:
        return None
    return substituted(text, gold, printed(article["title"]), "${article.title}")


def null_for_the_title(text: str, gold: Gold, _: Random) -> Result:
    """A program's word for nothing stands in the title's place."""
    article = article_of(gold)
    return substituted(text, gold, printed(article["title"]), "null") if article else None


def null_for_the_source(text: str, gold: Gold, _: Random) -> Result:
    """A program's word for nothing stands in the source's place."""
    article = article_of(gold)
    if article is None or not article["source"]:
        return None
    label = rf"(\w+[:：]\s*){printed(article['source'])}"
    return substituted(text, gold, label, r"\1undefined")


def paragraphs_doubled(text: str, gold: Gold, _: Random) -> Result:
    """Each paragraph is printed twice."""
    return in_paragraphs(text, gold, lambda words: f"{words}<br>{words}")


def letters_as_question_marks(text: str, gold: Gold, _: Random) -> Result:
    """Each letter that is not ASCII was lost, and is a question mark."""
    return (re.sub(r"[^\x00-\x7f]", "?", text), gold) if not text.isascii() else None


def title_cut_with_dots(text: str, gold: Gold, _: Random) -> Result:
    """The title is that of a list: cut, with dots."""
    article = article_of(gold)
    if article is None or len(article["title"].split()) < 5:
        return None
    words = " ".join(article["title"].split()[:4])
    return substituted(text, gold, printed(article["title"]), f"{words}...")


def labels_exchanged(text: str, gold: Gold, _: Random) -> Result:
    """``Q:`` and ``A:`` have changed places."""
    if not any(one["type"] == "faq" for one in gold):
        return None
    other = {"Q": "A", "A": "Q"}
    changed = re.sub(r"\b([QA])(?=[:：])", lambda match: other[match[1]], text)
    return (changed, gold) if changed != text else None


def source_label_misspelt(text: str, gold: Gold, _: Random) -> Result:
    """The label of the source has a letter too few."""
    article = article_of(gold)
    if article is None or not article["source"]:
        return None
    return substituted(text, gold, r"Source(?=\s?[:：])", "Souce")


def banner_in_the_body(text: str, gold: Gold, _: Random) -> Result:
    """A consent to cookies stands among the paragraphs."""
    return with_line(
        text, gold, "We use cookies to improve your visit. <b>Accept</b> <b>Reject</b>"
    )


def error_of_a_widget_in_the_body(text: str, gold: Gold, _: Random) -> Result:
    """A part of the page failed to load, and says so among the paragraphs."""
    return with_line(text, gold, "[an error occurred while processing this directive]")


def stack_trace_in_the_body(text: str, gold: Gold, _: Random) -> Result:
    """A program's trace stands among the paragraphs."""
    trace = "java.lang.NullPointerException at gov.news.Detail.show(Detail.java:88)"
    return with_line(text, gold, trace)


def date_of_the_epoch(text: str, gold: Gold, _: Random) -> Result:
    """The date is that of a clock at zero."""
    article = article_of(gold)
    if article is None or not article["published"]:
        return None
    return substituted(text, gold, printed_date(article), "1970-01-01")


def site_for_the_title(text: str, gold: Gold, _: Random) -> Result:
    """The site's name stands in the title's place."""
    article = article_of(gold)
    return substituted(text, gold, printed(article["title"]), "Touch Shanghai") if article else None


def letters_apart(text: str, gold: Gold, _: Random) -> Result:
    """There is a space between the letters of each paragraph."""
    return in_paragraphs(text, gold, lambda words: re.sub(r"(?<=[a-z])(?=[a-z])", " ", words))


def words_run_together(text: str, gold: Gold, _: Random) -> Result:
    """The spaces of each paragraph are lost."""
    return in_paragraphs(text, gold, lambda words: words.replace(" ", ""))


def tags_shown(text: str, gold: Gold, _: Random) -> Result:
    """Markup within the paragraphs was escaped."""
    return in_paragraphs(text, gold, lambda words: f"&lt;span class=x&gt;{words}&lt;/span&gt;")


def teasers_for_paragraphs(text: str, gold: Gold, _: Random) -> Result:
    """Each paragraph is cut, with dots."""
    return in_paragraphs(text, gold, lambda words: f"{words[: len(words) // 2]}...")


def style_in_the_body(text: str, gold: Gold, _: Random) -> Result:
    """A rule of style stands among the paragraphs."""
    return with_line(text, gold, ".zw p { text-indent: 2em; line-height: 26px }")


def data_in_the_body(text: str, gold: Gold, _: Random) -> Result:
    """An answer for a program stands among the paragraphs."""
    return with_line(text, gold, '{"code":500,"msg":"fail","data":[]}')


def encoded_picture_in_the_body(text: str, gold: Gold, _: Random) -> Result:
    """The letters of an encoded picture stand among the paragraphs."""
    return with_line(text, gold, "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk" * 3)


def filler_in_the_body(text: str, gold: Gold, _: Random) -> Result:
    """A designer's filler stands among the paragraphs."""
    return with_line(text, gold, "Lorem ipsum dolor sit amet, consectetur adipiscing elit.")


def answer_is_the_question(text: str, gold: Gold, _: Random) -> Result:
    """The answers repeat their questions."""
    changed = re.sub(
        r"Q[:：]\s*([^<>]{10,90}?)(\s*<br\s*/?>\s*)A[:：][^<>]*", r"Q: \1\2A: \1", text
    )
    return (changed, gold) if changed != text else None


def in_paragraphs(text: str, gold: Gold, change: Callable[[str], str]) -> Result:
    """Change an article's paragraphs in the source of the page."""
    article = article_of(gold)
    if article is None or not article["paragraphs"]:
        return None
    for paragraph in set(article["paragraphs"]):
        text = re.sub(printed(paragraph), lambda match: change(match[0]), text)
    return text, gold


DAMAGES: Final = (
    entities_escaped_twice,
    placeholder_for_the_title,
    null_for_the_title,
    null_for_the_source,
    paragraphs_doubled,
    letters_as_question_marks,
    title_cut_with_dots,
    labels_exchanged,
    source_label_misspelt,
    banner_in_the_body,
    error_of_a_widget_in_the_body,
    stack_trace_in_the_body,
    date_of_the_epoch,
    site_for_the_title,
    letters_apart,
    words_run_together,
    tags_shown,
    teasers_for_paragraphs,
    style_in_the_body,
    data_in_the_body,
    encoded_picture_in_the_body,
    filler_in_the_body,
    answer_is_the_question,
)
