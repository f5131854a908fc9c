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
from stockroom.core.scope import Scope
from stockroom.db.base import ORGANISATION
from stockroom.db.engine import enter
from stockroom.spec.change import Change
from stockroom.spec.tool import WriteTool
from stockroom.tenancy.models import AccountRow, ApiKey
from stockroom.writes.limits import Limits, check_day, check_switch
from stockroom.writes.models import ChangeRow
from stockroom.writes.rivals import check_rivals

FORBIDS = (StoppedError, NotAllowedError, GuardrailError, StaleError)
"""What :func:`check_leaving` refuses with."""


async def check_leaving(
    session: AsyncSession, row: ChangeRow, change: Change, tool: WriteTool, now: datetime
) -> None:
    """Refuse a confirmed change that may not go out any more.

    Args:
        session: The transaction that takes it.
        row: The change as it was agreed to.
        change: The same, worked out again.
        tool: What carries it out.
        now: The moment it would be taken.

    Raises:
        StoppedError: The account's stop switch is on.
        NotAllowedError: The key lost what it needs for this change.
        GuardrailError: The key's limits forbid it.
        StaleError: Another change of the same target got ahead.
    """
    await check_switch(session, row.account_id)
    if row.key_id is not None:
        limits = await _limits_now(session, row, row.key_id, tool, now)
        limits.judge(tool.name, change.measures)
        await check_day(session, row.account_id, row.key_id, limits, now, besides=row.id)
    await check_rivals(
        session, row.account_id, row.tool, row.target, since=row.proposed_at, change_id=row.id
    )


async def _limits_now(
    session: AsyncSession, row: ChangeRow, key_id: UUID, tool: WriteTool, now: datetime
) -> Limits:
    mine = select(AccountRow.organisation_id).where(AccountRow.account_id == row.account_id)
    await enter(session, ORGANISATION, (await session.scalars(mine)).one())
    key = await session.get(ApiKey, key_id)
    if key is None or key.revoked_at is not None or _is_over(key, now):
        raise NotAllowedError(
            "The key that proposed this change was revoked or has expired.",
            next_step="Propose it again with a valid key.",
        )
    if not _still_covers(key, row, tool):
        raise NotAllowedError(
            "The key that proposed this change may no longer make it.",
            next_step="Propose it again with a key that may use this tool for this account.",
        )
    return Limits.read(key.limits)


def _is_over(key: ApiKey, now: datetime) -> bool:
    return key.expires_at is not None and now >= key.expires_at


def _still_covers(key: ApiKey, row: ChangeRow, tool: WriteTool) -> bool:
    needed = {tool.scope, Scope.CONFIRM} if row.delegated else {tool.scope}
    return (
        row.account_id in key.account_ids
        and needed <= set(key.scopes)
        and (key.tools is None or tool.name in key.tools)
        and (key.marketplaces is None or row.target.get("marketplace") in key.marketplaces)
    )
