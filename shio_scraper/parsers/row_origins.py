"""Where the fields of a status row came from."""

from __future__ import annotations

from typing import Final

from shio_scraper.items import Status
from shio_scraper.parsers.frame import Frame
from shio_scraper.parsers.origin import Origin
from shio_scraper.parsers.status import StatusRow

_NO_CELL: Final = "no such cell in the row"


def row_origins(frame: Frame, record: Status, reading: StatusRow) -> dict[str, Origin]:
    """Return the origins of the fields that a status record has of its own."""
    cells = _cells(frame, reading)
    day, number, word = (cells[name] for name in ("day", "number", "word"))
    own_serial = record.serial == record.number
    serial = "number of no known form" if own_serial else "number without the layout's prefix"
    known = "status word of the vocabulary"
    status = f"not a {known}" if record.status == "other" else known
    return {
        "type": Origin(record.type, number, "form of a status row"),
        "key": Origin(record.key, number, "kind and running number"),
        "kind": _kind(record, reading, number),
        "number": Origin(record.number, number, "number of the row"),
        "serial": Origin(record.serial, number, serial),
        "month_day": _month_day(record, reading, day),
        "latest_date": _latest_date(record, reading, day),
        "status": Origin(record.status, word, status if word else _NO_CELL),
        "status_text": Origin(record.status_text, word, "word of the row" if word else _NO_CELL),
    }


def _cells(frame: Frame, reading: StatusRow) -> dict[str, tuple[int, ...]]:
    """Return the block of each cell; a row is one block, or as many as it has cells."""
    row, position = reading.row, reading.position
    printed = {"day": row.day, "number": row.number, "word": row.word}
    there = [name for name, cell in printed.items() if cell is not None]
    apart = position in frame.scattered
    places = {name: position + (index if apart else 0) for index, name in enumerate(there)}
    return {name: (places[name],) if name in places else () for name in printed}


def _kind(record: Status, reading: StatusRow, number: tuple[int, ...]) -> Origin:
    if reading.heading_at is None:
        return Origin(record.kind, number, f"form of {record.kind} numbers")
    return Origin(record.kind, (reading.heading_at,), "heading above the row")


def _month_day(record: Status, reading: StatusRow, day: tuple[int, ...]) -> Origin:
    if not reading.row.day:
        return Origin(None, (), _NO_CELL)
    rule = "day of the row" if record.month_day else "no such day in the calendar"
    return Origin(record.month_day, day, rule)


def _latest_date(record: Status, reading: StatusRow, day: tuple[int, ...]) -> Origin:
    if record.month_day is None:
        return Origin(None, day, "no day in the row to bound")
    if reading.bound is None:
        return Origin(None, (), "the capture has no time")
    if reading.bound_at is None:
        bound, blocks = "the day of the capture", day
    else:
        bound, blocks = "the bound of the row above", (*day, reading.bound_at)
    such = "latest such day" if record.latest_date else "no such day"
    return Origin(record.latest_date, blocks, f"{such} up to {bound}")
