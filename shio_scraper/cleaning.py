"""White space and stray characters: what every text of the project has been through."""

from __future__ import annotations

import re
from unicodedata import is_normalized, normalize

_SURROGATE = re.compile("[\ud800-\udfff]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x9f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufff9-\ufffb"
    "\ufffe\uffff]"
)
# What browsers make of these code points, which no text means (WHATWG HTML, 13.2.5.80).
_C1 = {code: bytes([code]).decode("cp1252", "ignore") or None for code in range(0x80, 0xA0)}


def clean(text: str) -> str:
    r"""Return ``text`` in NFC, on one line, its runs of white space one space.

    No-break and ideographic spaces are white space; control characters and
    invisible marks go. Idempotent.

    >>> clean(" a\u00a0 b\x07\n c ")
    'a b c'
    """
    if not text.isprintable():
        text = " ".join(text.split())
        if not text.isprintable():
            text = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)
            text = " ".join(_INVISIBLE.sub("", text.translate(_C1)).split())
    elif "  " in text or text != text.strip(" "):
        text = " ".join(text.split())
    if text.isascii() or is_normalized("NFC", text):
        return text
    return " ".join(normalize("NFC", text).split())


def clean_lines(text: str) -> str:
    """Return ``text`` with each of its lines clean, and the empty ones gone."""
    return "\n".join(line for line in map(clean, text.split("\n")) if line)
