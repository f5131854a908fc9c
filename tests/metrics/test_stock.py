"""Pools are counted once, days close with what ledger or snapshot tells, demand is what was ordered."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from tests.facts import Facts

from stockroom.metrics.pool_days import PoolDay
from stockroom.metrics.sku_days import SkuDay
from stockroom.metrics.stock import Stock
from stockroom.metrics.velocities import Velocity

AS_OF = date(2026, 11, 20)
DAY = timedelta(days=1)
MORNING = AS_OF + DAY


async def test_the_newest_snapshot_of_a_pool_speaks_for_all_its_rows(facts: Facts) -> None:
    later = datetime(2026, 11, 21, 11, tzinfo=UTC)
    facts.inventory(MORNING, "S1", "X1", 10)
    facts.inventory(
        MORNING, "S1", "X1", 12, "CA", network="NA_US", network_source="stores", asked_at=later
    )
    facts.inventory(MORNING, "S1-B", "X1", 10)
    facts.inventory(MORNING, "S2", "X2", 5)
    await facts.derive()

    rows = {(row["sku"], row["marketplace"]): row for row in await facts.rows(Stock)}

    assert {row["sellable"] for row in rows.values() if row["fnsku"] == "X1"} == {12}
    assert {row["pool"] for row in rows.values()} == {"NA_US/X1", "NA_US/X2"}
    assert rows["S1", "CA"]["network_source"] == "stores"
    assert rows["S1", "US"]["shared_fnsku"]
    assert not rows["S2", "US"]["shared_fnsku"]


async def test_one_sku_in_two_marketplaces_does_not_share_with_itself(facts: Facts) -> None:
    for place in ("US", "CA"):
        facts.inventory(MORNING, "S1", "X1", 10, place, network="NA_US")
    await facts.derive()

    assert [row["shared_fnsku"] for row in await facts.rows(Stock)] == [False, False]


async def test_what_the_merchant_ships_has_a_shelf_of_its_own(facts: Facts) -> None:
    facts.listing(MORNING, "M1", channel="FBM", merchant_quantity=4)
    facts.listing(MORNING, "M1", "CA", channel="FBM", merchant_quantity=9)
    await facts.derive()

    rows = await facts.rows(Stock)

    assert [(row["marketplace"], row["sellable"], row["network"]) for row in rows] == [
        ("CA", 9, ""),
        ("US", 4, ""),
    ]
    assert len({row["pool"] for row in rows}) == 2
    assert [row["on_hand"] for row in rows] == [0, 0]


async def test_what_a_listing_left_at_amazon_is_on_hand_and_not_for_sale(facts: Facts) -> None:
    facts.listing(MORNING, "M1", channel="FBM", merchant_quantity=4, fnsku="X1")
    facts.inventory(MORNING, "M1", "X1", 20, reserved_orders=1, unfulfillable=2)
    await facts.derive()

    (row,) = await facts.rows(Stock)

    assert (row["sellable"], row["on_hand"], row["left_in"]) == (4, 21, "NA_US")
    assert (row["unfulfillable"], row["network"]) == (2, "")


async def test_units_that_another_listing_sells_are_counted_there_alone(facts: Facts) -> None:
    facts.inventory(MORNING, "S1", "X1", 20)
    facts.inventory(MORNING, "S1", "X1", 20, "CA", network="NA_US", network_source="stores")
    facts.listing(MORNING, "S1", fnsku="X1")
    facts.listing(MORNING, "S1", "CA", channel="FBM", merchant_quantity=4, fnsku="X1")
    await facts.derive()

    rows = {row["marketplace"]: row for row in await facts.rows(Stock)}

    assert [rows[place]["on_hand"] for place in ("US", "CA")] == [20, 0]
    assert rows["CA"]["left_in"] is None


async def test_a_listing_that_the_inventory_lacks_has_unknown_stock(facts: Facts) -> None:
    facts.inventory(MORNING, "S1", "X1", 10)
    facts.listing(MORNING, "S2", fnsku="X2")
    await facts.derive()

    lacking = next(row for row in await facts.rows(Stock) if row["sku"] == "S2")

    assert (lacking["sellable"], lacking["on_hand"], lacking["network"]) == (None, None, "NA_US")


async def test_yesterdays_snapshot_is_replaced_not_added_to(facts: Facts) -> None:
    facts.inventory(AS_OF, "S1", "X1", 10)
    facts.inventory(AS_OF, "S2", "X2", 10)
    facts.inventory(MORNING, "S1", "X1", 7)
    await facts.derive()

    assert [(row["sku"], row["sellable"]) for row in await facts.rows(Stock)] == [("S1", 7)]


async def test_distribution_centres_are_a_layer_beside_the_pool(facts: Facts) -> None:
    facts.inventory(MORNING, "S1", "X1", 10)
    facts.inventory(MORNING, "S1", "X1", 10, "CA", network="NA_US", network_source="stores")
    facts.inventory(MORNING, "S1-B", "X1", 10)
    facts.inventory(MORNING, "S2", "X2", 5)
    facts.inventory(MORNING, "S2", "X2", 5, "CA")
    facts.listing(MORNING, "M1", channel="FBM", merchant_quantity=4)
    facts.awd(AS_OF, "S2", 99)
    for sku, on_hand, inbound in (("S1", 30, 6), ("S1-B", 12, 0), ("M1", 8, 0), ("GONE", 5, 5)):
        facts.awd(MORNING, sku, on_hand, inbound)
    facts.covers("awd_inventory", [AS_OF, MORNING])
    await facts.derive()

    rows = {(row["sku"], row["marketplace"]): row for row in await facts.rows(Stock)}

    assert {key: (row["awd"], row["awd_inbound"]) for key, row in rows.items()} == {
        ("S1", "US"): (42, 6),
        ("S1", "CA"): (42, 6),
        ("S1-B", "US"): (42, 6),
        ("S2", "US"): (0, 0),
        ("S2", "CA"): (None, None),
        ("M1", "US"): (None, None),
    }
    assert {row["sellable"] for row in rows.values() if row["fnsku"] == "X1"} == {10}


async def test_an_empty_snapshot_of_the_distribution_centres_says_nothing_is_there(
    facts: Facts,
) -> None:
    facts.inventory(MORNING, "S1", "X1", 10)
    await facts.derive()
    unknown = [row["awd"] for row in await facts.rows(Stock)]
    facts.awd(AS_OF, "S1", 7)
    facts.covers("awd_inventory", [AS_OF, MORNING])
    await facts.derive([MORNING])

    assert unknown == [None]
    assert [row["awd"] for row in await facts.rows(Stock)] == [0]


async def test_the_ledger_sums_countries_and_skus_of_a_pool(facts: Facts) -> None:
    facts.ledger(AS_OF, "X1", 5, in_transit_units=2, receipts=3, customer_shipments=-4)
    facts.ledger(AS_OF, "X1", 6, sku="another")
    facts.ledger(AS_OF, "X1", 9, disposition="CUSTOMER_DAMAGED")
    facts.ledger(AS_OF, "X1", 1, country="CA", network="NA_CA")
    await facts.derive()

    found = {row["network"]: row for row in await facts.rows(PoolDay)}

    assert (found["NA_US"]["on_hand_end"], found["NA_CA"]["on_hand_end"]) == (13, 1)
    assert (found["NA_US"]["receipts"], found["NA_US"]["shipped"]) == (3, 4)


async def test_a_snapshot_closes_the_day_before_until_the_ledger_does(facts: Facts) -> None:
    facts.inventory(MORNING, "S1", "X1", 10, reserved_orders=2, fc_transfer=3, fc_processing=1)
    await facts.derive()
    (by_snapshot,) = await facts.rows(PoolDay)
    facts.covers("ledger_summary", [AS_OF])
    facts.ledger(AS_OF, "X1", 14, in_transit_units=3)
    await facts.derive()
    (by_ledger,) = await facts.rows(PoolDay)

    assert (by_snapshot["source"], by_snapshot["on_hand_end"]) == ("snapshot", 16)
    assert (by_ledger["source"], by_ledger["on_hand_end"]) == ("ledger", 17)
    assert (by_ledger["sellable_end"], by_ledger["reserved_orders_end"]) == (10, 2)


async def test_a_snapshot_of_the_afternoon_closes_no_day(facts: Facts) -> None:
    afternoon = datetime(2026, 11, 21, 21, tzinfo=UTC)
    facts.inventory(MORNING, "S1", "X1", 10, asked_at=afternoon)
    await facts.derive()

    assert await facts.rows(PoolDay) == []


async def test_demand_leaves_out_cancelled_and_replacement_units(facts: Facts) -> None:
    facts.order(AS_OF, "S1", 2)
    facts.order(AS_OF, "S1", 3, order_status="Pending", item_status=None)
    facts.order(AS_OF, "S1", 4, replacement=True)
    facts.order(AS_OF, "S1", 5, order_status="Cancelled")
    facts.order(AS_OF, "S1", 6, channel="mcf")
    await facts.derive()

    (row,) = await facts.rows(SkuDay)

    assert (row["units_ordered"], row["mcf_units"], row["replacement_units"]) == (5, 6, 4)


async def test_days_before_a_sku_existed_are_not_in_its_windows(facts: Facts) -> None:
    days = [AS_OF - k * DAY for k in range(40)]
    facts.covers("orders", days)
    facts.covers("ledger_summary", days)
    made = datetime(2026, 11, 11, 20, tzinfo=UTC)
    facts.listing(MORNING, "S1", fnsku="X1", created_at=made)
    facts.inventory(MORNING, "S1", "X1", 5)
    facts.ledger(AS_OF - 4 * DAY, "X1", 5, receipts=5, starting_units=0)
    await facts.derive()

    row = next(row for row in await facts.rows(Velocity) if row["window_days"] == 30)

    assert (row["days"], row["days_out"], row["days_unknown"]) == (10, 8, 0)


async def test_pools_sell_what_all_their_listings_sell(facts: Facts) -> None:
    facts.covers("orders", [AS_OF])
    for sku, place in (("S1", "US"), ("S1", "CA"), ("S1-B", "US")):
        facts.inventory(MORNING, sku, "X1", 10, place, network="NA_US")
        facts.order(AS_OF, sku, 2, place)
    facts.order(AS_OF, "S1", 5, channel="mcf")
    facts.order(AS_OF, "S1", 7, "MX", channel="mcf")
    await facts.derive()

    rows = [row for row in await facts.rows(Velocity) if row["window_days"] == 7]

    assert {row["pool_units"] for row in rows if row["pool"] == "NA_US/X1"} == {18}
    assert {row["amazon_units"] for row in rows if row["marketplace"] != "MX"} == {2}
