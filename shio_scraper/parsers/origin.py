"""Where a value came from: what a parser tells of a field when it is asked."""

from __future__ import annotations

from typing import Any, NamedTuple

NOT_THERE = "not on the page"
"""The rule of a field that no block of the page holds."""


class Origin(NamedTuple):
    """A value, the positions of the blocks that it was taken from, and the rule that took it.

    ``pieces`` are the origins of a list's values, or of a text's lines, one by one.
    """

    value: Any
    blocks: tuple[int, ...]
    rule: str
    pieces: tuple[Origin, ...] = ()
