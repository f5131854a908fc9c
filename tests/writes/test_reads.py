"""Reads by credentials that may also write are counted; nobody else's are."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select
from tests.conftest import insert_account

from stockroom.core.clock import FixedClock
from stockroom.core.marketplaces import Region
from stockroom.core.scope import READ_SCOPES, Scope
from stockroom.db.engine import Database
from stockroom.spec.tool import TargetAccount
from stockroom.tenancy.principal import Account, Principal
from stockroom.writes.models import ReadCount
from stockroom.writes.reads import ReadCounts

KEY = UUID(int=5)


def reached(account: TargetAccount) -> Account:
    return Account(
        account.id, account.slug, account.slug, account.seller_id, Region.NA, account.marketplaces
    )


@pytest.fixture
def agent(account: TargetAccount) -> Principal:
    return Principal(
        key_id=KEY,
        organisation_id=UUID(int=1),
        name="agent",
        accounts=(reached(account),),
        scopes=READ_SCOPES | {Scope.LISTINGS_WRITE},
    )


async def counted(database: Database, account_id: UUID) -> list[tuple[UUID, str, str, int]]:
    async with database.session(account_id) as session:
        rows = await session.scalars(select(ReadCount).order_by(ReadCount.minute, ReadCount.tool))
        return [(row.key_id, row.tool, f"{row.minute:%H:%M:%S}", row.calls) for row in rows]


async def test_they_are_counted_by_key_tool_and_minute_over_all_processes(
    database: Database, account: TargetAccount, clock: FixedClock, agent: Principal
) -> None:
    here, there = ReadCounts(database, clock), ReadCounts(database, clock)
    clock.move(20)
    for process in (here, here, there):
        process.count(agent, "stock", agent.accounts)
    here.count(agent, "sales", agent.accounts)
    clock.move(60)
    there.count(agent, "stock", agent.accounts)
    await here.settled()
    await there.settled()
    assert await counted(database, account.id) == [
        (KEY, "sales", "08:45:00", 1),
        (KEY, "stock", "08:45:00", 3),
        (KEY, "stock", "08:46:00", 1),
    ]


async def test_each_account_that_was_read_has_its_own_count(
    database: Database, account: TargetAccount, clock: FixedClock, agent: Principal
) -> None:
    other = await insert_account(database, clock, "elm")
    reads = ReadCounts(database, clock)
    reads.count(agent, "accounts", [*agent.accounts, reached(other)])
    reads.count(agent, "stock", [reached(other)])
    await reads.settled()
    assert [row[1] for row in await counted(database, account.id)] == ["accounts"]
    assert [row[1] for row in await counted(database, other.id)] == ["accounts", "stock"]


@pytest.mark.parametrize(
    ("scopes", "rows"),
    [(READ_SCOPES, 0), (READ_SCOPES | {Scope.CONFIRM}, 1), (READ_SCOPES | {Scope.ADS_WRITE}, 1)],
)
async def test_only_who_may_write_is_counted(
    *,
    database: Database,
    account: TargetAccount,
    clock: FixedClock,
    agent: Principal,
    scopes: frozenset[Scope],
    rows: int,
) -> None:
    reads = ReadCounts(database, clock)
    reads.count(replace(agent, scopes=scopes), "stock", agent.accounts)
    reads.count(replace(agent, key_id=None), "stock", agent.accounts)
    await reads.settled()
    assert len(await counted(database, account.id)) == rows
