"""What must not be written down: passwords in addresses, and what tells a server who we are."""

from __future__ import annotations

import logging
import re
from typing import Final

from shio_scraper.printing import printable

OF_REQUESTS: Final = frozenset({b"authorization", b"proxy-authorization", b"cookie"})
"""Headers of requests that hold a secret, in lower case."""
OF_RESPONSES: Final = frozenset({b"set-cookie", b"set-cookie2"})
"""The same of responses: a session that was given to us."""
_USER: Final = re.compile(r"\b([a-z][a-z0-9+.-]*://)[^\s/?#@\"']*@", re.IGNORECASE)


def redact(text: str) -> str:
    """Return ``text`` with the user and password of each address in it left out.

    >>> redact("GET http://me:pass@host/a?b=c@d")
    'GET http://…@host/a?b=c@d'
    """
    return _USER.sub(r"\1…@", text) if "@" in text else text


class SafeLogRecord(logging.LogRecord):
    """A log record that tells no password, and commands no terminal."""

    def getMessage(self) -> str:  # noqa: N802  (logging names it)
        """Return the message, without the passwords of its addresses."""
        return printable(redact(super().getMessage()))
