"""Reads other people's pages by this project and other extractors, and checks the doubts.

    python -m quality.contest FOLDER [--every N] [--workers 2]

A folder has ``pages/FILE.html.gz`` and ``truth.jsonl`` or ``labels.jsonl``. These have a line for
each page with ``file``, ``url``, ``title``, ``published`` or ``date``, ``paragraphs`` or ``body``.
A line whose ``kind`` or ``page_type`` is not that of an article is skipped. A field that a line
lacks is not judged. Extractors that are not installed are left out (extra ``contestants``).
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from html import unescape
from pathlib import Path
from types import MappingProxyType
from typing import Final

from quality.contestants import CONTESTANTS, Article, installed
from quality.sample import FETCHED_AT, Json, Sample
from quality.scores import Score, body_of, f1, summarise
from quality.tables import table
from shio_scraper import parse_page

_KINDS: Final = frozenset({"article", "gov"})
_FIELDS: Final = ("title", "date", "body, word F1", "body whole")
_PLAIN: Final = re.compile(r"[\W_]+")
_TAG: Final = re.compile(r"(?is)<head.*?</head>|<(script|style)\b.*?</\1>|<[^>]*>")
_WRONG: Final[Mapping[str, tuple[str, float]]] = MappingProxyType(
    {"title": ("title", 1), "published": ("date", 1), "paragraphs": ("body, word F1", 0.9)}
)
"""Field that a doubt is about → its score, and the least score at which the field is right."""
_LIGHT: Final = "published:not_printed"
"""A doubt that only says where a day comes from."""


@dataclass(frozen=True)
class Judged:
    """A judged page: the scores of each extractor by field, and whether each doubt was right."""

    scores: Mapping[str, Mapping[str, float]]
    doubts: Mapping[str, bool]
    is_wrong: bool


def read(folder: Path) -> list[Sample]:
    """Return the pages that hold one article. Raise ``OSError`` if the folder has no truth."""
    names = [name for name in ("truth.jsonl", "labels.jsonl") if (folder / name).exists()]
    lines = (folder / (names or ["truth.jsonl"])[0]).read_text("utf-8").splitlines()
    said = [json.loads(line) for line in lines]
    return [_sample(folder, one) for one in said if (one.get("kind") or one["page_type"]) in _KINDS]


def _sample(folder: Path, said: Json) -> Sample:
    gold = {
        "title": said["title"],
        "published": str(said.get("published") or said.get("date") or "")[:10],
        "paragraphs": said.get("paragraphs") or (said.get("body") or "").split("\n"),
    }
    body = gzip.decompress((folder / "pages" / f"{said['file']}.html.gz").read_bytes())
    return Sample(said["file"], said["url"], body, _codec(body), (gold,))


def _codec(body: bytes) -> str:
    try:
        body.decode()
    except UnicodeDecodeError:
        return "gb18030" if b"gb" in body[:2_000].lower() else "cp1252"
    return "utf-8"


def judge(sample: Sample, names: Iterable[str]) -> Judged:
    """Score a page as read by the extractors ``names``, and judge our doubts."""
    gold = sample.gold[0]
    scores = {name: _scores(_ask(name, sample), gold) for name in names}
    records = parse_page(sample.body, sample.url, FETCHED_AT)
    record = next((one for one in records if one.type == "article"), None)
    own = _scores(_told(record.to_dict() if record else {}), gold)
    wrong = {field for field, (name, least) in _WRONG.items() if own.get(name, 1) < least}
    if _plain(gold["title"]) not in _plain(_TAG.sub("", sample.body.decode("utf-8", "replace"))):
        wrong.discard("title")  # nobody can read a title that the page does not print
    given = record.doubts if record else ["no article"]
    fields = {field for field, (name, _) in _WRONG.items() if name in own}
    doubts = {
        doubt: doubt.partition(":")[0] in wrong or record is None
        for doubt in given
        if doubt.partition(":")[0] in fields or record is None
    }
    return Judged(scores, doubts, bool(wrong) or record is None)


def _ask(name: str, sample: Sample) -> Article:
    """Return an extractor's result for a page; an empty article if it fails."""
    try:
        return CONTESTANTS[name](sample)
    except Exception:  # noqa: BLE001 - a page that a rival cannot read is a page that it missed
        return Article("", None, "")


def _told(record: Json) -> Article:
    return Article(record.get("title", ""), record.get("published") or "", body_of(record))


def _scores(told: Article, gold: Json) -> dict[str, float]:
    """Return the scores of the fields that both the truth and the extractor have."""
    text = "\n".join(gold["paragraphs"])
    scores: dict[str, float] = {}
    if gold["title"] and told.title is not None:
        scores["title"] = float(_plain(told.title) == _plain(gold["title"]))
    if gold["published"] and told.date is not None:
        scores["date"] = float(told.date[:10] == gold["published"])
    if text:
        scores["body, word F1"] = f1(text, told.body or "")
        scores["body whole"] = float(_plain(told.body or "") == _plain(text))
    return scores


def _plain(text: str | None) -> str:
    """Return the letters and digits of a text."""
    return _PLAIN.sub("", unescape(text or "").casefold())


def extractors(judged: Iterable[Judged]) -> str:
    """Return the scores of each extractor by field."""
    pages = list(judged)
    versions = {name: version for name, version in installed().items() if name in pages[0].scores}
    scores = {name: summarise([page.scores[name] for page in pages]) for name in versions}
    rows = [
        [f"{name} {versions[name]}", *(_cell(of_one.get(field)) for field in _FIELDS)]
        for name, of_one in scores.items()
    ]
    return table(("", *_FIELDS), rows)


def _cell(score: Score | None) -> str:
    return f"{score.mean:.3f} ({score.pages})" if score else "—"


def doubts(judged: Iterable[Judged]) -> str:
    """Return how often each doubt was right, and how many pages with a wrong field have a doubt."""
    pages = list(judged)
    given = Counter(doubt for page in pages for doubt in page.doubts)
    right = Counter(doubt for page in pages for doubt, is_right in page.doubts.items() if is_right)
    rows = [(f"`{doubt}`", f"{right[doubt]} of {count}") for doubt, count in sorted(given.items())]
    wrong = [page for page in pages if page.is_wrong]
    told = [page for page in wrong if any(right for _, right in _of_weight(page))]
    whole = [page for page in pages if not page.is_wrong]
    doubted = [page for page in whole if any(True for _ in _of_weight(page))]
    return (
        f"{table(('doubt', 'right'), rows)}\n\nOf {len(wrong)} pages with a wrong field {len(told)}"
        f" are told, of {len(whole)} right ones {len(doubted)} doubted (without `{_LIGHT}`)."
    )


def _of_weight(page: Judged) -> Iterator[tuple[str, bool]]:
    return ((doubt, right) for doubt, right in page.doubts.items() if doubt != _LIGHT)


def main() -> int:
    """Run with the arguments of the command line."""
    parser = argparse.ArgumentParser(prog="python -m quality.contest")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=1, help="every n-th page alone")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", nargs="+", choices=list(CONTESTANTS), help="these extractors")
    options = parser.parse_args()
    try:
        samples = read(options.folder)[:: options.every]
    except OSError as error:
        print(f"{error.filename}: {error.strerror}: no folder of pages", file=sys.stderr)
        return 2
    names = [name for name in options.only or CONTESTANTS if name in installed()]
    with ProcessPoolExecutor(options.workers) as pool:
        judged = list(pool.map(partial(judge, names=names), samples, chunksize=8))
    print(f"{len(judged)} pages\n\n{extractors(judged)}\n\n{doubts(judged)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
