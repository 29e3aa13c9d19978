"""What several articles of a run show alike: a part of the frame that was taken for a part of them.

A page by itself cannot tell a bar of buttons, a counter or the site's name from the article's own
words; the pages of a run can, since no two stories have a title or a paragraph in common.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b
from typing import Final

from shio_scraper.items import Article
from shio_scraper.parsers import Extraction
from shio_scraper.parsers.findings import Finding
from shio_scraper.parsers.parts import own_reading
from shio_scraper.parsers.readings import ArticleReading

_ENOUGH: Final = 5
"""Articles with the same text, from which on it is told."""
_MAX_TEXTS: Final = 100_000
"""Texts that are remembered; beyond, they are forgotten, and counted anew."""
_BETWEEN: Final = re.compile(r"\s+[-–—]\s+|\s*[|_»>]\s*")
"""What stands between a title and a site's or section's name."""
_DIGITS: Final = re.compile(r"\d+(?:[.,]\d+)*")


class SharedText:
    """Compares each article with those before it. Events and turns of speech may well repeat."""

    def __init__(self) -> None:
        self._articles: dict[bytes, tuple[int, ...]] = {}

    def find(self, extraction: Extraction) -> Iterator[Finding]:
        """Yield each text of the page's article that five articles have, whatever its digits."""
        reading = own_reading(extraction)
        if not isinstance(reading, ArticleReading):
            return
        article = hash(extraction.records[0].key)
        heading, body = reading.heading, reading.body
        titles = [(text, heading.title_at) for text in _titles(heading.title)]
        firsts = [blocks[0] for blocks in body.joined]
        for text, block in (*titles, *zip(body.paragraphs, firsts, strict=True)):
            if self._is_shared(text, article):
                yield Finding("shared_text", text, block)

    def remember(self, article: Article) -> None:
        """Take an article that the run wrote before it was cut off."""
        for text in (*_titles(article.title), *article.paragraphs):
            self._is_shared(text, hash(article.key))

    def _is_shared(self, text: str, article: int) -> bool:
        form = blake2b(_DIGITS.sub("0", text).encode(), digest_size=8).digest()
        articles = self._articles.get(form, ())
        if article not in articles and len(articles) < _ENOUGH:
            if len(self._articles) >= _MAX_TEXTS:
                self._articles.clear()
            articles = self._articles[form] = (*articles, article)
        return len(articles) == _ENOUGH


def _titles(title: str) -> Iterator[str]:
    """Yield a title, and what stands at its ends beside a separator."""
    yield title
    pieces = [piece for piece in _BETWEEN.split(title) if piece]
    if len(pieces) > 1:
        yield pieces[0]
        yield pieces[-1]
