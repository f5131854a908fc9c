"""The operator's stop switch: turned, audited, obeyed by the gate, told by nobody else's account."""

from __future__ import annotations

import asyncio
import json

import pytest
from sqlalchemy import select

from stockroom.core.config import Settings
from stockroom.core.errors import NotFoundError, StoppedError
from stockroom.entrypoints import stop_switch
from stockroom.entrypoints.house import House
from stockroom.entrypoints.stop_switch import turn
from stockroom.writes.audit import verify_account
from stockroom.writes.limits import check_switch
from stockroom.writes.models import AuditRow


async def trail(house: House, slug: str) -> list[tuple[str, str, object]]:
    account = await house.registry.account(slug)
    async with house.database.session(account.id) as session:
        rows = (await session.scalars(select(AuditRow).order_by(AuditRow.seq))).all()
        assert await verify_account(session, account.id) is None
    return [(row.actor, row.action, json.loads(row.details)["reason"]) for row in rows]


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
