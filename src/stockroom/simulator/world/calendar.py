"""The hours of a network's day.

Everything in the world happens between 11:00 and 24:00 local time. Mornings are
when nightly reports are pulled: a snapshot taken then equals the closing of the
day before, so two sources that should agree can be held against each other
exactly. Daylight saving changes at night, so every such day is 13 hours long.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

OPEN_SECONDS: Final = 13 * 3600


class Calendar:
    """Day numbers (0 is the world's first day) and instants (seconds since 1970) of one zone."""

    __slots__ = ("_opens", "_phases", "first_day", "zone")

    def __init__(self, first_day: date, zone: ZoneInfo) -> None:
        self.first_day = first_day
        self.zone = zone
        self._opens: list[int] = []
        self._phases: list[tuple[int, int]] = []

    def date(self, day: int) -> date:
        """The calendar date of day number ``day``."""
        return self.first_day + timedelta(days=day)

    def phase(self, day: int) -> tuple[int, int]:
        """Day of the week (Monday is 0) and day of the year (January 1st is 0)."""
        known = self._phases
        while len(known) <= day:
            date = self.date(len(known))
            known.append((date.weekday(), date.timetuple().tm_yday - 1))
        return known[day]

    def opens(self, day: int) -> int:
        """The instant day number ``day`` begins to move: 11:00 local time."""
        known = self._opens
        while len(known) <= day:
            eleven = datetime.combine(self.date(len(known)), time(11), tzinfo=self.zone)
            known.append(int(eleven.timestamp()))
        return known[day]

    def closes(self, day: int) -> int:
        """The instant day number ``day`` is over: midnight local time."""
        return self.opens(day) + OPEN_SECONDS

    def days_closed(self, at: int) -> int:
        """How many days of the world are over at the instant ``at``."""
        today = datetime.fromtimestamp(at, UTC).astimezone(self.zone).date()
        return max(0, (today - self.first_day).days)
