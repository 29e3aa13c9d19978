"""Reads the corpus by general extractors: the title, the date and the body, if they give them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType
from typing import Any, Final

from quality.sample import Json, Sample, found
from quality.scores import Score, body_of, f1, summarise

_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Article:
    """An extractor's result for a page. A field that the extractor does not know is ``None``."""

    title: str | None
    date: str | None
    body: str | None


Extractor = Callable[[Sample], Article]


def ours(sample: Sample) -> Article:
    """Read a page by this project, as far as general extractors have the same fields."""
    records = [r for r in found(sample.body, sample.url) if r["type"] in {"article", "event"}]
    record = records[0] if records else {}
    return Article(record.get("title", ""), record.get("published") or "", body_of(record))


def trafilatura(sample: Sample) -> Article:
    """Read a page by trafilatura, with its metadata."""
    module = import_module("trafilatura")
    document = module.bare_extraction(sample.body, url=sample.url, with_metadata=True)
    data: Json = document.as_dict() if document else {}
    return Article(data.get("title") or "", data.get("date") or "", data.get("text") or "")


def newspaper4k(sample: Sample) -> Article:
    """Read a page by newspaper4k. For Chinese it needs a tokenizer that it does not bring."""
    module = import_module("newspaper")
    article = module.Article(sample.url, fetch_images=False)
    article.download(input_html=sample.text)
    article.parse()
    day = str(article.publish_date)[:10] if article.publish_date else ""
    return Article(article.title or "", day, article.text or "")


def readability(sample: Sample) -> Article:
    """Read a page by readability-lxml, with its summary as text."""
    document = import_module("readability").Document(sample.text)
    summary: Any = import_module("lxml.html").fromstring(document.summary())
    return Article(document.short_title() or "", None, "\n".join(summary.itertext()))


def resiliparse(sample: Sample) -> Article:
    """Read a page by Resiliparse: the main content only."""
    tree = import_module("resiliparse.parse.html").HTMLTree.parse(sample.text)
    extract = import_module("resiliparse.extract.html2text").extract_plain_text
    return Article(tree.title or "", None, extract(sample.text, main_content=True))


CONTESTANTS: Final[Mapping[str, Extractor]] = MappingProxyType(
    {
        "shio-scraper": ours,
        "trafilatura": trafilatura,
        "newspaper4k": newspaper4k,
        "readability-lxml": readability,
        "resiliparse": resiliparse,
    }
)
"""Name of a distribution → the function that reads a page by it."""


def installed() -> dict[str, str]:
    """Return the versions of the extractors that are installed, by name."""
    found_versions = {}
    for name in CONTESTANTS:
        try:
            found_versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return found_versions


def compare(name: str, samples: Iterable[Sample]) -> dict[str, Score]:
    """Return the scores of an extractor over pages of one article each."""
    return summarise([_scores(CONTESTANTS[name](sample), sample.gold[0]) for sample in samples])


def articles(samples: Iterable[Sample]) -> list[Sample]:
    """Return the HTML pages of one dated article."""
    return [
        sample
        for sample in samples
        if sample.family in {"article", "sister"}
        and sample.gold[0]["type"] == "article"
        and sample.gold[0]["published"]
    ]


def _scores(told: Article, gold: Json) -> dict[str, float]:
    scores = {"body": f1(body_of(gold), told.body or "")}
    if told.title is not None:
        scores["title"] = float(told.title.strip() == gold["title"])
        scores["title found"] = float(gold["title"] in " ".join(told.title.split()))
    if told.date is not None:
        day = _ISO.match(told.date)
        scores["date"] = float(day is not None and day[0] == gold["published"])
    return scores
