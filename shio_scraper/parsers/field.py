"""A field: a value, the blocks that it was read from, the rule that took it, and its rivals.

Each parser makes the fields of a record where it decides them. The record is their values,
``scrapy explain`` shows their rules, accounting their blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

NOT_THERE = "not on the page"
"""The rule of a field that no block of the page holds."""


class Field(NamedTuple):
    """A value, the positions of the blocks that it was read from, and the rule that took it.

    ``pieces`` are the fields of a list's values, or of a text's lines, one by one; ``rivals`` what
    else could have been the value.
    """

    value: Any
    blocks: tuple[int, ...] = ()
    rule: str = NOT_THERE
    pieces: tuple[Field, ...] = ()
    rivals: tuple[str, ...] = ()


NOTHING = Field(None)
"""A field that is not on the page."""
Fields: TypeAlias = dict[str, Field]
"""The fields of a record by name, without ``doubts`` and ``provenance``."""


def listed(pieces: Sequence[Field], rule: str) -> Field:
    """Return the field of a list, whose values are ``pieces``."""
    blocks = unique(block for piece in pieces for block in piece.blocks)
    return Field([p.value for p in pieces], blocks, rule if pieces else NOT_THERE, tuple(pieces))


def lines(fields: Fields) -> Iterator[Field]:
    """Yield the lines of the paragraphs: several of one that line breaks split."""
    for paragraph in fields["paragraphs"].pieces if "paragraphs" in fields else ():
        yield from paragraph.pieces or (paragraph,)


def unique(blocks: Iterable[int]) -> tuple[int, ...]:
    """Return the positions of blocks, each once, in their order."""
    return tuple(dict.fromkeys(blocks))
