"""``scrapy explain``: where each value of a record comes from, and whether it still would."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import wrap
from typing import Any, Final

import msgspec
from rich.cells import cell_len, chop_cells
from scrapy.exceptions import UsageError

from shio_scraper.archives.sources import run_of
from shio_scraper.command import (
    ARCHIVES,
    OwnCommand,
    archive_places,
    data_folder,
    only_argument,
    option,
    say,
)
from shio_scraper.configuration import meant
from shio_scraper.dataset.state import State, StateError
from shio_scraper.pages import Page
from shio_scraper.parsers.records import Field, Fields
from shio_scraper.reproduction import Differences, IrreproducibleError, Reproducer, match
from shio_scraper.runs import stored
from shio_scraper.runs.stored import Broken, Stored

_WIDTH: Final = 100
_NAME: Final = 22
"""Columns of a field's name; ``registration_deadline`` is the longest."""
_BLOCKS: Final = 3
"""Blocks shown of a value that stands in many."""
_CAPTURES: Final = 8


class Command(OwnCommand):
    """Exit status: 0 the same record, 1 another or none, 2 for a wrong argument."""

    usage = "[options] KEY"
    summary = "Tell for each field of a record where its value comes from"
    options = (
        option(
            "--data", metavar="DIR", help="data folder, a run's folder or a .jsonl file (SHIO_DATA)"
        ),
        ARCHIVES,
        option("--run", help="take the record of this run, not the newest one's"),
        option("--json", action="store_true", help="print one JSON object"),
    )

    def answer(self, args: list[str], opts: Namespace) -> int:
        """Explain one record."""
        key = only_argument(args, "key, such as article/en/2241")
        place = data_folder(opts.data or self.settings["SHIO_DATA"])
        found = _find(place, key, opts.run)
        max_page = self.settings.getint("SHIO_MAX_PAGE")
        told = _explain(found, Reproducer(place, archive_places(opts), max_page))
        say(json.dumps(_as_object(told), ensure_ascii=False) if opts.json else _as_text(told))
        return 0 if told.is_same else 1


def _find(place: Path, key: str, run: str | None) -> list[Stored]:
    """Return the records of a key in the newest run, or in ``run``. Raises ``UsageError``."""
    broken = 0
    runs = [files for files in stored.record_files(place) if run in {None, files[0].parent.name}]
    if not runs:
        raise UsageError(f"--run {run}: no such run in {place}")
    for files in runs:
        found = []
        for line in _lines(files):
            if isinstance(line, Broken):
                broken += 1
            elif line.key == key:
                found.append(line)
        if found:
            return found
    if run is None and (held := _of_state(place, key)):
        return [held]
    keys = {line.key for line in _lines(runs[0]) if isinstance(line, Stored)}
    where = run or f"{len(runs)} run{'s' if len(runs) > 1 else ''}"
    what, them = ("line", "it") if broken == 1 else ("lines", "them")
    unread = f" ({broken} {what} cannot be read: scrapy verify names {them})" if broken else ""
    raise UsageError(f"{key}: no such key in {where}{meant(key, keys)}{unread}")


def _of_state(place: Path, key: str) -> Stored | None:
    """Return what a state in a data folder holds of a record whose runs were pruned."""
    for path in sorted(place.glob("state*.db")):
        with suppress(StateError, KeyError, TypeError), State.open(path) as state:
            if fields := state.newest(key):
                run = run_of((fields["provenance"]["archive"] or {"file": ""})["file"])
                return Stored(path, 0, fields, gone=place / "runs" / run)
    return None


def _lines(files: list[Path]) -> Iterator[stored.Line]:
    for file in files:
        try:
            yield from stored.lines(file)
        except OSError as error:
            raise UsageError(f"{file}: {error.strerror}") from error


@dataclass
class _Explanation:
    """A record, where each of its fields comes from, and what differs today.

    ``problem`` says why it cannot be reproduced, where it cannot. ``captures`` are the times
    of all captures of the key in the run, oldest first.
    """

    record: Stored
    captures: list[str]
    problem: str | None = None
    file: Path | None = None
    page: Page | None = None
    origins: Fields = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)
    differences: Differences = field(default_factory=dict)

    @property
    def is_same(self) -> bool:
        """Whether today's parser makes the same record."""
        return self.problem is None and not self.differences

    def value(self, name: str) -> Any:
        """Return what today's parser makes of a field; the teaser is as stored."""
        return (self.record.fields if name == "teaser" else self.made).get(name)


