"""The walk: day by day from a known closing stock to the day the shelf is empty.

Day 0 is ``as_of`` and starts with its closing stock. On each later day the
arrivals expected that day are added first, then a day's demand is taken. Demand
that meets an empty shelf is lost, not owed. Numbers are exact fractions: a
rounded velocity would move a stockout by a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import ceil

HORIZON_DAYS = 365
"""How far the walk looks; a shelf that lasts longer is said to last this long."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Units expected to become sellable on ``day``."""

    day: date
    units: int


@dataclass(frozen=True, slots=True)
class Walk:
    """Where the walk ended.

    Args:
        in_time_days: Days until the shelf is empty, arrivals in time included; at most the horizon.
        stockout_date: First day whose end finds nothing left; None beyond the horizon.
        mended_on: First arrival after the stockout (an expectation); None if nothing is on its way.
        gap_days: Days from the stockout to ``mended_on``.
    """

    in_time_days: Fraction
    stockout_date: date | None
    mended_on: date | None
    gap_days: int | None


def walk(
    sellable: int,
    velocity: Fraction,
    arrivals: Sequence[Arrival],
    as_of: date,
    horizon: int = HORIZON_DAYS,
) -> Walk:
    """Walk from ``as_of`` until the shelf is empty.

    Between two arrivals nothing happens but demand, so the walk goes from
    arrival to arrival. An arrival on the stockout day itself is in time; one a
    day later is not.

    Args:
        sellable: Units at the close of ``as_of``.
        velocity: Units a day, more than zero.
        arrivals: What is on its way, in any order; nothing arrives before tomorrow.
        as_of: Day 0.
        horizon: Days to look ahead.
    """
    supply = max(0, sellable)
    late: Arrival | None = None
    for arrival in sorted(arrivals, key=lambda arrival: arrival.day):
        if max(1, (arrival.day - as_of).days) > ceil(supply / velocity):
            late = arrival
            break
        supply += arrival.units
    lasts = supply / velocity
    if ceil(lasts) > horizon:
        return Walk(Fraction(horizon), None, None, None)
    stockout = as_of + timedelta(days=ceil(lasts))
    if late is None:
        return Walk(lasts, stockout, None, None)
    mended = max(late.day, as_of + timedelta(days=1))
    return Walk(lasts, stockout, mended, (mended - stockout).days)
