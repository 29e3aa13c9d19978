"""Functions on texts: clean them, fold them for comparison, and cache what was read from them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache, wraps
from itertools import chain
from typing import Final, ParamSpec, TypeVar
from unicodedata import category, decimal, is_normalized, normalize

_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSEEN = (
    "\x00-\x08\x0e-\x1b\x7f-\x9f\xad\u034f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u2069\u3164\ufeff\uffa0\ufff9-\ufffc\ufffe\uffff"
)
_EDGE = f"[{_UNSEEN}\u200c\u200d]++"
"""Joiners (ZWNJ, ZWJ) join letters of other scripts. At the edge of a text, or next to ASCII, they
mean nothing and are removed."""
_INVISIBLE = re.compile(rf"(?<![^\x00-\x7f]){_EDGE}|{_EDGE}(?![^\x00-\x7f])|[{_UNSEEN}]")
_PRINTABLE_BLANK = re.compile("[\u034f\u3164\uffa0\ufffc]")
"""Characters that ``str.isprintable`` accepts although a reader sees nothing."""
# Browsers read these code points, which no text means, as cp1252 (WHATWG HTML, 13.2.5.80).
_C1 = {code: bytes([code]).decode("cp1252", "ignore") or None for code in range(0x80, 0xA0)}

_FILLERS: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u3164\uffa0\ufffc"
) | frozenset(map(chr, range(0xFE00, 0xFE10)))
"""Joiners, fillers and variation selectors: invisible, but not in the Unicode category Cf."""
_TAGS: Final = "\U000e0000-\U000e01ef"
"""Format characters and variation selectors beyond the basic plane: all are invisible."""
_WIDE: Final = range(0xFF01, 0xFF5F)
_PLAIN: Final = {
    "\u2212": "-",
    "\u02d7": "-",
    "\u2236": ":",
    **dict(zip("【】〔〕", "[][]", strict=True)),
}

LONGEST: Final = 2_000
"""The most characters of a text for which ``kept`` caches a result. A longer text does not belong
to the frame of a site, and a hostile site could fill the memory with such texts."""

P = ParamSpec("P")
T = TypeVar("T")


def clean(text: str) -> str:
    r"""Return ``text`` in NFC, on one line, with each run of white space as one space.

    No-break and ideographic spaces are white space. Control characters and invisible marks are
    removed. Idempotent.

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
    """Return ``text`` with each line cleaned and empty lines removed."""
    return "\n".join(line for line in map(clean, text.split("\n")) if line)


def fold(text: str) -> str:
    r"""Return ``text`` for comparison, with plain widths, digits, dashes and spaces.

    Each character becomes one character; an invisible character is removed.

    >>> fold("２０２３–02−06\u2069 １６：00")
    '2023-02-06 16:00'
    """
    return text if text.isascii() else _FOLDABLE.sub(lambda match: _FOLDS.get(match[0], ""), text)


def _folds() -> Iterator[tuple[str, str]]:
    """Yield each character that folding changes, and its replacement. Letters never change."""
    for code in chain(range(0x80, 0x3400), range(0xFE00, 0x10000)):
        character = chr(code)
        folded = _folded(character)
        if folded != character:
            yield character, folded


def _folded(character: str) -> str:
    kind = category(character)
    if character.isspace():
        return " "
    if kind in {"Cf", "Cc"} or character in _FILLERS:
        return ""
    if kind == "Nd":
        return str(decimal(character))
    if ord(character) in _WIDE:
        return chr(ord(character) - _WIDE.start + ord("!"))
    return "-" if kind == "Pd" else _PLAIN.get(character, character)


_FOLDS: Final = dict(_folds())
_FOLDABLE: Final = re.compile(f"[{re.escape(''.join(_FOLDS))}{_TAGS}]")


def kept(most: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Return a decorator that caches the last ``most`` results of a function, by its arguments.

    The same arguments come again, because the frame of a site is on all of its pages. A call with
    a text or tuple longer than ``LONGEST`` is not cached.
    """

    def keeping(function: Callable[P, T]) -> Callable[P, T]:
        cached = lru_cache(most)(function)

        @wraps(function)
        def read(*args: P.args, **named: P.kwargs) -> T:
            for value in args:
                if isinstance(value, (str, tuple)) and len(value) > LONGEST:
                    return function(*args, **named)
            return cached(*args, **named)  # type: ignore[arg-type]

        return read

    return keeping
