"""The stored trail of one account, read a batch at a time: checked, or handed on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from stockroom.db.engine import Database
from stockroom.writes.chain import GENESIS, ChainCheck, Checked, Head, Link, instant

_BATCH = 1000
_HEAD = "select seq, hash from app.audit_heads"
_FIRST = "select min(seq) from app.audit where at >= %s"
_ROWS = """
    select account_id, seq,
      case when at >= '0001-01-02 00:00+00' and at < '9999-12-31 00:00+00' then at end,
      actor, action, change_id, details, previous_hash, hash
    from app.audit where seq >= %s order by seq
"""
"""An instant that Python has no word for was not written by us: it must be named, not crash us."""


@dataclass(frozen=True, slots=True)
class Trail:
    """An account's audit as it stood at one moment, however long it takes to read it."""

    account: str
    connection: AsyncConnection[TupleRow]
    head: Head
    """Its end as the database keeps it."""

    async def first_since(self, at: datetime) -> int:
        """The number of the first row since then; the next one's when there is none."""
        found = await (await self.connection.execute(_FIRST, [at])).fetchone()
        return self.head.seq + 1 if found is None or found[0] is None else int(found[0])

    async def links(self, first: int = 1) -> AsyncIterator[Link]:
        """Its rows by number, from ``first`` on."""
        async with self.connection.cursor("trail") as cursor:
            await cursor.execute(_ROWS, [first])
            while rows := await cursor.fetchmany(_BATCH):
                for account_id, seq, at, actor, action, change_id, *rest in rows:
                    change = None if change_id is None else str(change_id)
                    when = "" if at is None else instant(at)
                    yield Link(str(account_id), seq, when, actor, action, change, *rest)


@asynccontextmanager
async def open_trail(database: Database, account_id: UUID) -> AsyncIterator[Trail]:
    """Read an account's audit; what is added meanwhile is not part of it."""
    async with database.connection(account_id, still=True) as connection:
        found = await (await connection.execute(_HEAD)).fetchone()
        yield Trail(str(account_id), connection, Head(*found) if found else Head(0, GENESIS))


async def verify_account(
    database: Database, account_id: UUID, signed: Iterable[Head] = ()
) -> Checked:
    """Find the first bad row of what the database holds of one account.

    Args:
        database: Where the account lives.
        account_id: Whose chain.
        signed: Heads that were signed and kept elsewhere.
    """
    check = ChainCheck(str(account_id), signed=signed)
    async with open_trail(database, account_id) as trail:
        async for link in trail.links():
            broken = check.look(link)
            if broken is not None:
                return check.result(broken)
        return check.result(check.end(trail.head))
