"""The floor of one counter: its time, its chance, its agenda.

A day is played in the order of its instants: what was planned for it and what
comes up during it wait in one heap. All chance is drawn from one stream that is
consumed strictly forward, so playing more days never changes the days played.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from random import Random
from typing import Any, Final

from stockroom.simulator.world.calendar import OPEN_SECONDS, Calendar
from stockroom.simulator.world.orders import OrderIndex
from stockroom.simulator.world.parameters import Parameters
from stockroom.simulator.world.records import Record

HOUR: Final = 3600
_Plan = tuple[int, int, Callable[..., None], tuple[Any, ...]]


class Floor:
    """What the actors of a counter share.

    Actors are called as ``act(at, *args)`` with the instant (seconds since 1970)
    they planned for.
    """

    __slots__ = (
        "_agenda",
        "_heap",
        "_key",
        "_ticks",
        "calendar",
        "day",
        "draw",
        "ledger_seen",
        "log",
        "opened",
        "orders",
        "parameters",
        "phase",
        "rng",
    )

    def __init__(
        self, key: str, calendar: Calendar, parameters: Parameters, orders: OrderIndex
    ) -> None:
        self._key = key
        self.rng = Random(key)
        self.draw = self.rng.random
        self.calendar = calendar
        self.parameters = parameters
        self.orders = orders
        self.log: list[Record] = []
        """Today's events, in order."""
        self.day = -1
        self.opened = 0
        self.phase = (0, 0)
        """Today's day of the week and of the year."""
        self.ledger_seen = 0
        """When the ledger shows what happens today."""
        self._agenda: dict[int, list[_Plan]] = {}
        self._heap: list[_Plan] = []
        self._ticks = 0

    def begin(self, day: int) -> None:
        """Open day number ``day``."""
        self.day = day
        self.opened = self.calendar.opens(day)
        self.phase = self.calendar.phase(day)
        delay = round(self.parameters.ledger_delay_hours * HOUR)
        self.ledger_seen = self.opened + OPEN_SECONDS + delay
        self._heap = self._agenda.pop(day, [])
        heapify(self._heap)

    def play(self) -> None:
        """Let everything planned for today happen, in order."""
        heap = self._heap
        while heap:
            at, _, act, args = heappop(heap)
            act(at, *args)

    def some_time(self) -> int:
        """A random instant of today."""
        return self.opened + int(self.draw() * OPEN_SECONDS)

    def today(self, at: int, act: Callable[..., None], *args: Any) -> None:
        """Plan for the instant ``at`` of today."""
        self._ticks += 1
        heappush(self._heap, (at, self._ticks, act, args))

    def later(self, days: float, act: Callable[..., None], *args: Any) -> int:
        """Plan for some time of the day ``days`` after today (at least one).

        Returns:
            The number of that day.
        """
        day = self.day + max(1, round(days))
        self.on(day, self.draw(), act, *args)
        return day

    def on(self, day: int, part: float, act: Callable[..., None], *args: Any) -> None:
        """Plan for day number ``day``, when ``part`` (0 to 1) of its hours is over."""
        self._plan(day, self.calendar.opens(day) + int(part * OPEN_SECONDS), act, args)

    def aside(self, purpose: str) -> Random:
        """A stream of chance for one purpose alone.

        What draws from its own stream leaves the world beside it as it would have been.
        """
        return Random(f"{self._key}|{purpose}")

    def soon(self, at: int, seconds: float, act: Callable[..., None], *args: Any) -> int:
        """Plan for ``seconds`` after ``at``; what falls into a quiet morning waits for the opening.

        Returns:
            The instant planned for.
        """
        then = at + int(seconds)
        day = self.day
        while then >= self.calendar.closes(day):
            day += 1
            opens = self.calendar.opens(day)
            if then < opens:
                then = opens + int(self.draw() * HOUR)
        self._plan(day, then, act, args)
        return then

    def _plan(self, day: int, at: int, act: Callable[..., None], args: tuple[Any, ...]) -> None:
        if day == self.day:
            self.today(at, act, *args)
        else:
            self._ticks += 1
            self._agenda.setdefault(day, []).append((at, self._ticks, act, args))
