"""One account's open runs, a few steps at a time, the most urgent first.

A run whose call has no turn at Amazon yet is left, and so is every other run
that wants the same kind of call: when the turn comes, the most urgent asks
first. So what is needed tonight passes history that has waited longer, nobody
asks in vain, and whoever attends an account is free for another meanwhile.

Metrics are derived once for what comes in together: a filled run waits a little
for others that are as urgent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from stockroom.core.clock import Clock
from stockroom.core.log import logger
from stockroom.spec.report import PagedApi, Report
from stockroom.spec.run import Run, RunState

STEPS_AT_ONCE = 8
"""Of one account: its lists can be long, and its documents must not wait for them."""

_TOGETHER = timedelta(seconds=30)
"""What is due within that time is derived together with what is filled already."""
_YOUNG = timedelta(minutes=2)
"""A report that was asked for longer ago may still take hours: nothing waits for it."""
_EVER = datetime.min.replace(tzinfo=UTC)
_OUT_OF_TURN = "QuotaExceeded"
_ORDER = tuple(RunState)
"""Of equally urgent runs, those that have Amazon make something go before those that only read it."""

Lane = tuple[str, object]
Advance = Callable[[Run], Coroutine[Any, Any, Run]]

_log = logger("sync.attend")


class Attendance:
    """Takes the steps that are due.

    Args:
        runs: The open runs.
        reports: The declared datasets.
        clock: What says whether a step is due.
        priority: How urgent a run is: larger first.
        advance: Takes one step of a run; returns it as stored.
    """

    def __init__(
        self,
        runs: Iterable[Run],
        *,
        reports: Mapping[str, Report],
        clock: Clock,
        priority: Callable[[Run], int],
        advance: Advance,
    ) -> None:
        self._runs: dict[UUID, Run] = {}
        self._urgent: dict[UUID, int] = {}
        self._reports = reports
        self._clock = clock
        self._priority = priority
        self._advance = advance
        self._in_hand: dict[asyncio.Task[Run], Run] = {}
        self._closed: dict[Lane, datetime] = {}
        for run in runs:
            if run.open:
                self.add(run)

    @property
    def next_at(self) -> datetime | None:
        """When the next step is due, at the earliest now; None when nothing is left to do."""
        due_at = min((at for _, at in self._dues()), default=None)
        return due_at and max(due_at, self._clock.now())

    async def attend(self, going_on: Callable[[], bool]) -> None:
        """Take steps until none is due, or until ``going_on`` says no; then finish those in hand.

        A step that breaks takes its own run out of this attendance, and no other.

        Raises:
            Exception: What the first broken step raised, after the others were finished.
        """
        broken: list[BaseException] = []
        try:
            while True:
                if going_on():
                    self._begin()
                if not self._in_hand:
                    break
                done, _ = await asyncio.wait(
                    self._in_hand, timeout=self._pause(), return_when=asyncio.FIRST_COMPLETED
                )
                broken += filter(None, map(self._finish, done))
        finally:
            await self._drop_all()
        if broken:
            raise broken[0]

    async def see_through(self, patience: timedelta) -> None:
        """Attend until nothing is left, or nothing is due within ``patience``.

        Raises:
            Exception: What a broken step raised; the rest stays as it is.
        """
        while True:
            await self.attend(lambda: True)
            due_at = self.next_at
            if due_at is None or due_at > self._clock.now() + patience:
                return
            await self._clock.sleep((due_at - self._clock.now()).total_seconds())

    def add(self, run: Run) -> None:
        """Take one more run up."""
        self._runs[run.id] = run
        self._urgent[run.id] = self._priority(run)

    def _begin(self) -> None:
        for run in self._waiting():
            if len(self._in_hand) >= STEPS_AT_ONCE:
                return
            if self._may_begin(run):
                self._in_hand[asyncio.create_task(self._advance(run))] = run

    def _finish(self, task: asyncio.Task[Run]) -> BaseException | None:
        before = self._in_hand.pop(task)
        if error := task.exception():
            _log.error("step broke", run=str(before.id), dataset=before.dataset, step=before.state)
            del self._runs[before.id]
            return error
        after = task.result()
        self._runs[after.id] = after
        if not after.open:
            del self._runs[after.id]
        elif _is_out_of_turn(before, after) and after.next_at is not None:
            self._closed[self._lane(after)] = after.next_at
        return None

    def _waiting(self) -> Iterator[Run]:
        """Due runs that nobody has in hand, the most urgent first."""
        taken = {run.id for run in self._in_hand.values()}
        now = self._clock.now()
        due = [run for run, at in self._dues() if at <= now and run.id not in taken]
        yield from sorted(due, key=self._urgency)

    def _urgency(self, run: Run) -> tuple[int, int, int, UUID]:
        step = _ORDER.index(RunState(run.state))
        return -self._urgent[run.id], step, -run.last_day.toordinal(), run.id

    def _may_begin(self, run: Run) -> bool:
        """Metrics are derived for all filled runs at once, so not while more are being filled."""
        if run.state != RunState.FILLED:
            return True
        in_hand = self._in_hand.values()
        urgent = self._urgent[run.id]
        return not any(one.state == RunState.FILLED or self._joins(one, urgent) for one in in_hand)

    def _dues(self) -> Iterator[tuple[Run, datetime]]:
        """Every run, and when its step is due."""
        together: dict[int, datetime] = {}
        for run in self._runs.values():
            if run.state != RunState.FILLED:
                yield run, self._due_at(run)
                continue
            urgent = self._urgent[run.id]
            if urgent not in together:
                together[urgent] = self._filled_by(urgent)
            yield run, together[urgent]

    def _due_at(self, run: Run) -> datetime:
        """When the step of a run that is not filled is due."""
        return max(run.next_at or _EVER, self._closed.get(self._lane(run), _EVER))

    def _filled_by(self, urgent: int) -> datetime:
        """When what is derived together with filled runs so urgent is filled too."""
        until = self._clock.now() + _TOGETHER
        joining = (self._due_at(one) for one in self._runs.values() if self._joins(one, urgent))
        return max((at for at in joining if at <= until), default=_EVER)

    def _joins(self, run: Run, urgent: int) -> bool:
        """Whether a run that is filled soon is worth waiting for before deriving what is so urgent."""
        if run.state == RunState.FILLED or self._urgent[run.id] < urgent:
            return run.state == RunState.LANDED
        asked_at = run.requested_at if run.state == RunState.REQUESTED else None
        return asked_at is None or self._clock.now() - asked_at < _YOUNG

    def _lane(self, run: Run) -> Lane:
        """Runs that wait for the same call of Amazon's."""
        request = self._reports[run.dataset].request
        return run.state, run.dataset if isinstance(request, PagedApi) else type(request)

    def _pause(self) -> float | None:
        """Machine seconds until a further step may begin though none has ended."""
        if len(self._in_hand) >= STEPS_AT_ONCE:
            return None
        taken = {run.id for run in self._in_hand.values()}
        now = self._clock.now()
        later = [due_at for run, due_at in self._dues() if due_at > now and run.id not in taken]
        return max((min(later) - now).total_seconds() / self._clock.rate, 0.01) if later else None

    async def _drop_all(self) -> None:
        """Nobody waits for us any more: what is in hand is broken off, to be taken up again later."""
        for task in self._in_hand:
            task.cancel()
        await asyncio.gather(*self._in_hand, return_exceptions=True)


def _is_out_of_turn(before: Run, after: Run) -> bool:
    """Whether our own pace held a run up, and so all that wait for the same call.

    Amazon's refusal is counted as an attempt, and the wait that follows is that run's alone: when
    there are turns again, the next to ask is told by the bucket.
    """
    return after.error_kind == _OUT_OF_TURN and after.attempts == before.attempts
