"""The content hash: by which fields a record has changed or not (DESIGN.md)."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date
from typing import Any

import msgspec
import pytest

from shio_scraper.items import Attachment, Image, Link
from shio_scraper.runs.content import content, content_hash, stored_content_hash
from tests.pipelines.samples import RECORD_MAKERS, having

OTHER: dict[str, Any] = {
    "type": "other", "key": "other", "language": "zh", "url": "https://touch.shio.gov.cn/other",
    "portal_id": "1", "section": "Other", "category": None, "title": "Other", "published": None,
    "paragraphs": ["Other"], "source": None, "gated": True, "teaser": "Other",
    "links": [Link(text="other", url="https://www.example.org/other")], "kind": "inquiry",
    "number": "20714227", "serial": "228", "month_day": "03-01", "latest_date": date(2020, 2, 29),
    "status": "completed", "status_text": "Done", "question": "Other?", "answer": None,
    "question_truncated": True, "answer_truncated": False, "registration_deadline": None,
    "ends": None, "contact": "Other", "phone": None, "provenance": None,
    "media_type": "other", "bytes": 8, "sha256": "0" * 64, "linked_by": [],
    "table": "Other", "columns": {"Reference": "other"}, "reference": "other", "date": None,
    "speakers": [], "turns": [], "doubts": ["title:unlike_heading"],
    "images": [Image(text="other", url="https://www.example.org/other.jpg")],
    "attachments": [Attachment(text="other", url="https://www.example.org/other.pdf")],
    "starts": None, "place": "Other", "documents": [],
}  # fmt: skip
COUNTS = {
    "document": {"sha256"},
    "status": {"kind", "serial", "month_day", "status"},
    "faq": {"question", "answer", "question_truncated", "answer_truncated"},
    "row": {"columns"},
}
NEVER = {"url", "teaser", "doubts", "provenance"}
CASES = [(kind, f.name) for kind, make in RECORD_MAKERS.items() for f in fields(make())]


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_what_counts(kind: str, name: str) -> None:
    record = RECORD_MAKERS[kind]()
    changed = having(record, name, OTHER[name])
    assert getattr(record, name) != OTHER[name]
    counts = name in COUNTS[kind] if kind in COUNTS else name not in NEVER
    assert (content_hash(record) != content_hash(changed)) == counts


@pytest.mark.parametrize("kind", RECORD_MAKERS)
def test_the_content_is_what_is_hashed(kind: str) -> None:
    record = RECORD_MAKERS[kind]()
    assert content_hash(record) == content_hash(RECORD_MAKERS[kind]())
    assert len(content_hash(record)) == 32
    expected = COUNTS.get(kind) or {f.name for f in fields(record)} - NEVER
    assert json.loads(content(record)).keys() == expected


@pytest.mark.parametrize(("kind", "name"), [case for case in CASES if case[1] != "type"])
def test_a_record_read_back_has_the_same_hash(kind: str, name: str) -> None:
    record = having(RECORD_MAKERS[kind](), name, OTHER[name])
    fields_of_it = json.loads(msgspec.json.encode(record))
    assert stored_content_hash(fields_of_it) == content_hash(record)
