"""Recall: a proposal whose like somebody turned down lately says so, that it does not come back tomorrow.

What would be sent is compared, or what would be set; not how it was asked for (19.9 is
19.90), nor what is only shown beside it: a fee, a day, an arithmetic of live figures moves.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.writes.decline import DECLINED
from stockroom.writes.models import ChangeRow
from stockroom.writes.personal import ABOUT
from stockroom.writes.shown import is_turned_down
from stockroom.writes.states import State

_REMEMBERED = timedelta(days=30)


async def recall(session: AsyncSession, row: ChangeRow, now: datetime) -> None:
    """Warn of a proposal whose like a person rejected, or declined at their client, within 30 days.

    Args:
        session: Inside the account.
        row: The proposal, not stored yet.
        now: When it is made.
    """
    since = now - _REMEMBERED
    declined = and_(
        ChangeRow.state == State.CANCELLED,
        ChangeRow.problem == DECLINED,
        ChangeRow.proposed_at > since,
    )
    like = (
        select(ChangeRow)
        .where(
            ChangeRow.account_id == row.account_id,
            ChangeRow.tool == row.tool,
            ChangeRow.target == row.target,
            or_(ChangeRow.payload == row.payload, ChangeRow.after == row.after),
            ChangeRow.observed[ABOUT].astext.is_not_distinct_from(row.observed.get(ABOUT)),
            or_(ChangeRow.rejected_at > since, declined),
        )
        .order_by(ChangeRow.rejected_at.desc().nulls_last(), ChangeRow.id.desc())
        .limit(1)
    )
    last = await session.scalar(like)
    if last is not None:
        row.warnings = [*row.warnings, _warning(last)]


def _warning(last: ChangeRow) -> str:
    if is_turned_down(last):
        return (
            f"A person rejected the same change on {last.rejected_at:%Y-%m-%d} (change {last.id}), "
            f'for this reason: "{last.rejected_because}". Propose it only if that no longer holds.'
        )
    return (
        f"A client said that its person declined the same change on {last.proposed_at:%Y-%m-%d} "
        f"(change {last.id}). Propose it only if they ask for it."
    )
