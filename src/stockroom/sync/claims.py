"""Which runs this process has in hand, so that two processes never take one step twice.

Session locks of Postgres, all on one connection that is open while any run is
in hand: when the process dies, however it dies, they are gone with it, and the
next process goes on at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import psycopg

from stockroom.core.errors import DatabaseUnavailableError
from stockroom.db.engine import Database
from stockroom.db.failures import answering

_TAKE = "select pg_try_advisory_lock(hashtextextended(%s, 0))"
_GIVE_BACK = "select pg_advisory_unlock(hashtextextended(%s, 0))"


class Claims:
    """The runs in hand.

    Args:
        database: Whose writer opens the connection.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: set[UUID] = set()
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._changing = asyncio.Lock()

    @asynccontextmanager
    async def hold(self, run_id: UUID) -> AsyncIterator[bool]:
        """Take a run in hand for the length of the block.

        Yields:
            Whether it is ours; else another task or process has it.

        Raises:
            DatabaseUnavailableError: Postgres does not answer.
        """
        if run_id in self._held:
            yield False
            return
        self._held.add(run_id)
        try:
            if not await self._ask(_TAKE, run_id):
                yield False
                return
            try:
                yield True
            finally:
                # A connection that is lost has given everything back already.
                with suppress(DatabaseUnavailableError):
                    await self._ask(_GIVE_BACK, run_id)
        finally:
            await self._let_go(run_id)

    async def _ask(self, question: str, run_id: UUID) -> bool:
        async with self._changing:
            if self._connection is None or self._connection.closed:
                with answering():
                    self._connection = await psycopg.AsyncConnection.connect(
                        self._database.writer_conninfo, autocommit=True
                    )
            with answering():
                cursor = await self._connection.execute(question.encode(), [f"run:{run_id}"])
                row = await cursor.fetchone()
        return row is not None and bool(row[0])

    async def _let_go(self, run_id: UUID) -> None:
        async with self._changing:
            self._held.discard(run_id)
            if not self._held and self._connection is not None:
                connection, self._connection = self._connection, None
                await connection.close()
