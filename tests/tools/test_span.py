"""The days a caller asks for, at the ends of the calendar."""

from __future__ import annotations

from datetime import date

from stockroom.core.clock import FixedClock
from stockroom.tools.span import Span


def test_an_end_at_the_beginning_of_the_calendar_is_a_range_without_days_before_it(
    clock: FixedClock,
) -> None:
    assert Span.of(None, date.min, clock, default=30, most=92) == Span(date.min, date.min)
    third = date(1, 1, 3)
    assert Span.of(None, third, clock, default=2, most=92) == Span(date(1, 1, 2), third)
