"""Inbound plans of SKUs without units: what replenishment says to send, shown with its arithmetic."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from tests.facts import Facts
from tests.writes.conftest import MARKET, NOW, Bench
from tests.writes.test_inbound_plans import DEPOT, Planner, planner

from stockroom.core.errors import InvalidInputError, NotAllowedError
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.core.scope import Scope
from stockroom.metrics.replenishment import ReplenishmentRow
from stockroom.records import planning_inputs, reserve_stock
from stockroom.records.register import Register
from stockroom.spec.tool import Entry
from stockroom.tools.inbound_items import Item, with_owners
from stockroom.tools.write.cancel_inbound_plan import TOOL as CANCEL
from stockroom.tools.write.create_inbound_plan import TOOL as CREATE
from stockroom.writes.shown import Preview

__all__ = ["planner"]

TODAY = NOW.astimezone(MARKETPLACES[MARKET].zone).date()
DAYS = [TODAY - timedelta(days=ago) for ago in range(1, 32)]
INPUTS = {
    "lead_time_days": 10,
    "lead_time_spread_days": 0,
    "transit_to_fba_days": 5,
    "case_pack_units": 12,
}


async def _said(bench: Bench, register: Register, key: dict[str, Any], facts: Any) -> None:
    place = {"marketplace": MARKET, **key}
    async with bench.database.session(bench.account.id) as session:
        entry = Entry(session, bench.account.id, uuid4(), bench.clock.now(), "planner")
        await register.write(entry, place, facts)


async def _input(bench: Bench, name: str, value: int, sku: str = "") -> None:
    key = {"sku": sku, "product_group": "", "input": name}
    said = {"value": str(Decimal(value)), "label": None, "unit": "days", "currency": None}
    await _said(bench, planning_inputs.REGISTER, key, said)


async def _kept(bench: Bench, sku: str, units: int) -> None:
    said = {"units": units, "counted_on": None, "days_to_amazon": None}
    await _said(bench, reserve_stock.REGISTER, {"sku": sku, "location": "shed"}, said)


def _selling(facts: Facts, sku: str, units: int) -> None:
    """A SKU that sells so many on each of 30 days, with 20 left."""
    if units:
        for day in DAYS[:30]:
            facts.order(day, sku, units)
    for day in DAYS:
        facts.ledger(day, f"X{sku}", 500, sku=sku)
    facts.inventory(TODAY, sku, f"X{sku}", 20)


async def stocked(planner: Planner) -> list[str]:
    """Four SKUs that are ready: ten a day, one a day, none, and one that shares the second's stock."""
    bench, (fast, slow, still, twin) = planner.bench, planner.skus[:4]
    facts = Facts(bench.database, bench.account, bench.clock)
    facts.covers("orders", DAYS[:30])
    facts.covers("ledger_summary", DAYS)
    facts.covers("inventory", [TODAY], MARKET)
    facts.listing(TODAY, slow, MARKET, status="inactive", fnsku=f"X{slow}")
    facts.covers("listings", [TODAY], MARKET)
    for sku, units in ((fast, 10), (slow, 1), (still, 0)):
        _selling(facts, sku, units)
    facts.inventory(TODAY, twin, f"X{slow}", 20)
    await facts.derive()
    for name, value in INPUTS.items():
        await _input(bench, name, value)
    return [fast, slow, still, twin]


async def proposed(planner: Planner, skus: list[str]) -> Preview:
    return await planner.proposed(CREATE, marketplace=MARKET, skus=skus, ship_from=DEPOT)


def units(preview: Preview) -> dict[str, int]:
    return {item["msku"]: item["quantity"] for item in preview.after["items"]}


