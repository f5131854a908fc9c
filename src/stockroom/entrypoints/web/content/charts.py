"""Geometry of the charts: numbers in, places on a canvas out. Templates draw them.

Colours are classes of the stylesheet, because pages may hold no style of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

_STEPS = (1, 2, 5, 10)
_MOST_TICKS = 5
_WIDTH = 900
_LEFT, _RIGHT, _TOP, _FOOT = 44, 10, 12, 24
_MOST_DATES = 14


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on an axis, and what stands there."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One column of a chart."""

    x: float
    y: float
    width: float
    height: float
    tone: str
    title: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Panel:
    """A chart's canvas: where its ground is, and its axes."""

    width: float
    height: float
    left: float
    right: float
    ground: float
    ticks: Sequence[Mark]
    days: Sequence[Mark]


@dataclass(frozen=True, slots=True)
class History:
    """A line and its area, or columns, over days.

    Args:
        panel: Its canvas.
        lines: Paths, one per stretch of known days.
        areas: The same, closed to the ground.
        bars: Columns, one per day with anything.
        unknown: Stretches of days that nobody knows: x and width.
    """

    panel: Panel
    lines: Sequence[str]
    areas: Sequence[str]
    bars: Sequence[Bar]
    unknown: Sequence[tuple[float, float]]


def scale(most: float) -> list[int]:
    """Round numbers from 0 to at least ``most``, a few of them."""
    power = 1
    while most > _MOST_TICKS * _STEPS[-1] * power:
        power *= 10
    step = next(step * power for step in _STEPS if most <= _MOST_TICKS * step * power)
    return [step * k for k in range(max(1, ceil(most / step)) + 1)]


def columns(
    values: Sequence[tuple[str, int, str]], *, width: int = _WIDTH, height: int = 190
) -> tuple[Panel, list[Bar]]:
    """A column chart of named counts.

    Args:
        values: Label, count and tone of each.
        width: Of the canvas.
        height: Of the canvas.
    """
    panel = _panel(max((count for _, count, _ in values), default=0), width, height)
    top = _top(panel)
    slot = (panel.right - panel.left) / max(1, len(values))
    bars = []
    for index, (label, count, tone) in enumerate(values):
        tall = (panel.ground - _TOP) * count / top
        x = panel.left + slot * (index + 0.18)
        bars.append(
            Bar(
                x=round(x, 1),
                y=round(panel.ground - tall, 1),
                width=round(slot * 0.64, 1),
                height=round(tall, 1),
                tone=tone,
                title=f"{label}: {count}",
                label=label,
                value=str(count),
            )
        )
    return panel, bars


def line(
    days: Sequence[date],
    values: Sequence[int | None],
    *,
    width: int = _WIDTH,
    height: int = 190,
) -> History:
    """Stock over days; a day nobody knows interrupts the line."""
    panel = _panel(_most(values), width, height, days)
    top, step = _top(panel), _step(panel, days)
    places = [
        None
        if value is None
        else (
            round(panel.left + step * (index + 0.5), 1),
            round(panel.ground - (panel.ground - _TOP) * value / top, 1),
        )
        for index, value in enumerate(values)
    ]
    stretches = _stretches(places)
    lines = ["M" + "L".join(f"{x} {y}" for x, y in known) for known in stretches]
    areas = [
        f"{path}L{known[-1][0]} {panel.ground}L{known[0][0]} {panel.ground}Z"
        for path, known in zip(lines, stretches, strict=True)
    ]
    return History(panel, lines, areas, (), _unknown(panel, step, values))


def bars(
    days: Sequence[date],
    values: Sequence[int | None],
    *,
    width: int = _WIDTH,
    height: int = 130,
) -> History:
    """Units of each day; a day nobody knows has no column and a shaded ground."""
    panel = _panel(_most(values), width, height, days)
    top, step = _top(panel), _step(panel, days)
    drawn = []
    for index, (day, value) in enumerate(zip(days, values, strict=True)):
        if value:
            tall = (panel.ground - _TOP) * value / top
            x = panel.left + step * (index + 0.15)
            place = round(x, 1), round(panel.ground - tall, 1), round(step * 0.7, 1), round(tall, 1)
            drawn.append(Bar(*place, "", f"{day}: {value}", str(day), str(value)))
    return History(panel, (), (), drawn, _unknown(panel, step, values))


def _most(values: Sequence[int | None]) -> int:
    return max((value for value in values if value is not None), default=0)


def _panel(most: float, width: int, height: int, days: Sequence[date] = ()) -> Panel:
    marked, ground = scale(most), height - _FOOT
    ticks = [
        Mark(round(ground - (ground - _TOP) * value / marked[-1], 1), f"{value:,}")
        for value in marked
    ]
    right = width - _RIGHT
    step = (right - _LEFT) / max(1, len(days))
    marks = [
        Mark(round(_LEFT + step * (index + 0.5), 1), f"{day:%d %b}")
        for index, day in enumerate(days)
        if day.weekday() == 0
    ]
    apart = ceil(len(marks) / _MOST_DATES) or 1
    return Panel(width, height, _LEFT, right, ground, ticks, marks[::apart])


def _top(panel: Panel) -> float:
    return float(panel.ticks[-1].label.replace(",", ""))


def _step(panel: Panel, days: Sequence[date]) -> float:
    return (panel.right - panel.left) / max(1, len(days))


def _stretches(
    places: Sequence[tuple[float, float] | None],
) -> list[list[tuple[float, float]]]:
    found: list[list[tuple[float, float]]] = [[]]
    for place in places:
        if place is None:
            found.append([])
        else:
            found[-1].append(place)
    return [known for known in found if known]


def _unknown(panel: Panel, step: float, values: Sequence[int | None]) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for index, value in enumerate(values):
        if value is None:
            x = panel.left + step * index
            if found and abs(sum(found[-1]) - x) < step / 2:
                found[-1] = (found[-1][0], found[-1][1] + step)
            else:
                found.append((x, step))
    return [(round(x, 1), round(wide, 1)) for x, wide in found]
