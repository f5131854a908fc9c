"""What is said of a batch as a whole: confirmed, cancelled, undone.

Each change in it is confirmed, cancelled and undone like any other, one after the other, so
what holds for one holds here. Repeating a call goes on where the last one stopped. An item
that is refused does not stop the others; the answer says which, and why.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.core.errors import (
    GuardrailError,
    InvalidInputError,
    NotFoundError,
    StaleError,
    StockroomError,
)
from stockroom.writes.asker import Asker
from stockroom.writes.audit import Journal
from stockroom.writes.batch import Batch, batch_within_reach, fingerprint_of
from stockroom.writes.cancel import cancel
from stockroom.writes.confirm import confirm_one
from stockroom.writes.execute import execute
from stockroom.writes.guardrails import Case, check_moment
from stockroom.writes.limits import Limits
from stockroom.writes.means import Means, change_of
from stockroom.writes.models import ChangeRow
from stockroom.writes.party import Party
from stockroom.writes.propose_batch import propose_batch
from stockroom.writes.refusals import remember
from stockroom.writes.states import State

AN_ITEMS_OWN = (StaleError, GuardrailError, InvalidInputError)
"""Refusals that can differ from item to item; any other is about the caller and ends the call."""


Check = Callable[[Journal, Sequence[ChangeRow]], Awaitable[None]]
"""Refuses to agree to those of a batch that wait."""


async def is_batch(means: Means, account_id: UUID, number: UUID) -> bool:
    """Whether a number is a batch's."""
    query = select(ChangeRow.id).where(
        ChangeRow.account_id == account_id, ChangeRow.batch_id == number
    )
    async with means.database.session(account_id) as session:
        return await session.scalar(query.limit(1)) is not None


async def confirm_batch(
    means: Means, asker: Asker, batch_id: UUID, fingerprint: str, *, asked: bool = False
) -> Batch:
    """Agree to all changes of a batch, by the fingerprint of what was shown.

    Raises:
        NotFoundError: No such batch within reach.
        NotAllowedError: This key may not confirm, or did not propose it.
        StaleError: The fingerprint is another preview's, or the preview has expired.
        GuardrailError: The day has no room for all of it.
        StoppedError: The account's stop switch is on.
        BusyError: The key confirms too fast.
    """
    await means.pace.take(asker, "confirm", {"batch": batch_id})

    async def check(journal: Journal, waiting: Sequence[ChangeRow]) -> None:
        await check_room(journal.session, asker, len(waiting), journal.at)

    waiting = await agreed_to(means, asker, batch_id, fingerprint, check)
    refusals: dict[UUID, StockroomError] = {}
    for row in waiting:
        try:
            await confirm_one(means, asker, row.id, row.fingerprint, asked=asked)
        except AN_ITEMS_OWN as refusal:
            refusals[row.id] = refusal
    if refusals and len(refusals) == len(waiting):
        raise refusals[waiting[0].id]
    return await begun_batch(means, asker, batch_id, refusals)


async def agreed_to(
    means: Means, party: Party, batch_id: UUID, fingerprint: str, check: Check
) -> Sequence[ChangeRow]:
    """Those of a batch that wait, when what was shown is what is there.

    Args:
        means: The gate's surroundings.
        party: Who agrees.
        batch_id: To which batch.
        fingerprint: Of what they were shown.
        check: Refuses what cannot be agreed to as a whole.

    Raises:
        NotFoundError: No such batch within reach.
        StaleError: The fingerprint is another preview's.
        StockroomError: The check refuses it.
    """
    async with means.journal(party.account_id, party.actor) as journal:
        try:
            rows = await batch_within_reach(journal.session, party, batch_id)
            _check_fingerprint(rows, fingerprint)
            waiting = [row for row in rows if row.state == State.PROPOSED]
            await check(journal, waiting)
        except StockroomError as refusal:
            told = {"batch": batch_id, "offered_fingerprint": fingerprint}
            await remember(journal, party, "confirm", refusal, more=told)
            outcome: StockroomError | Sequence[ChangeRow] = refusal
        else:
            outcome = waiting
    # Raised only now: the refusal's audit row must be committed, not rolled back with it.
    if isinstance(outcome, StockroomError):
        raise outcome
    return outcome


