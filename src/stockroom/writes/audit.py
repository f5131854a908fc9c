"""The audit: what happened, in order, in a chain that shows where it was touched.

**Recipe**, for anyone who wants to verify an export without us. Rows of one account
in the order of ``seq``; ``seq`` starts at 1 and has no gap. The hash of a row is the
SHA-256, in lower-case hex, of the UTF-8 bytes of this JSON object, keys sorted, no
spaces, non-ASCII characters as themselves::

    {"account": …, "action": …, "actor": …, "at": …, "change_id": …, "details": …,
     "previous_hash": …, "seq": …}

``account`` and ``change_id`` are UUIDs in their usual spelling (``change_id`` may be
null), ``at`` is UTC with six decimals (``2026-11-21T08:45:00.000000+00:00``), ``seq``
is a number, ``details`` is the stored text as one string. ``previous_hash`` is the
hash of the row before, 64 zeros for the first.

A change in any row, a row removed or two swapped break the chain at that row. What a
chain alone cannot show is a tail that was cut off with its head; that needs a head
kept elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.core.clock import Clock
from stockroom.core.ids import digest
from stockroom.core.log import redact
from stockroom.db.engine import Database
from stockroom.writes.models import AuditHead, AuditRow

GENESIS = "0" * 64
"""The hash before the first row."""


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
            details=_spelled(details),
            previous_hash=self.head.hash,
        )
        row.hash = row_hash(row)
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
        await session.execute(
            insert(AuditHead)
            .values(account_id=account_id, seq=0, hash=GENESIS)
            .on_conflict_do_nothing()
        )
        head = await session.scalar(
            select(AuditHead).where(AuditHead.account_id == account_id).with_for_update()
        )
        assert head is not None
        yield Journal(session, account_id, actor, clock.now().astimezone(UTC), head)


def row_hash(row: AuditRow) -> str:
    """The hash a row must carry, by the recipe of this module."""
    return digest(
        {
            "account": str(row.account_id),
            "seq": row.seq,
            "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": row.actor,
            "action": row.action,
            "change_id": None if row.change_id is None else str(row.change_id),
            "details": row.details,
            "previous_hash": row.previous_hash,
        }
    )


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where a chain does not hold."""

    seq: int
    """The number that should stand there."""
    reason: str


def verify_chain(rows: Iterable[AuditRow], head: AuditHead | None = None) -> Break | None:
    """Find the first bad row of an account's chain.

    Args:
        rows: All rows of one account, by ``seq``.
        head: The stored end of the chain; when given, a missing tail is found too.

    Returns:
        The first break, or None when the chain holds.
    """
    seq, previous = 0, GENESIS
    for row in rows:
        seq += 1
        if row.seq != seq:
            return Break(seq, f"Row {seq} is missing: row {row.seq} stands in its place.")
        if row.previous_hash != previous:
            return Break(seq, f"Row {seq} does not follow the row before it.")
        if row.hash != row_hash(row):
            return Break(seq, f"Row {seq} was changed after it was written.")
        previous = row.hash
    if head is not None and (head.seq, head.hash) != (seq, previous):
        return Break(seq + 1, f"The chain ends at row {seq}, its head says {head.seq}.")
    return None


async def verify_account(session: AsyncSession, account_id: UUID) -> Break | None:
    """:func:`verify_chain` over what the database holds of one account."""
    head = await session.get(AuditHead, account_id)
    rows = await session.scalars(
        select(AuditRow).where(AuditRow.account_id == account_id).order_by(AuditRow.seq)
    )
    return verify_chain(rows, head)


def _spelled(details: Mapping[str, Any]) -> str:
    return json.dumps(
        redact(details), sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str
    )
