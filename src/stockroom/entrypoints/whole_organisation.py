"""A setting of an organisation, turned for all its accounts at once and told in the audit of each.

One transaction holds the turn of every account, so there is never a setting that counts and
is not in the audit, whatever dies meanwhile; and no change that is being taken slips between.

A stop waits for nobody: it is committed together with what the audits are owed (``writes.owed``),
and then told account by account. An account whose turn somebody holds is told by a worker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.sql.dml import ReturningUpdate

from stockroom.core.errors import BusyError
from stockroom.core.log import logger
from stockroom.db.base import ACCOUNT
from stockroom.db.engine import enter
from stockroom.entrypoints.house import House
from stockroom.writes.audit import turn_of
from stockroom.writes.jobs import owe
from stockroom.writes.owed import Word

_log = logger("server.organisation")


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
    mine = await _accounts(house, organisation_id)
    async with house.database.organisation_session(organisation_id) as session:
        steps = []
        for account_id in mine:  # in one order everywhere: two of these never wait for each other
            await enter(session, ACCOUNT, account_id)
            steps.append(await turn_of(session, house.clock, account_id, by))
        # Only now: whoever stops the organisation meanwhile must not wait for its row.
        if not (await session.execute(change)).all():
            return False
        for step in steps:
            await enter(session, ACCOUNT, step.account_id)
            await step.write(action, None, told)
    return True


async def stop_at_once(
    house: House,
    organisation_id: UUID,
    change: ReturningUpdate[Any],
    *,
    action: str,
    told: Mapping[str, Any],
    by: str,
) -> bool:
    """Turn it before anything else, then tell the audits; otherwise as :func:`turn_for_all`.

    When this returns, no change that was being taken meanwhile is still to leave; but where
    somebody held the account's turn all the time, which the log names.

    Args:
        house: The installation.
        organisation_id: Whose.
        change: Updates the organisation's row, and returns it, where it stands otherwise.
        action: What the audit calls it.
        told: What else the audit tells; with a moment among it.
        by: Who does it.
    """
    mine = await _accounts(house, organisation_id)
    words = [Word(account_id, by, action, told) for account_id in mine]
    async with house.database.organisation_session(organisation_id) as session:
        if not (await session.execute(change)).all():
            return False
        for word in words:
            await owe(session, word)
    for word in words:
        try:
            await house.gate.say(word)
        except BusyError:
            _log.warning("still busy", account=str(word.account_id), told_later=action)
    return True


async def _accounts(house: House, organisation_id: UUID) -> Sequence[UUID]:
    accounts = await house.registry.accounts()
    return sorted(one.id for one in accounts if one.organisation_id == organisation_id)