def _explain(found: list[Stored], reproducer: Reproducer) -> _Explanation:
    """Explain the record of the newest capture."""
    record = max(found, key=_time)
    told = _Explanation(record, sorted(map(_time, found)))
    try:
        made = reproducer.parse(record)
    except IrreproducibleError as error:
        told.problem = str(error)
        return told
    told.file = made.place.path
    told.page = made.extraction.page if made.extraction else None
    matched = match(record.fields, made.records)
    if matched is None:
        told.problem = "today's parser makes no such record of the capture"
        return told
    told.origins = made.extraction.fields[matched.number] if made.extraction else {}
    told.made = made.records[matched.number]
    told.differences = matched.differences
    return told


def _time(record: Stored) -> str:
    """Return when a record's capture was fetched; nothing where that is not known."""
    provenance = record.fields.get("provenance")
    time = provenance.get("fetched_at") if isinstance(provenance, dict) else None
    return time if isinstance(time, str) else ""


def _as_object(told: _Explanation) -> dict[str, Any]:
    record = told.record
    return {
        "key": record.key,
        "run": record.run.name,
        "file": str(record.file),
        "line": record.line,
        "captures": [time or None for time in told.captures],
        "archive": str(told.file) if told.file else None,
        "provenance": record.fields.get("provenance"),
        "fields": {
            name: _origin(told.page, origin, told.value(name))
            for name, origin in told.origins.items()
        },
        "same": told.is_same,
        "problem": told.problem,
        "differences": {
            name: {"old": old, "new": new} for name, (old, new) in told.differences.items()
        },
    }


def _origin(page: Page | None, origin: Field, value: Any) -> dict[str, Any]:
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
            _origin(page, piece, msgspec.to_builtins(piece.value)) for piece in origin.pieces
        ]
    return answer


def _as_text(told: _Explanation) -> str:
    """Return the explanation as lines of at most 100 columns."""
    lines = [told.record.key, *_head(told), ""]
    for name, origin in told.origins.items():
        lines += _field(told, name, origin)
    return "\n".join(map(str.rstrip, [*lines, "", *_verdict(told)]))


def _head(told: _Explanation) -> Iterator[str]:
    record = told.record
    line = "; its run was pruned" if record.gone else f" line {record.line}"
    yield _labelled("record", f"{record.file}{line}")
    provenance = record.fields.get("provenance")
    if isinstance(provenance, dict):
        where = provenance.get("fetched_url") or "a page without an address"
        at = provenance.get("fetched_at") or "no time known"
        yield _labelled("capture", f"{where}, {at}")
        position = provenance.get("archive")
        if isinstance(position, dict):
            place = ", ".join(f"{name} {value}" for name, value in position.items())
            yield _labelled("archive", str(told.file or place))
            if told.file:
                yield _labelled("", place)
    if len(told.captures) > 1:
        shown = [at or "no time known" for at in told.captures[-_CAPTURES:]]
        earlier = len(told.captures) - len(shown)
        before = f"{earlier} earlier, " if earlier else ""
        text = f"{before}{', '.join(shown)}: the last is explained"
        for number, line in enumerate(wrap(text, _WIDTH - _NAME)):
            yield _labelled("" if number else "captures", line)


def _field(told: _Explanation, name: str, origin: Field) -> Iterator[str]:
    value = told.value(name)
    shown = f"{len(value) or 'none'}" if isinstance(value, list) else _plain(value)
    yield _labelled(name, shown)
    yield _labelled("", f"  rule: {origin.rule}")
    if not origin.pieces:
        yield from _blocks(told.page, origin, shown, "  ")
    for number, piece in enumerate(origin.pieces, 1):
        shown = _plain(msgspec.to_builtins(piece.value))
        yield _labelled("", f"  {number}. {shown}")
        yield _labelled("", f"     rule: {piece.rule}")
        yield from _blocks(told.page, piece, shown, "     ")


def _blocks(page: Page | None, origin: Field, shown: str, space: str) -> Iterator[str]:
    """Yield where the first blocks stand, and what they read unless that is the value itself."""
    assert page  # noqa: S101  (origins have one)
    for position in origin.blocks[:_BLOCKS]:
        yield from _wrapped(f"{space}from: {page.path(position)}")
        text = page.blocks[position].text
        if text != shown:
            room = _WIDTH - _NAME - len(space) - len("from: “”")
            yield _labelled("", f"{space}      “{fit(text, room)}”")
    if len(origin.blocks) > _BLOCKS:
        yield _labelled("", f"{space}      and {len(origin.blocks) - _BLOCKS} more blocks")


def _verdict(told: _Explanation) -> Iterator[str]:
    if told.problem:
        yield f"Cannot be reproduced: {told.problem}"
    elif told.is_same:
        yield "Today's parser gives the same record."
    else:
        yield "Today's parser gives another record:"
        for name, (old, new) in told.differences.items():
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


def _labelled(name: str, text: str) -> str:
    return fit(f"{name:{_NAME}}{text}")


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
