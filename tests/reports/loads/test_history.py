"""What happened, as Amazon tells it day by day, equals the events of the pretend world."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.sync.conftest import NOW

from stockroom.core.marketplaces import MARKETPLACES, NETWORK_ZONES
from stockroom.simulator.documents.planted import HOSTILE_COMMENTS, PLANTED_CITY, PLANTED_POSTAL
from stockroom.simulator.world import Event

if TYPE_CHECKING:
    from tests.reports.loads.conftest import Loader

TYPES = (
    "GET_LEDGER_DETAIL_VIEW_DATA",
    "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA",
    "GET_FBA_REIMBURSEMENTS_DATA",
    "GET_FBA_FULFILLMENT_CUSTOMER_SHIPMENT_SALES_DATA",
)


async def test_ledger_events_equal_the_movements_of_every_day(loader: Loader) -> None:
    await loader.load("ledger_detail", "ledger_summary")
    days = await loader.days("ledger_detail")
    stored = await loader.rows(
        "select day, event_type, fnsku, sku, sum(quantity) from core.ledger_events"
        " where disposition = 'SELLABLE' group by 1, 2, 3, 4"
    )
    kinds = {"received": "Receipts", "shipped": "Shipments", "removed": "VendorReturns"}
    wanted: Counter[tuple[Any, ...]] = Counter()
    for one in loader.events(*kinds):
        if one.network and one.channel == "FBA" and one.disposition == "SELLABLE":
            day = one.at.astimezone(NETWORK_ZONES[one.network]).date()
            sign = 1 if one.kind == "received" else -1
            sku = one.refs.get("unit_msku", one.msku)
            wanted[day, kinds[one.kind], one.fnsku, sku] += sign * one.units
    found = {tuple(row[:4]): int(row[4]) for row in stored if row[1] in kinds.values()}
    assert found == {key: units for key, units in wanted.items() if key[0] in days}
    assert found


async def test_the_ledgers_two_views_agree_day_by_day(loader: Loader) -> None:
    await loader.load("ledger_detail", "ledger_summary")
    different = await loader.rows(
        """with told as (
               select day, network, fnsku, disposition, sum(quantity) moved
               from core.ledger_events where event_type <> 'WhseTransfers' group by 1, 2, 3, 4),
           summed as (
               select day, network, fnsku, disposition,
                   sum(receipts + customer_shipments + customer_returns + vendor_returns
                       + found + lost + damaged + disposed + other_events + unknown_events) moved
               from core.ledger_days group by 1, 2, 3, 4)
           select * from told full join summed using (day, network, fnsku, disposition)
           where coalesce(told.moved, 0) <> coalesce(summed.moved, 0)
               and day <= (select max(day) from core.ledger_days) - 7"""
    )
    assert different == []  # until a week ago: some finds are told days late


async def test_a_find_that_comes_late_is_counted_once_in_its_day(
    loader_of: Callable[[str], Any],
) -> None:
    loader: Loader = await loader_of("fennwick-outdoor")
    late = [
        one
        for one in loader.happened.events(visible_by=NOW)
        if one.kind == "found" and one.visible_at - one.at > timedelta(days=3)
    ][-1]
    assert late.at < NOW - timedelta(days=6) < late.visible_at
    there = "select day, quantity from core.ledger_events where reference_id = %s and quantity > 0"
    loader.clock.move(-6 * 86400)
    told = []
    for _ in range(4):  # each night loads the days again that Amazon may still add to
        await loader.load("ledger_detail")
        told.append(await loader.rows(there, late.refs["adjustment_id"]))
        loader.clock.move(2 * 86400)
    day = late.at.astimezone(NETWORK_ZONES[str(late.network)]).date()
    assert day in await loader.days("ledger_detail")
    assert told[0] == []
    assert told[-1] == [(day, late.units)]


async def test_shipments_equal_the_units_that_left(loader: Loader) -> None:
    await loader.load("customer_shipments")
    days = await loader.days("customer_shipments")
    stored = await loader.rows(
        "select day, order_id, sku, fulfillment_center, sum(units) from core.customer_shipments"
        " group by 1, 2, 3, 4"
    )
    wanted: Counter[tuple[Any, ...]] = Counter()
    for one in loader.events("shipped"):
        if one.channel == "FBA" and "replaces" not in one.refs:
            zone = _zone_by_currency(loader, one)
            day = one.at.astimezone(zone).date()
            wanted[day, one.refs["order_id"], one.msku, one.fc] += one.units
    found = {tuple(row[:4]): int(row[4]) for row in stored}
    assert found == {key: units for key, units in wanted.items() if key[0] in days}
    assert found


def _zone_by_currency(loader: Loader, one: Event) -> Any:
    stores = [MARKETPLACES[code] for code in loader.seller.marketplaces]
    same = [store for store in stores if store.currency == one.currency]
    return same[0].zone if len(same) == 1 else loader.zone


async def test_a_shipments_marketplace_is_the_orders_or_unknown(loader: Loader) -> None:
    await loader.load("customer_shipments", "orders")
    wrong = await loader.rows(
        """select s.marketplace, o.marketplace, s.order_id
           from core.customer_shipments s join core.order_lines o using (order_id, sku)
           where s.marketplace <> '' and s.marketplace <> o.marketplace and o.channel = 'amazon'"""
    )
    assert wrong == []


async def test_returns_equal_what_came_back(loader: Loader) -> None:
    await loader.load("returns")
    days = await loader.days("returns")
    stored = await loader.rows(
        "select day, order_id, sku, units, disposition, reason, license_plate from core.returns"
    )
    wanted = [
        (
            one.at.astimezone(loader.zone).date(),
            one.refs["order_id"],
            one.msku,
            one.units,
            one.disposition,
            one.refs["return_reason"],
            one.refs["license_plate"],
        )
        for one in loader.events("returned")
        if one.channel == "FBA"
    ]
    assert sorted(stored) == sorted(row for row in wanted if row[0] in days)
    assert stored


async def test_reimbursements_equal_what_was_paid_and_taken_back(loader: Loader) -> None:
    await loader.load("reimbursements")
    days = await loader.days("reimbursements")
    stored = await loader.rows(
        "select day, reimbursement_id, fnsku, units_total, amount_total, currency"
        " from core.reimbursements"
    )
    wanted = []
    for one in loader.events("reimbursed", "reversed"):
        reversal = one.kind == "reversed"
        wanted.append(
            (
                one.at.astimezone(loader.zone).date(),
                one.refs["reversal_id" if reversal else "reimbursement_id"],
                one.fnsku,
                -one.units if reversal else one.units,
                Decimal(one.price or 0),
                one.currency,
            )
        )
    assert sorted(stored) == sorted(row for row in wanted if row[0] in days)
    assert stored


async def test_region_data_is_asked_once_and_no_row_is_there_twice(loader: Loader) -> None:
    datasets = ("ledger_detail", "returns", "reimbursements", "customer_shipments")
    counts = (
        "select (select count(*) from core.ledger_events), (select count(*) from core.returns),"
        " (select count(*) from core.reimbursements), (select count(*) from core.customer_shipments),"
        " (select count(distinct license_plate) from core.returns),"
        " (select count(distinct reimbursement_id) from core.reimbursements)"
    )
    await loader.load(*datasets)
    ((*before, plates, payments),) = await loader.rows(counts)
    assert (before[1], before[2]) == (plates, payments)
    for name in TYPES:
        asked = {places for places, _ in loader.generated(name)}
        assert {len(places) for places in asked} == {len(loader.seller.marketplaces)}
    # Everything once more, as after a repaired parser: the same days, the same rows.
    await loader.rows("update app.loaded_days set complete = false returning 1")
    loader.clock.move(5 * 3600)
    await loader.load(*datasets)
    ((*after, plates, payments),) = await loader.rows(counts)
    assert (after[1], after[2]) == (plates, payments)
    assert [0 <= new - old < 0.05 * old for old, new in zip(before, after, strict=True)] == [
        True
    ] * 4


async def test_nothing_a_buyer_is_or_wrote_reaches_a_table(loader: Loader) -> None:
    await loader.load("returns", "customer_shipments")
    kept = str(await loader.rows("select * from core.returns"))
    kept += str(await loader.rows("select * from core.customer_shipments"))
    kept += str(await loader.rows("select headers, dropped_rows from raw.documents"))
    planted = [PLANTED_CITY, PLANTED_POSTAL, *filter(None, HOSTILE_COMMENTS)]
    assert [words for words in planted if words in kept] == []
    assert "customer-comments" not in kept
