"""White space and stray characters: what every text of the project has been through."""

from __future__ import annotations

import re
from unicodedata import is_normalized, normalize

_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSEEN = (
    "\x00-\x08\x0e-\x1b\x7f-\x9f\xad\u034f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u2069\u3164\ufeff\uffa0\ufff9-\ufffc\ufffe\uffff"
)
_EDGE = f"[{_UNSEEN}\u200c\u200d]++"
"""Joiners join signs of other scripts; at the edge of a text, or beside ASCII, they say nothing."""
_INVISIBLE = re.compile(rf"(?<![^\x00-\x7f]){_EDGE}|{_EDGE}(?![^\x00-\x7f])|[{_UNSEEN}]")
_PRINTABLE_BLANK = re.compile("[\u034f\u3164\uffa0\ufffc]")
"""What Python calls printable, and nobody sees."""
# What browsers make of these code points, which no text means (WHATWG HTML, 13.2.5.80).
_C1 = {code: bytes([code]).decode("cp1252", "ignore") or None for code in range(0x80, 0xA0)}


def clean(text: str) -> str:
    r"""Return ``text`` in NFC, on one line, its runs of white space one space.

    No-break and ideographic spaces are white space; control characters and
    invisible marks go. Idempotent.

    >>> clean(" a\u00a0 b\x07\n c ")
    'a b c'
    """
    text = text.strip()
    if text.isascii() and text.isprintable() and "  " not in text:
        return text
    if not text.isprintable() or "  " in text:
        text = " ".join(text.split())
    if not text.isprintable() or (not text.isascii() and _PRINTABLE_BLANK.search(text)):
        text = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text).translate(_C1)
        text = " ".join(_INVISIBLE.sub("", text).split())
    if text.isascii() or is_normalized("NFC", text):
        return text
    return " ".join(normalize("NFC", text).split())


def clean_lines(text: str) -> str:
    """Return ``text`` with each of its lines clean, and the empty ones gone."""
    return "\n".join(line for line in map(clean, text.split("\n")) if line)
