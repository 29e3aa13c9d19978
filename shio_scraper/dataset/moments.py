"""Moments: microseconds since 1970, UTC, as the state stores them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNIT: Final = timedelta(microseconds=1)


def to_moment(time: datetime) -> int:
    """Return the moment of a time with a zone.

    >>> to_moment(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (time - _EPOCH) // _UNIT


def to_time(moment: int) -> datetime:
    """Return the time of a moment, in UTC."""
    return _EPOCH + moment * _UNIT


def shown(moment: int) -> str:
    """Return a moment as records write it: ISO 8601, with ``Z``.

    >>> shown(1_000_000)
    '1970-01-01T00:00:01Z'
    """
    return to_time(moment).isoformat().replace("+00:00", "Z")
