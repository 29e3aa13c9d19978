"""A summary as a page: one HTML file that needs no other file and fetches nothing."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from shio_scraper.report import charts, figures
from shio_scraper.report.reading import COLUMNS, moment
from shio_scraper.report.source import cut
from shio_scraper.report.summary import MOST, ORDER, SHOWN, Summary, fields_of

_LINES: Final = 30
"""Maximum status rows of a kind whose time line is drawn."""
_REASONS: Final = 15
"""Maximum reasons of rejects that have a bar."""
_LINKS: Final = 5
"""Maximum pages that are linked beside a reason."""
_DETAIL: Final = 300
_CHUNK: Final = 500
"""Number of records whose texts are compressed together. To open one unpacks only its group."""
_EFFORT: Final = 6
"""Compression level of gzip. Level 9 takes eight times as long and saves a tenth."""
_HISTORY: Final = 50
"""Number of changes of a record that are shown, the newest ones."""
_REJECT_COLUMNS: Final = {
    "reason": "Reason", "stage": "Stage", "url": "Page", "detail": "Detail",
    "fetched_at": "Captured (UTC)", "body_sha256": "SHA-256 of the body",
}  # fmt: skip


def render(summary: Summary) -> str:
    """Return the page."""
    loader = PackageLoader("shio_scraper.report")
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"is_link": is_link, "cut": cut, "svg": Markup, "packed": packed}
    environment.globals |= {"wording": figures, "fields_of": fields_of}
    style, script = (
        Markup(loader.get_source(environment, name)[0])  # noqa: S704  (our own files)
        for name in ("style.css", "table.js")
    )
    reasons = summary.reasons
    bars = [(reason, count) for _, reason, count in reasons[:_REASONS]]
    return environment.get_template("report.html").render(
        summary=summary,
        style=style,
        script=script,
        script_digest=base64.b64encode(sha256(script.encode()).digest()).decode(),
        order=ORDER,
        most=MOST,
        most_changes=SHOWN,
        status_colours=charts.STATUS_COLOURS,
        over_time=list(_over_time(summary)),
        lines=list(_lines(summary)),
        pages=_pages(summary),
        reasons_drawing=charts.bars_by_name(bars) if bars else None,
        tables=_tables(summary),
        texts=_texts(summary),
    )


def _texts(summary: Summary) -> Iterator[list[Any]]:
    """Yield the texts and the histories of the records, ``_CHUNK`` records at a time."""
    for start in range(0, len(summary.entries), _CHUNK):
        yield [
            (msgspec.Raw(entry.text), len(changes), [
                (c.change, c.at, c.run, list(c.fields.items())) for c in changes[-_HISTORY:]
            ])
            for entry in summary.entries[start : start + _CHUNK]
            for changes in [summary.histories.get(entry.key, [])]
        ]  # fmt: skip


def packed(thing: Any) -> str:
    """Return a thing as JSON, gzipped, in base64: a fifth of the size, and without markup."""
    return base64.b64encode(gzip.compress(msgspec.json.encode(thing), _EFFORT, mtime=0)).decode()


def is_link(url: str | None) -> bool:
    """Tell whether an address may become a link.

    >>> is_link("https://touch.shio.gov.cn/"), is_link("javascript:alert(1)"), is_link(None)
    (True, False, False)
    """
    try:
        return url is not None and urlsplit(url).scheme in {"http", "https"}
    except ValueError:
        return False


def _over_time(summary: Summary) -> Iterator[dict[str, Any]]:
    """Yield the charts of articles over time: the title, the word for no name, figures, drawing."""
    for title, unnamed, counts in (
        ("By section", "no section", summary.sections),
        ("By source", "no source named", summary.sources),
    ):
        if histogram := charts.histogram(counts):
            drawing = charts.bars_over_time(histogram)
            yield {"title": title, "unnamed": unnamed, "figures": histogram, "drawing": drawing}


def _lines(summary: Summary) -> Iterator[dict[str, Any]]:
    """Yield a chart of the newest status rows of each kind. ``total`` counts all of them."""
    for kind in sorted({line.row.kind for line in summary.time_lines}):
        lines = [line for line in summary.time_lines if line.row.kind == kind]
        shown = lines[:_LINES]
        drawing = charts.time_lines(shown)
        yield {"kind": kind, "lines": shown, "total": len(lines), "drawing": drawing}


def _pages(summary: Summary) -> dict[tuple[str, str], list[str]]:
    """Return a few of the rejected pages by stage and reason."""
    pages: dict[tuple[str, str], list[str]] = {of: [] for of in summary.reject_counts}
    for reject in summary.rejects:
        urls = pages[reject.stage, reject.reason]
        if reject.url and len(urls) < _LINKS and reject.url not in urls:
            urls.append(reject.url)
    return pages


def _tables(summary: Summary) -> dict[str, dict[str, Any]]:
    """Return the data of the searchable tables."""
    return {
        "records": {
            "columns": list(COLUMNS.items()), "shown": 5, "opens": "title",
            "filters": ["type", "language"], "chunk": _CHUNK,
            "rows": [entry.cells for entry in summary.entries],
        },
        "rejects": {
            "columns": list(_REJECT_COLUMNS.items()), "shown": 4, "opens": "reason",
            "filters": ["reason", "stage"],
            "rows": [
                (reject.reason, reject.stage, reject.url, cut(reject.detail or "", _DETAIL),
                 moment(reject.fetched_at), reject.body_sha256)
                for reject in summary.rejects
            ],
        },
    }  # fmt: skip
