"""Expire: a preview that nobody confirmed, or an agreement that nobody carried out, in time."""

from __future__ import annotations

from datetime import datetime

from stockroom.writes.means import Means
from stockroom.writes.models import ChangeRow
from stockroom.writes.states import State, step

_WAITING = {State.PROPOSED, State.CONFIRMED}


def overdue(row: ChangeRow, now: datetime) -> bool:
    """Whether the change still waits although its time is over."""
    return row.state in _WAITING and now >= row.expires_at


async def lapse(means: Means, row: ChangeRow) -> ChangeRow:
    """End an overdue change; returns it as it is now, also when somebody was faster."""
    async with means.journal(row.account_id) as journal:
        await step(journal, row.id, State(row.state), State.EXPIRED)
    return await means.find(row.account_id, row.id)
