"""Damage is noticed: by a reject, a note, an event of accounting, or a layout that is new."""

from __future__ import annotations

from functools import cache

import pytest

from tests.parsers.accounts import Seen, see
from tests.parsers.content import CHINESE, ENGLISH, Content
from tests.parsers.damages import NOTICED, TRACELESS, Damage
from tests.parsers.markups import MARKUPS

CONTENTS = (ENGLISH, CHINESE)


@cache
def known() -> set[str]:
    """Return the layouts of whole pages: with and without what an article may lack."""
    whole = [
        content.without(category=category, source_line=source)
        for content in CONTENTS
        for category in {content.category, None}
        for source in {content.source_line, None}
    ]
    pages = [(markup(content), content.url) for markup in MARKUPS for content in whole]
    return {see(*page).layout.fingerprint for page in pages}


def is_noticed(seen: Seen) -> bool:
    return bool(seen.signs) or seen.layout.fingerprint not in known()


def pages(damage: Damage) -> list[tuple[str, Seen]]:
    changed: list[Content] = [damage(content) for content in CONTENTS]
    return [
        (f"{markup.__name__} {content.language}", see(markup(content), content.url))
        for markup in MARKUPS
        for content in changed
    ]


@pytest.mark.parametrize("name", NOTICED)
def test_it_is_noticed_in_every_markup(name: str) -> None:
    assert [page for page, seen in pages(NOTICED[name]) if not is_noticed(seen)] == []


@pytest.mark.parametrize("name", TRACELESS)
def test_it_leaves_no_trace(name: str) -> None:
    """Were one noticed, it would belong to the others."""
    assert [page for page, seen in pages(TRACELESS[name]) if is_noticed(seen)] == []


EVENT = "https://touch.shio.gov.cn/jsp/cfbm_detail_en.jsp?id=7"
FIELDS = {
    "ends": "End Time:2020-06-23",
    "registration_deadline": "Registration Deadline:2020-06-20 16:00",
    "contact": "Contact:Li Ming,021-5550-0164",
}


def event(tag: str, fields: list[str]) -> str:
    lines = ["Walk to the lock", *fields, "Reporters meet at the gate of the lock at noon."]
    inner = "".join(f"<{tag}>{line}</{tag}>" for line in lines)
    return f"<html><body><div><p>Events</p>{inner}</div></body></html>"


@pytest.mark.parametrize("how", ["dropped", "translated"])
@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("tag", ["p", "div", "li"])
def test_a_label_of_an_event(tag: str, name: str, how: str) -> None:
    whole = see(event(tag, list(FIELDS.values())), EVENT)
    assert whole.signs == []
    value = FIELDS[name].partition(":")[2]
    line = f"Dato: {value}" if how == "translated" else value
    seen = see(event(tag, [line if n == name else text for n, text in FIELDS.items()]), EVENT)
    assert seen.signs or seen.layout.fingerprint != whole.layout.fingerprint
