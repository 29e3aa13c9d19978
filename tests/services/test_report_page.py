"""The page as a reader has it: in Chromium, with a phone and at a desk, by day and by night."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from shio_scraper.items import Reject
from tests.dataset.making import day, made, scope
from tests.pipelines.samples import reject
from tests.report.reporting import (
    EMOJI,
    HEBREW,
    HOSTILE,
    article,
    hostile_records,
    run_of,
    status,
    summary_of,
    summary_of_dataset,
    taken,
    written,
)
from tests.services.browsing import WIDTHS, opened

CHARTS = 4
"""By section, by source, applications, reasons."""


def page_of(data: Path, *records: object, **how: object) -> Path:
    """Return the page of a run of some records."""
    run = run_of(data, 0, records, **how)  # type: ignore[arg-type]
    return written(summary_of(run), data / "report.html")


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a dataset that has everything a page can show."""
    data = tmp_path_factory.mktemp("full")
    many = [article(n, title=f"Story {n}", source=f"Paper {n % 9}") for n in range(10, 130)]
    rows = [status(n, latest_date=None if n % 2 else day(-n).date()) for n in range(200, 240)]
    others = [made(kind, day(0)) for kind in ("faq", "event", "press_conference")]
    old = [*many, *rows, *others, article(1), article(2)]
    runs = [
        run_of(data, 0, old),
        run_of(data, 1, old[:-1]),
        run_of(data, 2, [*old[:-2], *hostile_records(), reject()]),
    ]
    taken(data, *runs)
    return written(summary_of_dataset(data), data / "report.html")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_it_can_be_read_by_everyone(browser: Browser, full: Path, width: str, scheme: str) -> None:
    with opened(browser, full, width, color_scheme=scheme) as view:
        view.page.locator("#records .opens").first.click()
        for details in view.page.locator("summary").all():
            details.click()
        assert view.problems() == []
        assert view.page.evaluate("document.documentElement.scrollWidth") == WIDTHS[width]
        background = view.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (background == "rgb(255, 255, 255)") == (scheme == "light")


@pytest.mark.parametrize("width", WIDTHS)
def test_charts_are_drawn_in_the_size_of_the_page(browser: Browser, full: Path, width: str) -> None:
    with opened(browser, full, width) as view:
        drawings = view.page.locator(f".drawing .{'narrow' if width == 'phone' else 'wide'} svg")
        assert drawings.count() == CHARTS
        for drawing in drawings.all():
            box = drawing.bounding_box()
            assert box is not None
            assert box["width"] > 0.8 * min(WIDTHS[width], 950)
            marks = drawing.locator(".mark-rect path, .mark-rule line, .mark-symbol path")
            sizes = marks.evaluate_all(
                "marks => marks.map(mark => mark.getBoundingClientRect())"
                ".filter(box => box.width * 1 + box.height * 1 > 2).length"
            )
            assert sizes > 0
            colours = marks.evaluate_all(
                "marks => [...new Set(marks.map(mark => getComputedStyle(mark).fill"
                " + getComputedStyle(mark).stroke))]"
            )
            assert not any("var(" in colour for colour in colours)
        assert view.page.locator(".drawing svg:visible").count() == drawings.count()


def test_what_a_chart_shows_stands_in_a_table_too(browser: Browser, full: Path) -> None:
    with opened(browser, full) as view:
        for drawing in view.page.locator(".drawing").all():
            assert drawing.get_attribute("role") == "img"
            assert "stand below" in (drawing.get_attribute("aria-label") or "")
        table = view.page.locator("#articles table").first
        view.page.locator("#articles summary").first.click()
        assert "City News" in table.inner_text()
        assert "2024" in table.inner_text()


def test_on_paper_it_is_light_and_wide_without_controls(browser: Browser, full: Path) -> None:
    with opened(browser, full, "phone", color_scheme="dark") as view:
        view.page.emulate_media(media="print")
        background = view.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert background == "rgb(255, 255, 255)"
        assert view.page.locator(".controls:visible, nav > a:visible").count() == 0
        assert view.page.locator(".wide svg:visible").count() == CHARTS
        assert view.page.pdf().startswith(b"%PDF")


def test_every_word_is_searched_for_in_all_that_is_known(browser: Browser, full: Path) -> None:
    with opened(browser, full) as view:
        assert view.told() == "1–50 of 169 records"
        view.search("STORY 77")
        assert (view.told(), len(view.rows())) == ("1–1 of 1 records", 1)
        assert "Story 77" in view.rows()[0]
        view.search("article/en/78")
        assert "Story 78" in view.rows()[0]
        view.search("no such thing")
        assert view.told() == "No records found"
        view.search("")
        assert view.told() == "1–50 of 169 records"


