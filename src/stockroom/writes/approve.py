"""Approve: a signed-in member agrees to exactly what a page showed them.

Everything that must hold for the change to leave is judged already here, by the limits of
the key that proposed it: a person hears at once what would end it minutes later. What
spends money or cannot be undone wants a fresh proof of who they are, and the amount
they saw.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from stockroom.core.errors import NotAllowedError, StaleError
from stockroom.core.ruling import Ruling
from stockroom.writes.agree import Terms, agree
from stockroom.writes.approver import Approver
from stockroom.writes.audit import Journal
from stockroom.writes.eyes import check_eyes
from stockroom.writes.leaving import check_leaving
from stockroom.writes.means import Means, change_of
from stockroom.writes.models import ChangeRow
from stockroom.writes.problems import block
from stockroom.writes.shown import ChangeState, needs_person


async def approve(
    means: Means, approver: Approver, change_id: UUID, fingerprint: str, amount: str
) -> ChangeState:
    """Agree to a change as a person, by the fingerprint and the amount that were shown.

    Repeating it is harmless: a change that is on its way, or done, answers its state.

    Args:
        means: The gate's surroundings.
        approver: The member.
        change_id: Which change.
        fingerprint: Of what they were shown.
        amount: What they were told it spends, as :func:`spends` spells it.

    Raises:
        NotFoundError: The account has no such change.
        NotAllowedError: Their role, four eyes or an old proof forbid it, or the key that
            proposed may not make it any more.
        StaleError: They were shown something else, the preview has expired, or another change
            of the same target got ahead.
        InvalidInputError: The change was cancelled or rejected, or Amazon did not take it.
        GuardrailError: The limits of the key that proposed it forbid it.
        StoppedError: The account's stop switch is on.
    """

    async def entitled(journal: Journal, row: ChangeRow) -> None:
        check_may(approver)
        await check_eyes(journal.session, row, approver.visitor.email)
        if needs_person(row):
            check_proven(approver, journal.at)
        check_amount(amount, spends(row.costs))

    async def judge(journal: Journal, row: ChangeRow) -> list[Ruling]:
        tool = means.tools[row.tool]
        try:
            return await check_leaving(journal.session, row, change_of(row), tool, journal.at)
        except StaleError as refusal:
            await block(journal, row, refusal)
            raise

    terms = Terms(approver, approver.signature, delegated=False, entitled=entitled, judge=judge)
    return await agree(means, terms, change_id, fingerprint)


def check_may(approver: Approver) -> None:
    """Refuse a member who decides nothing.

    Raises:
        NotAllowedError: Their role does not let them.
    """
    if not approver.may:
        membership = approver.membership
        raise NotAllowedError(
            f"Your role in {membership.organisation} ({membership.role}) decides about no changes.",
            next_step="Ask an owner, an admin or an approver of it.",
        )


def check_proven(approver: Approver, now: datetime) -> None:
    """Refuse a member who proved who they are too long ago for what spends or is final.

    Raises:
        NotAllowedError: They did.
    """
    if not approver.visitor.proven(now):
        raise NotAllowedError(
            "This spends money or cannot be undone, and you proved who you are too long ago.",
            next_step="Give your password again, then approve it.",
        )


def spends(costs: Mapping[str, Any] | None) -> str:
    """What a change spends, e.g. ``12.30 USD``; empty: nothing."""
    return "" if costs is None else f"{costs['amount']} {costs['currency']}"


def check_amount(shown: str, stored: str) -> None:
    """Refuse an agreement to another amount than what is spent.

    Raises:
        StaleError: They differ.
    """
    if shown != stored:
        raise StaleError(
            "The amount that was shown is not what this spends; nothing was changed.",
            field="amount",
            next_step="Load the page again and look at what it costs.",
        )
