"""Windows of days: what is asked, filled and derived at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """The days ``first`` … ``last``, both in it."""

    first: date
    last: date

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def days(self) -> Iterator[date]:
        """Every day, oldest first."""
        for offset in range(len(self)):
            yield self.first + timedelta(days=offset)


@dataclass(frozen=True, slots=True)
class DaySpan:
    """A set of days, sorted: those whose facts changed.

    Metrics that hold a row per day derive again exactly ``days``; metrics that
    hold the present derive whole.
    """

    days: tuple[date, ...]

    @classmethod
    def of(cls, days: Iterable[date]) -> DaySpan:
        """The distinct days, in order."""
        return cls(tuple(sorted(set(days))))

    @property
    def first(self) -> date:
        """The oldest day."""
        return self.days[0]

    @property
    def last(self) -> date:
        """The newest day."""
        return self.days[-1]

    def __bool__(self) -> bool:
        return bool(self.days)


def windows(days: Iterable[date], longest: int) -> list[Window]:
    """``days`` as windows of neighbouring days, none longer than ``longest``, newest first."""
    found: list[Window] = []
    for day in sorted(set(days), reverse=True):
        if found and found[-1].first - ONE_DAY == day and len(found[-1]) < longest:
            found[-1] = Window(day, found[-1].last)
        else:
            found.append(Window(day, day))
    return found


def month_of(day: date) -> Window:
    """The calendar month of a day."""
    first = day.replace(day=1)
    return Window(first, (first + timedelta(days=31)).replace(day=1) - ONE_DAY)


def months(days: Iterable[date]) -> list[Window]:
    """The whole calendar months that ``days`` lie in, newest first."""
    found = {month_of(day) for day in days}
    return sorted(found, key=lambda month: month.first, reverse=True)
