"""Confirm: the key that proposed a change agrees to exactly what was shown.

That is *delegated* confirmation: the key must carry ``changes:confirm``, must be the key
that proposed, must have a daily limit, and the audit says so. It never holds for what
spends money or cannot be undone, nor where the organisation wants a second person. A key
with ``changes:ask`` instead confirms only what the person at its client was asked about and
agreed to. What is only kept here asks for less (``powers``).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.core.errors import GuardrailError, NotAllowedError, StaleError
from stockroom.core.ruling import Ruling
from stockroom.writes.agree import Terms, agree
from stockroom.writes.asker import Asker
from stockroom.writes.audit import Journal
from stockroom.writes.eyes import check_eyes
from stockroom.writes.guardrails import Case, check_all
from stockroom.writes.limits import Limits
from stockroom.writes.means import Means, change_of
from stockroom.writes.models import ChangeRow
from stockroom.writes.powers import may_confirm, needs_daily_limit, unruled_spending
from stockroom.writes.problems import block
from stockroom.writes.rivals import check_rivals
from stockroom.writes.shown import ChangeState, approve_url, needs_person

_WITH_POWER = (
    "Propose and confirm it with a key that has the scopes of the tool and changes:confirm or "
    "changes:ask; an owner of the account can issue one. Or ask a person to open approve_url."
)


async def confirm(
    means: Means, asker: Asker, change_id: UUID, fingerprint: str, *, asked: bool = False
) -> ChangeState:
    """Agree to a change, by the fingerprint of what was shown.

    Repeating it is harmless: a change that is on its way, or done, answers its state.

    Args:
        means: The gate's surroundings.
        asker: The key.
        change_id: Which change.
        fingerprint: Of what was shown.
        asked: The person at the key's client was shown it and said yes.

    Raises:
        NotFoundError: No such change within reach.
        NotAllowedError: This key may not confirm, or did not propose this change.
        StaleError: The fingerprint is another preview's, the preview has expired, or another
            change of the same target got ahead.
        InvalidInputError: The change was cancelled or rejected, or Amazon did not take it.
        GuardrailError: A limit forbids it, or the key has none for a day.
        StoppedError: The account's stop switch is on.
        BusyError: The key confirms too fast.
    """
    await means.pace.take(asker, "confirm", {"id": change_id})
    return await confirm_one(means, asker, change_id, fingerprint, asked=asked)


async def confirm_one(
    means: Means, asker: Asker, change_id: UUID, fingerprint: str, *, asked: bool
) -> ChangeState:
    """What :func:`confirm` does, without taking a turn: of a batch, the caller took one for all."""

    async def entitled(journal: Journal, row: ChangeRow) -> None:
        check_asker(means, asker, row)
        await check_eyes(journal.session, row, None)

    async def judge(journal: Journal, row: ChangeRow) -> list[Ruling]:
        rulings = await check_limits(journal.session, asker, row, journal.at)
        _check_asked(means, asker, row, asked=asked)
        await _check_rivals(journal, row)
        return rulings

    by = {**asker.facts, "key_id": None if asker.key_id is None else str(asker.key_id)}
    if asked:
        by["asked"] = True
    terms = Terms(asker, by, delegated=True, entitled=entitled, judge=judge)
    return await agree(means, terms, change_id, fingerprint)


def check_asker(means: Means, asker: Asker, row: ChangeRow) -> None:
    """Refuse a key that may not confirm this change, whatever its limits say.

    Raises:
        NotAllowedError: It may not; why is named.
    """
    tool = means.tools[row.tool]
    might = may_confirm(row, tool, asker.scopes, asked=True)
    if not might or not asker.may(tool.name, tool.scope):
        raise NotAllowedError(
            "This key may not confirm this change.",
            next_step=_WITH_POWER,
        )
    if asker.key_id != row.key_id:
        raise NotAllowedError(
            "Another key proposed this change; only that key may confirm it.",
            next_step="Confirm it with that key, or propose it again with this one.",
        )
    if needs_person(row):
        raise NotAllowedError(
            "This change spends money or cannot be undone: no key may confirm it.",
            next_step=f"A person approves it at {approve_url(means.base_url, row.id)}.",
        )


def _check_asked(means: Means, asker: Asker, row: ChangeRow, *, asked: bool) -> None:
    """Refuse a key that needs the word of the person at its client, and brings none."""
    if not may_confirm(row, means.tools[row.tool], asker.scopes, asked=asked):
        raise NotAllowedError(
            "This key confirms only what the person at its client agrees to, and this client "
            "could not ask them, or not about all of it.",
            next_step=f"A person approves it at {approve_url(means.base_url, row.id)}.",
        )


async def check_limits(
    session: AsyncSession, asker: Asker, row: ChangeRow, now: datetime
) -> list[Ruling]:
    """Refuse what the limits of the key, or of whomever it acts for, forbid it to confirm now.

    Returns:
        The guardrails it passed, for the audit.

    Raises:
        GuardrailError: One does, or the key lacks the one that confirming needs.
        StoppedError: A stop switch is on.
    """
    limits = Limits.read(asker.limits)
    if limits.changes_per_day is None and needs_daily_limit(row):
        raise GuardrailError(
            "A key may confirm only with a limit of changes per day, and this one has none.",
            next_step="An owner of the account can issue a key whose limits name changes_per_day.",
        )
    unruled = unruled_spending(row, limits)
    if unruled is not None:
        raise GuardrailError(
            f"A key may confirm what advertising spends only with a rule for it: this one has no "
            f"max for {unruled}.",
            next_step=f"An owner of the account can issue a key whose limits have a rule for {unruled}.",
        )
    case = Case(asker.account_id, asker.key_id, limits, now)
    return await check_all(session, case, change_of(row))


async def _check_rivals(journal: Journal, row: ChangeRow) -> None:
    """Of two previews of one target only one can win: the other ends when that is certain."""
    try:
        await check_rivals(
            journal.session,
            row.account_id,
            row.tool,
            row.target,
            since=row.proposed_at,
            change_id=row.id,
        )
    except StaleError as refusal:
        await block(journal, row, refusal)
        raise
