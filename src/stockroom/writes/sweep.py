"""Sweep: what time did to changes that nobody touched.

Previews lapse, an executor dies with its job, a job is lost: the sweep finds such
changes by their own dates, whatever the queue remembers. Run it every few minutes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from stockroom.writes import jobs
from stockroom.writes.execute import CALL_ENDS, settle_taken
from stockroom.writes.expire import lapse
from stockroom.writes.means import Means
from stockroom.writes.models import ChangeRow
from stockroom.writes.states import State

_LATE = timedelta(minutes=5)
"""A read-back this late has lost its job."""


async def sweep(means: Means, account_id: UUID) -> int:
    """Put right what is overdue in one account; returns how many changes that were."""
    now = means.clock.now()
    async with means.database.session(account_id) as session:
        overdue = select(ChangeRow).where(ChangeRow.account_id == account_id, _overdue(now))
        rows = (await session.scalars(overdue.order_by(ChangeRow.id).limit(1000))).all()
    for row in rows:
        await _put_right(means, row)
    return len(rows)


def _overdue(now: datetime) -> ColumnElement[bool]:
    waiting = ChangeRow.state.in_((State.PROPOSED, State.CONFIRMED))
    looked_at = ChangeRow.state.in_((State.SENT, State.UNKNOWN))
    return or_(
        and_(waiting, ChangeRow.expires_at <= now),
        and_(ChangeRow.state == State.EXECUTING, ChangeRow.taken_at <= now - CALL_ENDS),
        and_(looked_at, ChangeRow.next_look_at <= now - _LATE),
    )


async def _put_right(means: Means, row: ChangeRow) -> None:
    match State(row.state):
        case State.PROPOSED | State.CONFIRMED:
            await lapse(means, row)
        case State.EXECUTING:
            await settle_taken(means, row)
        case _:
            async with means.journal(row.account_id) as journal:
                await jobs.defer(journal.session, means.clock, jobs.VERIFY, row.account_id, row.id)
