"""``scrapy explain``: prints the blocks and the rule behind each value of a record.

It parses the capture again, and prints what today's parser reads in another way.
"""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from textwrap import wrap
from typing import Any, Final, TypeAlias

from msgspec import to_builtins
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
from shio_scraper.parsers.records import Field
from shio_scraper.reproduction import IrreproducibleError, Reproducer, match
from shio_scraper.runs import stored
from shio_scraper.runs.stored import Broken, Stored

_WIDTH: Final = 100
_NAME: Final = 22
"""Columns for the name of a field. The longest name is ``registration_deadline``."""
_BLOCKS: Final = 3
"""The most blocks that are shown of one value."""
_CAPTURES: Final = 8
_UNKNOWN: Final = "no time known"

Json: TypeAlias = dict[str, Any]


class Command(OwnCommand):
    """Exit status: 0 if the record is the same; 1 if not; 2 for a wrong argument."""

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
        place = data_folder(opts.data or self.data)
        records = _find(place, key, opts.run)
        max_page = self.settings.getint("SHIO_MAX_PAGE")
        explanation = _explain(records, Reproducer(place, archive_places(opts), max_page))
        if opts.json:
            say(json.dumps(explanation, ensure_ascii=False))
        else:
            say("\n".join(map(str.rstrip, _lines_of(explanation))))
        return 0 if explanation["same"] else 1


def _find(place: Path, key: str, run: str | None) -> list[Stored]:
    """Return the records of a key in the newest run with the key, or in ``run``.

    Raises ``UsageError`` if there is no record.
    """
    broken = 0
    runs = [files for files in stored.record_files(place) if run in {None, files[0].parent.name}]
    if not runs:
        raise UsageError(f"--run {run}: no such run in {place}")
    for files in runs:
        records = []
        for line in _lines(files):
            if isinstance(line, Broken):
                broken += 1
            elif line.key == key:
                records.append(line)
        if records:
            return records
    if run is None and (record := _of_state(place, key)):
        return [record]
    keys = {line.key for line in _lines(runs[0]) if isinstance(line, Stored)}
    where = run or f"{len(runs)} run{'s' if len(runs) > 1 else ''}"
    what, them = ("line", "it") if broken == 1 else ("lines", "them")
    unread = f" ({broken} {what} cannot be read: scrapy verify names {them})" if broken else ""
    raise UsageError(f"{key}: no such key in {where}{meant(key, keys)}{unread}")


def _of_state(place: Path, key: str) -> Stored | None:
    """Return a record, whose runs were pruned, from a state in a data folder; ``None`` if none."""
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


def _explain(records: list[Stored], reproducer: Reproducer) -> Json:
    """Return the explanation of the record with the newest capture, as ``--json`` prints it."""
    record = max(records, key=_time)
    explanation: Json = {
        "key": record.key,
        "run": record.run.name,
        "file": str(record.file),
        "line": record.line,
        "captures": [time or None for time in sorted(map(_time, records))],
        "archive": None,
        "provenance": record.fields.get("provenance"),
        "fields": {},
        "same": False,
        "problem": None,
        "differences": {},
    }
    try:
        again = reproducer.parse(record)
    except IrreproducibleError as error:
        return explanation | {"problem": str(error)}
    explanation["archive"] = str(again.place.path)
    matched = match(record.fields, again.records)
    if matched is None:
        return explanation | {"problem": "today's parser makes no such record of the capture"}
    if again.extraction:
        values = again.records[matched.number] | {"teaser": record.fields.get("teaser")}
        explanation["fields"] = {
            name: _origin(again.extraction.page, origin, values.get(name))
            for name, origin in again.extraction.fields[matched.number].items()
        }
    differences = {
        name: {"old": old, "new": new} for name, (old, new) in matched.differences.items()
    }
    return explanation | {"same": not differences, "differences": differences}


def _time(record: Stored) -> str:
    """Return when a record's capture was fetched; an empty text if the time is not known."""
    provenance = record.fields.get("provenance")
    time = provenance.get("fetched_at") if isinstance(provenance, dict) else None
    return time if isinstance(time, str) else ""


