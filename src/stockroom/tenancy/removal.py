"""Taking a client out: every row of every table goes; that it went is all that stays.

Done as the owner of the tables: no other role may delete from the audit trail, and
none should. The account goes first, with whatever keys and grants opened nothing else, so that
nobody begins anything new; then its rows, pass by pass until none is left, because a
worker may have a document of it in hand.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, sql
from psycopg.rows import TupleRow
from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.core.clock import Clock
from stockroom.core.errors import BusyError
from stockroom.db.base import Base, access_of
from stockroom.db.failures import answering
from stockroom.db.place import Place
from stockroom.tenancy.principal import KnownAccount

_QUIET_PASSES = 2
_PASSES = 30
_PAUSE_S = 1.0

_FORGET = (
    """
    delete from app.key_uses u using app.api_keys k
    where u.key_id = k.id and k.account_ids = array[%(account)s]::uuid[]
    """,
    "delete from app.api_keys where account_ids = array[%(account)s]::uuid[]",
    """
    update app.api_keys set account_ids = array_remove(account_ids, %(account)s)
    where %(account)s = any(account_ids)
    """,
    "delete from app.connect_links where for_account_id = %(account)s",
    """
    update app.members set account_ids = array_remove(account_ids, %(account)s)
    where %(account)s = any(account_ids)
    """,
    """
    update app.invitations set account_ids = array_remove(account_ids, %(account)s)
    where %(account)s = any(account_ids)
    """,
    "delete from app.oauth_grants where account_ids = array[%(account)s]::uuid[]",
    """
    update app.oauth_grants set account_ids = array_remove(account_ids, %(account)s)
    where %(account)s = any(account_ids)
    """,
    # By seller and region. Should another account be of the same seller, Amazon refuses it once.
    """
    delete from app.rate_buckets b using app.accounts a
    where a.account_id = %(account)s and b.seller = a.seller_id || ' ' || a.region
    """,
    "insert into app.removed_accounts (id, removed_at, rows) values (%(account)s, %(now)s, 0)",
    "delete from app.accounts where account_id = %(account)s",
)
_QUEUED = "delete from queue.procrastinate_jobs where args->>'account_id' = %(account)s::text"
_COUNT = "update app.removed_accounts set rows = rows + %(rows)s where id = %(account)s"


class RemovedAccount(Base):
    """An account that was here once. Nothing else of it is."""

    __tablename__ = "removed_accounts"
    __table_args__ = ({"schema": "app", "info": {"reader": False, "writer": None}},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    removed_at: Mapped[datetime]
    rows: Mapped[int] = mapped_column(BigInteger)
    """How many rows went with it."""


async def remove_account(place: Place, clock: Clock, account: KnownAccount) -> int:
    """Remove an account and every row it has.

    Returns:
        How many rows went.

    Raises:
        BusyError: A worker goes on writing rows of it.
        DatabaseUnavailableError: The database does not answer; repeat it then.
    """
    with answering():
        async with await AsyncConnection.connect(place.conninfo(place.admin)) as connection:
            await connection.set_autocommit(True)
            async with _inside(connection, account.id, account.organisation_id) as facts:
                for statement in _FORGET:
                    await connection.execute(statement, {**facts, "now": clock.now()})
            return await _emptied(connection, account.id)


async def finish_removals(place: Place) -> int:
    """Remove what a removal that broke off has left: its account cannot be named any more.

    Returns:
        How many rows went.

    Raises:
        BusyError: A worker goes on writing rows of it.
        DatabaseUnavailableError: The database does not answer; repeat it then.
    """
    total = 0
    with answering():
        async with await AsyncConnection.connect(place.conninfo(place.admin)) as connection:
            await connection.set_autocommit(True)
            removed = await connection.execute("select id from app.removed_accounts")
            for (account_id,) in await removed.fetchall():
                left = await _sweep(connection, account_id)
                total += left + (await _emptied(connection, account_id) if left else 0)
    return total


async def _emptied(connection: AsyncConnection[TupleRow], account_id: UUID) -> int:
    total = quiet = 0
    for _ in range(_PASSES):
        gone = await _sweep(connection, account_id)
        total, quiet = total + gone, 0 if gone else quiet + 1
        if quiet == _QUIET_PASSES:
            return total
        await asyncio.sleep(_PAUSE_S)
    raise BusyError(
        "A worker goes on writing rows of that account.",
        next_step="Stop 'stockroom work', then repeat the command.",
    )


@asynccontextmanager
async def _inside(
    connection: AsyncConnection[TupleRow], account_id: UUID, organisation_id: UUID | None = None
) -> AsyncIterator[Mapping[str, Any]]:
    """One transaction in the account: an owner is held to row security like everyone."""
    async with connection.transaction():
        for setting, holder in (
            ("app.account", account_id),
            ("app.organisation", organisation_id or ""),
            ("search_path", "queue"),  # the queue's triggers name its tables bare
        ):
            await connection.execute("select set_config(%s, %s, true)", [setting, str(holder)])
        yield {"account": account_id}


async def _sweep(connection: AsyncConnection[TupleRow], account_id: UUID) -> int:
    async with _inside(connection, account_id) as facts:
        gone = (await connection.execute(_QUEUED, facts)).rowcount
        for table in reversed(Base.metadata.sorted_tables):
            if access_of(table).tenant:
                name = sql.Identifier(str(table.schema), table.name)
                delete = sql.SQL("delete from {} where account_id = %(account)s").format(name)
                gone += (await connection.execute(delete, facts)).rowcount
        await connection.execute(_COUNT, {**facts, "rows": gone})
    return gone
