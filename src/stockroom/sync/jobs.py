"""The sync's side of the queue: a look at an account finds what is due, an attendance does it.

One job at a time attends an account, for a moment: it takes the steps that are
due, several at once, and makes room for the next account. What is due later is a
job of its own: waiting for Amazon holds no worker, and a slow seller never holds
more than one place. Should a job be lost, the next look makes another; should one
run twice, the steps are claimed, and the fill takes its own lock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from procrastinate import App, RetryDecision
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, JobAborted
from procrastinate.jobs import Job
from procrastinate.retry import BaseRetryStrategy

from stockroom.amazon.ports import SellingPartner
from stockroom.core.clock import Clock
from stockroom.core.errors import DatabaseUnavailableError, StockroomError
from stockroom.spec.account import AccountFacts
from stockroom.sync.engine import SyncEngine

QUEUE = "sync"
ACCOUNT = "sync.account"
ATTEND = "sync.attend"

_LONGEST_PAUSE_S = 300
_DATABASE_PAUSE_S = 10
_SLICE_S = 20.0
"""An account with so much work that it never ends is left for another after that long."""
_SOONER = """
    update queue.procrastinate_jobs
    set scheduled_at = case when scheduled_at > %(at)s then %(at)s else scheduled_at end
    where queueing_lock = %(lock)s and status = 'todo'
    returning id
"""
_MACHINE = Clock()
"""The queue runs on the machine's time."""


class Accounts(Protocol):
    """Opens accounts for the engine."""

    async def facts(self, account_id: UUID) -> AccountFacts:
        """The account without credentials."""
        ...

    async def partner(self, account_id: UUID) -> SellingPartner:
        """Amazon as this seller sees it."""
        ...


class _ByError(BaseRetryStrategy):
    """Again when our error says that the same call can succeed.

    Soon when it was the database or the worker's own end, later each time when it was Amazon.
    """

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, JobAborted | asyncio.CancelledError):
            return RetryDecision(retry_in={"seconds": 0})  # this worker stops; another goes on
        if isinstance(exception, DatabaseUnavailableError | ConnectorException):
            return RetryDecision(retry_in={"seconds": _DATABASE_PAUSE_S})
        if not isinstance(exception, StockroomError) or not exception.retryable:
            return None
        pause = min(_LONGEST_PAUSE_S, 5 * 2 ** min(job.attempts, 10))
        return RetryDecision(retry_in={"seconds": max(pause, exception.retry_after_s or 0)})


async def defer_account(
    app: App,
    account_id: UUID,
    *,
    reason: str = "nightly",
    datasets: Sequence[str] | None = None,
    days: int | None = None,
) -> None:
    """Queue a look at one account; one that already waits is enough.

    Args:
        app: An open app.
        account_id: Whose data.
        reason: ``nightly`` or ``manual``.
        datasets: Only these; default: all.
        days: At most that many days back.
    """
    chosen = "all" if datasets is None else ",".join(datasets)
    try:
        await app.configure_task(
            ACCOUNT,
            queue=QUEUE,
            lock=f"{account_id}:look",
            queueing_lock=f"{ACCOUNT}:{account_id}:{reason}:{chosen}",
        ).defer_async(
            account_id=str(account_id),
            reason=reason,
            datasets=list(datasets) if datasets is not None else None,
            days=days,
        )
    except AlreadyEnqueued:
        return


def register(
    app: App,
    engine: SyncEngine,
    accounts: Accounts,
    clock: Clock,
    stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Teach a worker's app the sync's tasks. Names are explicit: the queue stores them.

    Args:
        app: The worker's.
        engine: Takes the steps.
        accounts: Opens accounts.
        clock: The installation's.
        stopping: Whether this worker was asked to end: the steps in hand are finished, the rest
            is given back.
    """

    @app.task(name=ACCOUNT, queue=QUEUE, retry=_ByError())
    async def account(
        account_id: str, reason: str, datasets: list[str] | None, days: int | None
    ) -> None:
        facts = await accounts.facts(UUID(account_id))
        began = clock.now()
        planned = await engine.plan(facts, datasets=datasets, reason=reason, days=days)
        # Looking for what Amazon has already made is scarce too: once per run, not once per look.
        if fresh := [run for run in planned if run.created_at >= began]:
            await engine.adopt(facts, fresh, await accounts.partner(facts.id))
        if planned:
            await _attend_in(app, facts.id, timedelta())

    @app.task(name=ATTEND, queue=QUEUE, retry=_ByError())
    async def attend(account_id: str) -> None:
        facts = await accounts.facts(UUID(account_id))
        attendance = await engine.attendance(facts, await accounts.partner(facts.id))
        until = _MACHINE.monotonic() + _SLICE_S
        try:
            await attendance.attend(lambda: not stopping() and _MACHINE.monotonic() < until)
        finally:
            due_at = attendance.next_at
            if due_at is not None:
                await _attend_in(app, facts.id, (due_at - clock.now()) / clock.rate)


async def _attend_in(app: App, account_id: UUID, wait: timedelta) -> None:
    """Have the account attended to; should that be queued for later, bring it forward.

    Args:
        app: An open app.
        account_id: Whose runs.
        wait: On the machine's clock; the past is now.
    """
    lock = f"{ATTEND}:{account_id}"
    at = _MACHINE.now() + max(wait, timedelta())
    if await app.connector.execute_query_all_async(_SOONER, at=at, lock=lock):
        return
    try:
        await app.configure_task(
            ATTEND,
            queue=QUEUE,
            lock=lock,
            queueing_lock=lock,
            schedule_at=at if wait > timedelta() else None,
        ).defer_async(account_id=str(account_id))
    except AlreadyEnqueued:  # by another, just now: the same again
        await app.connector.execute_query_all_async(_SOONER, at=at, lock=lock)
