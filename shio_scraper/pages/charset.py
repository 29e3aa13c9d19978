"""Decodes bytes to text. The bytes decide on the charset; the declared charset is only checked."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from shio_scraper.pages.page import UnreadableError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_MAGIC = (
    b"%PDF-",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"\xd0\xcf\x11\xe0",
)
_DECLARED = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_CONTROL = bytes(set(range(0x20)) - {0x09, 0x0A, 0x0C, 0x0D, 0x1B}) + b"\x7f"
_GB_PAIR = re.compile(rb"[\xa1-\xf7][\xa1-\xfe]")
_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
_UTF8_LEAD = re.compile(rb"[\xc2-\xf4][\x80-\xbf]*\Z")
_HIGH = re.compile(rb"[\x80-\xff]")
_GB_FAMILY = {"gb2312", "gbk", "gb18030"}
_MAX_CONTROL_SHARE = 0.1
_GZIP = b"\x1f\x8b"
_MAX_LOST_SHARE = 0.02


class Decoded(NamedTuple):
    """A decoded body: its text and notes on faults. ``utf8`` is the body if it is plain UTF-8."""

    text: str
    utf8: bytes | None
    notes: list[str]


def decode(body: bytes, content_type: str | None = None) -> Decoded:
    """Return ``body`` as text.

    The notes are ``charset_mismatch`` if another charset was declared, and ``characters_lost``.
    Raises ``UnreadableError``: ``binary``, or ``charset`` if too many characters are lost.
    """
    if body.startswith(_MAGIC):
        raise UnreadableError("binary", f"starts with {body[:4]!r}")
    if body.isascii():
        return Decoded(body.decode("ascii"), body, [])
    text, charset, is_whole = _decoded(body)
    notes = check_lost(text)
    declared = _declared(body, content_type)
    if declared and declared != _family(charset):
        notes.append("charset_mismatch")
    return Decoded(text, body if charset == "utf-8" and is_whole else None, notes)


def check_lost(text: str) -> list[str]:
    """Return ``characters_lost`` as a note if decoding lost characters, here or before.

    Raises ``UnreadableError`` (``charset``) if too many characters are lost.
    """
    if "\N{REPLACEMENT CHARACTER}" not in text:
        return []
    lost = text.count("\N{REPLACEMENT CHARACTER}")
    if lost > max(10, len(text) * _MAX_LOST_SHARE):
        raise UnreadableError("charset", f"{lost} of {len(text)} characters cannot be decoded")
    return ["characters_lost"]


def check_control(body: bytes) -> list[str]:
    """Return ``control_characters`` as a note if ``body`` holds any: no page means them.

    Raises ``UnreadableError`` (``binary``) if there are too many for a text.
    """
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return []
    # Ten times as fast as ``translate``, which looks at every byte.
    if not any(code in body for code in _CONTROL):
        return []
    control = len(body) - len(body.translate(None, _CONTROL))
    if control > len(body) * _MAX_CONTROL_SHARE:
        what = "gzip without a Content-Encoding header: " if body.startswith(_GZIP) else ""
        detail = f"{what}{control} of {len(body)} bytes are control characters"
        raise UnreadableError("binary", detail)
    return ["control_characters"] if control else []


def _decoded(body: bytes) -> tuple[str, str, bool]:
    """Return the text of ``body``, its charset, and whether all of it is valid UTF-8."""
    charset = next((charset for bom, charset in _BOMS if body.startswith(bom)), None)
    if charset is None:
        try:
            return body.decode("utf-8"), "utf-8", True
        except UnicodeDecodeError as error:
            cut = error.start >= len(body) - 3 and _UTF8_LEAD.match(body, error.start)
            charset = "utf-8" if cut else _legacy(body)
    return body.decode(charset, "replace"), charset, False


def _legacy(body: bytes) -> str:
    """Return the charset of ``body`` by its high bytes: GB 18030, Windows-1252 or broken UTF-8.

    Chinese in GB 18030 has its high bytes in pairs. English in Windows-1252 has single high bytes
    (curly quotes). GB 18030 would decode these too, as ideographs that swallow a letter.
    """
    high = len(_HIGH.findall(body))
    if 2 * sum(len(m) for m in _UTF8_SEQUENCE.findall(body)) > high and not _decodes(body):
        return "utf-8"
    paired = 2 * len(_GB_PAIR.findall(body))
    return "gb18030" if 2 * paired > high else "cp1252"


def _decodes(body: bytes) -> bool:
    try:
        body.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True


def _declared(body: bytes, content_type: str | None) -> str | None:
    match = _DECLARED.search((content_type or "").encode()) or _DECLARED.search(body, 0, 4096)
    if match is None:
        return None
    try:
        return _family(codecs.lookup(match[1].decode("ascii", "replace")).name)
    except LookupError:
        return None


def _family(charset: str) -> str:
    name = codecs.lookup(charset).name
    return "gb18030" if name in _GB_FAMILY else name.removesuffix("-sig")
