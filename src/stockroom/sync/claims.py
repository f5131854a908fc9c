"""What this process has in hand, so that two processes never take one step twice.

A run; or a report at Amazon, whose document several runs want. Session locks of
Postgres, all on one connection that is open while anything is in hand: when the process
dies, however it dies, they are gone with it, and the next process goes on at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import psycopg

from stockroom.core.errors import DatabaseUnavailableError
from stockroom.db.engine import Database
from stockroom.db.failures import answering

_TAKE = "select pg_try_advisory_lock(hashtextextended(%s, 0))"
_GIVE_BACK = "select pg_advisory_unlock(hashtextextended(%s, 0))"


class Claims:
    """What is in hand, by name.

    Args:
        database: Whose writer opens the connection.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: set[str] = set()
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._changing = asyncio.Lock()

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[bool]:
        """Take something in hand for the length of the block.

        Yields:
            Whether it is ours; else another task or process has it.

        Raises:
            DatabaseUnavailableError: Postgres does not answer.
        """
        if name in self._held:
            yield False
            return
        self._held.add(name)
        try:
            if not await self._ask(_TAKE, name):
                yield False
                return
            try:
                yield True
            finally:
                # A connection that is lost has given everything back already.
                with suppress(DatabaseUnavailableError):
                    await self._ask(_GIVE_BACK, name)
        finally:
            await self._let_go(name)

    async def _ask(self, question: str, name: str) -> bool:
        async with self._changing:
            if self._connection is None or self._connection.closed:
                with answering():
                    self._connection = await psycopg.AsyncConnection.connect(
                        self._database.writer_conninfo, autocommit=True
                    )
            with answering():
                cursor = await self._connection.execute(question.encode(), [name])
                row = await cursor.fetchone()
        return row is not None and bool(row[0])

    async def _let_go(self, name: str) -> None:
        async with self._changing:
            self._held.discard(name)
            if not self._held and self._connection is not None:
                connection, self._connection = self._connection, None
                await connection.close()
