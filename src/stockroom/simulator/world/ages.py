"""Since when units lie at Amazon: first in, first out over a whole network.

What leaves is the oldest, so what is left is what came last: the ages of any day
follow from the arrivals before it and the units that were still there. An
arrival is the day on which a unit came into sellable condition: received, or
back from a customer, or found.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator


class Ages:
    """The arrivals and balances of one MSKU in one pool, by day number."""

    __slots__ = ("_arrived", "_balances", "_days")

    def __init__(self) -> None:
        self._days: list[int] = []
        self._arrived: list[int] = []
        self._balances: list[int] = []

    def close(self, day: int, arrived: int, left: int) -> None:
        """End day number ``day``, on which units arrived and left."""
        before = self._balances[-1] if self._balances else 0
        self._days.append(day)
        self._arrived.append(arrived)
        self._balances.append(before + arrived - left)

    def at(self, day: int) -> Iterator[tuple[int, int]]:
        """(day of arrival, units) of what was there as day number ``day`` closed, newest first."""
        place = bisect_right(self._days, day) - 1
        rest = self._balances[place] if place >= 0 else 0
        while rest > 0:
            units = min(rest, self._arrived[place])
            if units:
                yield self._days[place], units
            rest -= units
            place -= 1
