"""A year of a changing portal: forty captures, taken in in any order, are one history.

The first twenty-six are archived (four archives, each with every fourth capture), the others are
crawled, each by a process of its own while the portal changes between them: one stops early, one
asks for the FAQ only.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from shio_scraper.dataset.intake import take_in
from shio_scraper.dataset.state import State
from tests.archives.warcs import Spec, made
from tests.dataset.making import dump, told
from tests.server import ORIGIN, Reply, ScriptedPortal
from tests.spiders.running import Json, Run, crawl_portal, scrapy
from tests.spiders.scripted import (
    EVENTS,
    PROSE,
    STARTS,
    article,
    en,
    event,
    item,
    listing,
    page,
    sidebar,
)

ARCHIVED: Final = 26
ALL: Final = 40
PARTIAL: Final = 34
FAQ_ONLY: Final = 35
EVENT: Final = "/jsp/cfbm_detail_en.jsp?id=1"


# What the portal shows at each capture


def stories(n: int) -> dict[int, tuple[str, str]]:
    """Return the articles: title and first paragraph by id."""
    second = "The ferry opens early" if n >= 6 else "The ferry opens"
    found = {2: (second, PROSE[1 if n >= 20 else 0])}
    if n < 38:
        found[1] = ("A museum moves", PROSE[0])
    if 2 <= n < 29 or n >= 33:
        found[3] = ("A street market returns", PROSE[1 if n >= 33 else 0])
    if 4 <= n <= 10:
        found[4] = ("A bridge is closed", PROSE[0])
    for number, first in ((5, 12), (6, 30), (7, 36)):
        if n >= first:
            found[number] = (f"Story {number}", PROSE[0])
    return found


def rows(n: int) -> list[tuple[str, str, str]]:
    """Return the status rows, the newest first: three are shown."""
    second = "Completed" if n >= 15 else "Received" if n >= 9 else "Processing"
    found = [
        ("04-16", "21315227", "Completed" if n >= 32 else "Processing"),
        ("03-12", "21315226", second),
        ("09-26", "21315225", "Completed" if n >= 8 else "Processing"),
    ]
    for serial, first in ((228, 18), (229, 28)):
        if n >= first:
            found.insert(0, ("05-20", f"21315{serial}", "Processing"))
    return found[:3]


def pairs(n: int) -> list[tuple[str, str]]:
    """Return the FAQ's pairs: three are shown."""
    second = ("May I park here?", "Ask at the gate.")
    if 33 <= n < 37:
        second = ("Is there a canteen?", "On the first floor.")
    third = "May I bring a dog?" if n < 36 else "May I bring an animal?"
    first = "Yes, in the hall." if n < 10 else "Yes, in the new hall."
    return [("Is there a desk?", first), second, (third, "No.")]


def pages(n: int) -> dict[str, Reply | str]:
    """Return every page of the portal."""
    side = sidebar(rows(n), pairs(n))
    found: dict[str, Reply | str] = {
        "/": page("<p>Welcome</p>", side=side),
        EVENTS: listing([item(EVENT, "Fair", "March 4, 2024")], side=side),
        EVENT: event("Fair", "2024-03-09" if n >= 22 else "2024-03-08"),
    }
    items = []
    for number, (title, first) in stories(n).items():
        found[en(number)] = article(title, "2024-03-04", body=(first,), side=side)
        items.append(item(en(number), title, "March 4, 2024"))
    found[STARTS[0]] = listing(items, side=side)
    if n in {31, 32}:
        found[en(2)] = Reply("<h1>Server error</h1>", status=500)
    return found


# What must be said of it, worked out by hand: capture, change, key, what

HISTORY: Final = """
1 added article/en/1
1 added article/en/2
1 added event/en/1
1 added faq Is there a desk?
1 added faq May I bring a dog?
1 added faq May I park here?
1 added status/application/225 processing
1 added status/application/226 processing
1 added status/application/227 processing
2 added article/en/3
4 added article/en/4
6 changed article/en/2 title
8 changed status/application/225 completed
9 changed status/application/226 received
10 changed faq Is there a desk? answer
12 added article/en/5
15 changed status/application/226 completed
18 added status/application/228 processing
20 changed article/en/2 paragraphs
22 changed event/en/1 registration_deadline
28 added status/application/229 processing
28 gone article/en/4
28 left status/application/225
29 left status/application/226
30 added article/en/6
30 gone article/en/3
32 changed status/application/227 completed
33 added faq Is there a canteen?
33 changed article/en/3 paragraphs
33 returned article/en/3
35 left faq May I park here?
36 added article/en/7
36 added faq May I bring an animal?
37 left faq May I bring a dog?
37 returned faq May I park here?
38 left faq Is there a canteen?
39 gone article/en/1
"""


