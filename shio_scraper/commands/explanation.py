"""An explained record as text, at 100 columns, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import wrap
from typing import Any, Final

import msgspec
from rich.cells import cell_len, chop_cells

from shio_scraper.pages import Page
from shio_scraper.parsers.records import Field, Fields
from shio_scraper.reproduction import Differences
from shio_scraper.runs.stored import Stored

_WIDTH: Final = 100
_NAME: Final = 22
"""Columns of a field's name; ``registration_deadline`` is the longest."""
_BLOCKS: Final = 3
"""Blocks shown of a value that stands in many."""
_CAPTURES: Final = 8


@dataclass
class Explanation:
    """A record, where each of its fields comes from, and what differs today.

    ``problem`` says why it cannot be reproduced, where it cannot. ``captures`` are the times
    of all captures of the key in the run, oldest first.
    """

    record: Stored
    captures: list[str | None]
    problem: str | None = None
    file: Path | None = None
    page: Page | None = None
    origins: Fields = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)
    differences: Differences = field(default_factory=dict)

    @property
    def is_same(self) -> bool:
        """Tell whether today's parser makes the same record."""
        return self.problem is None and not self.differences


def as_json(explanation: Explanation) -> str:
    """Return the explanation as one JSON object, on one line."""
    record = explanation.record
    answer = {
        "key": record.key,
        "run": record.run.name,
        "file": str(record.file),
        "line": record.line,
        "captures": explanation.captures,
        "archive": str(explanation.file) if explanation.file else None,
        "provenance": record.fields.get("provenance"),
        "fields": {
            name: _origin(explanation, origin, _value(explanation, name))
            for name, origin in explanation.origins.items()
        },
        "same": explanation.is_same,
        "problem": explanation.problem,
        "differences": {
            name: {"old": old, "new": new} for name, (old, new) in explanation.differences.items()
        },
    }
    return json.dumps(answer, ensure_ascii=False) + "\n"


def as_text(explanation: Explanation) -> str:
    """Return the explanation as lines of at most 100 columns."""
    lines = [*_head(explanation), ""]
    for name, origin in explanation.origins.items():
        lines += _field(explanation, name, origin)
    return "\n".join(map(str.rstrip, [*lines, *_verdict(explanation)])) + "\n"


def _value(explanation: Explanation, name: str) -> Any:
    """Return what today's parser makes of a field; the teaser is as stored."""
    return (explanation.record.fields if name == "teaser" else explanation.made).get(name)


def _origin(explanation: Explanation, origin: Field, value: Any) -> dict[str, Any]:
    page = explanation.page
    assert page  # noqa: S101  (origins have one)
    answer: dict[str, Any] = {
        "value": value,
        "rule": origin.rule,
        "blocks": [
            {"position": i, "path": page.path(i), "text": page.blocks[i].text}
            for i in origin.blocks
        ],
    }
    if origin.pieces:
        answer["pieces"] = [
            _origin(explanation, piece, msgspec.to_builtins(piece.value)) for piece in origin.pieces
        ]
    return answer


def _head(explanation: Explanation) -> Iterator[str]:
    record = explanation.record
    yield record.key
    line = "; its run was pruned" if record.gone else f" line {record.line}"
    yield from _labelled("record", f"{record.file}{line}")
    provenance = record.fields.get("provenance")
    if isinstance(provenance, dict):
        where = provenance.get("fetched_url") or "a page without an address"
        at = provenance.get("fetched_at") or "no time known"
        yield from _labelled("capture", f"{where}, {at}")
        position = provenance.get("archive")
        if isinstance(position, dict):
            place = ", ".join(f"{name} {value}" for name, value in position.items())
            yield from _labelled("archive", str(explanation.file) if explanation.file else place)
            if explanation.file:
                yield from _labelled("", place)
    if len(explanation.captures) > 1:
        for number, line in enumerate(wrap(_captures(explanation.captures), _WIDTH - _NAME)):
            yield from _labelled("" if number else "captures", line)


def _captures(captures: list[str | None]) -> str:
    shown = [at or "no time known" for at in captures[-_CAPTURES:]]
    earlier = len(captures) - len(shown)
    before = f"{earlier} earlier, " if earlier else ""
    return f"{before}{', '.join(shown)}: the last is explained"


def _field(explanation: Explanation, name: str, origin: Field) -> Iterator[str]:
    value = _value(explanation, name)
    shown = f"{len(value) or 'none'}" if isinstance(value, list) else _plain(value)
    yield from _labelled(name, shown)
    yield from _labelled("", f"  rule: {origin.rule}")
    if not origin.pieces:
        yield from _blocks(explanation, origin, shown)
    for number, piece in enumerate(origin.pieces, 1):
        shown = _plain(msgspec.to_builtins(piece.value))
        yield from _labelled("", f"  {number}. {shown}")
        yield from _labelled("", f"     rule: {piece.rule}")
        yield from _blocks(explanation, piece, shown, indent=5)


def _blocks(explanation: Explanation, origin: Field, shown: str, indent: int = 2) -> Iterator[str]:
    """Yield where the first blocks stand, and what they read unless that is the value itself."""
    page, space = explanation.page, " " * indent
    assert page  # noqa: S101  (origins have one)
    for position in origin.blocks[:_BLOCKS]:
        yield from _wrapped(f"{space}from: {page.path(position)}")
        text = page.blocks[position].text
        if text != shown:
            room = _WIDTH - _NAME - len(space) - len("from: “”")
            yield from _labelled("", f"{space}      “{fit(text, room)}”")
    if len(origin.blocks) > _BLOCKS:
        yield from _labelled("", f"{space}      and {len(origin.blocks) - _BLOCKS} more blocks")


def _verdict(explanation: Explanation) -> Iterator[str]:
    yield ""
    if explanation.problem:
        yield f"Cannot be reproduced: {explanation.problem}"
    elif explanation.is_same:
        yield "Today's parser gives the same record."
    else:
        yield "Today's parser gives another record:"
        for name, (old, new) in explanation.differences.items():
            yield f"  {name}"
            yield fit(f"    old: {_plain(old)}")
            yield fit(f"    new: {_plain(new)}")


def _plain(value: Any) -> str:
    """Return a value as one line."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, dict) and value.keys() == {"text", "url"}:
        return f"{value['text']} → {value['url']}"
    return json.dumps(value, ensure_ascii=False)


def _labelled(name: str, text: str) -> Iterator[str]:
    yield fit(f"{name:{_NAME}}{text}")


def _wrapped(path: str) -> Iterator[str]:
    """Break a long path behind a slash."""
    room, rest = _WIDTH - _NAME, path
    indent = " " * (len(path) - len(path.lstrip()) + len("from: "))
    while len(rest) > room and (cut := rest.rfind("/", len(indent), room)) > 0:
        yield " " * _NAME + rest[: cut + 1]
        rest = indent + rest[cut + 1 :]
    yield " " * _NAME + rest


def fit(line: str, width: int = _WIDTH) -> str:
    """Cut a line to ``width`` columns of a terminal, where a Chinese sign takes two."""
    return line if cell_len(line) <= width else f"{chop_cells(line, width - 1)[0]}…"
