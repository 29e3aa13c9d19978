"""Functions that the kinds of damage share: find texts in a source, change the true records."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from html import escape
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from quality.sample import Json, in_order

_SIGNS: Final = MappingProxyType(
    {
        "'": "(?:'|&#39;|&apos;)",
        "’": "(?:’|&rsquo;)",
        "“": "(?:“|&ldquo;)",
        "”": "(?:”|&rdquo;)",
        "–": "(?:–|&ndash;)",
    }
)
Gold: TypeAlias = tuple[Json, ...]
Result: TypeAlias = tuple[str, Gold] | None


def substituted(text: str, gold: Gold, pattern: str, by: str, *, count: int = 0) -> Result:
    """Return the page with each match replaced, and its true records unchanged."""
    changed, number = re.subn(pattern, by, text, count=count)
    return (changed, gold) if number else None


def with_fields(gold: Gold, kind: str, **values: Any) -> Gold:
    """Return the true records with other values in those of a type."""
    return in_order({**one, **values} if one["type"] == kind else one for one in gold)


def mapped(gold: Gold, kind: str, change: Callable[[Json], Json | None]) -> Gold:
    """Return the true records with those of a type changed or removed."""
    changed = [change(one) if one["type"] == kind else one for one in gold]
    return in_order([one for one in changed if one is not None])


def without(gold: Gold, *kinds: str) -> Gold:
    """Return the true records without those of some types."""
    return tuple(one for one in gold if one["type"] not in kinds)


def article_of(gold: Gold) -> Json | None:
    """Return the page's article; ``None`` if it has none."""
    return next((one for one in gold if one["type"] == "article"), None)


def printed(words: str) -> str:
    """Return a pattern for ``words`` in a source, with entities and any white space."""
    pieces = [
        "".join(_SIGNS.get(letter, re.escape(escape(letter, quote=False))) for letter in word)
        for word in words.split()
    ]
    return r"(?:\s|&nbsp;)+".join(pieces)


def printed_date(article: Json) -> str:
    """Return a pattern for an article's date as its layout prints it, once or twice."""
    day = date.fromisoformat(article["published"])
    forms = (f"{day:%Y-%m-%d}", f"{day:%b %d, %Y}", f"{day:%Y.%m.%d}")
    one = "|".join(map(re.escape, forms))
    return rf"(?:- )?(?:{one})(?: (?:{one}))?(?=[\s<])"


def is_touch(gold: Gold) -> bool:
    """Tell whether a page is the portal's own, and not the sister site's."""
    return all("en_shio" not in one["key"] for one in gold)


def has_twins(article: Json) -> bool:
    """Tell whether a paragraph occurs twice, so that its text does not tell its place."""
    return len(set(article["paragraphs"])) < len(article["paragraphs"])


def with_line(text: str, gold: Gold, line: str, *, at: int = 0) -> Result:
    """Put a new line behind a paragraph of an article that has several paragraphs."""
    article = article_of(gold)
    if article is None or len(article["paragraphs"]) < 2 or has_twins(article):
        return None
    match = re.search(printed(article["paragraphs"][at]), text)
    return (f"{text[: match.end()]}<br>{line}{text[match.end() :]}", gold) if match else None
