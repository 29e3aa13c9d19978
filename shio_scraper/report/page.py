"""A summary as a page: one HTML file that needs nothing else and asks for nothing."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from operator import attrgetter
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from shio_scraper.report import charts, wording
from shio_scraper.report.charts import Drawing
from shio_scraper.report.counting import MOST, fields_of
from shio_scraper.report.histogram import Histogram, histogram
from shio_scraper.report.source import ORDER, SHOWN
from shio_scraper.report.summary import Change, Summary, TimeLine, cut

_LINES: Final = 30
"""Status rows of a kind whose time line is drawn."""
_REASONS: Final = 15
"""Reasons of rejects that have a bar."""
_LINKS: Final = 5
"""Pages that are linked beside a reason."""
_DETAIL: Final = 300
_CHUNK: Final = 500
"""Records whose texts are packed together: one that is opened unpacks no more."""
_EFFORT: Final = 6
"""Of gzip: 9 takes eight times as long and saves a tenth."""
_HISTORY: Final = 50
"""Changes of a record that are told, the newest."""
_RECORD_COLUMNS: Final = {
    "date": "Date", "type": "Type", "title": "Record", "section": "Section",
    "fetched_at": "Captured (UTC)", "key": "Key", "language": "Language", "source": "Source",
    "seen": "Seen", "doubts": "Doubts", "url": "Page", "fetched_url": "Fetched from",
    "body_sha256": "SHA-256 of the body", "layout": "Layout", "parser": "Parser",
    "archive": "In the archive",
}  # fmt: skip
_REJECT_COLUMNS: Final = {
    "reason": "Reason", "stage": "Stage", "url": "Page", "detail": "Detail",
    "fetched_at": "Captured (UTC)", "body_sha256": "SHA-256 of the body",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TimeChart:
    """A chart of articles over time, with its figures."""

    title: str
    unnamed: str
    figures: Histogram
    drawing: Drawing


@dataclass(frozen=True, slots=True)
class LinesChart:
    """A chart of the time lines of one kind of status rows, the newest of ``total``."""

    kind: str
    lines: list[TimeLine]
    total: int
    drawing: Drawing


def render(summary: Summary) -> str:
    """Return the page."""
    environment = Environment(
        loader=PackageLoader("shio_scraper.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"is_link": is_link, "cut": cut, "svg": Markup, "packed": packed}
    environment.globals |= {"wording": wording, "colour": charts.colour, "fields_of": fields_of}
    script = _file(environment, "table.js")
    return environment.get_template("report.html").render(
        summary=summary,
        style=_file(environment, "style.css"),
        script=script,
        script_digest=_digest(script),
        order=ORDER,
        most=MOST,
        most_changes=SHOWN,
        status_colours=charts.STATUS_COLOURS,
        over_time=list(_over_time(summary)),
        lines=list(_lines(summary)),
        reasons=_reasons(summary),
        reasons_drawing=_reasons_drawing(summary),
        tables=_tables(summary),
        texts=_texts(summary),
    )


def _texts(summary: Summary) -> Iterator[list[Any]]:
    """Yield, for ``_CHUNK`` records after another, what is read of each, and its history."""
    for start in range(0, len(summary.rows), _CHUNK):
        yield [
            (msgspec.Raw(row.text), len(told), list(map(_told, told[-_HISTORY:])))
            for row in summary.rows[start : start + _CHUNK]
            for told in [summary.histories.get(row.key, [])]
        ]


def _told(change: Change) -> tuple[str, str, str, list[Any]]:
    return change.change, change.at, change.run, list(change.fields.items())


def packed(thing: Any) -> str:
    """Return a thing as JSON, gzipped, in base64: a fifth of the bytes, and no markup in them."""
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


def _file(environment: Environment, name: str) -> Markup:
    """Return a file of ours as it is."""
    loader = environment.loader
    assert loader is not None  # noqa: S101  (just given)
    return Markup(loader.get_source(environment, name)[0])  # noqa: S704


def _digest(script: str) -> str:
    return base64.b64encode(sha256(script.encode()).digest()).decode()


def _over_time(summary: Summary) -> Iterator[TimeChart]:
    for title, unnamed, counts in (
        ("By section", "no section", summary.sections),
        ("By source", "no source named", summary.sources),
    ):
        if figures := histogram(counts):
            yield TimeChart(title, unnamed, figures, charts.bars_over_time(figures))


def _lines(summary: Summary) -> Iterator[LinesChart]:
    for kind in sorted({line.kind for line in summary.time_lines}):
        lines = [line for line in summary.time_lines if line.kind == kind]
        shown = lines[:_LINES]
        yield LinesChart(kind, shown, len(lines), charts.time_lines(shown))


def _reasons(summary: Summary) -> list[tuple[str, str, int, list[str]]]:
    """Return stage, reason and count of the rejects, the most first, with a few of the pages."""
    pages: dict[tuple[str, str], dict[str, None]] = {}
    for reject in summary.rejects:
        found = pages.setdefault((reject.stage, reject.reason), {})
        if reject.url and len(found) < _LINKS:
            found[reject.url] = None
    return [
        (stage, reason, count, list(pages.get((stage, reason), ())))
        for stage, reason, count in summary.reasons
    ]


def _reasons_drawing(summary: Summary) -> Drawing | None:
    bars = [(reason, count) for _, reason, count in summary.reasons[:_REASONS]]
    return charts.bars_by_name(bars) if bars else None


def _tables(summary: Summary) -> dict[str, dict[str, Any]]:
    """Return what the searchable tables are made of."""
    return {
        "records": {
            "columns": list(_RECORD_COLUMNS.items()), "shown": 5, "opens": "title",
            "filters": ["type", "language"], "chunk": _CHUNK,
            "rows": [*map(attrgetter(*_RECORD_COLUMNS), summary.rows)],
        },
        "rejects": {
            "columns": list(_REJECT_COLUMNS.items()), "shown": 4, "opens": "reason",
            "filters": ["reason", "stage"],
            "rows": [
                (reject.reason, reject.stage, reject.url, cut(reject.detail or "", _DETAIL),
                 f"{reject.fetched_at:%Y-%m-%d %H:%M:%S}" if reject.fetched_at else "",
                 reject.body_sha256)
                for reject in summary.rejects
            ],
        },
    }  # fmt: skip
