"""Words that are looked for first stand in all that their pattern matches."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shio_scraper.parsers.labels import holds_any
from shio_scraper.portals import ALL, NEVER

ALPHABET = st.characters(codec="ascii") | st.sampled_from("©版权所有备证网站地图登录陆全文查看")
GUARDED = {
    f"{name} of {portal.name}": (getattr(words, name), getattr(words, f"{name}_words"))
    for portal in ALL.members
    for words in [portal.vocabulary]
    for name in ("gate", "foot")
    if getattr(words, name) != NEVER
}


@pytest.mark.parametrize("which", GUARDED)
@given(st.data())
def test_one_of_the_words_stands_in_what_the_pattern_matches(
    which: str, data: st.DataObject
) -> None:
    pattern, words = GUARDED[which]
    text = data.draw(st.from_regex(re.compile(pattern), alphabet=ALPHABET))
    assert holds_any(text, words)
