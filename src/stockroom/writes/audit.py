"""The audit: what happened, in order. Rows are added here and nowhere else.

How rows hold each other is in ``chain``, what every row about a change says in ``told``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.core.clock import Clock
from stockroom.core.ids import canonical
from stockroom.core.log import redact
from stockroom.core.text import storable
from stockroom.db.engine import Database
from stockroom.writes.chain import GENESIS, Link
from stockroom.writes.models import AuditHead, AuditRow


@dataclass(slots=True)
class Journal:
    """One transaction of one account's gate, holding the account's turn.

    Whoever opens it waits for the head of the chain, so that steps of one account
    happen one after another: numbers have no gap, and limits count what is there.
    Never wait for Amazon inside.
    """

    session: AsyncSession
    account_id: UUID
    actor: str
    at: datetime
    head: AuditHead

    async def write(
        self, action: str, change_id: UUID | None, details: Mapping[str, Any]
    ) -> AuditRow:
        """Add one row at the end of the chain."""
        row = AuditRow(
            account_id=self.account_id,
            seq=self.head.seq + 1,
            at=self.at,
            actor=self.actor,
            action=action,
            change_id=change_id,
            details=spelled(details),
            previous_hash=self.head.hash,
        )
        row.hash = Link.of(row).proper_hash
        self.head.seq, self.head.hash = row.seq, row.hash
        self.session.add(row)
        await self.session.flush()
        return row


@asynccontextmanager
async def journal(
    database: Database, clock: Clock, account_id: UUID, actor: str
) -> AsyncIterator[Journal]:
    """Open a transaction of one account and wait for its turn.

    Args:
        database: Where the account lives.
        clock: When it happens.
        account_id: Whose chain.
        actor: Who acts: ``key <id>``, ``operator`` or ``worker``.
    """
    async with database.session(account_id) as session:
        yield await turn_of(session, clock, account_id, actor)


async def turn_of(session: AsyncSession, clock: Clock, account_id: UUID, actor: str) -> Journal:
    """Wait for an account's turn in a transaction that has entered it; its end gives the turn back."""
    mine = select(AuditHead).where(AuditHead.account_id == account_id).with_for_update()
    head = await session.scalar(mine)
    if head is None:  # the account's first turn; two that both see it wait for each other's row
        first = insert(AuditHead).values(account_id=account_id, seq=0, hash=GENESIS)
        await session.execute(first.on_conflict_do_nothing())
        head = (await session.scalars(mine)).one()
    return Journal(session, account_id, actor, clock.now().astimezone(UTC), head)


def spelled(details: Mapping[str, Any]) -> str:
    """Details as a row keeps them: without secrets, in the one spelling that is hashed."""
    return canonical(redact(storable(details)))
