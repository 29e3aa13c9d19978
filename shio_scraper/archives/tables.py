"""Tables of pages: which columns hold a page's address, text and time; from rows to captures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from shio_scraper.addresses import LONGEST
from shio_scraper.archives.reading import Columns, Found, Options, Skipped, moment, passed_over
from shio_scraper.items import ArchivePosition
from shio_scraper.pages import Capture, reject
from shio_scraper.portals import Portals

_USUAL: Final[Mapping[str, tuple[str, ...]]] = {
    "url": ("url",),
    "html": ("html",),
    "text": ("text", "content"),
    "date": ("date", "timestamp"),
}
_EITHER: Final = "content"
"""The column that may hold HTML or text. The page itself must tell which."""
_MOST_NAMES: Final = 20
_LONGEST_NAME: Final = 40
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a table, or of one row, by what they hold.

    ``bodies`` are column names with their content type, the best first. ``lacks`` names the
    missing columns: those that the user named, and ``body`` if the table has no body column at all.
    """

    url: str | None
    bodies: tuple[tuple[str, str | None], ...]
    dates: tuple[str, ...]
    lacks: frozenset[str]

    @property
    def used(self) -> list[str]:
        """The names of the columns that are read, each once."""
        names = (*filter(None, (self.url,)), *(name for name, _ in self.bodies), *self.dates)
        return list(dict.fromkeys(names))


def header(names: Iterable[str], columns: Columns) -> Header:
    """Find ``columns`` among a table's column names. A name in the given spelling comes first."""
    names = list(names)
    spelt = {name.lower(): name for name in reversed(names)} | {name: name for name in names}
    names_of = {f.name: _find(f.name, getattr(columns, f.name), spelt) for f in fields(columns)}
    bodies: list[tuple[str, str | None]] = [(name, "text/html") for name in names_of["html"]]
    bodies += [(name, _text_type(name, columns)) for name in names_of["text"]]
    lacks = {role for role, matches in names_of.items() if getattr(columns, role) and not matches}
    return Header(
        url=next(iter(names_of["url"]), None),
        bodies=tuple(bodies),
        dates=tuple(names_of["date"]),
        lacks=frozenset(lacks if bodies else lacks | {"body"}),
    )


def missing(lacks: Iterable[str], columns: Columns, names: Iterable[str]) -> str:
    """Return the message for the user: what the table lacks, what it has, and what to do."""
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
    matches = (spelt.get(name) or spelt.get(name.lower()) for name in wanted)
    return [name for name in matches if name is not None]


def _text_type(name: str, columns: Columns) -> str | None:
    return None if columns.text is None and name.lower() == _EITHER else "text/plain"


def _short(name: str) -> str:
    """Cut a name for a message. The name may be any text."""
    whole = " ".join(name.encode("utf-8", "replace").decode("utf-8").split())
    return whole if len(whole) <= _LONGEST_NAME else f"{whole[:_LONGEST_NAME]}…"


class BrokenRowError(Exception):
    """Raised if a row is no page. The message is the detail of the reject."""


@dataclass(frozen=True, slots=True)
class TooLong:
    """Stands for a value with more bytes than a page may have."""

    size: int


def verdict(value: Any, options: Options) -> Skipped | None:
    """Tell from a row's address column whether the row is passed over."""
    try:
        url = _address(value, options.portals)
    except BrokenRowError:
        return None
    return passed_over(options.original(url), options.portals) if url else None


def found(
    row: Mapping[str, Any], header: Header, options: Options, place: ArchivePosition, where: str
) -> Found:
    """Return what ``row`` holds. Texts are ``str``, or ``bytes`` if the charset is unknown.

    A row of the portal without text is the reject ``empty``. A row without address and text is the
    reject ``broken_record``. ``where`` names the row to the user.
    """
    try:
        url = _address(row.get(header.url), options.portals) if header.url else None
        page_url = url and options.original(url)
        passed = passed_over(page_url, options.portals) if page_url else None
        if passed:
            return passed
        body, content_type = _body(row, header)
    except BrokenRowError as error:
        return reject("read", "broken_record", f"{where}: {error}")
    times = (moment(row.get(name)) for name in header.dates)
    capture = Capture(
        body="" if isinstance(body, TooLong) else body,
        url=page_url,
        fetched_url=url if page_url != url else None,
        fetched_at=next(filter(None, times), None),
        content_type=content_type,
        archive=place,
    )
    if isinstance(body, TooLong):
        detail = f"{where}: {body.size} bytes, more than {options.max_page}"
        return reject("read", "too_large", detail, capture)
    if body:
        return capture
    if url is None:
        return reject("read", "broken_record", f"{where}: neither address nor text")
    return reject("read", "empty", f"{where}: no text", capture)


def _address(value: Any, portals: Portals) -> str | None:
    """Return the address in a row's column, if any.

    The address may stand in angle brackets (RFC 3986, appendix C). The scheme may be missing if
    the host is a portal's.
    """
    if value is None:
        return None
    text = _text(value, "address")
    if len(text) > LONGEST:
        raise BrokenRowError(f"an address of {len(text)} characters")
    text = text.strip().removeprefix("<").removesuffix(">").strip()
    with_scheme = f"https://{text.removeprefix('//')}"
    return with_scheme if text and portals.of(with_scheme) else text or None


def _body(row: Mapping[str, Any], header: Header) -> tuple[bytes | str | TooLong, str | None]:
    """Return the best text that is not empty, and its content type."""
    for name, content_type in header.bodies:
        value = row.get(name)
        if value is None or value in ("", b""):
            continue
        is_text = not isinstance(value, bytes | TooLong)
        return _text(value, "text") if is_text else value, content_type
    return "", None


def _text(value: Any, what: str) -> str:
    """Return a value as text. A lone half of a surrogate pair becomes U+FFFD."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if not isinstance(value, str):
        raise BrokenRowError(f"its {what} is {type(value).__name__}, not text")
    return value if value.isascii() else _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", value)
