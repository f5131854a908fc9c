"""Owed: a word in the audit of what had to count before the account's turn could be had.

Whoever turns a switch that must hold at once commits it with a job per account that owes the
word, so that neither is without the other. The word is said in the account's turn, once,
by whoever comes first: the one who turned the switch, or a worker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.errors import LockNotAvailable
from sqlalchemy import exc, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.core.errors import BusyError
from stockroom.writes.audit import Journal, spelled, turn_of
from stockroom.writes.means import Means
from stockroom.writes.models import AuditRow

_FOR_A_WHILE = text("select set_config('lock_timeout', '2s', true)")
"""A turn lasts milliseconds: who waits longer waits for somebody who hangs."""
_SHORTLY_S = 5.0


@dataclass(frozen=True, slots=True)
class Word:
    """What an account's audit is to be told.

    Args:
        account_id: Whose.
        actor: Who did it.
        action: What the audit calls it.
        details: What else it tells; with a moment among it, which tells two such words apart.
    """

    account_id: UUID
    actor: str
    action: str
    details: Mapping[str, Any]


async def say(means: Means, word: Word) -> None:
    """Write it in the account's turn, unless it stands there already.

    Raises:
        BusyError: The turn was not to be had in time; the job that owes the word comes again.
    """
    try:
        async with means.database.session(word.account_id) as session:
            await session.execute(_FOR_A_WHILE)
            journal = await turn_of(session, means.clock, word.account_id, word.actor)
            if not await _said(session, journal, word):
                await journal.write(word.action, None, word.details)
    except exc.OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
        raise BusyError(
            "Somebody else holds this account's turn of the audit.",
            next_step="Nothing is to be done: a worker tells the audit when it is free.",
            retry_after_s=_SHORTLY_S,
        ) from error


async def _said(session: AsyncSession, journal: Journal, word: Word) -> bool:
    same = select(AuditRow.seq).where(
        AuditRow.account_id == journal.account_id,
        AuditRow.action == word.action,
        AuditRow.details == spelled(word.details),
    )
    return await session.scalar(same.limit(1)) is not None
