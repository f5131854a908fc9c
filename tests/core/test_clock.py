"""The clock every process of an installation reads."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from stockroom.core.clock import Clock, FixedClock, day_end, day_start

START = datetime(2026, 3, 1, 8, 45, tzinfo=UTC)


def test_a_clock_runs_on_from_its_start_at_its_rate() -> None:
    anchor = Clock().now() - timedelta(seconds=10)
    clock = Clock(START, anchor, rate=60)

    assert START + timedelta(minutes=10) <= clock.now() < START + timedelta(minutes=12)


def test_a_clock_without_a_start_is_the_machines() -> None:
    before = Clock().now()

    assert before <= Clock().now() <= before + timedelta(seconds=5)


async def test_a_fixed_clock_moves_instead_of_waiting() -> None:
    clock = FixedClock(START)
    await clock.sleep(3600)

    assert clock.now() == START + timedelta(hours=1)
    assert clock.monotonic() == 3600


def test_the_day_is_the_zones_calendar() -> None:
    clock = FixedClock(datetime(2026, 3, 1, 7, 30, tzinfo=UTC))

    assert clock.today(ZoneInfo("America/Los_Angeles")) == date(2026, 2, 28)
    assert clock.today(ZoneInfo("Europe/Berlin")) == date(2026, 3, 1)


def test_a_day_has_23_hours_when_the_clocks_go_forward() -> None:
    zone, day = ZoneInfo("America/Los_Angeles"), date(2026, 3, 8)

    assert day_end(day, zone) - day_start(day, zone) == timedelta(hours=23)
