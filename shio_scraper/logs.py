"""Lines of the log: text for people, or an object each for machines (``SHIO_LOG``)."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime
from socket import gethostname
from typing import TYPE_CHECKING, Any, Final

import msgspec

from shio_scraper.redaction import SafeLogRecord, redact

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

_FORMATTER: Final = logging.Formatter()
_BARE: Final = {"LOG_FORMAT": "%(message)s", "LOG_COLOR": False}
"""Settings with which a line is its record's message, and nothing else."""


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


def are_objects() -> bool:
    """Tell whether this process writes a log of objects."""
    return logging.getLogRecordFactory() is JsonLogRecord


def begin(settings: BaseSettings) -> None:
    """Let this process' log be as ``SHIO_LOG`` says, and tell no secret."""
    if settings["SHIO_LOG"] == "json":
        settings.setdict(_BARE, priority="cmdline")
        logging.setLogRecordFactory(JsonLogRecord)
    else:
        logging.setLogRecordFactory(SafeLogRecord)