def test_the_first_click_after_a_search_opens(browser: Browser, full: Path) -> None:
    """As a reader does it: typing, waiting for the rows, pressing and releasing the mouse."""
    with opened(browser, full) as view:
        for text in ("Story 77", "Story 99"):
            view.page.locator("#records input").click()
            view.page.keyboard.press("Control+A")
            view.page.keyboard.type(text, delay=20)
            view.page.locator("#records .opens", has_text=text).wait_for()
            view.page.locator("#records [role=status]", has_text="1–1 of 1").wait_for()
            view.page.locator("#records .opens").hover()
            view.page.mouse.down()
            view.page.wait_for_timeout(150)
            view.page.mouse.up()
            assert text in view.page.locator("#records .details article").inner_text(timeout=9_000)


def test_records_are_chosen_by_type_and_turned_over(browser: Browser, full: Path) -> None:
    with opened(browser, full) as view:
        view.page.locator("#records").get_by_label("Type").select_option("status")
        assert view.told() == "1–41 of 41 records"
        view.page.locator("#records").get_by_label("Type").select_option("article")
        first = view.rows()
        view.page.locator("#records").get_by_text("Next").click()
        assert view.told() == "51–100 of 125 records"
        assert not set(first) & set(view.rows())
        assert len(view.rows()) == 50


def test_records_are_sorted_both_ways_and_those_without_come_last(
    browser: Browser, tmp_path: Path
) -> None:
    days = [day(3).date(), None, day(1).date(), day(2).date()]
    records = [article(n, published=published) for n, published in enumerate(days)]
    with opened(browser, page_of(tmp_path, *records)) as view:
        head = view.page.locator("#records .column-date").first
        for direction, order in (("ascending", [2, 3, 0, 1]), ("descending", [0, 3, 2, 1])):
            head.locator("button").click()
            assert head.get_attribute("aria-sort") == direction
            assert [row.split("Title ")[1][0] for row in view.rows()] == [*map(str, order)]


def test_a_record_opens_its_provenance(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, page_of(tmp_path, article(1))) as view:
        opener = view.page.locator("#records .opens")
        assert opener.get_attribute("aria-expanded") == "false"
        opener.click()
        details = view.page.locator("#records .details")
        details.get_by_text("Where it comes from").click()
        told = details.inner_text()
        for known in ("0123456789abcdef" * 4, "a.warc.gz, byte 0", "Xinhua", "2026-01-01 08:00:00",
                      "shio-scraper 0", "scrapy explain article/en/1"):  # fmt: skip
            assert known in told
        link = details.locator("a").first
        assert link.get_attribute("href") == article(1).url
        assert link.get_attribute("rel") == "noreferrer noopener"
        opener.click()
        assert details.count() == 0


def test_a_record_is_read_with_its_history_and_found_by_its_text(
    browser: Browser, tmp_path: Path
) -> None:
    texts = [["地铁站设纳凉点。"], ["地铁站设纳凉点。", "免费开放。"]]
    runs = [
        run_of(tmp_path, at, [article(1, at, language="zh", paragraphs=paragraphs), article(2, at)])
        for at, paragraphs in enumerate(texts)
    ]
    taken(tmp_path, *runs)
    with opened(browser, written(summary_of(runs[1]), tmp_path / "report.html")) as view:
        view.search("纳凉 免费")
        assert view.told() == "1–1 of 1 records"
        view.page.locator("#records .opens").click()
        read = view.page.locator("#records article")
        assert read.get_attribute("lang") == "zh"
        assert read.locator("p").all_inner_texts()[1:3] == texts[1]
        history = view.page.locator("#records .details .changes")
        assert f"changed, told by {runs[1].name}" in history.inner_text()
        assert history.locator("ins").inner_text().strip() == "免费开放。"


def test_of_a_long_history_the_newest_is_told(browser: Browser, tmp_path: Path) -> None:
    many = [article(1, n / 100, title=f"Title {n}") for n in range(300)]
    run = run_of(tmp_path, 9, many, scope=scope(narrowed_by=["history"]))
    taken(tmp_path, run)
    with opened(browser, written(summary_of_dataset(tmp_path), tmp_path / "all.html")) as view:
        view.page.locator("#records .opens").click()
        items = view.page.locator("#records .details .changes li").all_inner_texts()
        assert len(items) == 51
        assert "299" in items[0]
        assert items[-1] == "249 before: scrapy history article/en/1"


# Bad input


