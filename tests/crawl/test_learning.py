"""The life of a template: a page waits, five teach it, and those that follow are read with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from shio_scraper.crawl import learning as templates
from shio_scraper.crawl.learning import Templates
from shio_scraper.extraction import read_capture
from shio_scraper.pages import Capture
from shio_scraper.parsers import Extraction
from shio_scraper.parsers.template import Layout, Template
from shio_scraper.reproduction import template_of
from shio_scraper.runs import stored as files
from tests.parsers.test_template import address, page


def capture(number: int, frame: str = "") -> Capture:
    return Capture(body=page(number, moves=True).replace("<main>", frame), url=address(number))


def look(known: Templates[int], one: Capture) -> Extraction:
    return read_capture(one, template=known.of)


def layout_of(known: Templates[int], one: Capture) -> Layout:
    found = known.lacks(look(known, one))
    assert found
    return found


def wait(known: Templates[int], number: int, frame: str = "<main>") -> list[int]:
    one = capture(number, frame)
    return known.wait(layout_of(known, one), one, number)


def test_the_fifth_page_brings_them_all() -> None:
    used: list[Template] = []
    known: Templates[int] = Templates(used=used.append)
    assert [wait(known, number) for number in range(4)] == [[], [], [], []]
    assert wait(known, 4) == [0, 1, 2, 3, 4]
    found = [look(known, capture(number, "<main>")) for number in range(6)]
    assert used == list(known.known)
    assert [one.template for one in found] == used * 6
    assert {one.records[0].provenance.template for one in found} == {used[0].digest}
    assert not any(map(known.lacks, found))


@pytest.mark.parametrize(("pages", "learnt"), [(1, 0), (2, 0), (3, 1), (4, 1)])
def test_what_still_waits_at_the_end(pages: int, learnt: int) -> None:
    """Three pages teach a template; fewer are read without."""
    known: Templates[int] = Templates()
    for number in range(pages):
        assert wait(known, number) == []
    assert known.rest() == list(range(pages))
    assert len(known.known) == learnt
    assert known.rest() == []


def test_another_frame_waits_apart() -> None:
    other = "<nav><ul><li><a href='/a'>A</a></li></ul><dl><dt><a href='/b'>B</a></dt></dl></nav>"
    other += "<table><tr><td><a href='/c'>C</a></td></tr></table><h5><a href='/d'>D</a></h5><main>"
    known: Templates[int] = Templates()
    for number in range(5):
        wait(known, number)
    assert len(known.known) == 1
    assert wait(known, 0, other) == []
    assert [wait(known, number, other) for number in range(1, 5)] == [[], [], [], [0, 1, 2, 3, 4]]
    assert len(known.known) == 2
    assert {one.layout for one in known.known} == {"touch article en"}


def test_a_page_teaches_once_however_often_it_came() -> None:
    known: Templates[int] = Templates()
    assert [wait(known, number) for number in (0, 1, 2, 2, 2, 3)] == [[]] * 6
    assert wait(known, 4) == [0, 1, 2, 2, 2, 3, 4]


def test_too_much_waits_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "_MOST", 4_000)
    known: Templates[int] = Templates()
    assert [wait(known, number) for number in range(3)] == [[], [], [0, 1, 2]]
    assert len(known.known) == 1


def test_a_page_of_very_many_blocks_waits_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    known: Templates[int] = Templates()
    one = look(known, capture(1, "<main>"))
    assert known.lacks(one)
    monkeypatch.setattr(templates, "_BLOCKS", len(one.page.blocks) - 1)
    assert known.lacks(one) is None


def test_lists_and_texts_have_none() -> None:
    known: Templates[int] = Templates()
    home = Capture(body=page(0, moves=True), url="https://touch.shio.gov.cn/")
    text = Capture(body="A Story   2024-03-04\nIt was a sunny day by the river.", url=address(1))
    assert known.lacks(look(known, home)) is None
    assert known.lacks(look(known, text)) is None


def test_a_file_is_what_its_name_says(tmp_path: Path) -> None:
    one = Template(layout="touch article en", tree=frozenset({"/html/a"}))
    files.store_template(tmp_path, one)
    path = tmp_path / "templates" / f"{one.digest}.json"
    assert files.templates(tmp_path) == [one]
    path.with_name("0123456789abcdef.json").write_bytes(one.to_json())
    path.with_name("fedcba9876543210.json").write_bytes(b"{")
    assert files.templates(tmp_path) == [one]
    assert template_of(one.digest, tmp_path) == one
    with pytest.raises(FileNotFoundError, match="no template 0123456789abcdef"):
        template_of("0123456789abcdef", tmp_path)
