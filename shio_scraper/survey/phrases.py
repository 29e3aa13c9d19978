"""Short texts that the pages of a site repeat: its menus, its sections, what nobody claims."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Container, Iterable
from typing import Final, TypeAlias

from shio_scraper.extraction import examine_page
from shio_scraper.pages import Block
from shio_scraper.portals import SHARED, Portal, common, fold
from shio_scraper.survey.specimen import Specimen

_FEW: Final = 3
"""Pages that must share a text, at least."""
_MOST: Final = 0.6
_NEARLY_ALL: Final = 0.8
_LONGEST: Final = 40
"""Characters of a word of the frame, at most."""
_ABOVE: Final = 3
"""Blocks above a title in which its section may stand."""

Counts: TypeAlias = dict[str, int]
"""Text → the pages on which it stands."""
Pages: TypeAlias = Collection[Specimen]


def common_words(pages: Pages, groups: Iterable[Pages]) -> Counts:
    """Return the short texts that most of all pages show, or nearly all pages of a group."""
    counts = _shared(pages, _MOST)
    for group in groups:
        counts = counts | _shared(group, _NEARLY_ALL) | counts
    no_words = SHARED.roles.keys() | _headings(pages)
    return {text: count for text, count in counts.items() if fold(text) not in no_words}


def unclaimed(pages: Pages, portal: Portal, taken: Container[str]) -> Counts:
    """Return the short texts of several pages that nobody claims, less those ``taken``."""
    counts, headings = Counter[str](), _headings(pages)
    for one in pages:
        events = examine_page(one.capture.body, one.url, portal=portal).events
        texts = (event.text for event in events if event.event == "unclaimed_text")
        counts.update(dict.fromkeys(texts).keys())  # in the page's order
    return {
        text: count
        for text, count in counts.items()
        if count >= _FEW
        and len(text) <= _LONGEST
        and text not in taken
        and fold(text) not in headings
    }


def sections(pages: Pages, portal: Portal) -> Counts:
    """Return the words above the titles of several pages."""
    counts, menus = Counter[str](), set[str]()
    for language in portal.languages:
        menus.update(_shared([one for one in pages if one.language == language], _MOST))
    for one in pages:
        read = one.by(portal)
        title = read.own["title"].blocks if read and read.own else ()
        if read and title:
            above = (read.page.blocks[i] for i in range(max(0, min(title) - _ABOVE), min(title)))
            words = (block.text for block in above if _is_word(block))
            counts.update(word for word in dict.fromkeys(words) if word not in menus)
    return {t: n for t, n in counts.items() if n > 1 and not re.search(r"[\d>»/|]", t)}


def _headings(pages: Pages) -> set[str]:
    """Return what pages call themselves, folded: in a menu these words are links."""
    blocks = ((one.page, block) for one in pages for block in one.page.blocks)
    return {fold(block.text) for page, block in blocks if page.nodes[block.node].heading}


def _shared(pages: Pages, share: float) -> Counts:
    """Return the short texts that at least this share of the pages show."""
    blocks = (block for one in pages for block in one.texts.values())
    counts = Counter(block.text for block in blocks if _is_word(block))
    return {text: n for text, n in counts.items() if n >= max(_FEW, share * len(pages))}


def _is_word(block: Block) -> bool:
    """Tell whether a block may be a word of the frame: short, no foot, no strip of links."""
    text = block.text
    return (
        1 < len(text) <= _LONGEST
        and not re.search(common.FOOT, text, re.IGNORECASE)
        and not block.anchors[1:]
        and any(map(str.isalpha, text))
        and not re.search(r"[\d:：]", text)
    )
