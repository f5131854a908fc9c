"""Units by the day they left: the order tells channel and marketplace, whenever it becomes known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.facts import Facts

from stockroom.metrics.market_days import MarketDay
from stockroom.metrics.shipped_days import ShippedDay
from stockroom.metrics.shipped_velocities import ShippedVelocity
from stockroom.metrics.sku_days import SkuDay
from stockroom.metrics.velocities import Velocity

AS_OF = date(2026, 11, 20)
DAY = timedelta(days=1)
MORNING = AS_OF + DAY


async def test_the_order_tells_channel_and_marketplace(facts: Facts) -> None:
    facts.order(AS_OF - DAY, "S1", 2, "CA", order_id="A")
    facts.order(AS_OF - DAY, "S1", 3, order_id="B", channel="mcf")
    facts.order(AS_OF - DAY, "S1", 4, order_id="C", replacement=True)
    for order_id, units in (("A", 2), ("B", 3), ("C", 4)):
        facts.shipped(AS_OF, "S1", units, "", order_id=order_id)
    facts.shipped(AS_OF, "S1", 5)
    await facts.derive()

    rows = {row["marketplace"]: row for row in await facts.rows(ShippedDay)}

    kinds = ("units_shipped", "mcf_units", "replacement_units")
    assert [rows["CA"][kind] for kind in kinds] == [2, 0, 0]
    assert [rows["US"][kind] for kind in kinds] == [5, 3, 4]
    assert {row["day"] for row in rows.values()} == {AS_OF}


async def test_an_order_that_comes_in_later_is_asked_again(facts: Facts) -> None:
    facts.shipped(AS_OF, "S1", 2, "", order_id="A")
    await facts.derive()
    (unknown,) = await facts.rows(ShippedDay)
    facts.order(AS_OF - 20 * DAY, "S1", 2, "CA", order_id="A")
    await facts.derive()
    (known,) = await facts.rows(ShippedDay)

    assert (unknown["marketplace"], known["marketplace"]) == ("", "CA")


async def test_windows_by_shipment_end_with_the_shipments_last_day(facts: Facts) -> None:
    days = [AS_OF - k * DAY for k in range(15)]
    facts.covers("orders", days)
    facts.covers("customer_shipments", days[1:])
    facts.covers("ledger_summary", days)
    facts.inventory(MORNING, "S1", "X1", 80)
    facts.listing(MORNING, "M1", channel="FBM", merchant_quantity=9)
    for day in days:
        facts.order(day, "S1", 7)
        facts.shipped(day, "S1", 5)
        facts.ledger(day, "X1", 40)
    await facts.derive()

    (shipped,) = [row for row in await facts.rows(ShippedVelocity) if row["window_days"] == 14]
    ordered = [row for row in await facts.rows(Velocity) if row["window_days"] == 14]

    assert (shipped["as_of"], shipped["amazon_units"], shipped["raw"]) == (AS_OF - DAY, 70, 5)
    assert (shipped["pool_on_hand_sum"], shipped["pool_days_known"]) == (14 * 40, 14)
    assert {row["sku"] for row in ordered} == {"S1", "M1"}
    assert next(row["raw"] for row in ordered if row["sku"] == "S1") == 7


async def test_one_order_of_two_skus_is_one_order_of_the_marketplace(facts: Facts) -> None:
    facts.order(AS_OF, "S1", 1, order_id="A", item_price=10, currency="USD")
    facts.order(AS_OF, "S2", 2, order_id="A", ordinal=2, item_price=25, currency="USD")
    facts.order(AS_OF, "S2", 3, currency="USD", order_status="Pending")
    await facts.derive()

    skus = {row["sku"]: row for row in await facts.rows(SkuDay)}
    (market,) = await facts.rows(MarketDay)

    assert (skus["S1"]["orders"], skus["S2"]["orders"], market["orders"]) == (1, 2, 2)
    assert (market["units_ordered"], market["unpriced_units"]) == (6, 3)
    assert (market["revenue"], market["currency"]) == (35, "USD")


async def test_amounts_of_two_currencies_are_not_added(facts: Facts) -> None:
    facts.order(AS_OF, "S1", 1, item_price=10, currency="USD")
    facts.order(AS_OF, "S1", 1, item_price=10, currency="CAD")
    await facts.derive()

    (market,) = await facts.rows(MarketDay)

    assert market["revenue"] is market["currency"] is None


# --- days -----------------------------------------------------------------------------------------


def _steady(facts: Facts, units: int, slow: date, slow_units: int) -> None:
    """A month in stock that sells so many a day, and fewer on one day."""
    days = [AS_OF - k * DAY for k in range(31)]
    facts.covers("orders", days[:30])
    facts.covers("ledger_summary", days)
    facts.inventory(MORNING, "S1", "X1", 40)
    for day in days:
        facts.order(day, "S1", slow_units if day == slow else units)
        facts.ledger(day, "X1", 40)


async def _month(facts: Facts) -> dict[str, int]:
    await facts.derive()
    row = next(row for row in await facts.rows(Velocity) if row["window_days"] == 30)
    return {name: value for name, value in row.items() if name.startswith("days_") and value}


@pytest.mark.parametrize(("left", "sold", "partial"), [(-40, 3, 1), (-39, 3, 0), (-40, 4, 0)])
async def test_a_shelf_emptied_within_a_slow_day_is_partial(
    facts: Facts, left: int, sold: int, partial: int
) -> None:
    """40 lay there in the morning and at night; the events say whether they were the same."""
    day = AS_OF - 5 * DAY
    _steady(facts, 10, day, sold)
    facts.event(day, "X1", left)
    facts.event(day, "X1", 40, event_type="Receipts")

    assert (await _month(facts)).get("days_partial", 0) == partial


async def test_a_slow_seller_has_no_partial_days(facts: Facts) -> None:
    day = AS_OF - 5 * DAY
    _steady(facts, 9, day, 0)
    facts.event(day, "X1", -40)

    assert await _month(facts) == {"days_in": 30}


@pytest.mark.parametrize("trouble", ["stranded", "suppressed"])
async def test_a_listing_in_trouble_all_day_is_blocked(facts: Facts, trouble: str) -> None:
    day = AS_OF - 5 * DAY
    _steady(facts, 5, day, 0)
    for seen in (day, day + DAY):
        getattr(facts, trouble)(seen, "S1")

    assert await _month(facts) == {"days_in": 29, "days_blocked": 1}


async def test_trouble_of_two_kinds_on_two_mornings_blocks_as_well(facts: Facts) -> None:
    day = AS_OF - 5 * DAY
    _steady(facts, 5, day, 0)
    facts.stranded(day, "S1")
    facts.listing(day + DAY, "S1", status="inactive", fnsku="X1")

    assert (await _month(facts))["days_blocked"] == 1


async def test_a_listing_that_sold_was_not_blocked(facts: Facts) -> None:
    day = AS_OF - 5 * DAY
    _steady(facts, 5, day, 1)
    for seen in (day, day + DAY):
        facts.stranded(seen, "S1")

    assert await _month(facts) == {"days_in": 30}


# --- what has changed -----------------------------------------------------------------------------


async def test_velocities_are_judged_again_when_anything_they_look_at_changes(facts: Facts) -> None:
    day = AS_OF - 5 * DAY
    _steady(facts, 5, day, 5)

    async def units_and_days() -> tuple[int, int]:
        await facts.derive([AS_OF])
        row = next(row for row in await facts.rows(Velocity) if row["window_days"] == 30)
        return row["amazon_units"], row["days_in"]

    assert await units_and_days() == (150, 30)
    assert await units_and_days() == (150, 30)
    facts.order(day, "S1", 2)
    assert await units_and_days() == (152, 30)
    for seen in (AS_OF, MORNING):
        facts.order(AS_OF, "S1", -5)
        facts.stranded(seen, "S1")
    facts.order(AS_OF, "S1", 5)
    assert await units_and_days() == (147, 29)


async def test_an_order_that_only_changes_its_status_leaves_the_table_alone(facts: Facts) -> None:
    _steady(facts, 5, AS_OF, 5)
    await facts.derive()
    (before, *_) = await facts.rows(Velocity)
    facts.order(AS_OF, "S1", 0, order_status="Pending")
    await facts.derive()
    (after, *_) = await facts.rows(Velocity)

    assert before["inputs"] == after["inputs"]
