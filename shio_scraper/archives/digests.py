"""Digests as WARC writes them: ``algorithm:value`` (WARC 1.1, sections 5.8 and 5.9)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

_SIZES: Final = {"md5": 16, "sha1": 20, "sha256": 32, "sha512": 64}
"""Algorithm → bytes of its digests."""
_HEX: Final = re.compile(r"[0-9A-F]+")
_BASE32: Final = re.compile(r"[A-Z2-7]+")
_BITS: Final = 5
"""Of a digit of base 32."""
_AS_DIGITS: Final = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHIJKLMNOPQRSTUV"
)
"""Base 32 as RFC 4648 writes it → as ``int`` reads it, in a fiftieth of ``b32decode``'s time."""


@lru_cache(maxsize=64)
def normal(digest: str) -> str | None:
    """Return a digest in its one form, with hexadecimal digits; ``None`` for one unknown.

    The last ones are kept: a record's own is asked for several times.

    >>> normal("SHA-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    'sha1:0000000000000000000000000000000000000000'
    """
    name, _, value = digest.strip().partition(":")
    algorithm = name.lower().replace("-", "")
    size = _SIZES.get(algorithm)
    if size is None:
        return None
    value = value.strip().rstrip("=").upper()
    if len(value) == 2 * size:
        return f"{algorithm}:{value.lower()}" if _HEX.fullmatch(value) else None
    spare = _BITS * len(value) - 8 * size
    if not (_BASE32.fullmatch(value) and 0 <= spare < _BITS):
        return None
    return f"{algorithm}:{int(value.translate(_AS_DIGITS), 32) >> spare:0{2 * size}x}"


def holds(digest: str | None, pieces: Iterable[bytes]) -> bool:
    """Tell whether ``digest`` is that of the bytes; one that is missing or unknown holds.

    All ``pieces`` are taken.
    """
    known = normal(digest) if digest else None
    algorithm, _, value = known.partition(":") if known else ("md5", "", None)
    of = hashlib.new(algorithm, usedforsecurity=False)
    for piece in pieces:
        if known:
            of.update(piece)
    return known is None or of.hexdigest() == value
