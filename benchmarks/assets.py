"""Measure what keeping documents and images costs: the same crawl with SHIO_ASSETS off and on.

python benchmarks/assets.py [--articles 600] [--rounds 3]

Every page shows a picture of its own, six pictures that all pages share, and two style sheets. One
article in ten links a document of 100 kB. Each round crawls the same portal in each mode, each
crawl in a process of its own, the order changing. Only pages that give records are counted. The
time is that of the whole crawl, with all files. The exit status is 1 if a crawl failed or missed
something.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from random import Random
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from tempfile import TemporaryDirectory

from crawl import HERE, distinct, positive, read_stats, scrapy
from pages import site
from server import changing
from targets import at_least

TARGETS = {"documents": 0.8, "all": 0.35}
MODES = ("off", *TARGETS)
SHARED = [f"/images/{number}.png" for number in range(6)] + ["/css/main.css", "/css/menu.css"]
LINKING = 10
"""One of this number of articles links a document."""
DOCUMENT, PICTURE, STYLE = 100_000, 20_000, 8_000


@dataclass(frozen=True)
class Run:
    """The figures of one crawl. ``processor`` is the processor time of its process, in seconds."""

    articles: int
    documents: int
    answers: int
    seconds: float
    processor: float


def portal(articles: int) -> dict[str, bytes]:
    """Return the portal, with the files that its pages link and show."""
    random, found = Random("assets"), site(articles)
    files = {path: random.randbytes(STYLE if "css" in path else PICTURE) for path in SHARED}
    styles = "".join(f'<link rel="stylesheet" href="{path}">' for path in SHARED if "css" in path)
    pictures = "".join(f'<img src="{path}">' for path in SHARED if "png" in path)
    details = [target for target in found if "detail" in target]
    for target in found:
        found[target] = found[target].replace(b"</body>", f"{styles}{pictures}</body>".encode())
    for number, target in enumerate(details):
        files[own := f"/images/of/{number}.png"] = random.randbytes(PICTURE)
        more = f'<img src="{own}">'
        if number % LINKING == 0:
            files[file := f"/files/{number}.pdf"] = b"%PDF-1.4\n" + random.randbytes(DOCUMENT)
            more += f'<a href="{file}">The form</a>'
        found[target] = found[target].replace(b"</p>", f"{more}</p>".encode(), 1)
    return found | files


def crawl(address: str, mode: str) -> Run:
    """Crawl with ``SHIO_ASSETS=mode``."""
    with TemporaryDirectory(prefix="shio-assets-") as name:
        folder = Path(name)
        arguments = ("-a", f"site={address}", "-a", "only=news", "-a", "language=en")
        settings = {"SHIO_DATA": folder, "SHIO_ASSETS": mode}
        before = getrusage(RUSAGE_CHILDREN)
        scrapy(folder, HERE.parent, "crawl", "portal", *arguments, **settings)
        after = getrusage(RUSAGE_CHILDREN)
        (run,) = (folder / "runs").iterdir()
        _, seconds = read_stats(folder, run / "stats.json")
        stats = json.loads((run / "stats.json").read_text(encoding="utf-8"))
        return Run(
            distinct(run / "articles.jsonl", "key"),
            distinct(run / "documents.jsonl", "key"),
            stats["response_received_count"],
            seconds,
            after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        )


def main() -> int:
    """Run the benchmark. The exit status tells whether everything was kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--articles", type=positive, default=600)
    parser.add_argument("--rounds", type=positive, default=3)
    given = parser.parse_args()
    runs: dict[str, list[Run]] = {mode: [] for mode in MODES}
    with changing() as (address, answers):
        answers.put(portal(given.articles))
        for turn in range(given.rounds):
            for mode in MODES[turn % 3 :] + MODES[: turn % 3]:
                run = crawl(address, mode)
                runs[mode].append(run)
                print(
                    f"{turn + 1} {mode:10}{run.articles:6} articles {run.documents:5} documents "
                    f"{run.answers:6} answers {run.seconds:7.1f} s "
                    f"{run.articles / run.seconds:7.1f} pages/s, by the processor "
                    f"{run.articles / run.processor:7.1f}",
                    flush=True,
                )
    for mode, target in TARGETS.items():
        pairs = list(zip(runs[mode], runs["off"], strict=True))
        what = f"pages a second with SHIO_ASSETS={mode}, of those with off"
        at_least(what, median(off.seconds / one.seconds for one, off in pairs), target)
        by_processor = median(off.processor / one.processor for one, off in pairs)
        at_least(f"{what}, by the processor", by_processor, target)
    documents = {"off": 0, "documents": -(-given.articles // LINKING)}
    documents["all"] = documents["documents"]
    whole = all(
        (run.articles, run.documents) == (given.articles, documents[mode])
        for mode, done in runs.items()
        for run in done
    )
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
