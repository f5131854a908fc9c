"""Amazon's rate limits, kept in Postgres for every process of the installation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from stockroom.amazon.rates import Operation
from stockroom.amazon.throttle import MARGIN, Share, Turn
from stockroom.db.engine import Database
from stockroom.db.failures import answering

_TAKE = "select wait_s, known_pace, refused from app.take_call(%s, %s, %s, %s, %s, %s, %s)"
_LEARN = "select app.learn_pace(%s, %s, %s, %s, %s)"
_CLOSE = "select app.close_bucket(%s, %s, %s, %s, %s, %s)"


class SharedBuckets:
    """:class:`stockroom.amazon.throttle.Buckets`, one short statement each.

    Args:
        database: Where they are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(
        self, share: Share, operation: Operation, at: datetime, patience_s: float
    ) -> Turn:
        """Book a turn, if it comes within ``patience_s``.

        Raises:
            DatabaseUnavailableError: Postgres does not answer.
        """
        plan = (operation.rate * MARGIN, operation.burst, at, patience_s)
        wait_s, pace, refusals = await self._ask(_TAKE, share, operation, *plan)
        return Turn(wait_s, pace / MARGIN, refusals)

    async def learn(self, share: Share, operation: Operation, at: datetime, rate: float) -> None:
        """Amazon let a call through and grants that many a second."""
        await self._ask(_LEARN, share, operation, at, rate * MARGIN)

    async def close(
        self,
        share: Share,
        operation: Operation,
        *,
        taken_at: datetime,
        at: datetime,
        retry_after_s: float,
    ) -> None:
        """Amazon refused: close for a while."""
        await self._ask(_CLOSE, share, operation, taken_at, at, retry_after_s)

    async def _ask(
        self, question: str, share: Share, operation: Operation, *more: object
    ) -> tuple[Any, ...]:
        key = (share.seller, share.application, operation.name)
        with answering():
            async with self._database.meter.connection() as connection:
                cursor = await connection.execute(question.encode(), (*key, *more))
                row = await cursor.fetchone()
        assert row is not None
        return row
