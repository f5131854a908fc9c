"""Months appear when they are needed, once, and only where they belong."""

from __future__ import annotations

import asyncio
from datetime import date

import psycopg
import pytest

from stockroom.db.engine import Database
from stockroom.db.partitions import ensure_partitions
from stockroom.reports.orders import OrderLine
from stockroom.spec.tool import TargetAccount

TABLE = OrderLine.__table__

MONTHS = """
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'core.order_lines'::regclass order by 1
"""


async def months(database: Database, account: TargetAccount) -> list[str]:
    async with database.connection(account.id) as connection:
        rows = await (await connection.execute(MONTHS)).fetchall()
    return [str(row[0]) for row in rows]


async def ensure(database: Database, account: TargetAccount, first: date, last: date) -> None:
    async with database.connection(account.id) as connection:
        await ensure_partitions(connection, TABLE, first, last)


async def test_every_month_touched_gets_a_partition(
    database: Database, account: TargetAccount
) -> None:
    await ensure(database, account, date(2026, 9, 30), date(2026, 11, 1))

    assert await months(database, account) == [
        "order_lines_2026_09",
        "order_lines_2026_10",
        "order_lines_2026_11",
    ]


async def test_asking_again_changes_nothing(database: Database, account: TargetAccount) -> None:
    for _ in range(2):
        await ensure(database, account, date(2026, 12, 31), date(2027, 1, 1))

    assert await months(database, account) == ["order_lines_2026_12", "order_lines_2027_01"]


async def test_two_fills_that_need_the_same_month_both_get_it(
    database: Database, account: TargetAccount, neighbour: TargetAccount
) -> None:
    async with asyncio.TaskGroup() as group:
        for seller in (account, neighbour, account, neighbour):
            group.create_task(ensure(database, seller, date(2026, 1, 1), date(2026, 3, 1)))

    assert len(await months(database, account)) == 3


async def test_two_fills_of_several_months_never_wait_in_a_circle(
    database: Database, account: TargetAccount, neighbour: TargetAccount
) -> None:
    async with database.connection(account.id) as first:
        await ensure_partitions(first, TABLE, date(2026, 1, 1), date(2026, 1, 1))
        other = asyncio.create_task(ensure(database, neighbour, date(2026, 2, 1), date(2026, 3, 1)))
        await _somebody_waits(database, account)
        await ensure_partitions(first, TABLE, date(2026, 2, 1), date(2026, 2, 1))
    await other

    assert len(await months(database, account)) == 3


async def _somebody_waits(database: Database, account: TargetAccount) -> None:
    async with database.connection(account.id) as connection:
        for _ in range(10_000):
            found = await connection.execute("select count(*) from pg_locks where not granted")
            if await found.fetchone() != (0,):
                return
    pytest.fail("nobody waited for a lock")


async def test_readers_go_on_while_a_month_is_made(
    database: Database, account: TargetAccount
) -> None:
    await ensure(database, account, date(2026, 10, 1), date(2026, 10, 1))
    async with database.connection(account.id) as making:
        await ensure_partitions(making, TABLE, date(2026, 11, 1), date(2026, 11, 1))
        async with database.reader.connection() as reading:
            await reading.execute("set statement_timeout = '2s'")
            found = await reading.execute("select count(*) from core.order_lines")
            assert await found.fetchone() == (0,)


@pytest.mark.parametrize(
    ("schema", "table", "month"),
    [
        ("app", "accounts", "2026-11-01"),
        ("core", "nothing", "2026-11-01"),
        ("pg_catalog", "pg_class", "2026-11-01"),
        ("core", "order_lines; drop table app.audit", "2026-11-01"),
        ("core", "order_lines", "1026-11-01"),
    ],
)
async def test_only_day_tables_and_real_months_are_taken(
    database: Database, account: TargetAccount, schema: str, table: str, month: str
) -> None:
    with pytest.raises(psycopg.errors.RaiseException, match="has no partition"):
        async with database.connection(account.id) as connection:
            await connection.execute(
                "select app.ensure_partition(%s, %s, %s::date)", (schema, table, month)
            )
