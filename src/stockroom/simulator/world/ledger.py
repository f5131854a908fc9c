"""The ledger's books: one per (country, MSKU, disposition) of a pool, one page per day that moved.

A day without movement has no page; its balance is the ending of the page
before. That keeps a year of books small and makes any range of days cheap.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from stockroom.simulator.world.states import COLUMN_COUNT


class Page(NamedTuple):
    """A book's day: balance before, the ten movements, balance after, units between warehouses."""

    starting: int
    movements: tuple[int, ...]
    ending: int
    in_transit: int


class Book:
    """One balance of a pool, day by day."""

    __slots__ = (
        "balance",
        "country",
        "days",
        "disposition",
        "in_transit",
        "msku",
        "pages",
        "today",
    )

    def __init__(self, country: str, msku: str, disposition: str) -> None:
        self.country = country
        self.msku = msku
        self.disposition = disposition
        self.balance = 0
        self.in_transit = 0
        self.today: list[int] | None = None
        self.days: list[int] = []
        self.pages: list[Page] = []

    def enter(self, column: int, units: int) -> None:
        """Book ``units`` (signed) into a movement column of the open day."""
        if self.today is None:
            self.today = [0] * COLUMN_COUNT
        self.today[column] += units

    def close(self, day: int) -> None:
        """End day number ``day``: write its page if anything changed."""
        movements = self.today
        before = self.pages[-1].in_transit if self.pages else 0
        if movements is None and before == self.in_transit:
            return
        starting = self.balance
        self.balance = starting + sum(movements or ())
        self.today = None
        self.days.append(day)
        self.pages.append(
            Page(starting, tuple(movements or (0,) * COLUMN_COUNT), self.balance, self.in_transit)
        )

    def read(self, first: int, last: int) -> Iterator[tuple[int, Page]]:
        """A page for each of the days ``first`` to ``last`` on which anything is not zero."""
        place = bisect_left(self.days, first)
        held = self.pages[place - 1] if place else None
        for day in range(first, last + 1):
            if place < len(self.days) and self.days[place] == day:
                held = self.pages[place]
                place += 1
                yield day, held
            elif held is not None and (held.ending or held.in_transit):
                yield day, Page(held.ending, (0,) * COLUMN_COUNT, held.ending, held.in_transit)