def _check_fingerprint(rows: Sequence[ChangeRow], fingerprint: str) -> None:
    if fingerprint != fingerprint_of(row.fingerprint for row in rows):
        raise StaleError(
            "The fingerprint does not belong to this preview; nothing was changed.",
            field="fingerprint",
            next_step="Confirm with the fingerprint of the batch, or propose it again.",
        )


async def check_room(session: AsyncSession, asker: Asker, more: int, now: datetime) -> None:
    """Refuse a batch of which the day's limit would let only a part through.

    Raises:
        GuardrailError: It would; or these are quiet hours.
        StoppedError: A stop switch is on.
    """
    if more:
        case = Case(asker.account_id, asker.key_id, Limits.read(asker.limits), now, changes=more)
        await check_moment(session, case)


async def cancel_batch(
    means: Means, asker: Asker, batch_id: UUID, reason: str | None = None
) -> Batch:
    """Take back what of a batch has not left the house.

    Raises:
        NotFoundError: No such batch within reach.
        NotAllowedError: The key may not use the tool that made it.
        InvalidInputError: It is too late for all of it.
    """
    refusals: dict[UUID, StockroomError] = {}
    rows = await _to_take_back(means, asker, batch_id, reason)
    for row in rows:
        try:
            await cancel(means, asker, row.id, reason)
        except InvalidInputError as too_late:
            refusals[row.id] = too_late
    if len(refusals) == len(rows):
        raise refusals[rows[0].id]
    return await show_batch(means, asker, batch_id, refusals)


async def _to_take_back(
    means: Means, asker: Asker, batch_id: UUID, reason: str | None
) -> Sequence[ChangeRow]:
    async with means.journal(asker.account_id, asker.actor) as journal:
        try:
            return await batch_within_reach(journal.session, asker, batch_id)
        except NotFoundError as unknown:
            told = {"batch": batch_id, "reason": reason}
            await remember(journal, asker, "cancel", unknown, more=told)
            refusal = unknown
    # Raised only now: the refusal's audit row must be committed, not rolled back with it.
    raise refusal


async def revert_batch(means: Means, asker: Asker, batch_id: UUID) -> Batch:
    """Propose to put back what the verified changes of a batch replaced.

    Raises:
        NotFoundError: No such batch within reach.
        InvalidInputError: There is nothing to put back.
    """
    async with means.database.session(asker.account_id) as session:
        rows = await batch_within_reach(session, asker, batch_id)
    tool = means.tools[rows[0].tool]
    done = [row for row in rows if row.state == State.VERIFIED and row.reversible]
    back = [(row.id, tool.revert(change_of(row))) for row in done]
    items = [(number, arguments) for number, arguments in back if arguments is not None]
    if not items:
        raise InvalidInputError(
            "There is nothing to put back: no change of this batch is verified and can be undone.",
            field="id",
            next_step="Ask changes for their states until they are settled.",
        )
    return await propose_batch(
        means,
        asker,
        tool.name,
        [arguments for _, arguments in items],
        reason=f"Reverts batch {batch_id}.",
        reverts=[number for number, _ in items],
    )


async def begun_batch(
    means: Means, party: Party, batch_id: UUID, refusals: Mapping[UUID, StockroomError]
) -> Batch:
    """A batch that was just agreed to, but for what was refused of it.

    What is only kept here waits for nobody and is done at once, as of a change of its own.
    """
    agreed = await show_batch(means, party, batch_id, refusals)
    if not (agreed.local and agreed.confirmed):
        return agreed
    for change_id in agreed.confirmed:
        await execute(means, party.account_id, change_id)
    return await show_batch(means, party, batch_id, refusals)


async def show_batch(
    means: Means,
    party: Party,
    batch_id: UUID,
    refusals: Mapping[UUID, StockroomError] | None = None,
) -> Batch:
    """The present state of a batch, and what the last call refused of it."""
    async with means.database.session(party.account_id) as session:
        rows = await batch_within_reach(session, party, batch_id)
    return Batch.of(rows, means.base_url, refusals or {})
