"""Rows of a table → captures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from shio_scraper.addresses import LONGEST
from shio_scraper.archives.columns import Header
from shio_scraper.archives.moments import moment
from shio_scraper.archives.reading import ArchiveError, Found, Options, Skipped, passed_over, reject
from shio_scraper.items import ArchivePosition, Reject
from shio_scraper.pages import Capture
from shio_scraper.portals import Portals

_SURROGATES: Final = re.compile("[\ud800-\udfff]")


class BrokenRowError(Exception):
    """A row that is no page; the message is for the reject."""


@dataclass(frozen=True, slots=True)
class TooLong:
    """Stands for a value of more bytes than a page may have."""

    size: int


def verdict(value: Any, options: Options) -> Skipped | None:
    """Tell by what a row's address column holds whether it is passed over."""
    try:
        url = _address(value, options.portals)
    except BrokenRowError:
        return None
    return passed_over(url, options.portals) if url else None


def found(
    row: Mapping[str, Any], header: Header, options: Options, place: ArchivePosition, where: str
) -> Found:
    """Return what ``row`` holds; its texts are ``str`` or, in an unknown charset, ``bytes``.

    A row of the portal without text is the reject ``empty``, one without an address and
    text ``broken_record``. ``where`` names the row to the user.
    """
    try:
        url = _address(row.get(header.url), options.portals) if header.url else None
        passed = passed_over(url, options.portals) if url else None
        if passed:
            return passed
        body, content_type = _body(row, header)
    except BrokenRowError as error:
        return reject("read", "broken_record", f"{where}: {error}")
    times = (moment(row.get(name)) for name in header.dates)
    capture = Capture(
        body="" if isinstance(body, TooLong) else body,
        url=url,
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


def only_capture(found: Found, where: str) -> Capture:
    """Return the capture that was asked for by its place. Raises ``ArchiveError``."""
    if isinstance(found, Capture):
        return found
    why = found.detail if isinstance(found, Reject) else f"{where}: {found.value}"
    raise ArchiveError(why)


def _address(value: Any, portals: Portals) -> str | None:
    """Return the address that a row's column holds, if any.

    It may stand in angle brackets (RFC 3986, appendix C); before a portal's host its scheme may
    be missing.
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
    """Return the best text that is filled, and its type."""
    for name, content_type in header.bodies:
        value = row.get(name)
        if value is None or value in ("", b""):
            continue
        is_text = not isinstance(value, bytes | TooLong)
        return _text(value, "text") if is_text else value, content_type
    return "", None


def _text(value: Any, what: str) -> str:
    """Return text that can be written again: half a character pair becomes U+FFFD."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if not isinstance(value, str):
        raise BrokenRowError(f"its {what} is {type(value).__name__}, not text")
    return value if value.isascii() else _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", value)
