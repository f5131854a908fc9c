from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from stockroom.core.clock import FixedClock
from stockroom.tenancy.limits import RateLimit
from stockroom.tenancy.principal import Principal

CLOCK_START = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)


def principal(key: int, per_minute: int | None) -> Principal:
    return Principal(
        key_id=UUID(int=key),
        organisation_id=UUID(int=0),
        name="key",
        accounts=(),
        scopes=frozenset(),
        requests_per_minute=per_minute,
    )


def test_a_key_without_a_rate_is_never_held_back() -> None:
    rates = RateLimit(FixedClock(CLOCK_START))
    assert not any(rates.wait_for(principal(1, None)) for _ in range(1000))


def test_a_used_up_rate_says_how_long_to_wait_and_fills_again() -> None:
    clock = FixedClock(CLOCK_START)
    rates = RateLimit(clock)
    assert [rates.wait_for(principal(1, 2)) for _ in range(3)] == [0, 0, 30]
    clock.move(30)
    assert rates.wait_for(principal(1, 2)) == 0


def test_one_key_does_not_use_up_another() -> None:
    rates = RateLimit(FixedClock(CLOCK_START))
    assert rates.wait_for(principal(1, 1)) == 0
    assert rates.wait_for(principal(1, 1)) > 0
    assert rates.wait_for(principal(2, 1)) == 0
