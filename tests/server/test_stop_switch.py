"""The operator's stop switch: turned, audited, obeyed by the gate, told by nobody else's account."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from mcp import Client
from sqlalchemy import select

from stockroom.core.clock import FixedClock
from stockroom.core.config import Settings
from stockroom.core.errors import NotFoundError, StoppedError
from stockroom.core.scope import Scope
from stockroom.entrypoints import stop_switch
from stockroom.entrypoints.house import House
from stockroom.entrypoints.stop_switch import turn, turn_organisation
from stockroom.writes.guardrails import check_switch
from stockroom.writes.models import AuditRow
from stockroom.writes.trail import verify_account

Issue = Callable[..., Awaitable[str]]
Ask = Callable[..., Awaitable[dict[str, Any]]]
Connect = Callable[..., AbstractAsyncContextManager[Client]]


async def trail(house: House, slug: str) -> list[tuple[str, str, object]]:
    account = await house.registry.account(slug)
    async with house.database.session(account.id) as session:
        rows = (await session.scalars(select(AuditRow).order_by(AuditRow.seq))).all()
    assert (await verify_account(house.database, account.id)).broken is None
    turns = [row for row in rows if row.action != "refused"]
    return [(row.actor, row.action, json.loads(row.details)["reason"]) for row in turns]


async def stopped(house: House, slug: str) -> bool:
    account = await house.registry.account(slug)
    async with house.database.session(account.id) as session:
        try:
            await check_switch(session, account.id)
        except StoppedError:
            return True
    return False


async def test_it_stops_one_account_and_lets_it_go_on_again(house: House) -> None:
    harbor = await house.registry.account("harbor")
    assert await turn(house, harbor, stop="changes", reason="prices look wrong")
    assert (await stopped(house, "harbor"), await stopped(house, "elm")) == (True, False)
    assert await turn(house, harbor, stop="nothing", reason=None)
    assert not await stopped(house, "harbor")
    assert await trail(house, "harbor") == [
        ("operator", "stopped", "prices look wrong"),
        ("operator", "resumed", None),
    ]
    assert await trail(house, "elm") == []


async def test_turning_it_to_where_it_stands_is_not_audited(house: House) -> None:
    harbor = await house.registry.account("harbor")
    await turn(house, harbor, stop="changes", reason="one")
    assert not await turn(house, harbor, stop="changes", reason="two")
    assert await trail(house, "harbor") == [("operator", "stopped", "one")]


async def test_the_command_says_how_it_stands(
    house: House, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        await asyncio.to_thread(
            stop_switch.stop_account, settings, "harbor", stop="changes", reason="why"
        )
    first, again = capsys.readouterr().out.splitlines()
    assert first == "harbor: stopped: no change leaves for Amazon."
    assert again == "harbor: stopped: no change leaves for Amazon, as before."
    assert await stopped(house, "harbor")


@pytest.mark.usefixtures("house")
async def test_an_account_that_is_not_there_is_named(settings: Settings) -> None:
    with pytest.raises(NotFoundError, match="no-such"):
        await asyncio.to_thread(
            stop_switch.stop_account, settings, "no-such", stop="changes", reason=None
        )


# --- agents ---------------------------------------------------------------------------------------


async def answers(client: Client, ask: Ask, *slugs: str) -> list[str]:
    """What a read of each account is answered with: its kind of refusal, or its name."""
    bodies = [await ask(client, "stock", account=slug) for slug in slugs]
    return [str(body.get("error_kind", body.get("account"))) for body in bodies]


@pytest.mark.requirement("agents-stoppable")
async def test_stopped_agents_are_refused_every_tool_but_accounts(
    house: House, connect: Connect, issue: Issue, ask: Ask, clock: FixedClock
) -> None:
    harbor = await house.registry.account("harbor")
    async with connect(await issue("harbor", scopes=frozenset(Scope))) as client:
        assert await turn(house, harbor, stop="agents", reason="odd questions")
        clock.move(0.5)
        tools = (await client.list_tools()).tools
        refused = [await ask(client, tool.name) for tool in tools if tool.name != "accounts"]
        assert {body["error_kind"] for body in refused} == {"stopped"}
        assert not refused[0]["retryable"]
        assert "person" in refused[0]["next_step"]
        about = await ask(client, "accounts")
        assert dict(zip(about["columns"], about["rows"][0], strict=True))["stopped"] is True
        assert any("All agents are stopped for harbor" in note for note in about["notes"])

        assert await turn(house, harbor, stop="nothing", reason=None)
        clock.move(0.5)
        assert (await ask(client, "stock"))["account"] == "harbor"
    assert [action for _, action, _ in await trail(house, "harbor")] == [
        "agents_stopped",
        "resumed",
    ]


@pytest.mark.requirement("agents-stoppable")
async def test_one_account_or_the_whole_organisation_is_stopped_and_nobody_else(
    house: House, connect: Connect, issue: Issue, ask: Ask, clock: FixedClock
) -> None:
    elm = await house.registry.account("elm")
    ours, theirs = await issue("harbor", "elm"), await issue("ridge")
    async with connect(ours) as agency, connect(theirs) as other:
        await turn(house, elm, stop="agents", reason=None)
        clock.move(0.5)
        assert await answers(agency, ask, "harbor", "elm") == ["harbor", "stopped"]
        assert await turn_organisation(house, "Agency", stopped=True, reason="all of it")
        assert not await turn_organisation(house, "Agency", stopped=True, reason="again")
        clock.move(0.5)
        assert await answers(agency, ask, "harbor", "elm") == ["stopped", "stopped"]
        assert (await ask(other, "stock"))["account"] == "ridge"
        assert await turn_organisation(house, "Agency", stopped=False, reason=None)
        clock.move(0.5)
        assert await answers(agency, ask, "harbor", "elm") == ["harbor", "stopped"]
    assert await trail(house, "harbor") == [
        ("operator", "organisation_stopped", "all of it"),
        ("operator", "organisation_resumed", None),
    ]
    assert await trail(house, "ridge") == []


@pytest.mark.requirement("agents-stoppable")
async def test_no_change_leaves_where_agents_are_stopped(house: House) -> None:
    elm = await house.registry.account("elm")
    await turn(house, elm, stop="agents", reason=None)
    assert (await stopped(house, "elm"), await stopped(house, "harbor")) == (True, False)
    await turn(house, elm, stop="nothing", reason=None)
    await turn_organisation(house, "Agency", stopped=True, reason=None)
    assert (await stopped(house, "elm"), await stopped(house, "ridge")) == (True, False)


async def test_stopping_changes_does_not_let_stopped_agents_go_on(house: House) -> None:
    elm = await house.registry.account("elm")
    await turn(house, elm, stop="agents", reason=None)
    assert not await turn(house, elm, stop="changes", reason=None)
    assert [action for _, action, _ in await trail(house, "elm")] == ["agents_stopped"]


async def test_an_organisation_that_is_not_there_is_named(house: House) -> None:
    with pytest.raises(NotFoundError, match="Nobody"):
        await turn_organisation(house, "Nobody", stopped=True, reason=None)