async def test_each_sku_gets_what_replenishment_says_and_the_preview_says_why(
    planner: Planner,
) -> None:
    fast, slow, still, twin = await stocked(planner)
    await _kept(planner.bench, fast, 100)
    preview = await proposed(planner, [fast, slow, still, twin, "NO-SUCH-SKU"])

    # 42 days (5 + 7 + 30) at 10 a day, 20 left: 400; of 100 in reserve, 96 fill cases of 12.
    # 42 days at 1 a day, 20 left: 22, in cases 24.
    assert units(preview) == {fast: 96, slow: 24}
    why = {one["sku"]: one["arithmetic"] for one in preview.after["why"]}
    assert (preview.after["why"][0]["as_of"], preview.after["why"][0]["velocity_as_of"]) == (
        DAYS[0].isoformat(),
        DAYS[0].isoformat(),
    )
    assert why[fast] == (
        "10/day × 42 days + 0 safety − (20 sellable) = 400 → 96 (cases of 12, 100 in reserve)"
    )
    told = " ".join(preview.warnings)
    assert f"{still} (needs nothing)" in told
    assert f"{twin} (shares its stock with {slow})" in told
    assert "NO-SUCH-SKU (is not among the FBA listings" in told
    assert f"No reserve is recorded of {slow}:" in told
    assert f"Not for sale now, so units would wait: {slow}." in told
    async with planner.bench.database.session(planner.bench.account.id) as session:
        here = ReplenishmentRow.account_id == planner.bench.account.id
        (run,) = set(await session.scalars(select(ReplenishmentRow.run_id).where(here)))
    details = json.loads((await planner.bench.audit())[-1].details)
    assert details["runs"] == dict.fromkeys((fast, slow), str(run))


async def test_the_plan_is_made_of_what_was_shown_and_stale_when_that_has_moved(
    planner: Planner,
) -> None:
    _, slow, *_ = await stocked(planner)
    gate, account = planner.bench.gate(CREATE), planner.bench.account.id
    asked = {"marketplace": MARKET, "skus": [slow], "ship_from": DEPOT}

    preview = await proposed(planner, [slow])
    await gate.confirm(planner.bench.asker, preview.id, preview.fingerprint)
    await _input(planner.bench, "case_pack_units", 60)
    await gate.execute(account, preview.id)
    row = await planner.bench.row(UUID(str(preview.id)))
    assert (row.state, row.problem_kind) == ("blocked", "stale")

    await _input(planner.bench, "case_pack_units", 12)
    made = await planner.settled(CREATE, await planner.executed(CREATE, **asked))
    assert made.state == "verified"
    assert made.last_verdict is not None
    items = await planner.bench.amazon.inbound_plan_items(made.last_verdict["live"]["plan"])
    assert [(item["msku"], item["quantity"]) for item in items] == [(slow, 24)]


async def _made(planner: Planner, skus: list[str]) -> str:
    asked = {"marketplace": MARKET, "skus": skus, "ship_from": DEPOT}
    row = await planner.settled(CREATE, await planner.executed(CREATE, **asked))
    assert row.last_verdict is not None
    return str(row.last_verdict["live"]["plan"])


async def test_what_is_in_a_plan_already_is_not_sent_again_until_the_plan_is_cancelled(
    planner: Planner,
) -> None:
    fast, slow, *_ = await stocked(planner)
    await _kept(planner.bench, fast, 130)
    plan = await _made(planner, [slow])
    with pytest.raises(InvalidInputError, match=f"24 units are in plan {plan}"):
        await proposed(planner, [slow])
    same = {"items": [{"sku": slow, "units": 24}], "ship_from": DEPOT}
    again = await planner.proposed(CREATE, marketplace=MARKET, **same)
    assert any("was made in the last 7 days" in said and plan in said for said in again.warnings)

    other = await _made(planner, [fast])  # 120 of 130: no whole case is left
    with pytest.raises(InvalidInputError, match="that is in no plan yet"):
        await proposed(planner, [fast])
    await _kept(planner.bench, fast, 160)
    more = await proposed(planner, [fast])
    assert units(more) == {fast: 36}
    assert any(f"120 units are in plan {other} of {fast}" in said for said in more.warnings)
    assert "20 sellable + 120 in plans" in more.after["why"][0]["arithmetic"]

    await planner.settled(CANCEL, await planner.executed(CANCEL, marketplace=MARKET, plan=plan))
    assert units(await proposed(planner, [slow])) == {slow: 24}


async def test_units_of_a_plan_that_are_under_way_count_as_arriving_and_not_as_planned(
    planner: Planner,
) -> None:
    _, slow, *_ = await stocked(planner)
    plan = await _made(planner, [slow])
    facts = Facts(planner.bench.database, planner.bench.account, planner.bench.clock)
    facts.covers("inbound_plans", [TODAY])
    facts.window(TODAY, "FBA1", TODAY + timedelta(days=9), plan)
    facts.covers("inbound_shipments", [TODAY])
    facts.shipment(TODAY, "FBA1", "IN_TRANSIT")
    facts.covers("inbound_items", [TODAY])
    facts.item(TODAY, "FBA1", slow, 10, fnsku=f"X{slow}")
    await facts.derive()
    with pytest.raises(InvalidInputError, match=f"14 units are in plan {plan}"):
        await proposed(planner, [slow])


