"""Reject: a member turns a proposal down, and says why, so that it does not come back tomorrow."""

from __future__ import annotations

from uuid import UUID

from stockroom.core.errors import InvalidInputError, NotAllowedError, StaleError, StockroomError
from stockroom.core.text import plain
from stockroom.writes.approve import check_may
from stockroom.writes.approver import Approver
from stockroom.writes.audit import Journal
from stockroom.writes.means import Means, known
from stockroom.writes.models import ChangeRow
from stockroom.writes.problems import problem
from stockroom.writes.refusals import remember
from stockroom.writes.shown import ChangeState, is_turned_down
from stockroom.writes.states import State, step

LONGEST_REASON = 500


async def reject(means: Means, approver: Approver, change_id: UUID, reason: str) -> ChangeState:
    """Turn a proposal down. Doing it twice is harmless.

    Raises:
        NotFoundError: The account has no such change.
        InvalidInputError: No reason is given, or it is too late: the change is no proposal any
            more.
        StaleError: The preview has expired.
        NotAllowedError: The member's role decides about no changes.
    """
    said = said_why(reason)
    async with means.journal(approver.account_id, approver.actor) as journal:
        stored = await journal.session.get(ChangeRow, (approver.account_id, change_id))
        row = known(stored)
        try:
            row = await _rejected(journal, approver, row, said)
            refused: StockroomError | None = None
        except (NotAllowedError, StaleError) as refusal:
            await remember(journal, approver, "reject", refusal, row=row, more={"reason": said})
            refused = refusal
    # Raised only now: the refusal's audit row must be committed, not rolled back with it.
    if refused is not None:
        raise refused
    if not is_turned_down(row):
        raise InvalidInputError(
            f"This change can no longer be rejected: it is {row.state}.",
            field="id",
            next_step="See on its page what became of it.",
        )
    return ChangeState.of(row)


def said_why(reason: str) -> str:
    """A reason as it is kept.

    Raises:
        InvalidInputError: It says nothing.
    """
    said = plain(reason, LONGEST_REASON)
    if not said:
        raise InvalidInputError(
            "A rejection needs a reason: whoever proposed it will read it.",
            field="reason",
            next_step="Go back and say why.",
        )
    return said


async def _rejected(journal: Journal, approver: Approver, row: ChangeRow, said: str) -> ChangeRow:
    check_may(approver)
    if row.state != State.PROPOSED:
        return row
    if journal.at >= row.expires_at:
        await step(journal, row.id, State.PROPOSED, State.EXPIRED)
        raise StaleError(
            "The preview of this change has expired; nothing was changed.",
            field="id",
            next_step="There is nothing to reject any more.",
        )
    rejected = await step(
        journal,
        row.id,
        State.PROPOSED,
        State.REJECTED,
        details={"by": approver.facts, "reason": said},
        rejected_at=journal.at,
        rejected_by=approver.signature,
        rejected_because=said,
        **problem(NotAllowedError.kind, f"A person rejected it: {said}"),
    )
    return known(rejected)
