"""Recorded cases: a page and the records that it should give, each case in a folder of its own.

``input.html``, ``.txt`` or ``.bin`` is the page, ``meta.json`` holds its address and time, and
``expected.json`` the records without doubts and provenance. A case made from what the parser read
also holds the file ``NOT_ACCEPTED`` until a person has checked it. The tests fail until then.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from shio_scraper.items import RecordType, Reject
from shio_scraper.pages import Capture, is_html

_PLACES: Final = Path(__file__).parents[1:3]
CASES: Final = next(
    (folder for folder in (p / "fixtures" / "cases" for p in _PLACES) if folder.is_dir()),
    _PLACES[0] / "fixtures" / "cases",
)
"""The cases that the package contains. In a checkout they lie beside the package."""
MARKER: Final = "NOT_ACCEPTED"
_INPUTS: Final = ("input.html", "input.txt", "input.bin")


def folders(cases: Path = CASES) -> list[Path]:
    """Return the folders of the cases by name. The list is empty if there are no cases."""
    return sorted(path.parent for path in cases.glob("*/meta.json"))


def is_accepted(case: Path) -> bool:
    """Tell whether a person has checked what the case expects."""
    return not (case / MARKER).exists()


def load(case: Path) -> Capture:
    """Return the page of a case. Raises ``OSError`` and ``ValueError``."""
    meta = json.loads((case / "meta.json").read_text("utf-8"))
    source = next((case / name for name in _INPUTS if (case / name).exists()), case / _INPUTS[0])
    at = meta["fetched_at"]
    return Capture(
        body=source.read_bytes(),
        url=meta["url"],
        fetched_at=datetime.fromisoformat(at) if at else None,
    )


def add(case: Path, capture: Capture, records: Sequence[RecordType | Reject]) -> None:
    """Write a case that is not accepted yet, from a page and the records read from it.

    Raises ``OSError``; ``FileExistsError`` if the case already exists.
    """
    case.mkdir(parents=True)
    source = case / _input(capture)
    body = capture.body
    source.write_bytes(body if isinstance(body, bytes) else body.encode())
    at = capture.fetched_at
    meta = {
        "url": capture.url,
        "fetched_at": at.isoformat().replace("+00:00", "Z") if at else None,
    }
    (case / "meta.json").write_text(_json(meta), "utf-8")
    expect(case, as_expected(records))
    (case / MARKER).write_text(to_do(case) + "\n", "utf-8")


def as_expected(records: Sequence[RecordType | Reject]) -> list[dict[str, Any]]:
    """Return records as a case stores them: without the fields that the page does not decide."""
    return [_bare(record) for record in records]


def expect(case: Path, records: Sequence[dict[str, Any]]) -> None:
    """Write the records that a case should give. Raises ``OSError``."""
    (case / "expected.json").write_text(_json(records), "utf-8")


def to_do(case: Path) -> str:
    """Return one line that says what a person has to do with a case that is not accepted."""
    source = next((name for name in _INPUTS if (case / name).exists()), _INPUTS[0])
    return (
        f"Read {case / 'expected.json'} beside {source}, correct it where the parser is wrong, "
        f"then: scrapy fixture accept {case.name}"
    )


def accept(case: Path) -> None:
    """Note that a person has checked the case. Raises ``FileNotFoundError`` if it was accepted."""
    (case / MARKER).unlink()


def _input(capture: Capture) -> str:
    if isinstance(capture.body, str):
        return "input.html" if is_html(capture.body, capture.content_type) else "input.txt"
    try:
        text = capture.body.decode()
    except UnicodeDecodeError:
        return "input.html" if b"<" in capture.body else "input.bin"
    return "input.html" if is_html(text, capture.content_type) else "input.txt"


def _bare(record: RecordType | Reject) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(record)
    dropped = {"detail", "body_sha256"} if isinstance(record, Reject) else {"doubts", "provenance"}
    return {name: value for name, value in fields.items() if name not in dropped}


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
