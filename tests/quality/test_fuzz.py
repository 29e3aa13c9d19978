"""A part of the fuzzing, and every page that it found before."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from quality import fuzz
from quality.made_up import MAKERS, Made, make


def test_no_page_is_too_strange() -> None:
    outcome = fuzz.run(0, 1, 8, seconds=15)
    assert outcome.pages
    assert outcome.findings == []


def test_no_page_that_was_found_is_too_strange() -> None:
    kept = fuzz.kept()
    assert kept
    for made in kept:
        fuzz.check(made)


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
def test_a_page_is_made_of_its_seed_alone(maker: object) -> None:
    assert callable(maker)
    assert maker(Random("8 1")) == maker(Random("8 1"))
    assert len({maker(Random(f"8 {number}")).body for number in range(20)}) > 10


def test_the_kinds_of_pages_are_mixed() -> None:
    made = [make(Random(f"8 {number}")) for number in range(50)]
    assert {type(one.body) for one in made} == {str, bytes}


def test_what_is_found_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "FOUND", tmp_path / "found")
    page = Made(b"<p>one", "https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id=2241")
    fuzz.keep(page)
    assert fuzz.kept() == [page]
