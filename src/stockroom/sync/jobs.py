"""The sync's side of the queue: a tick per account, a job per step.

A run's next step is a job of its own, scheduled for when it is due: waiting for
Amazon holds no worker. Should a job be lost, the next tick finds the open run
and makes another; should one run twice, the step is the same and the fill takes
its own lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from procrastinate import App, RetryDecision
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job
from procrastinate.retry import BaseRetryStrategy

from stockroom.amazon.ports import SellingPartner
from stockroom.core.clock import Clock
from stockroom.core.errors import StockroomError
from stockroom.spec.account import AccountFacts
from stockroom.spec.run import Run
from stockroom.sync.engine import SyncEngine

QUEUE = "sync"
ACCOUNT = "sync.account"
ADVANCE = "sync.advance"

_LONGEST_PAUSE_S = 300


class Accounts(Protocol):
    """Opens accounts for the engine."""

    async def facts(self, account_id: UUID) -> AccountFacts:
        """The account without credentials."""
        ...

    async def partner(self, account_id: UUID) -> SellingPartner:
        """Amazon as this seller sees it."""
        ...


class _WhenRetryable(BaseRetryStrategy):
    """Again, later each time, when our error says that the same call can succeed."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if not isinstance(exception, StockroomError) or not exception.retryable:
            return None
        return RetryDecision(retry_in={"seconds": min(_LONGEST_PAUSE_S, 5 * 2**job.attempts)})


async def defer_account(
    app: App,
    account_id: UUID,
    *,
    reason: str = "nightly",
    datasets: Sequence[str] | None = None,
    days: int | None = None,
) -> None:
    """Queue the tick of one account; one that already waits is enough.

    Args:
        app: An open app.
        account_id: Whose data.
        reason: ``nightly`` or ``manual``.
        datasets: Only these; default: all.
        days: At most that many days back.
    """
    try:
        await app.configure_task(
            ACCOUNT,
            queue=QUEUE,
            lock=f"{account_id}:tick",
            queueing_lock=f"{ACCOUNT}:{account_id}:{reason}",
        ).defer_async(
            account_id=str(account_id),
            reason=reason,
            datasets=list(datasets) if datasets is not None else None,
            days=days,
        )
    except AlreadyEnqueued:
        return


def register(app: App, engine: SyncEngine, accounts: Accounts, clock: Clock) -> None:
    """Teach a worker's app the sync's tasks. Names are explicit: the queue stores them."""

    @app.task(name=ACCOUNT, queue=QUEUE, retry=_WhenRetryable())
    async def account(
        account_id: str, reason: str, datasets: list[str] | None, days: int | None
    ) -> None:
        facts = await accounts.facts(UUID(account_id))
        amazon = await accounts.partner(facts.id)
        planned = await engine.plan(facts, datasets=datasets, reason=reason, days=days)
        for run in await engine.adopt(facts, planned, amazon):
            await _defer(app, engine, clock, run)

    @app.task(name=ADVANCE, queue=QUEUE, retry=_WhenRetryable())
    async def advance(account_id: str, run_id: str) -> None:
        facts = await accounts.facts(UUID(account_id))
        run = await engine.find(facts, UUID(run_id))
        if run.open and (run.next_at is None or run.next_at <= clock.now()):
            run = await engine.advance(facts, run, await accounts.partner(facts.id))
        if run.open:
            await _defer(app, engine, clock, run)


async def _defer(app: App, engine: SyncEngine, clock: Clock, run: Run) -> None:
    wait = (run.next_at - clock.now()).total_seconds() if run.next_at else 0.0
    try:
        await app.configure_task(
            ADVANCE,
            queue=QUEUE,
            priority=engine.priority(run),
            # Per run, not per dataset: a job scheduled for later holds back every other job of
            # its lock, and one window that waits for hours must not. Fills lock for themselves.
            lock=str(run.id),
            queueing_lock=f"{ADVANCE}:{run.id}",
            schedule_in={"seconds": wait / clock.rate} if wait > 0 else None,
        ).defer_async(account_id=str(run.account_id), run_id=str(run.id))
    except AlreadyEnqueued:
        return
