"""Bylines: labelled values beside a title or below a body, in any order, some of them empty.

``时间：2023-02-06 10:11  来源：  作者：`` has one value. The empty ``来源：`` takes nothing
of the text that follows it (PORTAL.md, real markup).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from shio_scraper.pages.page import MARK
from shio_scraper.parsers.dates import find
from shio_scraper.parsers.labels import any_of, labels_of
from shio_scraper.portals import Portal, common

if TYPE_CHECKING:
    from shio_scraper.pages import Block

Kind: TypeAlias = Literal["source", "published", "updated", "other_day", "credit", "count"]

_GAP: Final = re.compile(rf"{MARK}|\s\|\s")
_LONGEST: Final = 200
"""The most characters of a line that can be a byline."""
_LABEL: Final = re.compile(r"[\W_]*[^\W\d_]{2,12}\s?[:：]")
_OPENING: Final = 30
"""The most characters before the first label. A label further on stands inside a sentence."""
_FIGURES: Final = re.compile(r"[\d\s:./-]+")
_CLOSES: Final = re.compile(r"[)）\]】]")
_OPENS: Final = re.compile(r"[(（\[【]")
_COLON: Final = re.compile(r"\s?[:：]")
_ENDS: Final = re.compile(r"[:：(（\[【]")


class Labelled(NamedTuple):
    """A label of a known kind and its value, which is empty if the page prints none."""

    kind: Kind
    value: str


class Bylines:
    """Reads labelled values with the words of a portal and of its languages."""

    def __init__(self, portal: Portal) -> None:
        words = portal.vocabulary
        self._labels = labels_of(portal)
        self._dates = portal.dates
        by_kind: dict[Kind, tuple[str, ...]] = {
            "credit": common.CREDIT_LABELS,
            "count": common.COUNTER_LABELS,
            "other_day": common.OTHER_DAYS,
            "published": words.date_labels,
            "updated": words.update_labels,
            "source": words.source_labels,
        }
        self._kinds: dict[str, Kind] = {
            label.lower(): kind for kind, labels in by_kind.items() for label in labels
        }
        self._lengths = sorted({len(label) for label in self._kinds}, reverse=True)
        tools = any_of(common.TOOL_WORDS)
        self._tool = re.compile(
            rf"[【\[]|(?:^|[\s|(（]){tools}\s?(?:[:：\])）】\s|]|$)", re.IGNORECASE
        )
        counts = rf"{any_of(common.COUNTER_LABELS)}\s?[:：]\s?\d+"
        every = any_of((*self._kinds, *common.TOOL_WORDS))
        self._words = re.compile(rf"{counts}|{every}", re.IGNORECASE)

    def of(self, block: Block) -> tuple[Labelled, ...]:
        """Return the labelled values of a block, in their order."""
        if len(block.text) > _LONGEST or not (":" in block.text or "：" in block.text):
            return ()
        marked = MARK.join(block.cells) if block.cells else block.marked
        return tuple(self._values(" ".join(marked.split())))

    def is_empty(self, text: str) -> bool:
        """Tell whether a text holds only labels without values, tools, counts and signs."""
        return not any(map(str.isalnum, self._words.sub("", text)))

    def without_empty(self, title: str) -> str:
        """Return a title without empty labels, tools and brackets at its end."""
        if not _ENDS.search(title):
            return title
        openings = [match.start() for match in _OPENS.finditer(title)]
        for start in sorted([*openings, *(start for start, _, _ in self._labels_in(title))]):
            if start and self.is_empty(title[start:]):
                return title[:start].rstrip()
        return title

    def _labels_in(self, text: str) -> Iterator[tuple[int, int, Kind]]:
        """Yield where each label of a text begins, where its value begins, and the label's kind.

        If several labels end at one colon, the longest counts that is not the end of a longer word.
        """
        for colon in _COLON.finditer(text):
            end = colon.start()
            for start in (end - length for length in self._lengths if length <= end):
                kind = self._kinds.get(text[start:end].lower())
                inside = start and text[start].isascii() and text[start - 1].isalnum()
                if kind and not inside:
                    yield start, colon.end(), kind
                    break

    def source(self, block: Block) -> str | None:
        """Return the source that a block names, among other things; ``None`` if it names none."""
        first = next(self._labels_in(block.text), None)
        if first is None:
            return None
        opening = block.text[: first[0]]
        # A source in brackets after a text is that text's: the source of a picture or other page.
        in_brackets = opening.endswith(("(", "（")) and any(map(str.isalpha, opening))
        if (len(opening) > _OPENING or in_brackets) and not find(opening, self._dates):
            return None
        return next((v.value for v in self.of(block) if v.kind == "source" and v.value), None)

    def _values(self, marked: str) -> Iterator[Labelled]:
        labels = list(self._labels_in(marked))
        ends = [*(start for start, _, _ in labels[1:]), len(marked)]
        for (_, begin, kind), end in zip(labels, ends, strict=False):
            value = self._value(marked[begin:end])
            yield Labelled(kind, self._source(value) if kind == "source" else value)

    def _value(self, text: str) -> str:
        """Return the value up to the end of its element, which may be the one after the label."""
        for part in _GAP.split(text):
            if part.strip():
                return " ".join(part.split())
        return ""

    def _source(self, value: str) -> str:
        dated = find(value, self._dates)
        value = value[: dated[0].start] if dated else value
        if tool := self._tool.search(value):
            value = value[: tool.start()]
        value = value.strip(" |·-")
        opened = _OPENS.search(value)
        closed = _CLOSES.search(value)
        if closed and (opened is None or opened.start() > closed.start()):
            value = value[: closed.start()]
        source = self._labels.source(f"Source: {value}") if value else None
        is_label = source is not None and _LABEL.match(source) is not None
        if source is None or is_label or _FIGURES.fullmatch(source) or self._labels.is_tool(source):
            return ""
        return source


@lru_cache
def bylines_of(portal: Portal) -> Bylines:
    """Return the reader of ``portal``'s bylines."""
    return Bylines(portal)
