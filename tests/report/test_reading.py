from __future__ import annotations

import pytest

from shio_scraper.report.reading import blocks
from tests.dataset.making import day, made
from tests.pipelines.samples import MAKERS


@pytest.mark.parametrize("kind", sorted(set(MAKERS) - {"reject", "status"}))
def test_every_text_of_a_record_is_read(kind: str) -> None:
    record = made(kind, day(0))
    shown = {text for _, *texts in blocks(record) for text in texts}
    held = [
        *getattr(record, "paragraphs", []),
        *(text for turn in getattr(record, "turns", []) for text in turn.paragraphs),
        *(link.url for name in ("links", "attachments") for link in getattr(record, name, [])),
        *getattr(record, "linked_by", []),
        *getattr(record, "columns", {}).values(),
        *(getattr(record, "answer", None) or "").splitlines(),
    ]
    assert held
    assert shown >= set(held)


def test_a_row_is_all_in_its_title() -> None:
    assert list(blocks(made("status", day(0)))) == []
