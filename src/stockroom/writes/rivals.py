"""Rivals: changes of one and the same thing, of which one preview lets only one go out.

Two previews of a price may wait side by side: both were true when they were shown. Once
one of them is taken, the other's ``before`` is out of date, and reading the live value
again cannot tell: Amazon shows a change some time after it accepted it. So our own
record decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.core.errors import StaleError
from stockroom.writes.models import ChangeRow
from stockroom.writes.shown import needs_person
from stockroom.writes.states import State

IN_FLIGHT = frozenset({State.EXECUTING, State.SENT, State.UNKNOWN})
"""Amazon may have heard of it and does not show yet what came of it."""


async def check_rivals(
    session: AsyncSession,
    account_id: UUID,
    tool: str,
    target: Mapping[str, Any],
    *,
    since: datetime,
    change_id: UUID | None = None,
) -> None:
    """Refuse while another change of the target is in flight, or when one got through meanwhile.

    Args:
        session: The transaction that acts on the answer, in the account's turn.
        account_id: Whose changes.
        tool: The write tool.
        target: What it would change.
        since: When the live values were read.
        change_id: The change that asks, when it is stored already.

    Raises:
        StaleError: What was read is not, or may not be, what would be replaced.
    """
    query = rivals(account_id, tool, target, since=since, change_id=change_id)
    rival = (await session.execute(query)).first()
    if rival is not None:
        raise _beaten_by(rival)


def rivals(
    account_id: UUID,
    tool: str,
    target: Mapping[str, Any],
    *,
    since: datetime,
    change_id: UUID | None = None,
) -> Select[UUID, str]:
    """Id and state of the change that stands in the way, if any; see :func:`check_rivals`."""
    # One that is looked at no more would stand in the way for ever; what it did is live by now.
    awaited = or_(ChangeRow.looks == 0, ChangeRow.next_look_at.is_not(None))
    in_flight = and_(ChangeRow.state.in_(sorted(IN_FLIGHT)), awaited)
    # Accepted and then ruled out by an issue: it may have been in force for a while.
    accepted = and_(ChangeRow.executed_at > since, ChangeRow.receipt["accepted"].as_boolean())
    query = (
        select(ChangeRow.id, ChangeRow.state)
        .where(
            ChangeRow.account_id == account_id,
            ChangeRow.tool == tool,
            ChangeRow.target == target,
            or_(in_flight, ChangeRow.verified_at > since, accepted),
        )
        .order_by(in_flight.desc(), ChangeRow.id.desc())
        .limit(1)
    )
    return query if change_id is None else query.where(ChangeRow.id != change_id)


async def done_before(session: AsyncSession, row: ChangeRow) -> str | None:
    """What to know of a proposal that spends, or commits, what an earlier one did already; None: nothing.

    Args:
        session: Inside the account.
        row: The proposal, not stored yet.
    """
    if not needs_person(row):
        return None
    done = (
        select(ChangeRow.id, ChangeRow.state, ChangeRow.verified_at)
        .where(
            ChangeRow.account_id == row.account_id,
            ChangeRow.tool == row.tool,
            ChangeRow.target == row.target,
            ChangeRow.state.in_((State.VERIFIED, State.SENT, State.UNKNOWN)),
        )
        .order_by(ChangeRow.id.desc())
        .limit(1)
    )
    last = (await session.execute(done)).first()
    if last is None:
        return None
    if last.state != State.VERIFIED:  # looked at no more: else it had been refused as a rival
        return (
            f"Change {last.id} may have done the same for the same target: it could not be read "
            "back. See at Amazon first."
        )
    return (
        f"Change {last.id} did the same for the same target on {last.verified_at:%Y-%m-%d}: this "
        "would do it a second time."
    )


def _beaten_by(rival: Row[UUID, str]) -> StaleError:
    if rival.state in IN_FLIGHT:
        return StaleError(
            f"Change {rival.id} of the same target is {rival.state}: what it replaces is not "
            "settled yet. Nothing was changed by this one.",
            next_step=f"Wait for change {rival.id}: ask changes with that id until it is settled, "
            "then propose again.",
        )
    return StaleError(
        f"Change {rival.id} of the same target went out after this one was previewed: what was "
        "shown as before is out of date. Nothing was changed by this one.",
        next_step="Propose it again, show the fresh preview, and confirm that.",
    )
