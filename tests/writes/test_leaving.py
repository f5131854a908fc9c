"""What is forbidden while the live values are read is not done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.writes.conftest import NOW, Bench

from stockroom.core.scope import Scope
from stockroom.spec.change import Change
from stockroom.spec.tool import Ground
from stockroom.tools.write.set_price import SetPrice, SetPriceArguments
from stockroom.writes.models import ChangeRow

FOR_CENTS = {"tool": "set_price", "measure": "price", "currency": "USD", "max": "1"}


@dataclass
class Slow(SetPrice):
    """The tool, reading for so long that something happens meanwhile."""

    meanwhile: Callable[[], Awaitable[None]]

    async def plan(self, arguments: SetPriceArguments, ground: Ground) -> Change:
        change = await super().plan(arguments, ground)
        await self.meanwhile()
        return change


async def carried_out(
    bench: Bench, change_id: UUID, meanwhile: Callable[[], Awaitable[None]]
) -> ChangeRow:
    await bench.gate(Slow(meanwhile)).execute(bench.account.id, change_id)
    return await bench.row(change_id)


async def test_a_stop_switch_turned_on_while_reading_holds_the_change_back(bench: Bench) -> None:
    change_id = await bench.confirmed()
    row = await carried_out(bench, change_id, lambda: bench.set_account(stopped=True))

    assert (row.state, row.problem_kind) == ("blocked", "stopped")
    assert await bench.sent() == 0
    assert await bench.actions() == ["proposed", "confirmed", "blocked"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"revoked_at": NOW}, "not_allowed"),
        ({"expires_at": NOW}, "not_allowed"),
        ({"scopes": [Scope.CONFIRM]}, "not_allowed"),
        ({"scopes": [Scope.LISTINGS_WRITE]}, "not_allowed"),
        ({"tools": ["set_quantity"]}, "not_allowed"),
        ({"marketplaces": ["BR"]}, "not_allowed"),
        ({"account_ids": []}, "not_allowed"),
        ({"limits": {"changes_per_day": 0}}, "blocked_by_guardrail"),
        ({"limits": {"changes_per_day": 5, "rules": [FOR_CENTS]}}, "blocked_by_guardrail"),
        ({"limits": {"unheard_of": 1}}, "blocked_by_guardrail"),
    ],
)
async def test_a_key_that_lost_its_power_while_reading_changes_nothing(
    bench: Bench, values: dict[str, Any], kind: str
) -> None:
    change_id = await bench.confirmed()
    row = await carried_out(bench, change_id, lambda: bench.set_key(**values))

    assert (row.state, row.problem_kind) == ("blocked", kind)
    assert await bench.sent() == 0


@pytest.mark.parametrize(
    "values",
    [
        {"expires_at": NOW + timedelta(seconds=1)},
        {"tools": ["set_price"]},
        {"limits": {"changes_per_day": 1}},
    ],
)
async def test_a_key_that_still_has_what_it_needs_goes_on(
    bench: Bench, values: dict[str, Any]
) -> None:
    change_id = await bench.confirmed()
    row = await carried_out(bench, change_id, lambda: bench.set_key(**values))
    assert row.state == "sent"


async def test_what_a_person_confirmed_does_not_need_the_keys_power_to_confirm(
    bench: Bench,
) -> None:
    change_id = await bench.confirmed()
    async with bench.database.session(bench.account.id) as session:
        row = await session.get_one(ChangeRow, (bench.account.id, change_id))
        row.delegated = False
    row = await carried_out(bench, change_id, lambda: bench.set_key(scopes=[Scope.LISTINGS_WRITE]))
    assert row.state == "sent"


async def test_a_stopped_account_does_not_even_ask_amazon(bench: Bench) -> None:
    change_id = await bench.confirmed()
    await bench.set_account(stopped=True)

    async def never() -> None:
        raise AssertionError

    row = await carried_out(bench, change_id, never)
    assert (row.state, row.problem_kind) == ("blocked", "stopped")