async def test_figures_that_are_late_are_doubted(planner: Planner) -> None:
    _, slow, *_ = await stocked(planner)
    told = " ".join((await proposed(planner, [slow])).warnings)
    assert "inbound_items has never been loaded" in told
    assert "inventory was" not in told
    planner.bench.clock.move(3 * 24 * 3600)
    assert "inventory was loaded late" in " ".join((await proposed(planner, [slow])).warnings)


async def test_a_key_that_may_not_read_planning_names_the_units_itself(planner: Planner) -> None:
    _, slow, *_ = await stocked(planner)
    blind = replace(planner.bench.asker, scopes=frozenset({Scope.INBOUND_WRITE}))
    gate, asked = planner.bench.gate(CREATE), {"marketplace": MARKET, "ship_from": DEPOT}
    with pytest.raises(NotAllowedError, match="planning:read"):
        await gate.propose(blind, CREATE.name, {**asked, "skus": [slow]})
    assert (await planner.bench.actions())[-1] == "refused"
    items = [{"sku": slow, "units": 3}]
    assert (await gate.propose(blind, CREATE.name, {**asked, "items": items})).state == "proposed"


async def test_a_plan_that_was_rejected_is_known_again_on_another_day(planner: Planner) -> None:
    """Although it would be ready on another day."""
    bench, (_, slow, *_) = planner.bench, await stocked(planner)
    first = await proposed(planner, [slow])
    await bench.gate(CREATE).reject(bench.person(), first.id, "No room.")
    bench.clock.move(24 * 3600)
    again = await proposed(planner, [slow])
    assert first.after["ready_on"] != again.after["ready_on"]
    assert any('"No room."' in one for one in again.warnings)


async def test_when_nothing_is_to_be_sent_the_reasons_are_told(planner: Planner) -> None:
    fast, _, still, _ = await stocked(planner)
    async with planner.bench.database.session(planner.bench.account.id) as session:
        entry = Entry(session, planner.bench.account.id, uuid4(), NOW, "planner")
        key = {"marketplace": MARKET, "sku": "", "product_group": "", "input": "lead_time_days"}
        await planning_inputs.REGISTER.write(entry, key, None)
    with pytest.raises(InvalidInputError, match="lacks lead_time_days") as refusal:
        await proposed(planner, [fast, still])
    assert "set_planning_inputs" in refusal.value.next_step


async def test_a_plan_is_of_items_or_of_skus(planner: Planner) -> None:
    for given in ({}, {"items": planner.wanted()["items"], "skus": planner.skus[:1]}):
        with pytest.raises(InvalidInputError, match="exactly one of them"):
            await planner.proposed(CREATE, marketplace=MARKET, ship_from=DEPOT, **given)


# --- who labels and prepares ------------------------------------------------------------------


class Needing:
    """An Amazon that says of every SKU what it needs."""

    def __init__(self, **needs: str) -> None:
        self.needs = {"prepCategory": "FRAGILE", "prepTypes": [], **needs}

    async def prep_details(self, _: object, skus: list[str]) -> list[dict[str, Any]]:
        return [{"msku": sku, **self.needs} for sku in skus]


@pytest.mark.parametrize(
    ("needs", "owners"),
    [
        ({}, ("AMAZON", "AMAZON")),
        ({"prepCategory": "NONE"}, ("AMAZON", "NONE")),
        ({"labelOwnerConstraint": "SELLER_ONLY"}, ("SELLER", "AMAZON")),
        (
            {"labelOwnerConstraint": "SELLER_ONLY", "allOwnersConstraint": "MUST_MATCH"},
            ("SELLER", "SELLER"),
        ),
        (
            {"prepOwnerConstraint": "SELLER_ONLY", "allOwnersConstraint": "MUST_MATCH"},
            ("SELLER", "SELLER"),
        ),
        (
            {"prepOwnerConstraint": "NONE_ONLY", "allOwnersConstraint": "MUST_MATCH"},
            ("AMAZON", "NONE"),
        ),
    ],
)
async def test_owners_are_as_asked_where_amazon_leaves_a_choice(
    needs: dict[str, str], owners: tuple[str, str]
) -> None:
    amazon: Any = Needing(**needs)
    (item,) = await with_owners(amazon, MARKETPLACES["DE"], [Item(sku="A", units=1)], "AMAZON")
    assert (item["labelOwner"], item["prepOwner"]) == owners
