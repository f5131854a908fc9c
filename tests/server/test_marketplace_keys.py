"""Keys limited to marketplaces, as whoever issues and uses them meets the limit."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

import pytest
from mcp import Client
from tests.commands import stockroom
from tests.conftest import SECRET

from stockroom.core.clock import FixedClock
from stockroom.core.config import Settings
from stockroom.core.scope import Scope
from stockroom.entrypoints.house import House
from stockroom.entrypoints.keys import list_keys

pytestmark = pytest.mark.requirement("marketplaces-held")

Issue = Callable[..., Awaitable[str]]
Ask = Callable[..., Awaitable[dict[str, Any]]]
Connect = Callable[..., AbstractAsyncContextManager[Client]]


async def test_accounts_shows_the_marketplaces_of_the_key(
    connect: Connect, issue: Issue, ask: Ask
) -> None:
    async with connect(await issue("harbor", marketplaces=["CA"])) as client:
        body = await ask(client, "accounts")
    (row,) = [dict(zip(body["columns"], row, strict=True)) for row in body["rows"]]
    assert row["marketplaces"] == ["CA"]


async def test_an_account_that_sells_in_none_of_them_does_not_exist(
    connect: Connect, issue: Issue, ask: Ask
) -> None:
    async with connect(await issue("harbor", "elm", marketplaces=["DE"])) as client:
        assert (await ask(client, "accounts"))["rows"] == []
        theirs = await ask(client, "stock", account="harbor")
        assert theirs["error_kind"] == "not_found"


async def test_a_price_in_another_marketplace_is_refused_like_one_nobody_sells_in(
    connect: Connect, issue: Issue, ask: Ask
) -> None:
    key = await issue("harbor", marketplaces=["CA"], scopes=frozenset(Scope))
    given = {"sku": "S1", "price": "9.99", "currency": "USD"}
    async with connect(key) as client:
        theirs = await ask(client, "set_price", **given, marketplace="US")
        nobodys = await ask(client, "set_price", **given, marketplace="MX")
    assert theirs["error_kind"] == "invalid_input"
    assert json.dumps(theirs).replace("US", "MX") == json.dumps(nobodys)


async def test_a_rotated_key_keeps_its_marketplaces(
    house: House, connect: Connect, issue: Issue, ask: Ask, clock: FixedClock
) -> None:
    await issue("harbor", marketplaces=["CA"])
    successor = await house.registry.rotate("test", timedelta(0))
    clock.move(1)
    async with connect(successor) as client:
        assert (await ask(client, "accounts"))["rows"][0][3] == ["CA"]


async def test_the_command_issues_lists_and_refuses_by_name(
    house: House, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    create = ["key", "create", "clerk", "--org", "Agency", "--account", "harbor"]
    environment = {
        "STOCKROOM_HOME": str(settings.home),
        "STOCKROOM_ENCRYPTION_KEYS": f"test:{SECRET}",
        "STOCKROOM_KEY_PEPPER": SECRET,
        "DATABASE_URL": str(settings.database_url),
    }

    def run(*codes: str) -> Any:
        more = [part for code in codes for part in ("--marketplace", code)]
        return stockroom(*create, *more, **environment)

    assert (await asyncio.to_thread(run, "ca", "US")).returncode == 0
    await asyncio.to_thread(list_keys, settings, as_json=True)
    (key,) = json.loads(capsys.readouterr().out)
    assert key["marketplaces"] == ["CA", "US"]
    refused = await asyncio.to_thread(run, "DE")
    assert refused.returncode != 0
    assert "None of these accounts sells in DE" in refused.stderr
    assert len(await house.registry.keys()) == 1
