"""What a run tells of its pages: each thing the first, 10th and 100th time, and all counted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import msgspec
import pytest

from shio_scraper.audit import auditing
from shio_scraper.audit.auditing import MAX_LINES, MAX_TEXT, Auditor
from shio_scraper.items import AuditEvent, PageLayout, Remark
from shio_scraper.schema import validate
from tests.parsers.accounts import see

URL: Final = "https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id={}"
STAY: Final = "Views so far: {}"


def page(number: int, *more: str) -> tuple[str, str]:
    name = "".join("abcdefghij"[int(digit)] for digit in str(number))
    lines = "".join(f"<p>{line}</p>" for line in more)
    body = f"<p>Pier {name} is open again, the harbour office said on Monday.</p>"
    return f"<div><h1>Pier {name} 2024-03-04</h1>{body}</div>{lines}", URL.format(number)


class Told:
    """An auditor, what it told, and what it counted."""

    def __init__(self, known: tuple[str, ...] = ()) -> None:
        self.counts: Counter[str] = Counter()
        self.auditor = Auditor(self._count, known)
        self.items: list[Remark] = []

    def _count(self, name: str, count: int) -> None:
        self.counts[name] += count

    def tell(self, *pages: tuple[str, str]) -> list[AuditEvent]:
        """Audit pages; return the events that they gave."""
        before = len(self.items)
        for one in pages:
            self.items += self.auditor.audit(see(*one).extraction)
        return [item for item in self.items[before:] if isinstance(item, AuditEvent)]

    @property
    def layouts(self) -> list[PageLayout]:
        return [item for item in self.items if isinstance(item, PageLayout)]


def test_repeats_are_counted_and_told_at_each_power_of_ten() -> None:
    told = Told()
    events = told.tell(*(page(n, STAY.format(n)) for n in range(120)))
    assert [event.times for event in events] == [1, 10, 100]
    assert events[0].text == "Views so far: 0"
    assert (events[0].url, events[0].block) == (URL.format(0), "body/p[1]")
    assert told.counts["audit/unknown_label"] + told.counts["audit/unclaimed_text"] == 120


def test_the_first_of_each_text_is_told() -> None:
    told = Told()
    texts = [event.text for event in told.tell(*(page(n, "x" * (n + 1)) for n in range(20)))]
    assert texts == ["x" * (n + 1) for n in range(20)]


def test_a_page_tells_so_many_and_how_many_more_and_hides_none() -> None:
    told = Told()
    lines = [f"the boat {'z' * (n + 1)}" for n in range(MAX_LINES + 30)]
    first = told.tell(page(1, *lines))
    assert len(first) == MAX_LINES
    assert (first[-1].event, first[-1].text) == ("more_on_page", "31 more")
    second = told.tell(page(2, *lines))
    assert {event.text for event in (*first[:-1], *second)} == set(lines)


def test_characters_are_counted() -> None:
    told = Told()
    body, url = page(1)
    told.tell((body.replace("</div>", "<p>Copyright 2024</p><p>Win a boat</p></div>"), url))
    counts = {n.rpartition("/")[2]: c for n, c in told.counts.items() if "characters" in n}
    assert counts["unclaimed"] == len("Winaboat")
    assert counts["ignored"] == len("Copyright2024")
    assert counts["main"] == sum(counts[by] for by in ("claimed", "ignored", "unclaimed"))
    assert told.counts["audit/pages"] == 1


def test_long_texts_are_cut() -> None:
    (event,) = Told().tell(page(1, "Win a boat " * 40))
    assert len(event.text) == MAX_TEXT


def test_layouts_are_told_once_and_counted() -> None:
    told = Told()
    told.tell(page(1), page(2), ("<p>Please wait.</p>", "https://touch.shio.gov.cn/"), page(3))
    assert [layout.kind for layout in told.layouts] == ["article", "home"]
    assert told.counts[f"drift/layouts/{told.layouts[0].fingerprint}"] == 3
    assert [told.counts[f"drift/{name}"] for name in ("seen", "new", "pages")] == [2, 2, 4]


def test_a_known_layout_is_not_new() -> None:
    first = Told()
    first.tell(page(1))
    second = Told((first.layouts[0].fingerprint,))
    second.tell(page(1))
    assert [second.counts[f"drift/{name}"] for name in ("seen", "new", "pages")] == [1, 0, 0]


def test_layouts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "MAX_LAYOUTS", 3)
    told = Told()
    nested = (f"{'<div>' * n}{page(n)[0]}{'</div>' * n}" for n in range(5))
    told.tell(*((body, URL.format(n)) for n, body in enumerate(nested)))
    assert (len(told.layouts), told.counts["drift/beyond"]) == (3, 2)


def test_what_it_tells_is_as_the_schema_says() -> None:
    told = Told()
    told.tell(page(1, "Win a boat", *map(str, range(60))))
    told.tell(("04-16 21315227 Underway", ""))
    for item in told.items:
        validate(item)
    assert {type(item) for item in told.items} == {AuditEvent, PageLayout}


def test_a_resumed_run_goes_on_counting(tmp_path: Path) -> None:
    before, after = Told(), Told()
    before.tell(*(page(n, STAY.format(n)) for n in range(12)))
    for name, kind in (("audit", AuditEvent), ("layouts", PageLayout)):
        lines = [msgspec.json.encode(item) for item in before.items if isinstance(item, kind)]
        (tmp_path / f"{name}.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    after.auditor.resume(tmp_path)
    assert after.tell(*(page(n, STAY.format(n)) for n in range(89))) == []
    assert [event.times for event in after.tell(page(1, STAY.format(1)))] == [100]
    assert after.layouts == []
