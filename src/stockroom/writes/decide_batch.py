"""A person decides about a batch: all of it that waits is approved, or all of it is rejected.

Each change in it is approved and rejected like any other, so what holds for one holds
here. What is about the person or the page (their role, a fresh proof, the amount) is
judged once for all, before anything is agreed to. An item that is refused does not stop
the others; the audit keeps why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from stockroom.core.errors import InvalidInputError, StaleError, StockroomError
from stockroom.writes.approve import approve, check_amount, check_may, check_proven, spends
from stockroom.writes.approver import Approver
from stockroom.writes.audit import Journal
from stockroom.writes.batch import Batch, batch_within_reach
from stockroom.writes.means import Means
from stockroom.writes.models import ChangeRow
from stockroom.writes.reject import reject, said_why
from stockroom.writes.settle_batch import AN_ITEMS_OWN, agreed_to, begun_batch, show_batch
from stockroom.writes.shown import needs_person
from stockroom.writes.states import State


async def approve_batch(
    means: Means, approver: Approver, batch_id: UUID, fingerprint: str, amount: str
) -> Batch:
    """Agree, as a person, to all changes of a batch that wait.

    Args:
        means: The gate's surroundings.
        approver: The member.
        batch_id: Which batch.
        fingerprint: Of all that they were shown.
        amount: What they were told those that wait spend, as :func:`spends_together` spells it.

    Returns:
        The batch as it stands now; items that were refused say why.

    Raises:
        NotFoundError: The account has no such batch.
        NotAllowedError: Their role, four eyes or an old proof forbid it, or the key that
            proposed may not make it any more.
        StaleError: They were shown something else.
        StoppedError: The account's stop switch is on.
    """

    async def check(journal: Journal, waiting: Sequence[ChangeRow]) -> None:
        check_may(approver)
        if any(needs_person(row) for row in waiting):
            check_proven(approver, journal.at)
        if waiting:  # once all is decided, saying it again is harmless
            check_amount(amount, spends_together(row.costs for row in waiting))

    waiting = await agreed_to(means, approver, batch_id, fingerprint, check)
    refusals: dict[UUID, StockroomError] = {}
    for row in waiting:
        try:
            await approve(means, approver, row.id, row.fingerprint, spends(row.costs))
        except AN_ITEMS_OWN as refusal:
            refusals[row.id] = refusal
    return await begun_batch(means, approver, batch_id, refusals)


async def reject_batch(means: Means, approver: Approver, batch_id: UUID, reason: str) -> Batch:
    """Turn down all changes of a batch that wait.

    Raises:
        NotFoundError: The account has no such batch.
        InvalidInputError: No reason is given, or nothing of it waits any more.
        NotAllowedError: The member's role decides about no changes.
    """
    said = said_why(reason)
    async with means.database.session(approver.account_id) as session:
        rows = await batch_within_reach(session, approver, batch_id)
    waiting = [row for row in rows if row.state == State.PROPOSED]
    if not waiting:
        raise InvalidInputError(
            "Nothing of this batch waits any more.",
            field="id",
            next_step="See on its page what became of each change.",
        )
    refusals: dict[UUID, StockroomError] = {}
    for row in waiting:
        try:
            await reject(means, approver, row.id, said)
        except (StaleError, InvalidInputError) as too_late:
            refusals[row.id] = too_late
    return await show_batch(means, approver, batch_id, refusals)


def spends_together(costs: Iterable[Mapping[str, Any] | None]) -> str:
    """What changes spend together, by currency, e.g. ``4.00 EUR and 12.30 USD``; empty: nothing."""
    sums: dict[str, Decimal] = {}
    for one in costs:
        if one is not None:
            spent = sums.get(one["currency"], Decimal(0))
            sums[one["currency"]] = spent + Decimal(one["amount"])
    told = [{"amount": f"{sums[name]:f}", "currency": name} for name in sorted(sums)]
    return " and ".join(spends(one) for one in told)
