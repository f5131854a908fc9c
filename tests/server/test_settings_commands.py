"""stockroom org set and account set: what owners decide once, checked, stored and audited."""

from __future__ import annotations

import asyncio
import json

import pytest
from sqlalchemy import select

from stockroom.core.config import Settings
from stockroom.core.errors import InvalidInputError, NotFoundError
from stockroom.core.scope import Scope
from stockroom.entrypoints.account_settings import set_ship_from
from stockroom.entrypoints.house import House
from stockroom.entrypoints.second_pair import set_four_eyes
from stockroom.tenancy.issuing import NewKey
from stockroom.writes.models import AuditRow

DEPOT = {
    "name": "Depot",
    "line1": "1 Harbour Road",
    "city": "Harbour",
    "postal_code": "10001",
    "country": "US",
    "phone": "5550100",
}


async def actions(house: House, slug: str) -> list[str]:
    account = await house.registry.account(slug)
    async with house.database.session(account.id) as session:
        rows = await session.scalars(select(AuditRow.action).order_by(AuditRow.seq))
        return list(rows)


async def test_four_eyes_are_turned_for_every_account_of_an_organisation(
    house: House, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    for wanted in (True, True, False):
        await asyncio.to_thread(set_four_eyes, settings, "Agency", wanted=wanted)
    assert "nobody confirms their own proposals, as before" in capsys.readouterr().out
    for slug, found in (("harbor", True), ("elm", True), ("ridge", False)):
        assert await actions(house, slug) == (["four_eyes_on", "four_eyes_off"] if found else [])
    with pytest.raises(NotFoundError):
        await asyncio.to_thread(set_four_eyes, settings, "Nowhere", wanted=True)


async def test_the_address_that_shipments_leave_from_is_kept_beside_other_settings(
    house: House, settings: Settings
) -> None:
    await asyncio.to_thread(set_ship_from, settings, "harbor", json.dumps(DEPOT))
    account = await house.registry.account("harbor")
    assert (await house.grounds.target(account.id)).settings == {"ship_from": DEPOT}
    assert await actions(house, "harbor") == ["setting_changed"]


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"name": "Depot"}', '{"country": "USA"}'])
async def test_what_is_no_address_is_not_kept(house: House, settings: Settings, text: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        await asyncio.to_thread(set_ship_from, settings, "harbor", text)
    assert caught.value.field == "ship_from"
    assert await actions(house, "harbor") == []


@pytest.mark.parametrize(
    "limits", [{}, {"changes_per_day": 5}, {"spend_per_day": {"USD": "100.00"}}]
)
async def test_no_key_that_confirms_is_issued_without_both_limits(
    house: House, limits: dict[str, object]
) -> None:
    account = await house.registry.account("harbor")
    key = NewKey("robot", [account], frozenset({Scope.CONFIRM}), limits=limits)
    with pytest.raises(InvalidInputError, match="needs the limit"):
        await house.registry.issue(account.organisation_id, key)
