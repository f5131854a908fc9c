"""A setting of an organisation, turned for all its accounts at once and told in the audit of each.

One transaction holds the turn of every account, so there is never a setting that counts and
is not in the audit, whatever dies meanwhile; and no change that is being taken slips between.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.sql.dml import ReturningUpdate

from stockroom.db.base import ACCOUNT
from stockroom.db.engine import enter
from stockroom.entrypoints.house import House
from stockroom.writes.audit import turn_of


async def turn_for_all(
    house: House,
    organisation_id: UUID,
    change: ReturningUpdate[Any],
    *,
    action: str,
    told: Mapping[str, Any],
    by: str,
) -> bool:
    """Turn it; whether it stood otherwise before (only that is audited).

    Args:
        house: The installation.
        organisation_id: Whose.
        change: Updates the organisation's row, and returns it, where it stands otherwise.
        action: What the audit calls it.
        told: What else the audit tells.
        by: Who does it.
    """
    accounts = await house.registry.accounts()
    mine = sorted(one.id for one in accounts if one.organisation_id == organisation_id)
    async with house.database.organisation_session(organisation_id) as session:
        if not (await session.execute(change)).all():
            return False
        for account_id in mine:  # in one order everywhere: two of these never wait for each other
            await enter(session, ACCOUNT, account_id)
            step = await turn_of(session, house.clock, account_id, by)
            await step.write(action, None, told)
    return True
