"""CDX servers: the queries, the answers, and the addresses of replays. Pure functions.

There are two dialects. The Internet Archive's ("Wayback CDX Server API") answers with a JSON
array of arrays whose first row is the header. pywb's ("CDX Server API", which Common Crawl runs
too) answers with one JSON object a line. A server ignores parameters that it does not know, so
the caller must check each row again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode

LIMIT: Final = 5000
"""Captures that one request asks for."""
_BETWEEN: Final = re.compile(r"[\s,]*")
_STAMP: Final = "%Y%m%d%H%M%S"
_FIELDS: Final = {"original": "url", "statuscode": "status", "mimetype": "mime"}
"""The Internet Archive's names → pywb's."""
_EXCERPT: Final = 80


class Dialect(Enum):
    """The form of a server's answers. The value is the filter for captures of status 200.

    A ``revisit`` has no status of its own in an index, so both filters keep rows without one.
    """

    ARRAYS = "statuscode:(200|-)"
    OBJECTS = "~status:(200|-)?$"


@dataclass(frozen=True, slots=True)
class Row:
    """One capture in the index. ``time`` is UTC.

    The place in a file is set if the server gives it.
    """

    url: str
    time: datetime
    status: str
    mime: str
    digest: str
    filename: str | None = None
    offset: int | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Pages:
    """The number of pages that the index has for the query."""

    count: int
    dialect: Dialect


@dataclass(frozen=True, slots=True)
class Resume:
    """The key that requests the next page."""

    key: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A part of an answer that cannot be read, and the reason."""

    detail: str


Said: TypeAlias = Row | Pages | Resume | Broken | Dialect
"""One part of an answer. If the answer has rows, their dialect comes before them."""


class NoIndexError(ValueError):
    """An answer that does not come from an index. The message says what it is instead."""


@dataclass(frozen=True, slots=True)
class Query:
    """All captures of ``host`` from ``first`` to ``last`` (UTC, both included) on ``server``."""

    server: str
    host: str
    first: datetime
    last: datetime

    def pages(self) -> str:
        """Return the address that asks for the number of pages.

        The answer also shows the dialect.
        """
        return self._address(showNumPages="true")

    def page(self, number: int) -> str:
        """Return the address of page ``number``, counted from 0, on a server that has pages."""
        return self._address(**_narrowed(Dialect.OBJECTS), page=str(number))

    def resume(self, key: str | None) -> str:
        """Return the address of the captures that follow the resume key ``key``."""
        after = {"resumeKey": key} if key else {}
        narrowed = _narrowed(Dialect.ARRAYS)
        return self._address(**narrowed, limit=str(LIMIT), showResumeKey="true", **after)

    def window(self, dialect: Dialect) -> str:
        """Return the address of the captures on a server that has neither pages nor resume keys."""
        return self._address(**_narrowed(dialect), limit=str(LIMIT))

    def halves(self) -> tuple[Query, Query] | None:
        """Return one query for each half of the time span.

        ``None`` if the span is below two seconds.
        """
        middle = self.first + (self.last - self.first) / 2
        middle = middle.replace(microsecond=0)
        after = middle + timedelta(seconds=1)
        if after > self.last:
            return None
        return (
            Query(self.server, self.host, self.first, middle),
            Query(self.server, self.host, after, self.last),
        )

    def _address(self, **more: str) -> str:
        query = {"url": self.host, "matchType": "host", "output": "json"}
        span = {"from": stamp(self.first), "to": stamp(self.last)}
        return f"{self.server}?{urlencode(query | span | more)}"


def _narrowed(dialect: Dialect) -> dict[str, str]:
    return {"filter": dialect.value, "collapse": "digest"}


def stamp(time: datetime) -> str:
    """Return ``time`` as the 14 digits that an index uses.

    >>> stamp(datetime(2019, 2, 1, 10, tzinfo=UTC))
    '20190201100000'
    """
    return time.astimezone(UTC).strftime(_STAMP).rjust(14, "0")


