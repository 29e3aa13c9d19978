"""Changes of the source: the same tree is written or encoded in another way."""

from __future__ import annotations

import re
from random import Random
from typing import Final

_TAG: Final = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*")
_SCRIPT: Final = re.compile(r"(?is)(<(script|style)\b.*?</\2\s*>)")


def _outside_scripts(text: str, pattern: str, by: str) -> str:
    parts = _SCRIPT.split(text)
    kept: list[str] = []
    for number in range(0, len(parts), 3):
        kept += [re.sub(pattern, by, parts[number]), *parts[number + 1 : number + 2]]
    return "".join(kept)


def tags_in_capitals(text: str, _: Random) -> str:
    """Tags are in capitals."""
    return _TAG.sub(lambda match: match[0].upper(), text)


def ends_omitted(text: str, _: Random) -> str:
    """Optional end tags are left out: of paragraphs, items, terms, rows, cells."""
    return _outside_scripts(text, r"(?i)</(?:p|li|dt|dd|tr|td|th)\s*>", "")


def attributes_unquoted(text: str, _: Random) -> str:
    """Attributes have no quotes where they need none."""
    return _outside_scripts(text, r'(<[^<>]*\s(?:class|id|width|align))="(\w+)"', r"\1=\2")


def signs_are_entities(text: str, _: Random) -> str:
    """Every letter that is not ASCII is a character reference."""
    return text.encode("ascii", "xmlcharrefreplace").decode()


def no_doctype(text: str, _: Random) -> str:
    """No document type is declared."""
    return re.sub(r"(?i)<!doctype[^>]*>", "", text)


def no_frame_tags(text: str, _: Random) -> str:
    """``<html>``, ``<head>`` and ``<body>`` are left out."""
    return re.sub(r"(?i)</?(?:html|head|body)\b[^>]*>", "", text)


def lines_end_in_crlf(text: str, _: Random) -> str:
    """Lines end as on Windows."""
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def byte_order_mark(text: str, _: Random) -> bytes:
    """UTF-8 with a byte order mark."""
    return text.removeprefix("\ufeff").encode("utf-8-sig")


def gb18030_undeclared(text: str, _: Random) -> bytes:
    """GB 18030, and not a word about it."""
    return re.sub(r"(?i)<meta[^>]*>", "", text).encode("gb18030")


def utf16(text: str, _: Random) -> bytes:
    """UTF-16 with a byte order mark."""
    return text.removeprefix("\ufeff").encode("utf-16")


FORMS: Final = (
    tags_in_capitals,
    ends_omitted,
    attributes_unquoted,
    signs_are_entities,
    no_doctype,
    no_frame_tags,
    lines_end_in_crlf,
    byte_order_mark,
    gb18030_undeclared,
    utf16,
)
