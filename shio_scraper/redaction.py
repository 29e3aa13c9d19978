"""Keeps secrets, contacts and control sequences for terminals out of everything that is written.

The classes of log records do so for the log: lines of text, or one object per line (``SHIO_LOG``).
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
"""Names of request headers that hold a secret, in lower case."""
OF_RESPONSES: Final = frozenset({b"set-cookie", b"set-cookie2"})
"""Names of response headers that hold our session, in lower case."""
_COMMANDING: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
"""Control characters except tab and line feed, direction marks, and code points of no character."""
_USER: Final = re.compile(r"\b([a-z][a-z0-9+.-]*://)[^\s/?#@\"']*@", re.IGNORECASE)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "'")
CONTACTS = ("contact", "phone")
"""The fields of an event that ``withhold`` empties."""
ON = "on"
OFF = "off"
_FORMATTER: Final = logging.Formatter()
_hidden: set[str] = set()
_WITHHELD = "(left out: SHIO_CONTACTS=off)"


def redact(text: str) -> str:
    """Return ``text`` without the user and password of each address, and without hidden secrets.

    >>> redact("GET http://me:pass@host/a?b=c@d")
    'GET http://…@host/a?b=c@d'
    """
    for secret in sorted(_hidden, key=len, reverse=True):
        text = text.replace(secret, "…")
    return _USER.sub(r"\1…@", text) if "@" in text else text


def hide(secret: str) -> None:
    """Let ``redact`` remove ``secret`` from every text from now on."""
    if secret:
        _hidden.add(secret)


def printable(text: str) -> str:
    r"""Escape the characters in ``text`` that control a terminal or the direction of writing.

    JSON text keeps its meaning: the escapes are those of JSON.

    >>> printable("a\x1b[31mb\u202ec")
    'a\\u001b[31mb\\u202ec'
    """
    if text.isascii() and text.isprintable():
        return text
    return _COMMANDING.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def cell(text: str) -> str:
    """Return ``text`` as a cell that no spreadsheet reads as a formula (OWASP, CSV injection).

    A text that begins with a sign of a formula, or with an apostrophe, gets an apostrophe in front.
    To restore the texts, remove one apostrophe from each cell that begins with one.

    >>> cell("=1+1"), cell("'tis"), cell("a=b")
    ("'=1+1", "''tis", 'a=b')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


class SafeLogRecord(logging.LogRecord):
    """A log record without passwords and without characters that control a terminal."""

    def getMessage(self) -> str:  # noqa: N802  (logging names it)
        """Return the message, without the passwords of its addresses."""
        return printable(redact(super().getMessage()))


class JsonLogRecord(SafeLogRecord):
    """A log record whose message is one JSON object on one line, with the traceback in it."""

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
    """Return a line of the log as a JSON object. Its time is UTC."""
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
    """Tell whether the log of this process consists of JSON objects."""
    return logging.getLogRecordFactory() is JsonLogRecord


def withhold(item: Any) -> None:
    """Empty the contact fields of an event, in place. Names and numbers in its body stay.

    An audit event of such a page loses its text, which may name a contact.
    """
    if isinstance(item, Event):
        for name in CONTACTS:
            setattr(item, name, None)
    elif isinstance(item, AuditEvent) and _may_name_a_contact(item):
        item.text = _WITHHELD


def _may_name_a_contact(item: AuditEvent) -> bool:
    """Tell whether an audit event concerns a page that is, or may be, the page of an event."""
    address = ALL.locate(item.url)
    return item.block is not None and (address is None or address.kind in {None, "event"})
