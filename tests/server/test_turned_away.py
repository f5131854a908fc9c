"""Who is refused a tool that changes something stands in the audit; reads are only counted."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from mcp import Client
from sqlalchemy import select

from stockroom.core.clock import FixedClock
from stockroom.core.scope import READ_SCOPES, Scope
from stockroom.entrypoints.house import House
from stockroom.entrypoints.stop_switch import turn
from stockroom.writes.models import AuditRow, ReadCount

Issue = Callable[..., Awaitable[str]]
Ask = Callable[..., Awaitable[dict[str, Any]]]
Connect = Callable[..., AbstractAsyncContextManager[Client]]


async def refused(house: House, slug: str) -> list[dict[str, Any]]:
    account = await house.registry.account(slug)
    async with house.database.session(account.id) as session:
        rows = await session.scalars(select(AuditRow).where(AuditRow.action == "refused"))
        return [json.loads(row.details) for row in rows]


async def test_a_key_outside_its_scopes_is_told_of_in_the_account_it_named(
    house: House, connect: Connect, issue: Issue, ask: Ask
) -> None:
    async with connect(await issue("harbor", "elm", scopes=READ_SCOPES)) as client:
        for account in ("harbor", "ridge", None):  # its own, a stranger's, none
            named = {} if account is None else {"account": account}
            body = await ask(client, "set_price", sku="A", **named)
            assert body["error_kind"] == "not_allowed"
    (row,) = await refused(house, "harbor")
    assert (row["asked"], row["tool"], row["error_kind"]) == ("call", "set_price", "not_allowed")
    assert row["by"]["name"] == "test"
    assert await refused(house, "elm") == []
    assert await refused(house, "ridge") == []


async def test_reads_are_no_rows_also_when_refused_but_are_counted(
    house: House, connect: Connect, issue: Issue, ask: Ask, clock: FixedClock
) -> None:
    harbor = await house.registry.account("harbor")
    scopes = frozenset({Scope.STOCK_READ, Scope.LISTINGS_WRITE})
    async with connect(await issue("harbor", scopes=scopes)) as client:
        for _ in range(3):
            await ask(client, "stock")
        assert (await ask(client, "sales"))["error_kind"] == "not_allowed"
        await turn(house, harbor, stop="agents", reason=None)
        clock.move(0.5)
        assert (await ask(client, "stock"))["error_kind"] == "stopped"
        assert (await ask(client, "set_price", sku="A"))["error_kind"] == "stopped"
    await house.reads.settled()
    assert [row["tool"] for row in await refused(house, "harbor")] == ["set_price"]
    async with house.database.session(harbor.id) as session:
        rows = await session.scalars(select(ReadCount))
        assert [(row.tool, row.calls) for row in rows] == [("stock", 3)]