def test_no_text_of_a_page_becomes_markup(browser: Browser, tmp_path: Path) -> None:
    wrong = replace(reject(), url=f"javascript:{HOSTILE.replace(' ', '')}", detail=HOSTILE)
    runs = [
        run_of(tmp_path, 0, [article(1, title="Calm"), status(6)]),
        run_of(tmp_path, 1, [*hostile_records(), wrong]),
    ]
    taken(tmp_path, *runs)
    file = written(summary_of(runs[1]), tmp_path / "report.html")
    with opened(browser, file) as view:
        assert view.page.locator("script").count() == 4
        assert view.page.locator("img, iframe, object, embed, base, link").count() == 0
        for opener in view.page.locator(".opens").all():
            opener.click()
        assert view.page.evaluate("window.harmed") is None
        hrefs = view.page.locator("a").evaluate_all("links => links.map(link => link.href)")
        assert not [href for href in hrefs if not href.startswith(("http", file.as_uri()))]
        titles = view.page.locator("#records .opens").all_inner_texts()
        assert HOSTILE in titles
        assert HOSTILE[:70] in view.page.locator(".legend").first.inner_text()
        assert HOSTILE in view.page.locator("#changes").inner_text()
        assert HOSTILE in view.page.locator("#rejects tbody").inner_text()


def test_even_markup_could_neither_run_nor_connect(browser: Browser, tmp_path: Path) -> None:
    file = page_of(tmp_path, article(1))
    harm = "<script>window.harmed = 1</script><img src='https://example.org/x.png'>"
    file.write_text(file.read_text().replace("</main>", f"{harm}</main>"))
    context = browser.new_context()
    page, answered = context.new_page(), []
    page.on("requestfinished", lambda made: answered.append(made.url))
    page.goto(file.as_uri())
    assert page.evaluate("window.harmed") is None
    assert answered == [file.as_uri()]
    context.close()


def test_text_of_any_length_and_direction_keeps_to_its_place(
    browser: Browser, tmp_path: Path
) -> None:
    file = page_of(tmp_path, *hostile_records())
    for width in WIDTHS:
        with opened(browser, file, width) as view:
            view.page.locator(".opens").first.click()
            assert view.page.evaluate("document.documentElement.scrollWidth") == WIDTHS[width]
            for text in (HEBREW, EMOJI):
                assert view.page.locator("#records .opens > bdi", has_text=text).count() > 0
            heights = view.page.locator("#records tbody tr:not(.details)").evaluate_all(
                "rows => rows.map(row => row.offsetHeight)"
            )
            assert max(heights) < 120


@pytest.mark.parametrize("outcome", ["complete", "unfinished", "failed"])
def test_an_empty_run(browser: Browser, tmp_path: Path, outcome: str) -> None:
    with opened(browser, page_of(tmp_path, outcome=outcome)) as view:
        text = view.page.locator("main").inner_text()
        for said in ("No article with a date.", "No status row.", "No record.", "No reject.",
                     "There is no state with the earlier runs."):  # fmt: skip
            assert said in text
        assert view.problems() == []


def test_a_run_of_one_record(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, page_of(tmp_path, article(1))) as view:
        assert view.told() == "1–1 of 1 records"
        marks = view.page.locator(".wide .mark-rect path").first.bounding_box()
        assert marks is not None
        assert marks["width"] < 200


def test_a_run_that_was_cut_off(browser: Browser, tmp_path: Path) -> None:
    run = run_of(tmp_path, 0, [article(1), article(2)], outcome="unfinished")
    whole = (run / "articles.jsonl").read_bytes()
    (run / "articles.jsonl").write_bytes(whole[:-40])
    with opened(browser, written(summary_of(run), tmp_path / "report.html")) as view:
        assert "has not ended" in view.page.locator("header").inner_text()
        left_out = view.page.locator(".tiles > div", has_text="lines that are no records")
        assert left_out.locator("dd").inner_text() == "1"
        assert view.told() == "1–1 of 1 records"


def test_a_hundred_thousand_rejects(browser: Browser, tmp_path: Path) -> None:
    reasons = ("no_title", "not_found", "empty")
    address = "https://touch.shio.gov.cn/jsp/zfxw_detail_en.jsp?id="
    rejects: list[Reject] = [
        replace(reject(), reason=reasons[n % 3], url=f"{address}{n}") for n in range(100_000)
    ]
    with opened(browser, page_of(tmp_path, article(1), *rejects)) as view:
        assert view.told("rejects") == "1–50 of 100,000 rejects"
        view.search("id=99999", "rejects")
        assert view.told("rejects") == "1–1 of 1 rejects"
        assert view.page.locator("#rejects tbody a").get_attribute("href") == f"{address}99999"
        reason = view.page.locator("#reasons tr", has_text="no_title")
        assert "33,334" in reason.inner_text()
        assert reason.locator("a").count() == 5
        assert view.page.locator("tr").count() < 500


def test_without_scripts_all_but_the_lists_is_there(browser: Browser, full: Path) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(full.as_uri())
        assert page.locator(".wide svg:visible").count() == CHARTS
        assert "needs JavaScript" in page.locator("#records").inner_text()


def test_a_word_on_the_console_would_be_noticed(browser: Browser, full: Path) -> None:
    def complain() -> None:
        with opened(browser, full) as view:
            view.page.evaluate("console.error('harm')")

    with pytest.raises(AssertionError, match="harm"):
        complain()
