"""What must not be written down: secrets, contacts, and text that commands a terminal.

The log's lines are so: text for people, or an object each for machines (``SHIO_LOG``).
"""

from __future__ import annotations

import logging
import os
import re
from datetime import UTC, datetime
from socket import gethostname
from typing import Any, Final

import msgspec

from shio_scraper.items import AuditEvent, Event
from shio_scraper.portals import ALL

OF_REQUESTS: Final = frozenset({b"authorization", b"proxy-authorization", b"cookie"})
"""Headers of requests that hold a secret, in lower case."""
OF_RESPONSES: Final = frozenset({b"set-cookie", b"set-cookie2"})
"""The same of responses: they hold our session."""
_COMMANDING: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
"""Control characters except tab and line feed, marks of direction, code points of no character."""
_USER: Final = re.compile(r"\b([a-z][a-z0-9+.-]*://)[^\s/?#@\"']*@", re.IGNORECASE)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "'")
CONTACTS = ("contact", "phone")
"""The fields of an event that are left out."""
ON = "on"
OFF = "off"
_FORMATTER: Final = logging.Formatter()
_hidden: set[str] = set()
_WITHHELD = "(left out: SHIO_CONTACTS=off)"


def redact(text: str) -> str:
    """Return ``text`` with the user and password of each address, and what is hidden, left out.

    >>> redact("GET http://me:pass@host/a?b=c@d")
    'GET http://…@host/a?b=c@d'
    """
    for secret in sorted(_hidden, key=len, reverse=True):
        text = text.replace(secret, "…")
    return _USER.sub(r"\1…@", text) if "@" in text else text


def hide(secret: str) -> None:
    """Let ``redact`` leave ``secret`` out from now on, wherever it stands."""
    if secret:
        _hidden.add(secret)


def printable(text: str) -> str:
    r"""Escape in ``text`` what commands a terminal or turns the direction of writing.

    JSON stays the same JSON.

    >>> printable("a\x1b[31mb\u202ec")
    'a\\u001b[31mb\\u202ec'
    """
    if text.isascii() and text.isprintable():
        return text
    return _COMMANDING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def cell(text: str) -> str:
    """Return ``text`` as a cell that no spreadsheet takes for a formula (OWASP, CSV injection).

    One apostrophe goes before what begins with a sign of a formula, or with an apostrophe: to
    have the text back, take one away from each cell that begins with it.

    >>> cell("=1+1"), cell("'tis"), cell("a=b")
    ("'=1+1", "''tis", 'a=b')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


class SafeLogRecord(logging.LogRecord):
    """A log record that tells no password, and commands no terminal."""

    def getMessage(self) -> str:  # noqa: N802  (logging names it)
        """Return the message, without the passwords of its addresses."""
        return printable(redact(super().getMessage()))


class JsonLogRecord(SafeLogRecord):
    """A log record whose message is an object, with the traceback in it: one line."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._traceback = self.exc_info
        self.exc_info = None

    def getMessage(self) -> str:  # noqa: N802  (logging names it)
        """Return the object as JSON."""
        more = {}
        if self._traceback and self._traceback[0]:
            more["exception"] = redact(_FORMATTER.formatException(self._traceback))
        return as_json(self.created, self.levelname, self.name, super().getMessage(), **more)


def as_json(created: float, level: str, name: str, message: str, **more: str) -> str:
    """Return a line of the log as an object, of which the time is UTC."""
    line = {
        "time": datetime.fromtimestamp(created, UTC).isoformat(timespec="milliseconds"),
        "level": level,
        "host": gethostname(),
        "process": os.getpid(),
        "logger": name,
        "message": message,
        **more,
    }
    return msgspec.json.encode(line).decode()


def logs_objects() -> bool:
    """Tell whether this process writes a log of objects."""
    return logging.getLogRecordFactory() is JsonLogRecord


def withhold(item: Any) -> None:
    """Take the contact out of an event, in place; names and numbers in its body stay."""
    if isinstance(item, Event):
        for name in CONTACTS:
            setattr(item, name, None)
    elif isinstance(item, AuditEvent) and _may_name_a_contact(item):
        item.text = _WITHHELD


def _may_name_a_contact(item: AuditEvent) -> bool:
    """Tell whether an event of the audit is of an event's page, or of one that may be."""
    address = ALL.locate(item.url)
    return item.block is not None and (address is None or address.kind in {None, "event"})
