"""The schema made from the items: what is committed is fresh, and says what the items say."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from shio_scraper import schema
from shio_scraper.items import RECORDS, AuditEvent, PageLayout, RecordType, Reject, added, type_of
from tests.spiders.running import ROOT

if TYPE_CHECKING:
    from pathlib import Path

CLASSES = {type_of(cls): cls for cls in (*RECORDS, Reject, AuditEvent, PageLayout)}


def written(root: Path) -> dict[str, str]:
    files = [*(root / "schemas").iterdir(), root / "docs" / "records.md"]
    return {f.relative_to(root).as_posix(): f.read_text(encoding="utf-8") for f in files}


def test_what_is_committed_is_fresh(tmp_path: Path) -> None:
    """Run ``python -m shio_scraper.schema`` where this fails."""
    (tmp_path / "docs").mkdir()
    schema.write(tmp_path)
    assert written(ROOT) == written(tmp_path)
    assert len(written(ROOT)) == len(CLASSES) + 1


def test_the_command_writes_into_the_checkout_it_belongs_to(tmp_path: Path) -> None:
    """Run from a copy, so that a stale checkout is not repaired on the way."""
    copy = tmp_path / "shio_scraper"
    copy.symlink_to(ROOT / "shio_scraper")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from shio_scraper import schema;"
        "schema.__file__ = sys.argv[1] + '/shio_scraper/schema.py'; schema.main()"
    )
    (tmp_path / "docs").mkdir()
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, cwd=tmp_path)
    assert written(tmp_path) == written(ROOT)


@pytest.mark.parametrize("kind", CLASSES)
def test_every_key_is_required_in_order_with_a_type_and_a_meaning(kind: str) -> None:
    found = schema.json_schema(CLASSES[kind])
    Draft202012Validator.check_schema(found)
    order = [f.name for f in fields(CLASSES[kind])]
    assert list(found["properties"]) == found["required"] == order
    assert found["additionalProperties"] is False
    for name, prop in found["properties"].items():
        assert typed(prop), name
        assert "default" not in prop
        assert prop.get("description") or name == "type", name


def typed(prop: dict[str, Any]) -> bool:
    """Tell whether a property says anything of its values."""
    return any(name in prop for name in ("type", "enum", "const", "$ref")) or all(
        map(typed, prop.get("anyOf", [{}]))
    )


def test_formats_and_enumerations() -> None:
    article, status = schema.json_schema(CLASSES["article"]), schema.json_schema(CLASSES["status"])
    assert {"type": "string", "format": "date"} in article["properties"]["published"]["anyOf"]
    assert set(status["properties"]["kind"]["enum"]) == {"application", "inquiry"}
    words, nothing = status["properties"]["status"]["anyOf"]
    assert set(words["enum"]) == {"processing", "received", "completed", "other"}
    assert nothing == {"type": "null"}
    assert article["properties"]["language"]["pattern"]
    provenance = article["$defs"]["Provenance"]["properties"]
    assert {"type": "string", "format": "date-time"} in provenance["fetched_at"]["anyOf"]
    assert "pattern" in provenance["body_sha256"]


@pytest.mark.parametrize("kind", CLASSES)
def test_the_dictionary_explains_every_key(kind: str) -> None:
    text = (ROOT / "docs" / "records.md").read_text(encoding="utf-8")
    part = re.split(r"^## ", text, flags=re.MULTILINE)
    (section,) = [p for p in part if p.startswith(f"{kind}\n")]
    rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| `")]
    assert [row[0] for row in rows] == [f"| `{f.name}`" for f in fields(CLASSES[kind])]
    assert all(row[1] for row in rows)


def test_the_files_are_json_with_a_dialect() -> None:
    files = [json.loads(path.read_text("utf-8")) for path in (ROOT / "schemas").iterdir()]
    assert {f["$schema"] for f in files} == {"https://json-schema.org/draft/2020-12/schema"}


LACK_NOTHING = {
    "article": "portal_id section category title published paragraphs source gated teaser links",
    "status": "kind number serial month_day latest_date status status_text",
    "faq": "question answer question_truncated answer_truncated",
    "event": "portal_id title registration_deadline ends contact phone paragraphs links",
    "press_conference": "portal_id title published speakers turns links",
    "document": "media_type bytes sha256 linked_by",
    "row": "table columns reference date status status_text",
}
"""The fields that every stored record has: those of the first version with its type."""


@pytest.mark.parametrize("record_class", RECORDS)
def test_a_field_that_stored_records_lack_has_a_default(record_class: type[RecordType]) -> None:
    required = {f.name for f in fields(record_class)} - added(record_class)
    first = {"type", "key", "language", "url", "provenance"}
    assert required == first | set(LACK_NOTHING[type_of(record_class)].split())
