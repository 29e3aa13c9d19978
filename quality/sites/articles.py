"""Judges articles: the body by its words, the title and the day by exact match.

The labels are ``title``, ``published`` (ISO 8601) and ``text``. ``text`` is the body with its
headings and lists, without captions, contacts and links to more. A label is null if nobody set it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from quality.sample import Json
from quality.sites.judging import Share, alike, fold
from shio_scraper import Examination

_TYPES: Final = frozenset({"article", "event", "press_conference"})


def judge_article(found: Examination, want: Json) -> Mapping[str, Share]:
    """Return the shares of a page's article. If no article was found, nothing is right."""
    given: Any = next((one for one in found.records if str(one.type) in _TYPES), None)
    shares: dict[str, Share] = {}
    if text := want.get("text"):
        shares["body"] = (alike("\n".join(getattr(given, "paragraphs", ())), text), 1)
    if title := want.get("title"):
        shares["title"] = (given is not None and fold(given.title) == fold(title), 1)
    if published := want.get("published"):
        shares["date"] = (str(getattr(given, "published", None)) == published, 1)
    return shares