def _origin(page: Page, origin: Field, value: Any) -> Json:
    """Return a field's value, the rule that took the value, and the blocks with the value."""
    blocks = [
        {"position": i, "path": page.path(i), "text": page.blocks[i].text} for i in origin.blocks
    ]
    shown: Json = {"value": value, "rule": origin.rule, "blocks": blocks}
    if origin.pieces:
        shown["pieces"] = [_origin(page, part, to_builtins(part.value)) for part in origin.pieces]
    return shown


def _lines_of(explanation: Json) -> Iterator[str]:
    """Yield an explanation as lines of at most 100 columns."""
    yield explanation["key"]
    yield from _head(explanation)
    yield ""
    for name, origin in explanation["fields"].items():
        yield from _field(name, origin)
    yield ""
    if explanation["problem"]:
        yield f"Cannot be reproduced: {explanation['problem']}"
    elif explanation["same"]:
        yield "Today's parser gives the same record."
    else:
        yield "Today's parser gives another record:"
    for name, values in explanation["differences"].items():
        yield f"  {name}"
        yield from (fit(f"    {which}: {_plain(values[which])}") for which in ("old", "new"))


def _head(explanation: Json) -> Iterator[str]:
    where = f" line {explanation['line']}" if explanation["line"] else "; its run was pruned"
    yield _labelled("record", f"{explanation['file']}{where}")
    provenance = explanation["provenance"]
    if isinstance(provenance, dict):
        where = provenance.get("fetched_url") or "a page without an address"
        at = provenance.get("fetched_at") or _UNKNOWN
        yield _labelled("capture", f"{where}, {at}")
        position = provenance.get("archive")
        if isinstance(position, dict):
            place = ", ".join(f"{name} {value}" for name, value in position.items())
            yield _labelled("archive", explanation["archive"] or place)
            if explanation["archive"]:
                yield _labelled("", place)
    if len(explanation["captures"]) > 1:
        shown = [at or _UNKNOWN for at in explanation["captures"][-_CAPTURES:]]
        earlier = len(explanation["captures"]) - len(shown)
        before = f"{earlier} earlier, " if earlier else ""
        text = f"{before}{', '.join(shown)}: the last is explained"
        for number, line in enumerate(wrap(text, _WIDTH - _NAME)):
            yield _labelled("" if number else "captures", line)


def _field(name: str, origin: Json) -> Iterator[str]:
    value = origin["value"]
    shown = f"{len(value) or 'none'}" if isinstance(value, list) else _plain(value)
    yield _labelled(name, shown)
    yield _labelled("", f"  rule: {origin['rule']}")
    pieces = origin.get("pieces", [])
    if not pieces:
        yield from _blocks(origin["blocks"], shown, "  ")
    for number, piece in enumerate(pieces, 1):
        shown = _plain(piece["value"])
        yield _labelled("", f"  {number}. {shown}")
        yield _labelled("", f"     rule: {piece['rule']}")
        yield from _blocks(piece["blocks"], shown, "     ")


def _blocks(blocks: list[Json], shown: str, space: str) -> Iterator[str]:
    """Yield the places of the first blocks, and their texts if these differ from the value."""
    for block in blocks[:_BLOCKS]:
        yield from _wrapped(f"{space}from: {block['path']}")
        if block["text"] != shown:
            room = _WIDTH - _NAME - len(space) - len("from: “”")
            yield _labelled("", f"{space}      “{fit(block['text'], room)}”")
    if len(blocks) > _BLOCKS:
        yield _labelled("", f"{space}      and {len(blocks) - _BLOCKS} more blocks")


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
    """Yield a path as lines. A long path is broken after a slash."""
    room, rest = _WIDTH - _NAME, path
    indent = " " * (len(path) - len(path.lstrip()) + len("from: "))
    while len(rest) > room and (cut := rest.rfind("/", len(indent), room)) > 0:
        yield " " * _NAME + rest[: cut + 1]
        rest = indent + rest[cut + 1 :]
    yield " " * _NAME + rest


def fit(line: str, width: int = _WIDTH) -> str:
    """Cut a line to ``width`` columns of a terminal. A Chinese character takes two columns."""
    return line if cell_len(line) <= width else f"{chop_cells(line, width - 1)[0]}…"
