"""``replenishment``: when and how much to order and to send, from facts and from what was said."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.conftest import insert_account
from tests.facts import Facts
from tests.tools.shop import Shop

from stockroom.core.clock import Clock
from stockroom.db.engine import Database
from stockroom.db.reach import Reach
from stockroom.records import planning_inputs, reserve_stock, supply_orders
from stockroom.spec.tool import Entry, TargetAccount
from stockroom.tools.planned_units import Pools

TODAY = date(2026, 11, 21)
DAYS = [TODAY - timedelta(days=ago) for ago in range(1, 31)]
Z95 = 1.6448536269514722
SAFETY = Z95 * math.sqrt(16 * 120 / 29 + 10**2 * 0.5**2)
"""16 days from order to shelf; 15 days sold 8 and 15 days 12; the lead time spreads by half a day."""
SAID = (
    ("US", "", "lead_time_days", "12", "days"),
    ("US", "", "lead_time_spread_days", "0.5", "days"),
    ("US", "", "transit_to_fba_days", "4", "days"),
    ("US", "LAMP", "case_pack_units", "24", "units"),
)


@pytest.fixture(scope="module")
def sellers() -> dict[str, TargetAccount]:
    return {}


@pytest.fixture
async def shop(database: Database, clock: Clock, sellers: dict[str, TargetAccount]) -> Shop:
    """LAMP sells 10 a day of a pool that serves two marketplaces; CHAIR sells nothing."""
    if "harbor" not in sellers:
        sellers["harbor"] = await insert_account(database, clock, "harbor")
        await _stock_up(Facts(database, sellers["harbor"], clock))
        await _say(database, sellers["harbor"], clock)
    return Shop(database, sellers["harbor"], clock)


async def _stock_up(facts: Facts) -> None:
    facts.covers("orders", DAYS)
    facts.covers("ledger_summary", [*DAYS, DAYS[-1] - timedelta(days=1)])
    for at, day in enumerate(DAYS):
        facts.order(day, "LAMP", 8 if at % 2 else 12)
    for day in (*DAYS, DAYS[-1] - timedelta(days=1)):
        facts.ledger(day, "XLAMP", 500, sku="LAMP")
        facts.ledger(day, "XCHAIR", 500, sku="CHAIR")
    for sku, place in (("LAMP", "US"), ("CHAIR", "US"), ("LAMP", "CA")):
        abroad = {"network": "NA_US", "network_source": "stores"} if place == "CA" else {}
        facts.inventory(TODAY, sku, f"X{sku}", 100, place, **abroad)
        facts.listing(TODAY, sku, place, fnsku=f"X{sku}")
    for dataset in ("inventory", "listings"):
        facts.covers(dataset, [TODAY], "US")
        facts.covers(dataset, [TODAY], "CA")
    await facts.derive()


async def _say(database: Database, account: TargetAccount, clock: Clock) -> None:
    async with database.session(account.id) as session:
        entry = Entry(session, account.id, uuid4(), clock.now(), "planner")
        for place, sku, name, value, unit in SAID:
            key = {"marketplace": place, "sku": sku, "product_group": "", "input": name}
            said = {"value": value, "label": None, "unit": unit, "currency": None}
            await planning_inputs.REGISTER.write(entry, key, said)
        for place, units, days in (("US", 130, 5), ("CA", 40, None)):
            key = {"marketplace": place, "sku": "LAMP", "location": f"{place} depot"}
            kept = {"units": units, "counted_on": "2026-11-01", "days_to_amazon": days}
            await reserve_stock.REGISTER.write(entry, key, kept)
        await _order(entry, "US", "PO-1", 100, arrived=80)
        for number, took in enumerate((10, 20, 30)):
            came = date(2026, 10, 1) + timedelta(days=took)
            await _order(entry, "CA", f"PO-{number}", 100, arrived=100, on=came)


async def _order(
    entry: Entry, place: str, reference: str, units: int, *, arrived: int, on: date | None = None
) -> None:
    key = {"marketplace": place, "sku": "LAMP", "reference": reference}
    said = {
        "units": units,
        "units_arrived": arrived,
        "ordered_on": "2026-10-01",
        "expected_on": None,
        "arrived_on": None if on is None else on.isoformat(),
        "destination": None,
    }
    await supply_orders.REGISTER.write(entry, key, said)


async def lamp(shop: Shop, place: str = "US", **more: Any) -> dict[str, Any]:
    (row,) = await shop.records("replenishment", sku="LAMP", marketplace=place, **more)
    return row


async def test_the_candidate_can_be_worked_out_again_from_its_terms(shop: Shop) -> None:
    row = await lamp(shop, detail="full")

    assert (row["velocity"], row["days_in"], row["spread_basis"]) == (10, 30, "in_days")
    assert row["velocity_spread"] == pytest.approx(math.sqrt(120 / 29), abs=1e-4)
    assert row["safety_units"] == pytest.approx(SAFETY, abs=1e-4)
    assert (row["lead_days"], row["horizon_days"], row["demand_units"]) == (16, 53, 530)
    assert (row["arriving_units"], row["reserve_units"], row["on_order_units"]) == (0, 170, 20)
    need = 530 + SAFETY - (100 + 170 + 20)
    assert row["need_units"] == pytest.approx(need, abs=1e-4)
    assert row["candidate"] == math.ceil(need / 24) * 24
    assert f"→ {row['candidate']} (cases of 24)" in row["order_arithmetic"]


async def test_what_is_sent_is_bounded_by_the_reserve_of_that_marketplace(shop: Shop) -> None:
    row = await lamp(shop, detail="full")

    assert 410 + SAFETY - 100 > 130
    assert row["send_units"] == 120
    assert row["send_arithmetic"].endswith("→ 120 (cases of 24, 130 in reserve)")


async def test_dates_are_the_median_the_cautious_and_the_last_to_order_on(shop: Shop) -> None:
    row = await lamp(shop)
    closing = TODAY - timedelta(days=1)
    cautious = closing + timedelta(days=math.ceil(100 / (10 + Z95 * math.sqrt(120 / 29))))
    latest = cautious - timedelta(days=math.ceil(16 + SAFETY / 10))

    assert (row["in_time_days"], row["stockout_date"]) == (10, "2026-11-30")
    assert row["cautious_stockout_date"] == cautious.isoformat()
    assert row["latest_safe_order_date"] == latest.isoformat()
    assert row["overdue_days"] == (TODAY - latest).days


async def test_each_fact_says_where_it_comes_from(shop: Shop) -> None:
    facts = (await lamp(shop, detail="full"))["facts"]
    by_name = {fact["fact"]: fact for fact in facts}

    lead = by_name["lead_time_days"]
    assert (lead["value"], lead["source"], lead["set_by"]) == (12, "account", "planner")
    assert lead["valid_from"].endswith("Z")
    assert (by_name["review_days"]["value"], by_name["review_days"]["source"]) == (7, "default")
    assert by_name["seasonality"]["value"] == "1.0"
    assert {fact["location"] for fact in facts if fact["fact"] == "reserve"} == {
        "US depot",
        "CA depot",
    }


async def test_what_is_not_said_is_learned_or_unknown_and_the_remedy_is_named(shop: Shop) -> None:
    row = await lamp(shop, "CA")
    answer = await shop.ask("replenishment", sku="LAMP", marketplace="CA")

    assert row["unknown"] == ["transit_to_fba_days"]
    assert (row["candidate"], row["send_units"], row["safety_units"]) == (None, None, None)
    assert row["cautious_stockout_date"] is not None
    assert {"lead_time_days=20 (learned)", "lead_time_spread_days=10 (learned)"} <= set(
        row["depends_on"]
    )
    assert "transit_to_fba_days unknown" in row["depends_on"]
    assert any("set_planning_inputs" in note for note in answer.notes)


async def test_what_sells_from_afar_is_not_sent_to_its_own_marketplace(shop: Shop) -> None:
    async with shop.database.session(shop.account.id) as session:
        entry = Entry(session, shop.account.id, uuid4(), shop.clock.now(), "planner")
        key = {"marketplace": "CA", "sku": "LAMP", "product_group": ""}
        said = {"value": "4", "label": None, "unit": "days", "currency": None}
        name = {"input": "transit_to_fba_days"}
        await planning_inputs.REGISTER.write(entry, key | name, said)
    row = await lamp(shop, "CA", detail="full")
    async with shop.database.session(shop.account.id) as session:
        entry = Entry(session, shop.account.id, uuid4(), shop.clock.now(), "planner")
        await planning_inputs.REGISTER.write(entry, key | name, None)

    assert (row["network"], row["unknown"], row["send_units"]) == ("NA_US", [], None)
    # 61 days of the pool, a lead of 24 days that spreads by 10.
    safety = Z95 * math.sqrt(24 * 120 / 29 + 10**2 * 10**2)
    assert row["candidate"] == math.ceil(610 + safety - (100 + 170 + 20))


async def test_without_demand_nothing_is_ordered(shop: Shop) -> None:
    (row,) = await shop.records("replenishment", sku="CHAIR")

    assert (row["velocity"], row["candidate"], row["send_units"]) == (0, 0, 0)
    assert (row["stockout_date"], row["latest_safe_order_date"]) == (None, None)


async def test_only_what_is_at_risk_when_that_is_asked(shop: Shop) -> None:
    assert await shop.column("replenishment", "sku", at_risk_only=True) == ["LAMP", "LAMP"]
    assert sorted(await shop.column("replenishment", "sku")) == ["CHAIR", "LAMP", "LAMP"]
    empty = await shop.ask("replenishment", sku="CHAIR", at_risk_only=True)
    assert any("at_risk_only" in note for note in empty.notes)


async def test_a_key_that_sees_a_part_of_what_supplies_a_pool_is_told_no_candidate(
    shop: Shop, database: Database
) -> None:
    american = Shop(database, shop.account, shop.clock, Reach(("US",)))
    row = await lamp(american, detail="full")
    answer = await american.ask("replenishment", sku="LAMP")

    assert (row["candidate"], row["unknown"]) == (None, ["other_marketplaces"])
    assert any("candidate stays null" in note for note in answer.notes)
    assert row["send_units"] == (await lamp(shop))["send_units"]
    assert "CA depot" not in str(row)
    both = Shop(database, shop.account, shop.clock, Reach(("US", "CA")))
    assert (await lamp(both))["candidate"] == (await lamp(shop))["candidate"]


def test_a_plan_out_of_reach_counts_and_is_not_named() -> None:
    served = [("EU:X", place, "LAMP", None, 0) for place in ("DE", "FR")]
    plans = [("EU:X", "FR", "LAMP", "wf1", 5), ("EU:X", "DE", "LAMP", "wf2", 7)]
    pools = Pools.of([*served, *plans], Reach(("DE",)))
    assert pools.partial == {"EU:X"}
    assert [(one.units, one.plan) for one in pools.planned] == [(5, None), (7, "wf2")]
    assert Pools.of([*served, *plans], Reach()).partial == frozenset()


async def test_units_in_awd_are_supply_that_can_land_and_are_named(
    database: Database, clock: Clock
) -> None:
    account = await insert_account(database, clock, "centres")
    facts = Facts(database, account, clock)
    facts.awd(TODAY, "LAMP", 60, inbound=40)
    facts.covers("awd_inventory", [TODAY])
    await _stock_up(facts)
    await _say(database, account, clock)
    row = await lamp(Shop(database, account, clock), detail="full")

    assert row["reserve_units"] == 170 + 60 + 40
    assert {"awd=60", "awd_inbound=40"} <= set(row["depends_on"])
    (fact,) = [one for one in row["facts"] if one["fact"] == "awd"]
    assert (fact["value"], fact["on"]) == (60, TODAY.isoformat())
    assert "130 in reserve" in row["send_arithmetic"]  # what lies there, no plan sends


async def test_pages_join_up(shop: Shop) -> None:
    first = await shop.ask("replenishment", limit=2)
    rest = await shop.ask("replenishment", limit=2, cursor=first.next_cursor)

    assert len(first.columns) <= 14
    assert [*first.rows, *rest.rows] == list((await shop.ask("replenishment")).rows)
