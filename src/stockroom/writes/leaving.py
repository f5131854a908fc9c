"""Leaving: what must hold at the very moment a change is taken.

Minutes may lie between the agreement and the call, and the live values are read in
between. Whatever somebody forbade meanwhile counts: all of it is read in the
transaction that takes the change, in the account's turn.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from stockroom.core.errors import GuardrailError, NotAllowedError, StaleError, StoppedError
from stockroom.core.ruling import Ruling
from stockroom.db.base import ORGANISATION
from stockroom.db.engine import enter
from stockroom.spec.change import Change
from stockroom.spec.tool import ChangeTool
from stockroom.tenancy.models import AccountRow
from stockroom.tenancy.standing import Standing, standing_of
from stockroom.writes.audit import Journal
from stockroom.writes.eyes import check_eyes
from stockroom.writes.guardrails import Case, check_all, check_switch
from stockroom.writes.limits import Limits
from stockroom.writes.models import ChangeRow
from stockroom.writes.powers import may_confirm
from stockroom.writes.problems import block
from stockroom.writes.rivals import check_rivals
from stockroom.writes.states import State, step

_FORBIDS = (StoppedError, NotAllowedError, GuardrailError, StaleError)
"""What :func:`last_word` ends a change for."""


async def last_word(
    journal: Journal, row: ChangeRow, change: Change, tool: ChangeTool
) -> list[Ruling] | None:
    """Judge a confirmed change at the moment it would be taken; end it when it may not be.

    Returns:
        The guardrails it passed, for the audit; None: it has ended.
    """
    if journal.at >= row.expires_at:
        await step(journal, row.id, State.CONFIRMED, State.EXPIRED)
        return None
    try:
        await _check_agreed(journal.session, row)
        return await check_leaving(journal.session, row, change, tool, journal.at)
    except _FORBIDS as refusal:
        await block(journal, row, refusal)
        return None


async def _check_agreed(session: AsyncSession, row: ChangeRow) -> None:
    """Refuse an agreement that an organisation which meanwhile wants a second person would not take.

    Raises:
        NotAllowedError: It would not.
    """
    by = row.confirmed_by or {}
    await check_eyes(session, row, None if row.delegated else by.get("person"))


async def check_leaving(
    session: AsyncSession, row: ChangeRow, change: Change, tool: ChangeTool, now: datetime
) -> list[Ruling]:
    """Refuse a confirmed change that may not go out any more.

    Args:
        session: The transaction that takes it.
        row: The change as it was agreed to.
        change: The same, worked out again.
        tool: What carries it out.
        now: The moment it would be taken.

    Returns:
        The guardrails it passed, for the audit.

    Raises:
        StoppedError: The account's stop switch is on.
        NotAllowedError: The key lost what it needs for this change.
        GuardrailError: A limit of the house, the account or the key forbids it.
        StaleError: Another change of the same target got ahead.
    """
    await check_switch(session, row.account_id)
    limits = Limits()
    if row.key_id is not None:
        limits = await _limits_now(session, row, row.key_id, tool, now)
    case = Case(row.account_id, row.key_id, limits, now, besides=row.id)
    rulings = await check_all(session, case, change)
    await check_rivals(
        session, row.account_id, row.tool, row.target, since=row.proposed_at, change_id=row.id
    )
    return rulings


async def _limits_now(
    session: AsyncSession, row: ChangeRow, key_id: UUID, tool: ChangeTool, now: datetime
) -> Limits:
    mine = select(AccountRow.organisation_id).where(AccountRow.account_id == row.account_id)
    await enter(session, ORGANISATION, (await session.scalars(mine)).one())
    standing = await standing_of(session, key_id, now)
    if standing is None:
        raise NotAllowedError(
            "The key that proposed this change was revoked or has expired.",
            next_step="Propose it again with a valid key, or after connecting the program again.",
        )
    if not _still_covers(standing, row, tool):
        raise NotAllowedError(
            "The key that proposed this change may no longer make it.",
            next_step="Propose it again with a key that may use this tool for this account.",
        )
    return Limits.read(standing.limits)


def _still_covers(standing: Standing, row: ChangeRow, tool: ChangeTool) -> bool:
    asked = (row.confirmed_by or {}).get("asked", False)
    confirms = not row.delegated or may_confirm(row, tool, standing.scopes, asked=asked)
    sold_in = standing.marketplaces
    return (
        row.account_id in standing.account_ids
        and (sold_in is None or row.target.get("marketplace") in sold_in)
        and tool.scope in standing.scopes
        and confirms
        and (standing.tools is None or tool.name in standing.tools)
    )
