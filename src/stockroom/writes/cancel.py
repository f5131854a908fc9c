"""Cancel: a change that has not left the house is taken back."""

from __future__ import annotations

from uuid import UUID

from stockroom.core.errors import InvalidInputError, NotAllowedError
from stockroom.writes.asker import Asker
from stockroom.writes.audit import Journal
from stockroom.writes.means import Means, known, within_reach
from stockroom.writes.models import ChangeRow
from stockroom.writes.refusals import remember
from stockroom.writes.shown import ChangeState
from stockroom.writes.states import State, step


async def cancel(
    means: Means, asker: Asker, change_id: UUID, reason: str | None = None
) -> ChangeState:
    """Take a proposed or confirmed change back. Cancelling twice is harmless.

    Raises:
        NotFoundError: No such change within reach.
        NotAllowedError: The key may not use the tool that made it.
        InvalidInputError: It is too late: the change was sent, or has ended.
    """
    async with means.journal(asker.account_id, asker.actor) as journal:
        row = within_reach(
            asker, await journal.session.get(ChangeRow, (asker.account_id, change_id))
        )
        tool = means.tools[row.tool]
        entitled = asker.may(tool.name, tool.scope)
        if entitled:
            row = await _taken_back(journal, asker, row, reason)
        else:
            refusal = NotAllowedError(
                f"This key may not cancel changes of {tool.name}.",
                next_step="Cancel it with a key that may use that tool.",
            )
            await remember(journal, asker, "cancel", refusal, change_id=row.id)
    if not entitled:
        raise refusal
    if row.state != State.CANCELLED:
        raise InvalidInputError(
            f"This change can no longer be cancelled: it is {row.state}.",
            field="id",
            next_step="Once it is verified, revert_change proposes to put the old value back.",
        )
    return ChangeState.of(row)


async def _taken_back(
    journal: Journal, asker: Asker, row: ChangeRow, reason: str | None
) -> ChangeRow:
    state = State(row.state)
    if state not in {State.PROPOSED, State.CONFIRMED}:
        return row
    told = {"by": asker.facts, "reason": reason}
    return known(await step(journal, row.id, state, State.CANCELLED, details=told))
