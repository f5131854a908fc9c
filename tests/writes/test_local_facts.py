"""What is only kept here: shown, agreed to and audited like every change, and there at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from tests.writes.conftest import Bench

from stockroom.core.errors import (
    DatabaseUnavailableError,
    GuardrailError,
    InvalidInputError,
    NotAllowedError,
    StaleError,
    StoppedError,
)
from stockroom.core.scope import Scope
from stockroom.db.reach import Reach
from stockroom.records.claims import Claim
from stockroom.records.planning_inputs import PlanningInput
from stockroom.records.reserve_stock import ReserveStock
from stockroom.records.supply_orders import SupplyOrder
from stockroom.spec.change import Change
from stockroom.spec.tool import ChangeTool, Entry
from stockroom.tools.write.record_claim import TOOL as CLAIM
from stockroom.tools.write.record_reserve_stock import TOOL as RESERVE
from stockroom.tools.write.record_supply_order import TOOL as SUPPLY
from stockroom.tools.write.set_planning_inputs import TOOL as INPUTS
from stockroom.tools.write.set_planning_inputs import SetPlanningInputs
from stockroom.writes.asker import Asker
from stockroom.writes.shown import ChangeState, Preview
from stockroom.writes.trail import verify_account

SKU = {"marketplace": "US", "sku": "LAMP-1"}


@dataclass
class Desk:
    """A key with nothing but the right to record, and no limits of its own."""

    bench: Bench
    asker: Asker

    async def propose(self, tool: ChangeTool, arguments: Mapping[str, Any]) -> Preview:
        return await self.bench.gate(tool).propose(self.asker, tool.name, arguments)

    async def confirm(self, tool: ChangeTool, preview: Preview) -> ChangeState:
        return await self.bench.gate(tool).confirm(self.asker, preview.id, preview.fingerprint)

    async def say(self, tool: ChangeTool, arguments: Mapping[str, Any]) -> ChangeState:
        return await self.confirm(tool, await self.propose(tool, arguments))

    async def inputs(self, **values: Any) -> ChangeState:
        return await self.say(INPUTS, {**SKU, "inputs": values})

    async def rows(self, model: type[Any]) -> list[Any]:
        async with self.bench.database.session(self.bench.account.id) as session:
            return list(await session.scalars(select(model).order_by(model.version)))


@pytest.fixture
async def desk(bench: Bench) -> Desk:
    await bench.set_key(scopes=[Scope.PLANNING_WRITE], limits={})
    scopes = frozenset({Scope.PLANNING_WRITE})
    return Desk(bench, replace(bench.asker, scopes=scopes, limits={}))


async def test_a_preview_records_nothing(desk: Desk) -> None:
    preview = await desk.propose(INPUTS, {**SKU, "inputs": {"lead_time_days": 45}})

    assert (preview.before, preview.after) == ({"lead_time_days": None}, {"lead_time_days": 45})
    assert "this key may" in preview.next_step
    assert await desk.rows(PlanningInput) == []


async def test_the_key_that_proposed_confirms_and_it_counts_at_once(desk: Desk) -> None:
    done = await desk.inputs(lead_time_days=45, unit_cost=None, service_level_pct=97.5)

    assert (done.state, done.delegated) == ("verified", True)
    stored = {row.input: row for row in await desk.rows(PlanningInput)}
    assert set(stored) == {"lead_time_days", "service_level_pct"}
    lead = stored["lead_time_days"]
    assert (lead.value, lead.unit, lead.said_by, lead.change_id) == (
        45,
        "days",
        "operator",
        done.id,
    )
    assert await desk.bench.actions() == ["proposed", "confirmed", "verified"]
    assert await desk.bench.sent() == 0


async def test_its_trail_holds(desk: Desk) -> None:
    await desk.inputs(moq_units=500)
    await desk.inputs(moq_units=600)

    account = desk.bench.account.id
    checked = await verify_account(desk.bench.database, account)
    assert checked.broken is None


async def test_its_last_row_tells_the_guardrails_as_every_row_does(desk: Desk) -> None:
    await desk.inputs(moq_units=12)
    last = (await desk.bench.audit())[-1]
    ruling = json.loads(last.details)["guardrails"][0]
    assert (last.action, ruling["measure"], ruling["passed"]) == ("verified", "stop_switch", True)


async def test_saying_it_anew_closes_the_version_before(desk: Desk) -> None:
    await desk.inputs(moq_units=500)
    said_at = desk.bench.clock.now()
    desk.bench.clock.move(3600)
    await desk.inputs(moq_units=600)

    first, second = await desk.rows(PlanningInput)
    assert (first.value, first.said_at, first.superseded_at) == (500, said_at, second.said_at)
    assert (second.value, second.version, second.superseded_at) == (600, 2, None)


async def test_an_executor_that_dies_has_recorded_nothing_and_the_queue_goes_on(
    desk: Desk,
) -> None:
    preview = await desk.propose(INPUTS, {**SKU, "inputs": {"moq_units": 500}})
    with pytest.raises(DatabaseUnavailableError):
        await desk.confirm(Dying(), preview)
    assert await desk.rows(PlanningInput) == []
    assert (await desk.bench.row(preview.id)).state == "confirmed"

    gate, account = desk.bench.gate(INPUTS), desk.bench.account.id
    await gate.execute(account, preview.id)
    await gate.execute(account, preview.id)

    assert [row.value for row in await desk.rows(PlanningInput)] == [500]
    assert (await desk.bench.row(preview.id)).state == "verified"


class Dying(SetPlanningInputs):
    """The database goes away in the midst of it."""

    async def record(self, change: Change, entry: Entry) -> None:
        await super().record(change, entry)
        raise DatabaseUnavailableError("Gone.", next_step="Wait.")


async def test_of_two_previews_of_one_sku_only_one_counts(desk: Desk) -> None:
    first = await desk.propose(INPUTS, {**SKU, "inputs": {"moq_units": 500}})
    second = await desk.propose(INPUTS, {**SKU, "inputs": {"moq_units": 600}})
    desk.bench.clock.move(1)
    await desk.confirm(INPUTS, second)

    with pytest.raises(StaleError):
        await desk.confirm(INPUTS, first)
    assert [row.value for row in await desk.rows(PlanningInput)] == [600]


async def test_another_key_does_not_confirm_it(desk: Desk) -> None:
    preview = await desk.propose(INPUTS, {**SKU, "inputs": {"moq_units": 500}})
    other = await desk.bench.another_key()
    with pytest.raises(NotAllowedError):
        await desk.bench.gate(INPUTS).confirm(
            replace(desk.asker, key_id=other.key_id), preview.id, preview.fingerprint
        )
    with pytest.raises(StaleError):
        await desk.bench.gate(INPUTS).confirm(desk.asker, preview.id, "0" * 64)
    assert await desk.rows(PlanningInput) == []


async def test_a_key_without_the_scope_records_nothing(desk: Desk) -> None:
    reader = replace(desk.asker, scopes=frozenset({Scope.PLANNING_READ, Scope.CONFIRM}))
    with pytest.raises(NotAllowedError):
        await desk.bench.gate(INPUTS).propose(
            reader, INPUTS.name, {**SKU, "inputs": {"moq_units": 1}}
        )


async def test_what_suffices_for_records_does_not_suffice_for_amazon(desk: Desk) -> None:
    bench = desk.bench
    preview = await bench.proposed()
    held = replace(bench.asker, scopes=frozenset({Scope.LISTINGS_WRITE, Scope.PLANNING_WRITE}))
    with pytest.raises(NotAllowedError):
        await bench.gate().confirm(held, preview.id, preview.fingerprint)
    unlimited = replace(bench.asker, limits={})
    with pytest.raises(GuardrailError):
        await bench.gate().confirm(unlimited, preview.id, preview.fingerprint)


async def test_two_executors_write_it_down_once(desk: Desk) -> None:
    preview = await desk.propose(INPUTS, {**SKU, "inputs": {"moq_units": 500}})
    account = desk.bench.account.id
    with pytest.raises(DatabaseUnavailableError):
        await desk.confirm(Dying(), preview)
    await asyncio.gather(*(desk.bench.gate(INPUTS).execute(account, preview.id) for _ in range(3)))

    assert [row.version for row in await desk.rows(PlanningInput)] == [1]
    assert (await desk.bench.actions()).count("verified") == 1


async def test_the_stop_switch_stops_records_too(desk: Desk) -> None:
    preview = await desk.propose(INPUTS, {**SKU, "inputs": {"moq_units": 500}})
    await desk.bench.set_account(stopped=True)
    with pytest.raises(StoppedError):
        await desk.confirm(INPUTS, preview)


async def test_limits_of_the_key_hold_for_records_too(desk: Desk) -> None:
    rule = {"tool": INPUTS.name, "measure": "unit_cost", "currency": "USD", "max": "10"}
    held = replace(desk.asker, limits={"rules": [rule]})
    wanted = {**SKU, "inputs": {"unit_cost": "10.01"}, "currency": "USD"}
    with pytest.raises(GuardrailError):
        await desk.bench.gate(INPUTS).propose(held, INPUTS.name, wanted)


async def test_a_marketplace_out_of_reach_is_one_without_the_account(desk: Desk) -> None:
    elsewhere = replace(desk.asker, reach=Reach(("BR",)))
    with pytest.raises(InvalidInputError, match="does not sell in"):
        await desk.bench.gate(INPUTS).propose(
            elsewhere, INPUTS.name, {**SKU, "inputs": {"moq_units": 1}}
        )


NONSENSE: tuple[tuple[Mapping[str, Any], str], ...] = (
    ({"inputs": {"colour": 1}}, "inputs"),
    ({"inputs": {"lead_time_days": 4.5}}, "inputs.lead_time_days"),
    ({"inputs": {"lead_time_days": True}}, "inputs.lead_time_days"),
    ({"inputs": {"lead_time_days": "soon"}}, "inputs.lead_time_days"),
    ({"inputs": {"lead_time_days": "NaN"}}, "inputs.lead_time_days"),
    ({"inputs": {"lead_time_days": "1_0"}}, "inputs.lead_time_days"),
    ({"inputs": {"lead_time_days": "\uff11\uff10"}}, "inputs.lead_time_days"),
    ({"inputs": {"lead_time_days": 5000}}, "inputs.lead_time_days"),
    ({"inputs": {"lead_time_days": [5]}}, "inputs.lead_time_days"),
    ({"inputs": {"unit_cost": "1.00005"}, "currency": "USD"}, "inputs.unit_cost"),
    ({"inputs": {"unit_cost": "4.20"}}, "currency"),
    ({"inputs": {"unit_cost": "4.20"}, "currency": "EUR"}, "currency"),
    ({"inputs": {"product_group": " "}}, "inputs.product_group"),
    ({"inputs": {"product_group": "lamps"}, "sku": None}, "inputs.product_group"),
    ({"inputs": {"moq_units": 5}, "product_group": "lamps"}, "product_group"),
    ({"inputs": {"moq_units": None}}, "inputs"),
    ({"inputs": {}}, "inputs"),
    ({"inputs": {"moq_units": 5}, "marketplace": "XX"}, "marketplace"),
)


async def test_an_input_that_makes_no_sense_is_refused_by_name(desk: Desk) -> None:
    for arguments, field in NONSENSE:
        with pytest.raises(InvalidInputError) as refused:
            await desk.propose(INPUTS, {**SKU, **arguments})
        assert refused.value.field == field, arguments
        assert refused.value.next_step


# --- records of their own -------------------------------------------------------------------------

RESERVED = {**SKU, "location": "North hall", "units": 300}
ORDERED = {**SKU, "reference": "PO-7", "units": 900, "ordered_on": "2026-10-01"}
CLAIMED = {
    "marketplace": "US",
    "kind": "warehouse_lost",
    "fnsku": "X001",
    "reference": "77",
    "state": "claimed",
    "units": 3,
}
RECORDS = [
    pytest.param(RESERVE, ReserveStock, RESERVED, {"units": 250}, id="reserve"),
    pytest.param(SUPPLY, SupplyOrder, ORDERED, {"arrived_on": "2026-11-12"}, id="supply"),
    pytest.param(CLAIM, Claim, CLAIMED, {"state": "resolved"}, id="claim"),
]


@pytest.mark.parametrize(("tool", "model", "first", "then"), RECORDS)
async def test_a_record_is_said_said_anew_and_put_back_step_by_step(
    desk: Desk,
    tool: ChangeTool,
    model: type[Any],
    first: Mapping[str, Any],
    then: Mapping[str, Any],
) -> None:
    said = await desk.say(tool, first)
    with pytest.raises(InvalidInputError, match="on file already"):
        await desk.propose(tool, first)
    anew = await desk.say(tool, {**first, **then})
    await _put_back(desk, tool, anew.id)
    await _put_back(desk, tool, said.id)

    rows = await desk.rows(model)
    facts = [{name: getattr(row, name) for name in said.after} for row in rows]
    assert facts[0] == facts[2] != facts[1]
    assert [row.withdrawn for row in rows] == [False, False, False, True]
    assert set(facts[3].values()) == {None}
    assert [row.superseded_at is None for row in rows] == [False, False, False, True]


async def _put_back(desk: Desk, tool: ChangeTool, change_id: UUID) -> None:
    desk.bench.clock.move(1)
    gate = desk.bench.gate(tool)
    preview = await gate.revert(desk.asker, change_id)
    desk.bench.clock.move(1)
    assert (await gate.confirm(desk.asker, preview.id, preview.fingerprint)).state == "verified"
    desk.bench.clock.move(1)


async def test_inputs_are_put_back_together_with_their_currency(desk: Desk) -> None:
    cost = {**SKU, "currency": "USD"}
    await desk.say(INPUTS, {**cost, "inputs": {"unit_cost": 4.2, "moq_units": 10}})
    dearer = await desk.say(INPUTS, {**cost, "inputs": {"unit_cost": "5", "moq_units": None}})
    assert dearer.before == {"unit_cost": "4.20", "moq_units": 10, "currency": "USD"}
    await _put_back(desk, INPUTS, dearer.id)

    last = {row.input: row for row in await desk.rows(PlanningInput)}
    assert (last["unit_cost"].currency, str(last["unit_cost"].value)) == ("USD", "4.2000")
    assert (last["moq_units"].value, last["moq_units"].version) == (10, 3)


async def test_an_order_that_arrived_counts_all_its_units(desk: Desk) -> None:
    await desk.say(SUPPLY, {**ORDERED, "arrived_on": "2026-11-12"})
    (row,) = await desk.rows(SupplyOrder)

    assert (row.units_arrived, row.arrived_on, row.destination) == (
        900,
        date(2026, 11, 12),
        "AMAZON",
    )


ODD: tuple[tuple[ChangeTool, Mapping[str, Any], str | None], ...] = (
    (RESERVE, {**RESERVED, "counted_on": "2026-12-01"}, "counted_on"),
    (RESERVE, {**RESERVED, "location": "Nor\u200bth"}, "location"),
    (RESERVE, {**RESERVED, "units": -1}, "units"),
    (SUPPLY, {**ORDERED, "ordered_on": None}, "ordered_on"),
    (SUPPLY, {**ORDERED, "expected_on": "2026-09-01"}, "expected_on"),
    (SUPPLY, {**ORDERED, "arrived_on": "2027-01-01"}, "arrived_on"),
    (CLAIM, {**CLAIMED, "units": None}, "units"),
    (CLAIM, {**CLAIMED, "state": "reimbursed"}, "state"),
    (CLAIM, {**CLAIMED, "country": "Germany"}, "country"),
    (CLAIM, {**CLAIMED, "state": None}, None),
)


async def test_a_record_that_makes_no_sense_is_refused_by_name(desk: Desk) -> None:
    for tool, arguments, field in ODD:
        with pytest.raises(InvalidInputError) as refused:
            await desk.propose(tool, arguments)
        assert refused.value.field == field, arguments
