"""Days of demand gathered into periods: the rows of ``sales``.

A covered day without orders is a zero, a day that is not loaded is not: a period
says how many of its days are in, and whether that is all of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from stockroom.spec.window import ONE_DAY, Window
from stockroom.tools.visits import Visits

Grain = Literal["day", "week", "month"]
Channel = Literal["amazon", "mcf", "all"]


class Sold(NamedTuple):
    """One day of one SKU (or of all: null) in one marketplace, as the tables have it."""

    day: date
    marketplace: str
    sku: str | None
    units_ordered: int
    mcf_units: int
    replacement_units: int
    unpriced_units: int
    orders: int
    mcf_orders: int
    revenue: Decimal | None
    currency: str | None


@dataclass
class Period:
    """What was sold in one period."""

    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    revenue: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def add(self, sold: Sold) -> None:
        """One day more."""
        for name in _COUNTED:
            self.counts[name] += getattr(sold, name)
        if sold.revenue is not None and sold.currency is not None:
            self.revenue[sold.currency] += sold.revenue


_COUNTED = (
    *("units_ordered", "mcf_units", "replacement_units", "unpriced_units"),
    *("orders", "mcf_orders"),
)
_UNITS: Mapping[Channel, tuple[str, ...]] = {
    "amazon": ("units_ordered",),
    "mcf": ("mcf_units",),
    "all": ("units_ordered", "mcf_units"),
}
_ORDERS: Mapping[Channel, tuple[str, ...]] = {
    "amazon": ("orders",),
    "mcf": ("mcf_orders",),
    "all": ("orders", "mcf_orders"),
}


def begins(day: date, grain: Grain) -> date:
    """The first day of the day, week (Monday) or month that ``day`` is in."""
    if grain == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if grain == "month" else day


def ends(first: date, grain: Grain) -> date:
    """The last day of the period that begins with ``first``."""
    if grain == "week":
        return first + timedelta(days=6)
    if grain == "month":
        return (first + timedelta(days=31)).replace(day=1) - ONE_DAY
    return first


def rows(
    sold: Iterable[Sold],
    loaded: Mapping[date, bool],
    visits: Visits,
    *,
    grain: Grain,
    channel: Channel,
) -> list[tuple[Any, ...]]:
    """Periods, newest first. What was sold or visited has a row in every loaded period.

    Args:
        sold: Days with orders.
        loaded: The days of the range that are in, and whether they were complete.
        visits: Sessions of the same days.
        grain: Length of a period.
        channel: Whose units and orders are counted.
    """
    periods: dict[tuple[date, str, str | None], Period] = defaultdict(Period)
    firsts, sold = sorted({begins(day, grain) for day in loaded}), list(sold)
    for marketplace, sku in {(one.marketplace, one.sku) for one in sold} | {*visits.sessions}:
        for first in firsts:
            periods[first, marketplace, sku] = Period()
    for one in sold:
        periods[begins(one.day, grain), one.marketplace, one.sku].add(one)
    days = {
        first: [*Window(first, ends(first, grain)).days()] for first in {key[0] for key in periods}
    }
    ordered = sorted(periods, key=lambda key: (-key[0].toordinal(), key[1], key[2] or ""))
    return [
        (
            *_sold(key, periods[key], channel),
            *visits.during(days[key[0]], key[1:]),
            *_beside(periods[key]),
            *_known(days[key[0]], loaded),
        )
        for key in ordered
    ]


def _known(days: Sequence[date], loaded: Mapping[date, bool]) -> tuple[int, bool]:
    """How many days of a period are in, and whether some of it is missing or not over."""
    known = [day for day in days if day in loaded]
    return len(known), len(known) < len(days) or not all(loaded[day] for day in known)


def _sold(key: tuple[date, str, str | None], period: Period, channel: Channel) -> tuple[Any, ...]:
    first, marketplace, sku = key
    counts = period.counts
    revenue: Sequence[tuple[str, Decimal]] = [*period.revenue.items()]
    amount, currency = (revenue[0][1], revenue[0][0]) if len(revenue) == 1 else (None, None)
    return (
        first.isoformat(),
        marketplace or None,
        sku,
        sum(counts[name] for name in _UNITS[channel]),
        sum(counts[name] for name in _ORDERS[channel]),
        None if amount is None or channel == "mcf" else f"{amount:.2f}",
        None if amount is None or channel == "mcf" else currency,
    )


def _beside(period: Period) -> tuple[int, int, int]:
    counts = period.counts
    return counts["mcf_units"], counts["replacement_units"], counts["unpriced_units"]
