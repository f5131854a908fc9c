"""Decline: the person at a client was asked, and said no.

Nobody knows who sits there, so it is the key that takes its proposal back; the proposal
stays visible with that reason. A rejection by a member is another thing (``reject``).
"""

from __future__ import annotations

from uuid import UUID

from stockroom.core.errors import NotAllowedError
from stockroom.writes.asker import Asker
from stockroom.writes.batch import Batch, rows_of, standing
from stockroom.writes.means import Means, known
from stockroom.writes.problems import problem
from stockroom.writes.shown import ChangeState
from stockroom.writes.states import State, step

DECLINED = "The person at the client declined it. Do not propose it again unless they ask."
"""The problem of what was declined; a repeat is told by it (``recall``)."""


async def decline(means: Means, asker: Asker, number: UUID) -> ChangeState | Batch:
    """Take back what of a change or a batch still waits. Doing it twice is harmless.

    Raises:
        NotFoundError: No such change within reach.
    """
    told = {"by": asker.facts, "reason": DECLINED, "asked": True}
    async with means.journal(asker.account_id, asker.actor) as journal:
        rows = [
            row
            if row.state != State.PROPOSED
            else known(
                await step(
                    journal,
                    row.id,
                    State.PROPOSED,
                    State.CANCELLED,
                    details=told,
                    **problem(NotAllowedError.kind, DECLINED),
                )
            )
            for row in await rows_of(journal.session, asker, number)
        ]
    return standing(rows, number, means.base_url)
