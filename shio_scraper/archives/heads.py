"""Named fields as WARC and HTTP write them (WARC 1.1, section 4; RFC 9112, section 5)."""

from __future__ import annotations

from typing import TypeAlias

Fields: TypeAlias = dict[str, str]
"""Names in lower case → values, the first where a name comes twice."""


def fields(head: bytes) -> Fields:
    """Return the fields of a head, its first line aside. Lines that are no field are left out."""
    found: Fields = {}
    name = ""
    # A WARC field is UTF-8; what HTTP puts in Latin-1 is no field that is read here.
    for line in head.decode("utf-8", "replace").split("\n")[1:]:
        if line[:1] in {" ", "\t"} and name:
            found[name] += f" {line.strip()}"  # folded
            continue
        label, colon, value = line.partition(":")
        name = label.strip().lower() if colon else ""
        if name in found:
            name = ""
        elif name:
            found[name] = value.strip()
    return found


def media_type(content_type: str | None) -> str:
    """Return the type alone, in lower case; empty where none is said."""
    return (content_type or "").partition(";")[0].strip().lower()
