"""Count the bytes of daily crawls, with each payload stored once over all runs, and without.

python benchmarks/year.py [--days 30] [--articles 120] [--sidebar 7]

The crawls are real, the days are not: between two crawls the portal changes as in a day. Three
articles come, three go, and one in a hundred old articles is edited. Listings and the home page
change. Every ``--sidebar`` days a status row of the sidebar changes, and with it every page. The
figure for a year is the first day plus 364 times the mean of the other days. The exit status is 1
if a crawl failed, or the two ways gave different records.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory

from crawl import HERE, distinct, positive, scrapy
from frames import Layout, rows
from pages import A_DAY, site
from server import Answers, changing
from targets import at_most

TARGET = 0.35
EDITED = 100
"""One of this number of articles is edited on a day."""
LAYOUTS: tuple[Layout, ...] = ("jsp", "aspx")
YEAR = 365
MODES = {"each once": "", "each whole": "off"}
"""Way of storing payloads → the value of ``SHIO_PAYLOADS``."""


def portal(day: int, days: int, articles: int, sidebar: int) -> dict[str, bytes]:
    """Return the portal on a day. Days count from 0."""
    pages = site(articles, newest=(days - 1 - day) * A_DAY)
    found = {}
    shown = [row.number for layout in LAYOUTS for row in rows(layout)[:1]]
    for target, body in pages.items():
        found[target] = body
        for number in shown:
            later = f"{int(number) + day // sidebar:0{len(number)}}"
            found[target] = found[target].replace(number.encode(), later.encode())
    for place, target in enumerate(sorted(found)):
        if place % EDITED == day % EDITED:
            found[target] = found[target].replace(
                b"</p>", f" (Edited on day {day}.)</p>".encode(), 1
            )
    return found


def crawl(folder: Path, address: str, payloads: str) -> int:
    """Crawl once more, and return the number of articles."""
    arguments = ("-a", f"site={address}", "-a", "only=news", "-a", "language=en")
    settings = {"SHIO_DATA": folder / "data", "SHIO_PAYLOADS": payloads}
    scrapy(folder, HERE.parent, "crawl", "portal", *arguments, **settings)
    return distinct(folder / "data" / "latest" / "articles.jsonl", "key")


def sizes(folder: Path) -> Iterator[tuple[int, int]]:
    """Yield the bytes of each run's archive and of its whole folder."""
    for run in sorted((folder / "data" / "runs").iterdir()):
        files = {path: path.stat().st_size for path in run.rglob("*") if path.is_file()}
        archive = sum(size for path, size in files.items() if path.parent.name == "archive")
        yield archive, sum(files.values())


def play(address: str, answers: Answers, given: argparse.Namespace) -> dict[str, list[int]]:
    """Let the days pass. Print and return the bytes of each day's archive."""
    with TemporaryDirectory(prefix="shio-year-") as name:
        folders = {mode: Path(name) / mode.replace(" ", "-") for mode in MODES}
        for folder in folders.values():
            folder.mkdir()
        for day in range(given.days):
            answers.put(portal(day, given.days, given.articles, given.sidebar))
            came = {mode: crawl(folders[mode], address, MODES[mode]) for mode in MODES}
            if set(came.values()) != {given.articles}:
                raise SystemExit(f"day {day}: {came} of {given.articles} articles")
            print(f"day {day + 1} of {given.days}", end="\r", flush=True)
        found = {mode: list(sizes(folder)) for mode, folder in folders.items()}
        for mode, days in found.items():
            archives, whole = (sum(sizes) / 1e6 for sizes in zip(*days, strict=True))
            in_a_year = year([archive for archive, _ in days]) / 1e6
            print(
                f"{mode:11} {given.days} days: archives {archives:8.2f} MB, runs {whole:8.2f} MB; "
                f"a year of archives {in_a_year:8.1f} MB"
            )
        keep = ("--keep", "last:7", "--yes")
        scrapy(
            folders["each once"], HERE.parent, "runs", "prune", *keep,
            SHIO_DATA=folders["each once"] / "data",
        )  # fmt: skip
        left = sum(whole for _, whole in sizes(folders["each once"]))
        print(f"each once, after `scrapy runs prune --keep last:7`: runs {left / 1e6:.2f} MB")
        return {mode: [archive for archive, _ in days] for mode, days in found.items()}


def year(days: list[int]) -> float:
    """Return the estimated bytes of a year's archives, from those of a few days."""
    return days[0] + (YEAR - 1) * mean(days[1:])


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--days", type=positive, default=30)
    parser.add_argument("--articles", type=positive, default=120)
    parser.add_argument("--sidebar", type=positive, default=7, help="days until it changes")
    given = parser.parse_args()
    with changing() as (address, answers):
        days = play(address, answers, given)
    once, whole = (year(days[mode]) for mode in MODES)
    often = "each day" if given.sidebar == 1 else f"every {given.sidebar} days"
    what = f"a year's archives, each payload once, of each whole; the sidebar changes {often}"
    at_most(what, once / whole, TARGET)
    return 0


if __name__ == "__main__":
    sys.exit(main())