def time_of(digits: str) -> datetime | None:
    """Return the time that 14 digits stand for. ``None`` for any other text."""
    if len(digits) != len("YYYYmmddHHMMSS") or not (digits.isascii() and digits.isdecimal()):
        return None
    try:
        return datetime.strptime(digits, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def said(answer: str) -> Iterator[Said]:
    """Yield the parts of ``answer`` while it is read.

    Raises ``NoIndexError`` before the first part.
    """
    text = answer.strip("\ufeff \t\r\n")
    if text.isascii() and text.isdecimal() and len(text) < len(str(10**9)):
        return iter((Pages(int(text), Dialect.ARRAYS),))
    if text and text[0] not in "[{":
        raise NoIndexError(f"not the answer of an index: {_excerpt(text)!r}")
    return _arrays(text) if text.startswith("[") else _objects(text)


def _objects(text: str) -> Iterator[Said]:
    has_dialect = False
    for value in _values(text, 0):
        if isinstance(value, dict) and isinstance(value.get("pages"), int):
            yield Pages(value["pages"], Dialect.OBJECTS)
        elif isinstance(value, dict) and {"message", "error"} & value.keys():
            message = value.get("message") or value.get("error")
            if "no captures" not in str(message).lower():
                yield Broken(f"the server says {_excerpt(str(message))!r}")
        else:
            if not has_dialect:
                yield Dialect.OBJECTS
            has_dialect = True
            yield value if isinstance(value, Broken) else _row(value)


def _arrays(text: str) -> Iterator[Said]:
    names: list[str] = []
    key_follows = False
    for value in _values(text, 1):
        if isinstance(value, Broken):
            yield value
        elif not isinstance(value, list) or not all(isinstance(cell, str) for cell in value):
            yield Broken(f"no row: {_excerpt(json.dumps(value))}")
        elif not names:
            names = value
            if "timestamp" in names:
                yield Dialect.ARRAYS
            elif names != ["numpages"]:
                yield Broken(f"no header row: {_excerpt(json.dumps(value))}")
                return
        elif names == ["numpages"] and value[0:1] and value[0].isdecimal():
            yield Pages(int(value[0]), Dialect.ARRAYS)
        elif not value:
            key_follows = True
        elif key_follows and len(value) == 1:
            yield Resume(value[0])
        else:
            yield _row(dict(zip(names, value, strict=False)))


def _values(text: str, start: int) -> Iterator[Any]:
    """Yield each JSON value from ``start`` on.

    After a broken value, reading continues on the next line.

    If ``start`` is 1, the text is an array, and a missing end of the array is reported as broken.
    """
    decoder = json.JSONDecoder()
    at = start
    while True:
        at = _end_of_gap(text, at)
        if at == len(text):
            if start:
                yield Broken("the answer is cut off")
            return
        if start and text[at] == "]":
            return
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = text.find("\n", at) % (len(text) + 1)
            yield Broken(f"no JSON: {_excerpt(text[at:end])!r}")
            at = end
        else:
            yield value


def _end_of_gap(text: str, at: int) -> int:
    match = _BETWEEN.match(text, at)
    return match.end() if match else at


def _row(value: Any) -> Row | Broken:
    if not isinstance(value, Mapping):
        return Broken(f"no row: {_excerpt(json.dumps(value))}")
    fields = {_FIELDS.get(name, name): str(field) for name, field in value.items()}
    time = time_of(fields.get("timestamp", ""))
    if time is None or not fields.get("url"):
        return Broken(f"no address or time: {_excerpt(json.dumps(value))}")
    return Row(
        url=fields["url"],
        time=time,
        status=fields.get("status", "-"),
        mime=fields.get("mime", "-").lower(),
        digest=fields.get("digest", "-"),
        filename=fields.get("filename"),
        offset=_number(fields.get("offset")),
        length=_number(fields.get("length")),
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < len(str(2**64)) else None


def _excerpt(text: str) -> str:
    return " ".join(text[: _EXCERPT * 2].split())[:_EXCERPT]


def replay_url(base: str, row: Row) -> str:
    """Return the address that replays ``row`` as captured (``id_``: nothing is rewritten)."""
    return f"{base}{stamp(row.time)}id_/{row.url}"


def replayed(base: str, url: str) -> tuple[str, datetime] | None:
    """Return the address and time of the capture that ``url`` replays.

    ``None`` if it is no raw replay.
    """
    beyond = url.partition("://")[2].removeprefix(base.partition("://")[2])
    digits, mark, original = beyond.partition("id_/")
    time = time_of(digits)
    return (original, time) if mark and time else None
