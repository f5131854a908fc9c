"""An account is attended to fairly: the most urgent first, nobody in vain, nobody for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from stockroom.core.clock import Clock, FixedClock
from stockroom.reports import inventory, ledger_summary, listings, orders
from stockroom.spec.run import Run, RunState
from stockroom.sync.attend import STEPS_AT_ONCE, Attendance

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)
REPORTS = {
    one.name: one for one in (s.REPORT for s in (inventory, ledger_summary, listings, orders))
}
ACCOUNT = uuid4()


def planned(dataset: str = "ledger_summary", **more: object) -> Run:
    given = {
        "account_id": ACCOUNT,
        "id": uuid4(),
        "dataset": dataset,
        "marketplace": "US",
        "first_day": date(2026, 11, 20),
        "last_day": date(2026, 11, 20),
        "reason": "nightly",
        "state": RunState.PLANNED.value,
        "attempts": 0,
        "created_at": NOW,
    }
    return Run(**(given | more))


@dataclass
class Amazon:
    """Takes steps as a seller with so many reports to spare would let us."""

    clock: FixedClock
    left: int = 99
    refuses: UUID | None = None
    taken: list[tuple[str, UUID]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    meanwhile: Callable[[Run], None] = lambda _: None

    async def advance(self, run: Run) -> Run:
        self.taken.append((run.state, run.id))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.meanwhile(run)
        self.at_once -= 1
        if run.state != RunState.PLANNED:
            return run.but(state=RunState.DONE.value)
        if run.id == self.refuses:
            hour = self.clock.now() + timedelta(hours=1)
            return run.but(error_kind="QuotaExceeded", attempts=run.attempts + 1, next_at=hour)
        if not self.left:
            return run.but(
                error_kind="QuotaExceeded", next_at=self.clock.now() + timedelta(minutes=1)
            )
        self.left -= 1
        return run.but(
            state=RunState.REQUESTED.value, next_at=self.clock.now() + timedelta(minutes=5)
        )


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def amazon(clock: FixedClock) -> Amazon:
    return Amazon(clock)


def attendance(amazon: Amazon, *runs: Run) -> Attendance:
    return Attendance(
        runs,
        reports=REPORTS,
        clock=amazon.clock,
        priority=lambda run: -100 if run.reason == "backfill" else 0,
        advance=amazon.advance,
    )


def for_ever() -> bool:
    return True


async def test_what_is_due_is_begun_though_time_goes_on(amazon: Amazon) -> None:
    attending = Attendance(
        [planned()],
        reports=REPORTS,
        clock=Clock(NOW, Clock().now(), rate=1000),
        priority=lambda _: 0,
        advance=amazon.advance,
    )

    await attending.attend(for_ever)

    assert len(amazon.taken) == 1


async def test_what_waits_for_the_same_call_is_asked_once_until_it_opens(amazon: Amazon) -> None:
    amazon.left = 0
    attending = attendance(amazon, *(planned() for _ in range(20)))

    await attending.attend(for_ever)

    assert len(amazon.taken) <= STEPS_AT_ONCE
    assert attending.next_at == NOW + timedelta(minutes=1)


async def test_the_wait_of_a_run_that_amazon_refused_is_its_own(amazon: Amazon) -> None:
    refused = planned("orders")
    amazon.refuses = refused.id
    attending = attendance(amazon, refused)
    await attending.attend(for_ever)
    assert attending.next_at == NOW + timedelta(hours=1)

    other = planned(reason="backfill")
    attending.add(other)
    await attending.attend(for_ever)

    assert amazon.taken[-1] == ("planned", other.id)


async def test_when_it_opens_the_most_urgent_asks_first(amazon: Amazon, clock: FixedClock) -> None:
    amazon.left = 0
    attending = attendance(amazon, *(planned(reason="backfill") for _ in range(3)))
    await attending.attend(for_ever)
    urgent = planned("orders")
    attending.add(urgent)
    amazon.taken.clear()
    amazon.left = 1
    clock.move(60)

    await attending.attend(for_ever)

    assert amazon.taken[0] == ("planned", urgent.id)


async def test_other_calls_go_on_while_one_is_closed(amazon: Amazon) -> None:
    amazon.left = 0
    polled = planned(state=RunState.REQUESTED.value)
    listed = planned("inventory", state=RunState.READY.value)
    attending = attendance(amazon, planned(), polled, listed)

    await attending.attend(for_ever)

    assert {polled.id, listed.id} <= {run_id for _, run_id in amazon.taken}


async def test_a_step_that_breaks_holds_nobody_up(amazon: Amazon) -> None:
    bad, good = planned("orders"), planned(reason="backfill")

    def fail(run: Run) -> None:
        if run.id == bad.id:
            raise LookupError(run.dataset)

    amazon.meanwhile = fail
    attending = attendance(amazon, bad, good)

    with pytest.raises(LookupError, match="orders"):
        await attending.attend(for_ever)

    assert ("planned", good.id) in amazon.taken
    assert attending.next_at == NOW + timedelta(minutes=5), "the good one is polled later"


async def test_asked_to_stop_it_finishes_what_is_in_hand_and_begins_nothing(
    amazon: Amazon,
) -> None:
    stopping = False

    def stop(_: Run) -> None:
        nonlocal stopping
        stopping = True

    amazon.meanwhile = stop
    attending = attendance(amazon, *(planned() for _ in range(30)))

    await attending.attend(lambda: not stopping)

    assert len(amazon.taken) == STEPS_AT_ONCE == 30 - amazon_left(attending)
    assert attending.next_at == NOW, "the rest is due at once, for another"


def amazon_left(attending: Attendance) -> int:
    return sum(run.state == RunState.PLANNED for run in attending._runs.values())


async def test_an_account_takes_no_more_than_its_share_of_steps(amazon: Amazon) -> None:
    await attendance(amazon, *(planned() for _ in range(30))).attend(for_ever)

    assert len(amazon.taken) == 30
    assert amazon.most_at_once == STEPS_AT_ONCE


async def test_metrics_are_derived_when_nothing_is_being_filled(amazon: Amazon) -> None:
    runs = [planned(state=state.value) for state in (RunState.FILLED, RunState.LANDED) * 2]

    await attendance(amazon, *runs).attend(for_ever)

    assert [state for state, _ in amazon.taken] == ["landed", "landed", "filled", "filled"]


async def test_what_comes_in_together_is_derived_together(
    amazon: Amazon, clock: FixedClock
) -> None:
    soon = NOW + timedelta(seconds=20)
    young = planned(state=RunState.REQUESTED.value, requested_at=NOW, next_at=soon)
    filled = planned(state=RunState.FILLED.value)
    attending = attendance(amazon, filled, young)

    await attending.attend(for_ever)
    assert (amazon.taken, attending.next_at) == ([], soon)

    clock.move(20)
    await attending.attend(for_ever)
    assert [state for state, _ in amazon.taken] == ["requested", "filled"]


async def test_metrics_do_not_wait_for_what_may_take_hours_nor_for_history(amazon: Amazon) -> None:
    asked, soon = NOW - timedelta(minutes=5), NOW + timedelta(seconds=20)
    slow = planned(state=RunState.REQUESTED.value, requested_at=asked, next_at=soon)
    later = planned(next_at=NOW + timedelta(minutes=1))
    history = planned(reason="backfill", next_at=soon)
    attending = attendance(amazon, planned(state=RunState.FILLED.value), slow, later, history)

    await attending.attend(for_ever)

    assert [state for state, _ in amazon.taken] == ["filled"]


async def test_it_is_seen_through_as_long_as_the_next_step_is_near(
    amazon: Amazon, clock: FixedClock
) -> None:
    near, far = planned(), planned("inventory", next_at=NOW + timedelta(hours=1))
    attending = attendance(amazon, near, far)

    await attending.see_through(timedelta(minutes=10))

    assert amazon.taken == [("planned", near.id), ("requested", near.id)]
    assert (clock.now(), attending.next_at) == (NOW + timedelta(minutes=5), far.next_at)
