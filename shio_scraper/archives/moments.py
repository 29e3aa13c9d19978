"""When a page was fetched, as tables and archives write it → UTC. Known forms only, no guess."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

_ISO: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[Tt ]"
    r"([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:[.,][0-9]+)? ?([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
"""ISO 8601, extended form: a day, or a day and a time with or without its offset."""
_CDX: Final = re.compile(r"[0-9]{14}")
_NUMBER: Final = re.compile(r"([0-9]{9,13})(?:\.[0-9]+)?")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS: Final = range(631_152_000, 4_102_444_800)
"""1990 to 2099: seconds and milliseconds of these years cannot be taken for each other."""
_MILLI: Final = 1000


def moment(value: Any) -> datetime | None:
    """Return the moment that ``value`` says, UTC, cut to seconds; ``None`` where it says none.

    Known are ISO 8601 (without an offset: UTC; a day: its first second), ``YYYYMMDDhhmmss``
    and seconds or milliseconds since 1970, as text or number, and ``datetime``.
    """
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    try:
        if isinstance(value, datetime):
            return _utc(value)
        if isinstance(value, str):
            return _written(value.strip())
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _counted(int(value))
    except (ValueError, OverflowError):
        pass
    return None


def since_epoch(seconds: int) -> datetime | None:
    """Return the moment so many seconds after 1970 began; ``None`` outside the calendar."""
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None


def _written(text: str) -> datetime | None:
    if _CDX.fullmatch(text):
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    if number := _NUMBER.fullmatch(text):
        return _counted(int(number[1]))
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    day, clock, offset = match.groups()
    return _utc(datetime.fromisoformat(f"{day}T{clock or '00:00'}{(offset or 'Z').upper()}"))


def _counted(number: int) -> datetime | None:
    if number in _SECONDS:
        return since_epoch(number)
    if number // _MILLI in _SECONDS:
        return since_epoch(number // _MILLI)
    return _written(str(number)) if number > _SECONDS[-1] * _MILLI else None


def _utc(time: datetime) -> datetime:
    whole = time.replace(microsecond=0)
    return whole.astimezone(UTC) if whole.tzinfo else whole.replace(tzinfo=UTC)
