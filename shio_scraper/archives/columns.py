"""Which columns of a table hold a page's address, text and time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Final

_USUAL: Final[Mapping[str, tuple[str, ...]]] = {
    "url": ("url",),
    "html": ("html",),
    "text": ("text", "content"),
    "date": ("date", "timestamp"),
}
_EITHER: Final = "content"
"""Holds HTML as often as text: the page itself must tell."""
_MOST_NAMES: Final = 20
_LONGEST_NAME: Final = 40


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that the user names; ``None`` stands for the usual ones. In any case."""

    url: str | None = None
    html: str | None = None
    text: str | None = None
    date: str | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """Where a table, or a row of one, has what.

    ``bodies`` are names with their content type, the best first; ``lacks`` says which
    columns are missing that it should have: those the user named, and ``body`` where there
    is none at all.
    """

    url: str | None
    bodies: tuple[tuple[str, str | None], ...]
    dates: tuple[str, ...]
    lacks: frozenset[str]

    @property
    def used(self) -> list[str]:
        """The columns that are read, each once."""
        names = (*filter(None, (self.url,)), *(name for name, _ in self.bodies), *self.dates)
        return list(dict.fromkeys(names))


def header(names: Iterable[str], columns: Columns) -> Header:
    """Find ``columns`` among a table's names; the name spelt as it was given comes first."""
    names = list(names)
    spelt = {name.lower(): name for name in reversed(names)} | {name: name for name in names}
    found = {f.name: _find(f.name, getattr(columns, f.name), spelt) for f in fields(columns)}
    bodies: list[tuple[str, str | None]] = [(name, "text/html") for name in found["html"]]
    bodies += [(name, _text_type(name, columns)) for name in found["text"]]
    lacks = {role for role, there in found.items() if getattr(columns, role) and not there}
    return Header(
        url=next(iter(found["url"]), None),
        bodies=tuple(bodies),
        dates=tuple(found["date"]),
        lacks=frozenset(lacks if bodies else lacks | {"body"}),
    )


def missing(lacks: Iterable[str], columns: Columns, names: Iterable[str]) -> str:
    """Return what a table lacks, what it has, and what to do, for the user."""
    named = {role: getattr(columns, role) for role in sorted(lacks) if role != "body"}
    what = [f"no column {_short(name)!r} ({role}_column)" for role, name in named.items()]
    shown = [_short(name) for name in names]
    more = ", …" if len(shown) > _MOST_NAMES else ""
    give = "correct the argument" if what else "give text_column=NAME or html_column=NAME"
    return (
        f"{'; '.join(what) or 'no text or HTML column'}; "
        f"it has: {', '.join(shown[:_MOST_NAMES]) or 'none'}{more}; {give}"
    )


def _find(role: str, named: str | None, spelt: Mapping[str, str]) -> list[str]:
    wanted = (named,) if named else _USUAL[role]
    found = (spelt.get(name) or spelt.get(name.lower()) for name in wanted)
    return [name for name in found if name is not None]


def _text_type(name: str, columns: Columns) -> str | None:
    return None if columns.text is None and name.lower() == _EITHER else "text/plain"


def _short(name: str) -> str:
    """Cut a name, which may be anything, for a message."""
    whole = " ".join(name.encode("utf-8", "replace").decode("utf-8").split())
    return whole if len(whole) <= _LONGEST_NAME else f"{whole[:_LONGEST_NAME]}…"
