"""Figures → charts: Vega-Lite, drawn into SVG here, so that the page needs no script for them.

Colours are CSS variables of the page, so one drawing serves light, dark and print. A chart is
drawn twice, for a wide and for a narrow page, since its text must not shrink on a phone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final, TypeAlias

import vl_convert

from shio_scraper.report.histogram import Histogram
from shio_scraper.report.summary import TimeLine

Spec: TypeAlias = dict[str, Any]

_WIDTHS: Final = (800, 330)
"""Pixels of a drawing for a wide and for a narrow page, axes included."""
_ROW: Final = 18
"""Pixels of a row's height."""
_SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
"""Names the language; nothing is fetched from there."""
_CONFIG: Final[Spec] = {
    "aria": False,  # the page says in words what a chart shows
    "background": None,
    "font": "inherit",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--muted)", "gridColor": "var(--line)", "domainColor": "var(--line)",
        "tickColor": "var(--line)", "labelFontSize": 12, "labelLimit": 110, "title": None,
    },
}  # fmt: skip
STATUS_COLOURS: Final = {
    "processing": "var(--c2)", "received": "var(--c1)", "completed": "var(--c3)",
    "other": "var(--c5)", "none": "var(--c0)",
}  # fmt: skip
"""The colour of each status word, and of a row without one."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart as SVG, for a wide and for a narrow page."""

    wide: str
    narrow: str


def colour(names: Sequence[str | None], series: int) -> str:
    """Return the colour of a series; what has no name, and what shares a bar, are grey."""
    if names[series] is None:
        return "var(--c7)"
    return f"var(--c{series + 1})" if names[series] else "var(--c0)"


def bars_over_time(histogram: Histogram) -> Drawing:
    """Draw stacked bars, a colour for each name."""
    values = [
        {"since": f"{bar.since}", "until": f"{bar.until}", "series": bar.series, "count": bar.count}
        for bar in histogram.bars
    ]
    high: Counter[date] = Counter()
    for bar in histogram.bars:
        high[bar.since] += bar.count
    series = range(len(histogram.names))
    scale = {"domain": [*series], "range": [colour(histogram.names, one) for one in series]}
    return _draw(
        {
            "height": 170,
            "data": {"values": values},
            "mark": {
                "type": "bar",
                "orient": "vertical",
                "stroke": "var(--page)",
                "strokeWidth": 0.5,
            },
            "encoding": {
                "x": _time("since", [f"{day}" for day in histogram.shown]),
                "x2": {"field": "until"},
                "y": _whole("count", "y", max(high.values(), default=1)),
                "color": {"field": "series", "type": "nominal", "scale": scale, "legend": None},
                "order": {"field": "series"},
            },
        }
    )


def bars_by_name(counts: Iterable[tuple[str, int]]) -> Drawing:
    """Draw a bar for each name, in the order given."""
    values = [{"name": name, "count": count} for name, count in counts]
    name = {"field": "name", "type": "nominal", "sort": None, "axis": {"domain": False}}
    text = {"type": "text", "align": "left", "dx": 4, "color": "var(--text)", "fontSize": 12}
    return _draw(
        {
            "height": {"step": _ROW + 4},
            "data": {"values": values},
            "encoding": {"y": name, "x": {**_whole("count", "x"), "axis": None}},
            "layer": [
                {"mark": {"type": "bar", "color": "var(--c2)"}},
                {"mark": text, "encoding": {"text": {"field": "count", "format": ","}}},
            ],
        }
    )


def time_lines(lines: Sequence[TimeLine]) -> Drawing:
    """Draw a line for each status row: thin from its latest date on, thick while it was seen."""
    return _draw(
        {
            "height": {"step": _ROW},
            "encoding": {
                "y": {"field": "number", "type": "nominal", "sort": None,
                      "axis": {"domain": False, "grid": True, "ticks": False}},
                "x": _time("since"),
                "color": {"field": "status", "type": "nominal", "legend": None, "scale": {
                    "domain": [*STATUS_COLOURS], "range": [*STATUS_COLOURS.values()]}},
            },
            "layer": [
                _lines(_leads(lines), 2, 0.55),
                _lines(_spans(lines), 7, 1),
                {"data": {"values": _ends(lines)},
                 "mark": {"type": "circle", "size": 60, "opacity": 1}},
            ],
        }
    )  # fmt: skip


def _lines(values: list[Spec], width: int, opacity: float) -> Spec:
    mark = {"type": "rule", "strokeWidth": width, "opacity": opacity}
    return {"data": {"values": values}, "mark": mark, "encoding": {"x2": {"field": "until"}}}


def _leads(lines: Iterable[TimeLine]) -> list[Spec]:
    """From the latest day that a row's month and day can mean, to its first sighting."""
    return [
        _value(line, datetime.combine(line.latest_date, time.min, UTC), line.spans[0].since, 0)
        for line in lines
        if line.latest_date
    ]


def _spans(lines: Iterable[TimeLine]) -> list[Spec]:
    return [
        _value(line, span.since, span.until, number)
        for line in lines
        for number, span in enumerate(line.spans)
    ]


def _ends(lines: Iterable[TimeLine]) -> list[Spec]:
    return [_value(line, line.spans[-1].until, line.spans[-1].until, -1) for line in lines]


def _value(line: TimeLine, since: datetime, until: datetime, span: int) -> Spec:
    status = line.spans[span].status or "none"
    return {"number": line.number, "since": f"{since:%Y-%m-%dT%H:%M:%SZ}",
            "until": f"{until:%Y-%m-%dT%H:%M:%SZ}", "status": status}  # fmt: skip


def _time(name: str, shown: list[str] | None = None) -> Spec:
    scale = {"type": "utc", **({"domain": shown} if shown else {})}
    axis = {"grid": False, "tickCount": 7}
    return {"field": name, "type": "temporal", "title": None, "scale": scale, "axis": axis}


def _whole(name: str, channel: str, most: int = 4) -> Spec:
    axis = {"tickCount": min(4, most), "domain": False, "ticks": False, "format": ",d"}
    stack = {"stack": "zero"} if channel == "y" else {}
    return {"field": name, "type": "quantitative", "title": None, "axis": axis, **stack}


def _draw(spec: Spec) -> Drawing:
    return Drawing(*(_svg(spec, width) for width in _WIDTHS))


def _svg(spec: Spec, width: int) -> str:
    fit = {"type": "fit-x", "contains": "padding"}
    whole = {"$schema": _SCHEMA, "config": _CONFIG, "width": width, "autosize": fit, **spec}
    return vl_convert.vegalite_to_svg(whole, allowed_base_urls=[])
