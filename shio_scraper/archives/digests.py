"""Digests as WARC writes them: ``algorithm:value`` (WARC 1.1, sections 5.8 and 5.9)."""

from __future__ import annotations

import hashlib
from base64 import b32decode
from binascii import Error, unhexlify
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from typing import Final

_SIZES: Final = {"md5": 16, "sha1": 20, "sha256": 32, "sha512": 64}
"""Algorithm → bytes of its digests."""


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
    value = value.strip()
    with suppress(Error, ValueError):
        raw = unhexlify(value) if len(value) == 2 * size else b32decode(_padded(value.upper()))
        if len(raw) == size:
            return f"{algorithm}:{raw.hex()}"
    return None


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


def _padded(value: str) -> str:
    return value.rstrip("=") + "=" * (-len(value.rstrip("=")) % 8)
