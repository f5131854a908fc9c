"""Amazon's pace is kept on our side, by all processes together, and learned."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from stockroom.amazon.rates import CREATE_REPORT, GET_INVENTORY, GET_LISTING, Operation
from stockroom.amazon.throttle import Bucket, Buckets, Share, Throttle
from stockroom.core.clock import Clock, FixedClock
from stockroom.core.config import Settings
from stockroom.core.errors import ThrottledError
from stockroom.db.engine import Database
from stockroom.entrypoints.shared_buckets import SharedBuckets

SELLER = Share("A1SELLER NA", "our application")


def bucket(buckets: Buckets, operation: Operation, clock: Clock, share: Share = SELLER) -> Bucket:
    return Throttle(buckets, share, clock).bucket(operation)


async def take(one: Bucket, times: int) -> None:
    for _ in range(times):
        await one.take()


async def test_the_burst_costs_no_time(buckets: Buckets, clock: FixedClock) -> None:
    await take(bucket(buckets, CREATE_REPORT, clock), 15)

    assert clock.monotonic() == 0


async def test_after_the_burst_requests_come_at_the_rate(
    buckets: Buckets, clock: FixedClock
) -> None:
    await take(bucket(buckets, GET_INVENTORY, clock), 2 + 20)

    assert clock.monotonic() == pytest.approx(10, rel=0.05)
    assert clock.monotonic() >= 10


async def test_an_idle_bucket_saves_no_more_than_the_burst(
    buckets: Buckets, clock: FixedClock
) -> None:
    one = bucket(buckets, GET_INVENTORY, clock)
    await take(one, 2)
    clock.move(86_400)

    await take(one, 3)

    assert clock.monotonic() > 86_400


async def test_all_processes_and_organisations_of_a_seller_share_its_bucket(
    settings: Settings, buckets: Buckets, clock: FixedClock
) -> None:
    async with Database.open(settings) as elsewhere:
        other = bucket(SharedBuckets(elsewhere), CREATE_REPORT, clock)
        await take(bucket(buckets, CREATE_REPORT, clock), 8)
        await take(other, 7)

        with pytest.raises(ThrottledError):
            await other.take()


async def test_another_seller_application_or_operation_has_its_own(
    buckets: Buckets, clock: FixedClock
) -> None:
    await bucket(buckets, GET_LISTING, clock).refused(3600)

    await bucket(buckets, GET_INVENTORY, clock).take()
    await bucket(buckets, GET_LISTING, clock, replace(SELLER, seller="A2SELLER NA")).take()
    await bucket(buckets, GET_LISTING, clock, replace(SELLER, application="another")).take()

    assert clock.monotonic() == 0


async def test_a_turn_far_away_is_not_waited_for_and_not_booked(
    buckets: Buckets, clock: FixedClock
) -> None:
    one = bucket(buckets, CREATE_REPORT, clock)
    await take(one, 15)

    for _ in range(3):
        with pytest.raises(ThrottledError) as caught:
            await one.take()
        assert caught.value.retry_after_s == pytest.approx(62, rel=0.01)

    assert clock.monotonic() == 0
    clock.move(62)
    await one.take()


async def test_turns_that_are_booked_count_into_the_patience(buckets: Buckets) -> None:
    slow = bucket(buckets, Operation("slow", 0.1, 1), Clock(rate=500))

    outcomes = await asyncio.gather(*(slow.take() for _ in range(6)), return_exceptions=True)

    assert [type(one) for one in outcomes].count(ThrottledError) == 3


async def test_callers_of_one_moment_come_one_period_apart(
    buckets: Buckets, clock: FixedClock
) -> None:
    waits = [
        (await buckets.take(SELLER, GET_LISTING, clock.now(), 30)).wait_s for _ in range(5 + 4)
    ]

    assert waits[:5] == [0] * 5
    assert waits[5:] == pytest.approx([0.2062, 0.4124, 0.6186, 0.8247], rel=0.001)


async def test_a_refused_bucket_closes_for_as_long_as_amazon_says(
    buckets: Buckets, clock: FixedClock
) -> None:
    one = bucket(buckets, GET_LISTING, clock)
    await one.take()

    await one.refused(20)
    await one.take()

    assert 20 <= clock.monotonic() <= 25.1


async def test_each_refusal_in_a_row_doubles_the_pause(buckets: Buckets, clock: FixedClock) -> None:
    one = bucket(buckets, GET_INVENTORY, clock)
    for _ in range(5):
        await one.take()
        before = clock.monotonic()
        await one.refused(None)

    await one.take()

    assert clock.monotonic() - before >= 16 * 0.5


async def test_calls_that_were_under_way_together_are_one_refusal(
    buckets: Buckets, clock: FixedClock
) -> None:
    calls = [bucket(buckets, GET_INVENTORY, clock) for _ in range(2)]
    for call in calls:
        await call.take()
    clock.move(0.1)
    for call in calls:
        await call.refused(None)

    await calls[0].take()

    assert clock.monotonic() <= 0.1 + 0.52 * 1.25


async def test_after_a_success_the_next_refusal_is_the_first_again(
    buckets: Buckets, clock: FixedClock
) -> None:
    one = bucket(buckets, GET_INVENTORY, clock)
    for _ in range(5):
        await one.take()
        await one.refused(None)
    await one.take()
    await one.accepted(None)
    await one.take()
    before = clock.monotonic()
    await one.refused(None)

    await one.take()

    assert clock.monotonic() - before < 1


async def test_the_rate_is_learned_for_everybody(buckets: Buckets, clock: FixedClock) -> None:
    one = bucket(buckets, GET_INVENTORY, clock)
    await one.take()
    await one.accepted(20)

    await take(bucket(buckets, GET_INVENTORY, clock), 1 + 20)

    assert clock.monotonic() == pytest.approx(1, rel=0.05)


async def test_an_absurd_rate_is_not_believed(buckets: Buckets, clock: FixedClock) -> None:
    one = bucket(buckets, GET_INVENTORY, clock)
    await one.take()
    await one.accepted(0.000001)

    await take(one, 2)

    assert clock.monotonic() < 1


async def test_a_clock_that_was_set_back_closes_nothing(
    buckets: Buckets, clock: FixedClock
) -> None:
    await take(bucket(buckets, GET_INVENTORY, clock), 2)
    earlier = FixedClock(clock.now() - timedelta(days=30))

    await take(bucket(buckets, GET_INVENTORY, earlier), 4)

    assert earlier.monotonic() < 5
