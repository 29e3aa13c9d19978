"""Text as its forms are compared: plain widths, digits, dashes and spaces, nothing invisible."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final
from unicodedata import category, decimal

_INVISIBLE: Final = frozenset(
    map(
        chr, (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x3164, 0xFFA0, 0xFFFC)
    )
) | set(map(chr, range(0xFE00, 0xFE10)))
"""What shows nothing and is no format character: joiners, fillers, variation selectors."""
_TAGS: Final = "\U000e0000-\U000e01ef"
"""Format characters and selectors beyond the basic plane: none of them shows anything."""
_WIDE: Final = range(0xFF01, 0xFF5F)
_PLAIN: Final = {
    "\u2212": "-",
    "\u02d7": "-",
    "\u2236": ":",
    **dict(zip("【】〔〕", "[][]", strict=True)),
}


def fold(text: str) -> str:
    r"""Return ``text`` with each character folded to one, or to none where it is invisible.

    >>> fold("２０２３–02−06\u2069 １６：00")
    '2023-02-06 16:00'
    """
    return text if text.isascii() else _FOLDABLE.sub(lambda match: _FOLDS.get(match[0], ""), text)


def _folds() -> Iterator[tuple[str, str]]:
    """Yield the characters that fold, letters of other scripts apart, and what they become."""
    for code in chain(range(0x80, 0x3400), range(0xFE00, 0x10000)):
        character = chr(code)
        folded = _folded(character)
        if folded != character:
            yield character, folded


def _folded(character: str) -> str:
    kind = category(character)
    if character.isspace():
        return " "
    if kind in {"Cf", "Cc"} or character in _INVISIBLE:
        return ""
    if kind == "Nd":
        return str(decimal(character))
    if ord(character) in _WIDE:
        return chr(ord(character) - _WIDE.start + ord("!"))
    return "-" if kind == "Pd" else _PLAIN.get(character, character)


_FOLDS: Final = dict(_folds())
_FOLDABLE: Final = re.compile(f"[{re.escape(''.join(_FOLDS))}{_TAGS}]")
