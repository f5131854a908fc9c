"""How often credentials that may also write have read in an account: what an agent looked at first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from stockroom.entrypoints.house import House
from stockroom.tenancy.principal import Account
from stockroom.tenancy.visitors import Membership
from stockroom.writes.models import ReadCount

_MOST = 100


@dataclass(frozen=True, slots=True)
class Reads:
    """The reads of one credential with one tool.

    Args:
        who: What the key or program is called.
        tool: What it read with.
        calls: How often.
        last: The last minute in which it did.
    """

    who: str
    tool: str
    calls: int
    last: datetime


async def reads_in(
    house: House,
    membership: Membership,
    account: Account,
    since: datetime | None,
    before: datetime | None,
) -> Sequence[Reads]:
    """Reads of an account, the most frequent first; of all time where no end is given."""
    names = await _names(house, membership)
    calls, last = func.sum(ReadCount.calls), func.max(ReadCount.minute)
    counted = (
        select(ReadCount.key_id, ReadCount.tool, calls, last)
        .group_by(ReadCount.key_id, ReadCount.tool)
        .order_by(calls.desc(), ReadCount.tool)
        .limit(_MOST)
    )
    if since is not None:
        counted = counted.where(ReadCount.minute >= since)
    if before is not None:
        counted = counted.where(ReadCount.minute < before)
    async with house.database.session(account.id) as session:
        rows = (await session.execute(counted)).all()
    return [Reads(names.get(who, str(who)), tool, int(n), at) for who, tool, n, at in rows]


async def _names(house: House, membership: Membership) -> Mapping[UUID, str]:
    """What the keys of an organisation, and the programs let in there, are called."""
    keys = await house.registry.keys_of(membership.organisation_id)
    grants = await house.authority.grants.of(membership.organisation_id)
    named = {grant.id: grant.client_name for grant in grants}
    return named | {key.id: key.name for key in keys}
