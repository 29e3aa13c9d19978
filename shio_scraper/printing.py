"""What is printed for people: no text of a page's commands their terminal."""

from __future__ import annotations

import re
from typing import Final

_COMMANDING: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Control characters but for tab and line feed, marks of direction, halves of a character."""


def printable(text: str) -> str:
    r"""Return ``text`` with what commands a terminal or turns the direction of writing escaped.

    JSON stays the same JSON.

    >>> printable("a\x1b[31mb\u202ec")
    'a\\u001b[31mb\\u202ec'
    """
    if text.isascii() and text.isprintable():
        return text
    return _COMMANDING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
