"""Time, for every process of one installation.

By default the clock is the machine's. A home with a pretend Amazon lives on its
own: it began at a fixed instant and may run faster, so that everyone (the
simulator, the worker, the server) agrees when a token expires.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


class Clock:
    """``now = start + (machine − anchor) × rate``.

    Args:
        start: The instant this clock showed at ``anchor``; None means the machine's own time.
        anchor: The machine's instant at which the clock showed ``start``.
        rate: Seconds of this clock per second of the machine.
    """

    def __init__(
        self, start: datetime | None = None, anchor: datetime | None = None, rate: float = 1.0
    ) -> None:
        self.start = start
        self.anchor = anchor
        self.rate = rate

    def now(self) -> datetime:
        """The present instant, UTC."""
        machine = datetime.now(UTC)  # noqa: TID251 - the one place that may
        if self.start is None or self.anchor is None:
            return machine
        return self.start + (machine - self.anchor) * self.rate

    def today(self, zone: ZoneInfo) -> date:
        """The calendar day that is going on in ``zone``."""
        return self.now().astimezone(zone).date()

    async def sleep(self, seconds: float) -> None:
        """Wait for ``seconds`` of this clock."""
        await asyncio.sleep(max(0.0, seconds / self.rate))

    def monotonic(self) -> float:
        """Seconds of this clock from an arbitrary origin; never goes back."""
        return time.monotonic() * self.rate


class FixedClock(Clock):
    """A clock for tests: stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self._at = at
        self._elapsed = 0.0

    def now(self) -> datetime:
        """The instant it was last set to."""
        return self._at

    def monotonic(self) -> float:
        """Seconds it was moved so far."""
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        """Move on instead of waiting."""
        self.move(max(0.0, seconds))
        await asyncio.sleep(0)

    def move(self, seconds: float) -> None:
        """Let ``seconds`` pass."""
        self._at += timedelta(seconds=seconds)
        self._elapsed += seconds


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which ``day`` begins in ``zone``."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def day_end(day: date, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which ``day`` is over in ``zone``."""
    return day_start(day + timedelta(days=1), zone)
