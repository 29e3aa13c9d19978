"""Figures → charts: Vega-Lite, drawn into SVG here, so that the page needs no script for them.

Colours are CSS variables of the page, so one drawing serves light, dark and print. A chart is
drawn twice, for a wide and for a narrow page, since its text must not shrink on a phone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import vl_convert

from shio_scraper.report.summary import TimeLine

Spec: TypeAlias = dict[str, Any]
Unit: TypeAlias = Literal["day", "month", "quarter", "year"]

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
_UP_TO: Final[dict[Unit, int]] = {"day": 45, "month": 48, "quarter": 60}
"""The most periods of each unit; where there are more, the next one counts."""
_MONTHS: Final[dict[Unit, int]] = {"month": 1, "quarter": 3, "year": 12}
_FEWEST: Final = 12
"""Periods that an axis shows, so that a single one is no wall."""
_NAMED: Final = 6
"""Names that have bars of their own; the others share one."""


class Drawing(NamedTuple):
    """A chart as SVG, for a wide and for a narrow page."""

    wide: str
    narrow: str


class Histogram(NamedTuple):
    """Counts by period and name.

    ``names`` are the most frequent first, ``None`` for all the others; an empty one is of things
    without. ``bars`` have the first day of their period and of the next. ``shown`` are the first
    and last day of the axis.
    """

    names: list[str | None]
    rows: list[tuple[str, list[int]]]
    """The periods with anything in them: their label, and the count of each name."""
    bars: list[Spec]
    shown: tuple[date, date]
    undated: int

    def total(self, series: int) -> int:
        """Return the count of a name over all periods."""
        return sum(counts[series] for _, counts in self.rows)

    def colour(self, series: int) -> str:
        """Return the colour of a name; things without, and those that share a bar, are grey."""
        if self.names[series] is None:
            return "var(--c7)"
        return f"var(--c{series + 1})" if self.names[series] else "var(--c0)"


def histogram(counted: Mapping[tuple[date | None, str], int]) -> Histogram | None:
    """Return the histogram of counts by day and name; ``None`` where nothing has a day."""
    dated = {(day, name): count for (day, name), count in counted.items() if day}
    if not dated:
        return None
    unit, first, last = periods(day for day, _ in dated)
    missing = max(0, _FEWEST - (last - first + 1))
    names = _names(dated)
    places = {name: index for index, name in enumerate(names)}
    found: Counter[tuple[int, int]] = Counter()
    for (day, name), count in dated.items():
        found[number(unit, day), places.get(name, len(names) - 1)] += count
    return Histogram(
        names=names,
        rows=[
            (label(unit, period), [found[period, series] for series in range(len(names))])
            for period in sorted({period for period, _ in found})
        ],
        bars=[
            {"since": f"{begin(unit, period)}", "until": f"{begin(unit, period + 1)}",
             "series": series, "count": count}
            for (period, series), count in sorted(found.items())
        ],
        shown=(begin(unit, first - missing // 2), begin(unit, last + 1 + (missing + 1) // 2)),
        undated=sum(counted.values()) - sum(dated.values()),
    )  # fmt: skip


def _names(dated: Mapping[tuple[date, str], int]) -> list[str | None]:
    """Return the names that have bars: the most frequent, things without a name, all others."""
    totals: Counter[str] = Counter()
    for (_, name), count in dated.items():
        totals[name] += count
    unnamed = totals.pop("", 0)
    named: list[str | None] = [name for name, _ in totals.most_common(_NAMED)]
    rest: list[str | None] = [""] if unnamed else []
    return [*named, *rest, *([None] if len(named) < len(totals) else [])]


def periods(days: Iterable[date]) -> tuple[Unit, int, int]:
    """Return the first and the last period that hold some days, in the finest unit that fits."""
    found = set(days)
    for unit, most in _UP_TO.items():
        first, last = number(unit, min(found)), number(unit, max(found))
        if last - first < most:
            return unit, first, last
    return "year", number("year", min(found)), number("year", max(found))


def number(unit: Unit, day: date) -> int:
    """Return the number of the period that holds a day.

    >>> number("quarter", date(2024, 4, 1)) - number("quarter", date(2023, 12, 31))
    2
    """
    if unit == "day":
        return day.toordinal()
    return (day.year * 12 + day.month - 1) // _MONTHS[unit]


def begin(unit: Unit, period: int) -> date:
    """Return the first day of a period; of one that no calendar has, the nearest that it has.

    >>> begin("quarter", number("quarter", date(2024, 6, 30)))
    datetime.date(2024, 4, 1)
    """
    if unit == "day":
        return date.fromordinal(min(max(period, 1), date.max.toordinal()))
    year, month = divmod(period * _MONTHS[unit], 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, 1) if year >= 1 else date.min


def label(unit: Unit, period: int) -> str:
    """Return the name of a period.

    >>> label("quarter", number("quarter", date(2024, 6, 30)))
    '2024 Q2'
    """
    day = begin(unit, period)
    if unit == "day":
        return day.isoformat()
    if unit == "month":
        return f"{day:%Y-%m}"
    return f"{day.year} Q{period % 4 + 1}" if unit == "quarter" else str(day.year)


def bars_over_time(histogram: Histogram) -> Drawing:
    """Draw stacked bars, a colour for each name."""
    high: Counter[str] = Counter()
    for bar in histogram.bars:
        high[bar["since"]] += bar["count"]
    series = range(len(histogram.names))
    scale = {"domain": [*series], "range": list(map(histogram.colour, series))}
    mark = {"type": "bar", "orient": "vertical", "stroke": "var(--page)", "strokeWidth": 0.5}
    return _draw(
        {
            "height": 170,
            "data": {"values": histogram.bars},
            "mark": mark,
            "encoding": {
                "x": _time("since", [f"{day}" for day in histogram.shown]),
                "x2": {"field": "until"},
                "y": _whole("count", "y", max(high.values())),
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

    A dot marks when it was seen last.
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
