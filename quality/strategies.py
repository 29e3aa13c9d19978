"""Hypothesis strategies that build pages."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

from quality import vocabulary

ADDRESSES: Final = st.sampled_from(vocabulary.ADDRESSES)
WORDS: Final = st.sampled_from(vocabulary.PHRASES)
TAGS: Final = st.sampled_from(vocabulary.TAGS)
ATTRIBUTES: Final = st.sampled_from(vocabulary.ATTRIBUTES)


def _element(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    inner = st.lists(children, max_size=5).map("".join)
    whole = st.builds("<{0}{1}>{2}</{0}>".format, TAGS, ATTRIBUTES, inner)
    unclosed = st.builds("<{0}{1}>{2}".format, TAGS, ATTRIBUTES, inner)
    return whole | unclosed


HTML: Final = st.recursive(WORDS, _element, max_leaves=30).map("<html><body>{0}".format)
LINES: Final = st.lists(WORDS, max_size=25).map("\n".join)
BODIES: Final = st.one_of(
    st.text(), st.binary(), HTML, LINES, HTML.map(lambda html: html.encode("utf-8", "replace"))
)
