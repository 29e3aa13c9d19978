"""Figures → charts: Vega-Lite, rendered to SVG here, so that the page needs no script for them.

Colours are CSS variables of the page, so one drawing serves the light, the dark and the print
style. A chart is drawn twice, for a wide and for a narrow page, because its text must not shrink on
a phone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Final, NamedTuple, TypeAlias

import vl_convert

from shio_scraper.report.summary import TimeLine

Spec: TypeAlias = dict[str, Any]

_WIDTHS: Final = (800, 330)
"""Width in pixels of a drawing for a wide and for a narrow page, with the axes."""
_ROW: Final = 18
"""Height of a row in pixels."""
_SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
"""The name of the chart language. Nothing is fetched from this address."""
_CONFIG: Final[Spec] = {
    "aria": False,  # the page describes each chart in words
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
"""Status word → colour. Rows without a status word have a colour too."""
_UNITS: Final = (
    # The name, the number of days, Vega-Lite's time unit, and the span of days to use it for.
    ("day", 1, "utcyearmonthdate", 45),
    ("month", 30, "utcyearmonth", 48 * 30),
    ("quarter", 91, "utcyearquarter", 60 * 91),
    ("year", 365, "utcyear", date.max.toordinal()),
)
"""The periods by which days are counted. The finest one that fits the span is used."""
_FEWEST: Final = 12
"""Minimum periods of an axis, so that a single bar does not fill the chart."""
_NAMED: Final = 6
"""Number of names with bars of their own. All other names share one bar."""


class Drawing(NamedTuple):
    """A chart as SVG, for a wide and for a narrow page."""

    wide: str
    narrow: str


class Histogram(NamedTuple):
    """Counts by period and name.

    ``names`` has the most frequent name first. ``""`` stands for things without a name, ``None``
    for all other names. ``days`` has the counts by day and index of the name. ``shown`` is the
    first and the last day of the axis, ``unit`` Vega-Lite's name of the period.
    """

    names: list[str | None]
    rows: list[tuple[str, list[int]]]
    """The periods that are not empty: the label of each, and the count of each name."""
    days: Counter[tuple[date, int]]
    unit: str
    shown: tuple[date, date]
    undated: int

    def total(self, series: int) -> int:
        """Return the count of a name over all periods."""
        return sum(counts[series] for _, counts in self.rows)

    def colour(self, series: int) -> str:
        """Return the colour of a name. Things without a name and the shared bar are grey."""
        if self.names[series] is None:
            return "var(--c7)"
        return f"var(--c{series + 1})" if self.names[series] else "var(--c0)"


def histogram(counted: Mapping[tuple[date | None, str], int]) -> Histogram | None:
    """Return the histogram of counts by day and name. ``None`` if nothing has a day."""
    dated = {(day, name): count for (day, name), count in counted.items() if day}
    if not dated:
        return None
    ends = [pick(day for day, _ in dated) for pick in (min, max)]
    span = (ends[1] - ends[0]).days
    kind, size, unit, _ = next(period for period in _UNITS if span < period[-1])
    first, last = (begin(kind, day) for day in ends)
    around = max(0, _FEWEST - 1 - (last - first).days // size) * size
    names = _names(dated)
    places = {name: index for index, name in enumerate(names)}
    days: Counter[tuple[date, int]] = Counter()
    rows: dict[str, list[int]] = {}
    for (day, name), count in sorted(dated.items()):
        series = places.get(name, len(names) - 1)
        days[day, series] += count
        rows.setdefault(label(kind, day), [0] * len(names))[series] += count
    return Histogram(
        names=names,
        rows=list(rows.items()),
        days=days,
        unit=unit,
        shown=(_moved(first, -(around // 2)), _moved(last, size + (around + 1) // 2)),
        undated=sum(counted.values()) - sum(dated.values()),
    )


def _moved(day: date, days: int) -> date:
    """Return the day ``days`` days later, or the nearest day of the calendar."""
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))


def _names(dated: Mapping[tuple[date, str], int]) -> list[str | None]:
    """Return the names that have bars: the most frequent ones, then ``""`` and ``None``."""
    totals: Counter[str] = Counter()
    for (_, name), count in dated.items():
        totals[name] += count
    unnamed = totals.pop("", 0)
    named: list[str | None] = [name for name, _ in totals.most_common(_NAMED)]
    rest: list[str | None] = [""] if unnamed else []
    return [*named, *rest, *([None] if len(named) < len(totals) else [])]


def begin(unit: str, day: date) -> date:
    """Return the first day of the period that contains a day.

    >>> begin("quarter", date(2024, 6, 30))
    datetime.date(2024, 4, 1)
    """
    month = {"month": day.month, "quarter": (day.month - 1) // 3 * 3 + 1}.get(unit, 1)
    return day if unit == "day" else date(day.year, month, 1)


def label(unit: str, day: date) -> str:
    """Return the name of the period that contains a day.

    >>> label("quarter", date(2024, 6, 30)), label("month", date(2024, 6, 30))
    ('2024 Q2', '2024-06')
    """
    text = day.isoformat()
    if unit == "quarter":
        return f"{text[:4]} Q{(day.month + 2) // 3}"
    return text[: {"day": 10, "month": 7}.get(unit, 4)]


def bars_over_time(histogram: Histogram) -> Drawing:
    """Draw stacked bars, with a colour for each name."""
    values = [
        {"day": f"{day}", "series": series, "count": count}
        for (day, series), count in histogram.days.items()
    ]
    series = range(len(histogram.names))
    scale = {"domain": [*series], "range": list(map(histogram.colour, series))}
    high = max(sum(counts) for _, counts in histogram.rows)
    shown = [f"{day}" for day in histogram.shown]
    return _draw(
        {
            "height": 170,
            "data": {"values": values},
            "mark": {"type": "bar", "stroke": "var(--page)", "strokeWidth": 0.5},
            "encoding": {
                "x": {**_time("day", shown), "timeUnit": histogram.unit},
                "y": {**_whole("count", "y", high), "aggregate": "sum"},
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
    """Draw a line for each status row: thin from its latest date on, thick while it was seen.

    A dot marks the last time that the row was seen.
    """
    leads, spans, ends = [], [], []
    for line in lines:
        if day := line.row.latest_date:
            began = datetime.combine(day, time.min, UTC)
            leads.append(_value(line, began, line.spans[0].since, line.spans[0].status))
        spans += [_value(line, *span) for span in line.spans]
        last = line.spans[-1]
        ends.append(_value(line, last.until, last.until, last.status))
    status = {"domain": [*STATUS_COLOURS], "range": [*STATUS_COLOURS.values()]}
    return _draw(
        {
            "height": {"step": _ROW},
            "encoding": {
                "y": {"field": "number", "type": "nominal", "sort": None,
                      "axis": {"domain": False, "grid": True, "ticks": False}},
                "x": _time("since"),
                "color": {"field": "status", "type": "nominal", "legend": None, "scale": status},
            },
            "layer": [
                _lines(leads, 2, 0.55),
                _lines(spans, 7, 1),
                {"data": {"values": ends}, "mark": {"type": "circle", "size": 60, "opacity": 1}},
            ],
        }
    )  # fmt: skip


def _lines(values: list[Spec], width: int, opacity: float) -> Spec:
    mark = {"type": "rule", "strokeWidth": width, "opacity": opacity}
    return {"data": {"values": values}, "mark": mark, "encoding": {"x2": {"field": "until"}}}


def _value(line: TimeLine, since: datetime, until: datetime, status: str | None) -> Spec:
    return {"number": line.row.number, "since": f"{since:%Y-%m-%dT%H:%M:%SZ}",
            "until": f"{until:%Y-%m-%dT%H:%M:%SZ}", "status": status or "none"}  # fmt: skip


def _time(name: str, shown: list[str] | None = None) -> Spec:
    scale = {"type": "utc", **({"domain": shown} if shown else {})}
    axis = {"grid": False, "tickCount": 7}
    return {"field": name, "type": "temporal", "title": None, "scale": scale, "axis": axis}


def _whole(name: str, channel: str, most: int = 4) -> Spec:
    axis = {"tickCount": min(4, most), "domain": False, "ticks": False, "format": ",d"}
    stack = {"stack": "zero"} if channel == "y" else {}
    return {"field": name, "type": "quantitative", "title": None, "axis": axis, **stack}


def _draw(spec: Spec) -> Drawing:
    fit = {"type": "fit-x", "contains": "padding"}
    whole = {"$schema": _SCHEMA, "config": _CONFIG, "autosize": fit, **spec}
    return Drawing(
        *(
            vl_convert.vegalite_to_svg({"width": width, **whole}, allowed_base_urls=[])
            for width in _WIDTHS
        )
    )
