"""Reading, for one account: every call is one round trip.

The account, how far into it the reader sees (``reach``), and the statements travel in one pipeline, which Postgres runs as
one implicit transaction; ``set_config(…, true)`` ends with it. So nothing is
left on the connection for whoever is handed it next, also when a statement
failed. Rows are fetched after the block: a fetch inside would end the
transaction, and with it the account.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, AsyncCursor, OperationalError
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from stockroom.db.failures import answering
from stockroom.db.query import Query
from stockroom.db.reach import EVERYWHERE, SETTING, Reach

Pool = AsyncConnectionPool[AsyncConnection[TupleRow]]
Call = tuple[Query, dict[str, Any]]

_ENTER = f"select set_config('app.account', %s, true), set_config('{SETTING}', %s, true)"
_LOOK_UP = f"select set_config('{SETTING}', %s, true)"


class ReadSession:
    """What a read tool sees of the database: one account, as the role that can only read.

    Args:
        pool: Connections of the reader, in autocommit.
        account_id: The account whose rows exist here; all others do not.
        reach: Which of them: of all its marketplaces, or of some.
        settings: The account's own thresholds, known since the caller was: not asked again.
    """

    __slots__ = ("_pool", "account_id", "reach", "settings")

    def __init__(
        self, pool: Pool, account_id: UUID, reach: Reach, settings: Mapping[str, Any]
    ) -> None:
        self._pool = pool
        self.account_id = account_id
        self.reach = reach
        self.settings = settings

    async def rows(self, query: Query, **params: Any) -> list[tuple[Any, ...]]:
        """The rows of one query.

        Raises:
            DatabaseUnavailableError: Postgres does not answer, or not in time.
        """
        return (await self.many((query, params)))[0]

    async def many(self, *calls: Call, withheld: Call | None = None) -> list[list[tuple[Any, ...]]]:
        """The rows of several queries, of one snapshot, in one round trip.

        Args:
            calls: The queries, each with its parameters.
            withheld: A last one, that counts what is not shown: it alone sees the whole account.

        Raises:
            DatabaseUnavailableError: Postgres does not answer, or not in time.
        """
        with answering():
            try:
                return await self._run(calls, withheld)
            except OperationalError as error:
                if error.sqlstate is not None or isinstance(error, PoolTimeout):
                    raise
                # The connection died while it was idle (a restarted server): all of the
                # pool's did. Reading changes nothing, so it may be asked again.
                await self._pool.check()
                return await self._run(calls, withheld)

    async def _run(
        self, calls: tuple[Call, ...], withheld: Call | None
    ) -> list[list[tuple[Any, ...]]]:
        entered = (str(self.account_id), self.reach.setting)
        async with self._pool.connection() as connection:
            async with connection.pipeline():
                await connection.execute(_ENTER, entered, prepare=True)
                cursors = [await _execute(connection, call) for call in calls]
                if withheld is not None:
                    await connection.execute(_LOOK_UP, (EVERYWHERE.setting,), prepare=True)
                    cursors.append(await _execute(connection, withheld))
            return [await cursor.fetchall() for cursor in cursors]


async def _execute(connection: AsyncConnection[TupleRow], call: Call) -> AsyncCursor[TupleRow]:
    query, params = call
    given = {**query.defaults, **params}
    # Binary: numbers come as they are kept, and are not spelled out only to be read again.
    return await connection.execute(query.text, given, prepare=True, binary=True)
