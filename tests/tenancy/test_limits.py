from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from stockroom.core.clock import FixedClock
from stockroom.tenancy.limits import Allowances
from stockroom.tenancy.principal import Principal
from stockroom.tenancy.uses import KeyUses

CLOCK_START = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)


def principal(key: int, per_minute: int | None = None, per_day: int | None = None) -> Principal:
    return Principal(
        key_id=UUID(int=key),
        organisation_id=UUID(int=0),
        name="key",
        accounts=(),
        scopes=frozenset(),
        requests_per_minute=per_minute,
        requests_per_day=per_day,
    )


def allowances(clock: FixedClock) -> Allowances:
    return Allowances(clock, KeyUses(clock))


def test_a_key_without_limits_is_never_held_back() -> None:
    assert allowances(FixedClock(CLOCK_START)).take(principal(1)) == []


def test_a_used_up_minute_says_how_long_to_wait_and_fills_again() -> None:
    clock = FixedClock(CLOCK_START)
    held = allowances(clock)
    taken = [held.take(principal(1, 2))[0] for _ in range(3)]
    assert [one.left for one in taken] == [1, 0, -1]
    assert taken[1].refusal is None
    assert taken[2].refusal is not None
    assert taken[2].refusal.retry_after_s == 30
    clock.move(30)
    assert held.take(principal(1, 2))[0].refusal is None


def test_one_key_does_not_use_up_another() -> None:
    held = allowances(FixedClock(CLOCK_START))
    assert held.take(principal(1, 1))[0].refusal is None
    assert held.take(principal(1, 1))[0].refusal is not None
    assert held.take(principal(2, 1))[0].refusal is None


def test_a_used_up_day_lasts_until_midnight_utc() -> None:
    clock = FixedClock(CLOCK_START)
    uses = KeyUses(clock)
    held = Allowances(clock, uses)
    for _ in range(3):
        uses.count(UUID(int=1))
    (day,) = held.take(principal(1, per_day=2))
    assert day.refusal is not None
    assert day.reset_s == (15 * 60 + 15) * 60
    clock.move(day.reset_s)
    uses.count(UUID(int=1))
    assert held.take(principal(1, per_day=2))[0].left == 1
