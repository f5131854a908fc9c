"""The states of a change, and the only way from one to the next.

::

    proposed → confirmed → executing → sent → verified | rejected
       ↘ expired | cancelled | blocked     ↘ unknown → verified | failed
       ↘ rejected

A proposal is ``rejected`` by a person, a change that was sent by Amazon. A change of what
is only kept here goes from ``confirmed`` to ``verified``: it is written down in the
transaction that takes the step, and nobody needs to be asked whether it is in force.

A confirmed change may still expire, be cancelled or be blocked (what was shown is
no longer what would happen): nothing has left the house yet. ``executing`` lasts as
long as the one call that writes. Its clear answers are ``sent`` (Amazon took it),
``rejected`` (Amazon said no) and ``failed`` (it was turned away unread); everything
else is ``unknown``, which is settled by reading back and never by sending again.

A step is one conditional ``UPDATE … WHERE state = …`` and one audit row in one
transaction. Whoever comes second finds no row and gets None.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import update

from stockroom.writes.audit import Journal
from stockroom.writes.models import ChangeRow
from stockroom.writes.told import told_of


class State(StrEnum):
    """Where a change stands."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    EXECUTING = "executing"
    SENT = "sent"
    UNKNOWN = "unknown"
    VERIFIED = "verified"
    REJECTED = "rejected"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    BLOCKED = "blocked"


STEPS: Mapping[State, frozenset[State]] = {
    State.PROPOSED: frozenset(
        {State.CONFIRMED, State.EXPIRED, State.CANCELLED, State.BLOCKED, State.REJECTED}
    ),
    State.CONFIRMED: frozenset(
        {State.EXECUTING, State.VERIFIED, State.EXPIRED, State.CANCELLED, State.BLOCKED}
    ),
    State.EXECUTING: frozenset({State.SENT, State.REJECTED, State.FAILED, State.UNKNOWN}),
    State.SENT: frozenset({State.VERIFIED, State.REJECTED}),
    State.UNKNOWN: frozenset({State.VERIFIED, State.FAILED}),
    **dict.fromkeys(
        (
            State.VERIFIED,
            State.REJECTED,
            State.FAILED,
            State.EXPIRED,
            State.CANCELLED,
            State.BLOCKED,
        ),
        frozenset[State](),
    ),
}
"""Every step there is; a state without one is final."""

_STILL_NEEDS_ALL = frozenset({State.PROPOSED, State.CONFIRMED})
"""While it may still be worked out again. Afterwards nothing personal is kept of a change."""


async def step(
    journal: Journal,
    change_id: UUID,
    source: State,
    to: State,
    *,
    details: Mapping[str, Any] | None = None,
    **values: Any,
) -> ChangeRow | None:
    """Take a change from one state to the next and say so in the audit.

    Args:
        journal: The account's open transaction.
        change_id: Which change.
        source: The state it must be in.
        to: The state it will be in.
        details: What the audit row tells beyond the step and the change.
        values: Columns that change with it.

    Returns:
        The row as it is now, or None when it was not in ``source`` (any more).

    Raises:
        ValueError: There is no such step: a mistake of ours, never of a caller.
    """
    if to not in STEPS[source]:
        raise ValueError(f"A change never goes from {source} to {to}.")
    if to not in _STILL_NEEDS_ALL:
        values["personal"] = None
    row: ChangeRow | None = await journal.session.scalar(
        update(ChangeRow)
        .where(
            ChangeRow.account_id == journal.account_id,
            ChangeRow.id == change_id,
            ChangeRow.state == source,
        )
        .values(state=to, **values)
        .returning(ChangeRow),
        execution_options={"populate_existing": True, "synchronize_session": False},
    )
    if row is not None:
        await journal.write(to, change_id, {"change": told_of(row), **(details or {})})
    return row
