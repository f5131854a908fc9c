"""The day units are ready: to come, in the marketplace's calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from stockroom.core.clock import FixedClock
from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.tools.inbound_ready import ready_day, ready_from

US = MARKETPLACES["US"]
CLOCK = FixedClock(datetime(2026, 11, 21, 7, 45, tzinfo=UTC))  # still the 20th in Los Angeles


def test_nobody_saying_means_a_week_from_today_there() -> None:
    assert ready_day(None, US, CLOCK) == date(2026, 11, 27)
    assert ready_day(None, MARKETPLACES["DE"], CLOCK) == date(2026, 11, 28)


def test_a_day_that_has_begun_is_refused_with_the_next_one() -> None:
    with pytest.raises(InvalidInputError, match="Nothing can be picked up") as refusal:
        ready_day(date(2026, 11, 20), US, CLOCK)
    assert "2026-11-21" in refusal.value.next_step
    assert ready_day(date(2026, 11, 21), US, CLOCK) == date(2026, 11, 21)


def test_a_day_that_went_by_while_amazon_worked_becomes_tomorrow() -> None:
    assert ready_from(date(2026, 11, 25), US, CLOCK) == datetime(2026, 11, 25, 8, tzinfo=UTC)
    assert ready_from(date(2026, 11, 18), US, CLOCK) == datetime(2026, 11, 21, 8, tzinfo=UTC)
