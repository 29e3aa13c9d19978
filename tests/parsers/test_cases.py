"""Recorded cases: a test for each field of each record of each case."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from fixtures.renew_cases import renew
from shio_scraper import parse_page
from shio_scraper.audit import cases

FOLDERS: Final = sorted(path for path in cases.CASES.iterdir() if path.is_dir())
INPUTS: Final = ("input.html", "input.txt", "input.bin")
NOT_COMPARED: Final = {"detail", "body_sha256"}
"""Of a reject: words for people, and what the input alone decides."""


def _load(folder: Path, name: str) -> Any:
    path = folder / name
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def _expected(folder: Path) -> list[dict[str, Any]]:
    expected: list[dict[str, Any]] = _load(folder, "expected.json") or []
    return expected


@cache
def _parsed(folder: Path) -> list[dict[str, Any]]:
    meta = _load(folder, "meta.json")
    source = next(folder / name for name in INPUTS if (folder / name).exists())
    body = source.read_bytes()
    records = parse_page(body, meta["url"], meta["fetched_at"])
    plain: list[dict[str, Any]] = msgspec.to_builtins(records)
    rest = ("doubts", "provenance")
    return [{name: one[name] for name in one if name not in rest} for one in plain]


def _fields() -> list[Any]:
    return [
        pytest.param(
            folder, index, name, value, id=f"{folder.name}-{index}-{record['type']}-{name}"
        )
        for folder in FOLDERS
        for index, record in enumerate(_expected(folder))
        for name, value in record.items()
    ]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_case_is_whole(folder: Path) -> None:
    inputs = [name for name in INPUTS if (folder / name).exists()]
    assert len(inputs) == 1, f"one of {INPUTS}"
    if not cases.is_accepted(folder):
        pytest.fail(cases.to_do(folder), pytrace=False)
    assert {path.name for path in folder.iterdir()} == {*inputs, "meta.json", "expected.json"}
    assert set(_load(folder, "meta.json")) == {"url", "fetched_at"}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_records_in_their_order(folder: Path) -> None:
    expected, parsed = _expected(folder), _parsed(folder)
    assert [_outline(record) for record in parsed] == [_outline(record) for record in expected]
    for of_truth, of_parser in zip(expected, parsed, strict=True):
        assert list(of_truth) == [name for name in of_parser if name not in NOT_COMPARED]


@pytest.mark.parametrize(("folder", "index", "name", "value"), _fields())
def test_field(folder: Path, index: int, name: str, value: Any) -> None:
    assert _parsed(folder)[index][name] == value


def _outline(record: dict[str, Any]) -> tuple[str, str]:
    return record["type"], record.get("key") or record["reason"]


def test_a_new_field_is_put_into_every_case_and_nothing_else_changes(tmp_path: Path) -> None:
    origin = next(one for one in sorted(cases.CASES.iterdir()) if "language" in _expected(one)[0])
    case = Path(shutil.copytree(origin, tmp_path / origin.name))
    whole = (case / "expected.json").read_text("utf-8")
    records = _expected(case)
    cases.expect(case, [{k: v for k, v in one.items() if k != "language"} for one in records])
    told = list(renew(tmp_path))
    assert len(told) == len(records) > 0
    assert "language = " in told[0]
    assert (case / "expected.json").read_text("utf-8") == whole