@dataclass(frozen=True)
class Year:
    """The runs of a year, and which capture each time and each run is."""

    runs: list[Path]
    times: dict[str, int]
    crawls: dict[str, int]

    def end(self, run: Run) -> None:
        """Add a run. The next one needs a name of its own: another second."""
        self.runs.append(run.run_folder)
        while run.run_folder.name.startswith(f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"):
            time.sleep(0.05)

    def capture(self, change: Json) -> int:
        """Return at which capture a change was seen."""
        if change["change"] in {"gone", "left"}:
            return self.crawls[change["missed_by"][-1]]
        now = change["between"][1]
        return self.crawls.get(now["run"]) or self.times[now["at"]]

    def told(self, change: Json, questions: dict[str, str]) -> tuple[int, str]:
        """Return a change as ``HISTORY`` writes it."""
        key, what = change["key"], ""
        if change["type"] == "faq":
            key = f"faq {questions[key]}"
        if change["type"] == "status" and "to" in change:
            what = f" {change['to']}"
        elif "fields" in change:
            what = f" {','.join(change['fields'])}"
        return self.capture(change), f"{change['change']} {key}{what}"


def play(folder: Path) -> Year:
    """Let the year pass: crawl its captures and its archives."""
    year = Year([], {}, {})
    with ScriptedPortal() as portal:
        now = datetime.now(UTC).replace(microsecond=0)
        for part in range(4):
            specs = []
            for n in range(1 + part, ARCHIVED + 1, 4):
                at = (now - timedelta(days=9 * (ALL - n))).isoformat().replace("+00:00", "Z")
                year.times[at] = n
                specs += archived(pages(n), at, portal.url)
            (folder / f"{part}.warc.gz").write_bytes(made(specs).data)
            run = scrapy(folder / str(part), "crawl", "archive", "-a", f"path=../{part}.warc.gz")
            assert run.status == 0, run.stderr
            year.end(run)
        for n in range(ARCHIVED + 1, ALL + 1):
            portal.pages = pages(n)
            run = crawl_portal(folder / str(n), portal.url, *arguments(n))
            assert run.status == (3 if n == PARTIAL else 0), run.stderr
            year.crawls[run.run_folder.name] = n
            year.end(run)
    return year


def archived(shown: dict[str, Reply | str], at: str, site: str) -> list[Spec]:
    return [
        Spec(
            ORIGIN + target, text.encode(),
            warc={"WARC-Date": at, "WARC-Source-URI": site + target},
        )
        for target, text in shown.items() if isinstance(text, str)
    ]  # fmt: skip


def arguments(n: int) -> list[str]:
    """Return how capture ``n`` is crawled."""
    off = {"SHIO_ARCHIVE": "off", "SHIO_STATE": "off", "SHIO_FRONTIER": "memory"}
    fast = [f"-s{name}={value}" for name, value in {**off, "RETRY_ENABLED": "False"}.items()]
    if n == PARTIAL:
        return [*fast, "-sCLOSESPIDER_PAGECOUNT=3"]
    return [*fast, "-aonly=faq"] if n == FAQ_ONLY else fast


def test_a_year_is_one_history_in_whatever_order_it_is_taken_in(tmp_path: Path) -> None:
    year = play(tmp_path)
    assert len(year.times) + len(year.crawls) == ALL
    chance = random.Random(40)
    orders = [year.runs, year.runs[::-1], year.runs * 2]
    orders += [chance.sample(year.runs, len(year.runs)) for _ in range(8)]
    states = []
    for number, order in enumerate(orders):
        path = tmp_path / f"{number}.db"
        with State.open(path, create=True) as state:
            for run in order:
                take_in(state, run)
            questions = {known.key: known.record["question"] for known in state.records("faq")}
            found = sorted(year.told(change, questions) for change in told(state))
        assert [f"{n} {what}" for n, what in found] == HISTORY.strip().splitlines()
        states.append(dump(path))
    assert all(state == states[0] for state in states)
