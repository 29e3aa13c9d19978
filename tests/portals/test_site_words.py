"""Nothing of a site stands outside its file: no word, no host, no path, no parameter."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shio_scraper.parsers.roles import Role
from shio_scraper.portals import ALL, Portal

ROOT = Path(__file__).parents[2] / "shio_scraper"
MODULES = sorted(
    path for room in ("pages", "parsers", "spiders") for path in (ROOT / room).glob("*.py")
)
PLAIN = re.compile(r"[a-z]+|[A-Z][a-z]+")
"""A word like any other: it is a site's only where it stands for itself."""
OF_HTTP = {"Host"}


def site_words(portal: Portal) -> Iterator[str]:
    """Yield what only a map may say."""
    words = portal.vocabulary
    yield from (portal.name, portal.title, portal.publisher, portal.origin, *portal.hosts)
    for by_language in words.phrases.values():
        yield from (phrase for phrases in by_language.values() for phrase in phrases)
    for label in (
        words.source_labels, words.date_labels, words.event_fields, words.status_words,
        words.outlet_names, words.outlet_words, words.honorifics, words.host_labels,
        words.asker_labels, words.speaker_lists,
    ):  # fmt: skip
        yield from label
    for pattern in (words.more, words.more_at_end, words.number_label, words.extension):
        yield from re.findall(r"[^\W\d_]+", pattern)
    for family in portal.families:
        yield from (part for part in re.split(r"[/{}]", family.path))
        yield from (*family.parameters, family.page, family.id_prefix, family.name, family.host)
    yield from portal.layouts


FAMILY_WORDS = {"id", "page", "home", "content", *Role}
WORDS = {
    word
    for portal in ALL.members
    for word in site_words(portal)
    if len(word) > 1 and word not in FAMILY_WORDS | OF_HTTP
} | {"转", "问", "答"}


def strings(path: Path) -> Iterator[str]:
    """Yield the strings of a module, less its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    remarks = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in remarks:
            yield str(node.value)


def found_in(text: str) -> set[str]:
    """Return the words of a site in ``text``."""
    return {word for word in WORDS if _says(text, word)}


def _says(text: str, word: str) -> bool:
    if PLAIN.fullmatch(word):
        return word[0].isupper() and text == word
    return re.search(rf"(?<![A-Za-z]){re.escape(word)}(?![A-Za-z])", text) is not None


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_site_words(path: Path) -> None:
    found = {text: words for text in strings(path) if (words := found_in(text))}
    assert not found


@pytest.mark.parametrize(
    "text",
    [
        "siteId",
        "?p_page=2",
        ".jsp",
        r"^(No|编号)",
        "Government News",
        "Processing",
        "View More »",
        "转",
    ],
)
def test_a_site_word_is_found(text: str) -> None:
    assert found_in(text)
