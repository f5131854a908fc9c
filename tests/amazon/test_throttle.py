"""Amazon's pace is kept on our side, fairly, and learned."""

from __future__ import annotations

import asyncio

import pytest

from stockroom.amazon.rates import CREATE_REPORT, GET_INVENTORY, GET_LISTING, Operation
from stockroom.amazon.throttle import Bucket, Throttle
from stockroom.core.clock import Clock, FixedClock
from stockroom.core.errors import ThrottledError


async def _take(bucket: Bucket, times: int) -> None:
    for _ in range(times):
        await bucket.take()


async def test_the_burst_costs_no_time(clock: FixedClock) -> None:
    await _take(Bucket(CREATE_REPORT, clock), 15)

    assert clock.monotonic() == 0


async def test_after_the_burst_requests_come_at_the_rate(clock: FixedClock) -> None:
    await _take(Bucket(GET_INVENTORY, clock), 2 + 20)

    assert clock.monotonic() == pytest.approx(10, rel=0.06)
    assert clock.monotonic() >= 10


async def test_an_idle_bucket_saves_no_more_than_the_burst(clock: FixedClock) -> None:
    bucket = Bucket(GET_INVENTORY, clock)
    clock.move(86_400)

    await _take(bucket, 3)

    assert clock.monotonic() > 86_400


async def test_turns_come_in_the_order_of_arrival(clock: FixedClock) -> None:
    bucket, served = Bucket(GET_LISTING, clock), []

    async def caller(number: int) -> None:
        await bucket.take()
        served.append(number)

    await asyncio.gather(*(caller(number) for number in range(40)))

    assert served == list(range(40))


async def test_a_turn_far_away_is_not_waited_for(clock: FixedClock) -> None:
    bucket = Bucket(CREATE_REPORT, clock)
    await _take(bucket, 15)

    with pytest.raises(ThrottledError) as caught:
        await bucket.take()

    assert caught.value.retry_after_s == pytest.approx(63, rel=0.01)
    assert clock.monotonic() == 0


async def test_those_already_waiting_count_into_the_patience() -> None:
    fast_clock = Clock(rate=500)
    slow = Bucket(Operation("slow", 0.1, 1), fast_clock, patience_s=25)

    outcomes = await asyncio.gather(*(slow.take() for _ in range(5)), return_exceptions=True)

    assert [type(one) for one in outcomes] == [type(None)] * 3 + [ThrottledError] * 2


async def test_a_refused_bucket_closes_for_as_long_as_amazon_says(clock: FixedClock) -> None:
    bucket = Bucket(GET_LISTING, clock)

    bucket.refused(20)
    await bucket.take()

    assert 20 <= clock.monotonic() <= 25


async def test_each_refusal_in_a_row_doubles_the_pause(clock: FixedClock) -> None:
    bucket = Bucket(GET_INVENTORY, clock)
    for _ in range(4):
        bucket.refused(None)

    await bucket.take()

    assert clock.monotonic() >= 8 * 0.5


async def test_a_refusal_closes_that_bucket_only(clock: FixedClock) -> None:
    throttle = Throttle(clock)
    throttle.bucket(GET_LISTING).refused(3600)

    await throttle.bucket(GET_INVENTORY).take()

    assert clock.monotonic() == 0


async def test_the_rate_is_learned(clock: FixedClock) -> None:
    bucket = Bucket(GET_INVENTORY, clock)
    bucket.accepted(20)

    await _take(bucket, 2 + 20)

    assert clock.monotonic() == pytest.approx(1, rel=0.06)


async def test_an_absurd_rate_is_not_believed(clock: FixedClock) -> None:
    bucket = Bucket(GET_INVENTORY, clock)
    bucket.accepted(0.000001)

    await _take(bucket, 3)

    assert clock.monotonic() < 1


async def test_a_caller_that_gives_up_leaves_the_queue(clock: FixedClock) -> None:
    bucket = Bucket(GET_INVENTORY, clock)
    await _take(bucket, 2)
    waiting = asyncio.create_task(bucket.take())
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    await bucket.take()

    assert clock.monotonic() == pytest.approx(0.5, rel=0.06)
