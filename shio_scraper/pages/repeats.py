"""HTML → blocks and nodes. What repeats from page to page, menu, sidebar, foot, is read once.

It is recognised by its text. Two pages of a kind tell what repeats. Where a later page holds the
same text, a comment takes its place before libxml2 sees it, and what was read there before is put
in: the same blocks and nodes, since the elements that are open and what is half read are compared
first. Where they differ, or the comment turns out to stand where none can, the page is read whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from threading import local
from typing import Final

from shio_scraper.pages.html import Markup, Reader
from shio_scraper.pages.page import UnreadableError
from shio_scraper.pages.pieces import SHORTEST, SIGN, Piece, comment, pieces

_LARGEST: Final = 300_000
"""Bytes of a page that may be kept."""
_ANCHOR: Final = 48
"""Bytes by which a piece is looked for, before all of it is compared."""
_TRIES: Final = 4
_KINDS: Final = 16
"""Kinds of pages that are kept at once."""
_ENOUGH: Final = 0.9
"""Share of what is known to repeat; a page that has less of it is learned from."""
_MORE: Final = 2
"""Times as much that is not known as on the page learned from: there may be more that repeats."""
_LONGEST_PAUSE: Final = 255
"""Pages until one is learned from again, at most."""


def read_html(body: bytes, kind: str = "") -> Markup:
    """Return what ``body``, which is UTF-8, holds.

    ``kind`` names pages that may have a frame in common; without one, every element is read.
    Raises ``UnreadableError``, as ``Reader.read`` does.
    """
    if not kind or not SHORTEST <= len(body) <= _LARGEST:
        return _readers.plain.read(body)
    return _kind(kind).read(body)


@lru_cache(_KINDS)
def _kind(_name: str) -> _Kind:
    return _Kind()


class _Kind:
    """Pages that may have a frame in common."""

    def __init__(self) -> None:
        self._pieces: tuple[Piece, ...] = ()
        self._size = self._rest = 0
        self._sample = b""
        self._wait = self._pause = 0

    def read(self, body: bytes) -> Markup:
        """Read a page; learn from it where little of it was known."""
        rest, found = _cut(body, self._pieces)
        markup = _readers.replaying.read_rest(rest, found) if found else None
        if markup and self._is_enough(body, rest):
            return markup
        markup = markup or _readers.plain.read(body)
        self._learn(body, markup)
        return markup

    def _is_enough(self, body: bytes, rest: bytes) -> bool:
        known = len(body) - len(rest) >= _ENOUGH * self._size
        return known and len(rest) <= _MORE * self._rest

    def _learn(self, body: bytes, markup: Markup) -> None:
        """Compare with the page before; the less that helps, the rarer it is tried."""
        if self._wait:
            self._wait -= 1
        elif not self._sample:
            self._sample = body
        else:
            self._pieces = tuple(pieces(body, self._sample, markup))
            self._size = sum(len(piece.body) for piece in self._pieces)
            self._rest = len(body) - self._size
            self._sample = b""
            self._wait = self._pause = min(2 * self._pause + 1, _LONGEST_PAUSE)


def _cut(body: bytes, pieces: Sequence[Piece]) -> tuple[bytes, list[Piece]]:
    """Return ``body`` with a comment for each piece that it holds, in their order."""
    parts: list[bytes] = []
    found: list[Piece] = []
    position = 0
    for piece in pieces:
        start = _find(body, piece.body, position)
        if start >= 0:
            parts += body[position:start], comment(len(found))
            found.append(piece)
            position = start + len(piece.body)
    return b"".join((*parts, body[position:])) if found else body, found


def _find(body: bytes, piece: bytes, position: int) -> int:
    """Return where a piece stands: of a long piece only its beginning is looked for."""
    anchor = piece[:_ANCHOR]
    for _ in range(_TRIES):
        position = body.find(anchor, position)
        if position < 0 or body.startswith(piece, position):
            return position
        position += 1
    return -1


class _MismatchError(Exception):
    """A piece stands where something else would be read of it."""


class _Replaying(Reader):
    """Puts in pieces where comments stand for them."""

    def read_rest(self, rest: bytes, pieces: Sequence[Piece]) -> Markup | None:
        """Read what is left of a page; ``None`` where one of ``pieces`` does not fit."""
        self._pieces, self._next = pieces, 0
        try:
            markup = self.read(rest)
        except (_MismatchError, UnreadableError):
            return None
        return markup if self._next == len(pieces) else None

    def comment(self, text: str) -> None:
        """Take a comment."""
        if not text.startswith(SIGN):
            return
        piece = self._pieces[self._next]
        if text != f"{SIGN}{self._next}" or piece.before != self.state():
            raise _MismatchError
        self._next += 1
        self.put_in(*piece.at(self.place), piece.after)


class _Readers(local):
    """A reader of each sort, for each thread."""

    def __init__(self) -> None:
        self.plain = Reader()
        self.replaying = _Replaying()


_readers: Final = _Readers()
