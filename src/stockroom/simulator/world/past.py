"""What a pool has been through, as Amazon's planning looks back on it: days that are over, and ages."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Final, NamedTuple

from stockroom.simulator.world.billing import Billing
from stockroom.simulator.world.calendar import Calendar
from stockroom.simulator.world.offers import COUNTS, SENT
from stockroom.simulator.world.warehouse import CLOSING_COLUMNS, Pool

LONGEST: Final = 90
"""Days looked back on."""


class PoolPast(NamedTuple):
    """The last days of a pool that are over, oldest first, and how old its units are."""

    day: date
    """The last of them."""
    on_shelf: list[int]
    """Sellable units as each closed, with those in FC transfer and FC processing."""
    shipped: list[int]
    """Units that left for customers, in every channel."""
    ages: Counter[int]
    """Sellable units that were there as the last day closed, by days since they came."""

    def aged(self, first: int, last: int | None = None) -> int:
        """Units from ``first`` to ``last`` days old."""
        return sum(
            units
            for age, units in self.ages.items()
            if age >= first and (last is None or age <= last)
        )

    def days_of_supply(self, days: int) -> float | None:
        """Mean units on the shelf over mean units shipped a day; None where nothing was shipped.

        Facts 7.3: FC transfer and processing are in, what is reserved for customers is out.
        """
        shipped = sum(self.shipped[-days:])
        lain = self.on_shelf[-days:]
        return sum(lain) / shipped if shipped else None


def past(pool: Pool, calendar: Calendar, billing: Billing, at: int) -> PoolPast:
    """A pool's past as of the instant ``at``."""
    over = calendar.days_closed(at)
    days = range(max(0, over - LONGEST), over)
    ages: Counter[int] = Counter()
    for msku in pool.mskus:
        for arrived, units in billing.ages(pool, msku).at(over - 1):
            ages[over - 1 - arrived] += units
    return PoolPast(
        day=calendar.date(over - 1),
        on_shelf=[_on_shelf(pool, day) for day in days],
        shipped=[
            sum(offer.tally.days[day * COUNTS + SENT] for offer in pool.offers) for day in days
        ],
        ages=ages,
    )


def _on_shelf(pool: Pool, day: int) -> int:
    start = day * CLOSING_COLUMNS
    sellable, _, transfer, processing = pool.closings[start : start + 4]
    return int(sellable + transfer + processing)
