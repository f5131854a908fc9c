"""Reads by credentials that may also write: what an agent looked at before it changed something.

A row of the audit per read would make every read wait for the account's turn. So reads are
counted in memory, per key, tool and minute, and written down a few seconds later beside
the requests. What one process counted in those seconds when it was killed is lost.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from stockroom.core.clock import Clock
from stockroom.core.errors import DatabaseUnavailableError
from stockroom.core.log import logger
from stockroom.core.scope import CONFIRMING
from stockroom.db.engine import Database
from stockroom.tenancy.principal import Account, Principal
from stockroom.writes.doors import WRITE_SCOPES
from stockroom.writes.models import ReadCount

_WRITING = WRITE_SCOPES | CONFIRMING
_PAUSE_S = 5.0

_log = logger("writes.audit")

_Read = tuple[UUID, str, datetime]


class ReadCounts:
    """Counts the reads of one process.

    Args:
        database: Where the counts go.
        clock: Tells the minute.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._pending: dict[UUID, Counter[_Read]] = {}
        self._ending = asyncio.Event()
        self._writing: asyncio.Task[None] | None = None

    def count(self, principal: Principal, tool: str, accounts: Iterable[Account]) -> None:
        """Count one read of these accounts, when the principal may also write."""
        if principal.key_id is None or not principal.scopes & _WRITING:
            return
        minute = self._clock.now().astimezone(UTC).replace(second=0, microsecond=0)
        for account in accounts:
            counts = self._pending.setdefault(account.id, Counter())
            counts[principal.key_id, tool, minute] += 1
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_soon())

    async def settled(self) -> None:
        """Write down what was counted so far; nothing is counted after it."""
        self._ending.set()
        if self._writing is not None:
            await self._writing

    async def _write_soon(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_PAUSE_S):
                await self._ending.wait()
        while self._pending:
            account_id, counts = self._pending.popitem()
            try:
                await self._write(account_id, counts)
            except DatabaseUnavailableError:
                self._pending.setdefault(account_id, Counter()).update(counts)
                _log.warning("reads not written down", account_id=str(account_id))
                return

    async def _write(self, account_id: UUID, counts: Counter[_Read]) -> None:
        # In one order everywhere: two processes must not wait for each other's rows.
        rows = [
            {"account_id": account_id, "key_id": key, "tool": tool, "minute": at, "calls": calls}
            for (key, tool, at), calls in sorted(counts.items())
        ]
        fresh = insert(ReadCount).values(rows)
        async with self._database.session(account_id) as session:
            await session.execute(
                fresh.on_conflict_do_update(
                    index_elements=["account_id", "key_id", "tool", "minute"],
                    set_={"calls": ReadCount.calls + fresh.excluded.calls},
                )
            )
