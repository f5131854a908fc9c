"""The gate's side of the queue: jobs committed with what they are for.

A job is put into the queue by the transaction that creates the need for it, so that
neither exists without the other. The queue may run a job twice (a worker that seems
dead can still be alive); nothing here relies on it running once.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

import psycopg
from procrastinate import App, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job
from procrastinate.retry import BaseRetryStrategy
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.core.clock import Clock
from stockroom.core.errors import StockroomError
from stockroom.core.text import storable
from stockroom.writes.owed import Word

QUEUE = "writes"
EXECUTE = "writes.execute"
VERIFY = "writes.verify"
SAY = "writes.say"

_LONGEST_PAUSE_S = 60
_DEFERRER = App(connector=PsycopgConnector())
"""Never opened: it only spells jobs, on connections it is handed."""


class Carrier(Protocol):
    """Who carries jobs out: the gate."""

    async def execute(self, account_id: UUID, change_id: UUID) -> None:
        """Carry a confirmed change out."""
        ...

    async def verify(self, account_id: UUID, change_id: UUID) -> None:
        """Read a sent change back."""
        ...

    async def say(self, word: Word) -> None:
        """Tell an account's audit what it is owed."""
        ...


async def defer(
    session: AsyncSession,
    clock: Clock,
    task: str,
    account_id: UUID,
    change_id: UUID,
    *,
    after: timedelta = timedelta(),
) -> None:
    """Put a job into the queue with this transaction.

    There is no queueing lock on purpose: a worker's lost job could not be given back to the
    queue while its twin waits there. A job too many finds nothing to do.

    Args:
        session: The transaction the job belongs to.
        clock: The installation's clock; the queue itself runs on the machine's.
        task: ``EXECUTE`` or ``VERIFY``.
        account_id: Whose change.
        change_id: Which change.
        after: How long to wait before it is run, on the installation's clock.
    """
    await session.execute(text("select set_config('search_path', 'queue', true)"))
    await _DEFERRER.configure_task(
        task,
        queue=QUEUE,
        lock=str(change_id),
        schedule_in={"seconds": after.total_seconds() / clock.rate} if after else None,
        connection=await _raw(session),
    ).defer_async(account_id=str(account_id), change_id=str(change_id))


async def owe(session: AsyncSession, word: Word) -> None:
    """Owe an account's audit a word from the moment this transaction is committed."""
    await session.execute(text("select set_config('search_path', 'queue', true)"))
    await _DEFERRER.configure_task(
        SAY, queue=QUEUE, lock=str(word.account_id), connection=await _raw(session)
    ).defer_async(
        account_id=str(word.account_id),
        actor=word.actor,
        action=word.action,
        details=storable(word.details),
    )


async def _raw(session: AsyncSession) -> psycopg.AsyncConnection:
    connection = await session.connection()
    raw = (await connection.get_raw_connection()).driver_connection
    assert isinstance(raw, psycopg.AsyncConnection)
    return raw


class _WhenRetryable(BaseRetryStrategy):
    """Again, in 2, 4, 8 … seconds, when our error says that the same call can succeed later."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if not isinstance(exception, StockroomError) or not exception.retryable:
            return None
        return RetryDecision(retry_in={"seconds": min(_LONGEST_PAUSE_S, 2 ** (job.attempts + 1))})


def register(app: App, carrier: Carrier) -> None:
    """Teach a worker's app the gate's tasks. Names are explicit: the queue stores them."""

    @app.task(name=EXECUTE, queue=QUEUE, retry=_WhenRetryable())
    async def execute(account_id: str, change_id: str) -> None:
        await carrier.execute(UUID(account_id), UUID(change_id))

    @app.task(name=VERIFY, queue=QUEUE, retry=_WhenRetryable())
    async def verify(account_id: str, change_id: str) -> None:
        await carrier.verify(UUID(account_id), UUID(change_id))

    @app.task(name=SAY, queue=QUEUE, retry=_WhenRetryable())
    async def say(account_id: str, actor: str, action: str, details: dict[str, Any]) -> None:
        await carrier.say(Word(UUID(account_id), actor, action, details))
