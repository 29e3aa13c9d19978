"""Texts lose what nobody sees, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shio_scraper.texts import clean

UNSEEN = "\u034f\u061c\u200b\u200c\u200d\u2060\u2069\u3164\ufeff\ufffc"
JOINED = ["می\u200cخواهم", "क्\u200dष", "👩\u200d🌾"]


@pytest.mark.parametrize("sign", UNSEEN)
@pytest.mark.parametrize("text", ["{}City News{}", "City{} {}News", "Ci{}ty News{}"])
def test_what_nobody_sees_goes(text: str, sign: str) -> None:
    assert clean(text.format(sign, sign)) == "City News"


@pytest.mark.parametrize("text", JOINED)
def test_a_joiner_between_signs_of_other_scripts_stays(text: str) -> None:
    assert clean(f"{text}\u200d") == text


@given(st.text(alphabet=f"ab 语言\x85\xa0\u0301\u3000{UNSEEN}", max_size=12))
def test_cleaning_again_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)
