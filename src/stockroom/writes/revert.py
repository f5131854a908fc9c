"""Revert: propose to put back what a change replaced. It is a preview like any other."""

from __future__ import annotations

from uuid import UUID

from stockroom.core.errors import InvalidInputError
from stockroom.writes.asker import Asker
from stockroom.writes.means import Means, change_of, within_reach
from stockroom.writes.propose import propose
from stockroom.writes.shown import Preview
from stockroom.writes.states import State

_WAIT = {State.CONFIRMED, State.EXECUTING, State.SENT, State.UNKNOWN}


async def revert(means: Means, asker: Asker, change_id: UUID) -> Preview:
    """Propose the change that puts the old values back; it needs its own confirmation.

    Raises:
        NotFoundError: No such change within reach.
        InvalidInputError: There is nothing to put back, or it cannot be undone.
    """
    row = within_reach(asker, await means.find(asker.account_id, change_id))
    if row.state != State.VERIFIED:
        raise InvalidInputError(
            f"There is nothing to put back: this change is {row.state}, not verified.",
            field="id",
            next_step="Ask changes for its state until it is settled."
            if row.state in _WAIT
            else "Propose the value you want instead.",
        )
    arguments = means.tools[row.tool].revert(change_of(row)) if row.reversible else None
    if arguments is None:
        raise InvalidInputError(
            f"A change made by {row.tool} cannot be undone.",
            field="id",
            next_step="Propose the value you want instead.",
        )
    taker = next(tool for tool in means.tools.values() if type(arguments) is tool.arguments)
    return await propose(
        means, asker, taker.name, arguments, reason=f"Reverts change {row.id}.", reverts=row.id
    )
