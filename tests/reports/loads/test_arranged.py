"""Removals, problems at the dock, multi-channel orders and distribution centres equal the pretend world's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.reports.loads.conftest import Loader


async def test_removal_orders_stand_where_amazon_says(loader: Loader) -> None:
    await loader.load("removal_orders")
    stored = await loader.rows(
        "select order_id, sku, order_type, status, units_requested, units_cancelled,"
        " units_disposed, units_shipped, units_in_process, requested_at"
        " from core.removal_orders"
    )
    asked = loader.generated("GET_FBA_FULFILLMENT_REMOVAL_ORDER_DETAIL_DATA")
    moment = max(generated for _, generated in asked)
    wanted = [
        (
            *(one.order_id, one.sku, one.order_type, one.status, one.units, one.cancelled),
            *(one.disposed, one.shipped, one.in_process, one.requested_at),
        )
        for one in loader.happened.removal_orders_at(moment)
    ]
    assert sorted(stored) == sorted(wanted)
    assert stored


async def test_removed_units_left_in_parcels(loader_of: Callable[[str], Any]) -> None:
    loader: Loader = await loader_of("EU")
    await loader.load("removal_orders", "removal_shipments")
    parcels = await loader.rows(
        "select order_id, sku, units, tracking_number from core.removal_shipments"
    )
    assert sorted(parcels) == sorted(
        (one.refs["removal_order_id"], one.msku, one.units, one.refs["tracking_number"])
        for one in loader.events("removed")
    )
    without = await loader.rows(
        "select order_id from core.removal_orders o where units_shipped > 0 and units_shipped <>"
        " (select coalesce(sum(units), 0) from core.removal_shipments s"
        "  where s.order_id = o.order_id)"
    )
    assert without == []
    assert parcels


async def test_problems_name_their_shipments(loader: Loader) -> None:
    await loader.load("inbound_noncompliance", "inbound_shipments")
    stored = await loader.rows(
        "select shipment_id, sku, problem_type, units, fee from core.inbound_noncompliance"
    )
    assert sorted(row[:4] for row in stored) == sorted(
        (one.refs["shipment_id"], one.msku, one.refs["problem_type"], one.units)
        for one in loader.events("inbound_problem")
    )
    assert all(fee is None or fee > 0 for *_, fee in stored)


async def test_multi_channel_units_are_those_of_the_orders(
    loader_of: Callable[[str], Any],
) -> None:
    loader: Loader = await loader_of("NA")
    await loader.load("mcf_orders", "orders")
    since = loader.clock.now() - timedelta(days=80)
    told = await loader.rows(
        "select sku, sum(units_ordered - units_cancelled) from core.mcf_orders"
        " where received_at > %s group by sku having sum(units_ordered - units_cancelled) > 0",
        since,
    )
    lines = await loader.rows(
        "select sku, sum(units_ordered) from core.order_lines"
        " where channel = 'mcf' and purchased_at > %s group by sku having sum(units_ordered) > 0",
        since,
    )
    assert sorted(told) == sorted(lines)
    assert told
    shipped = sum(one.units for one in loader.events("shipped") if "mcf_order_id" in one.refs)
    ((found, statuses),) = await loader.rows(
        "select sum(units_shipped), array_agg(distinct status) from core.mcf_orders"
        " where status like 'Complete%%'"
    )
    assert 0 < found <= shipped
    assert set(statuses) <= {"Complete", "CompletePartialled"}


@pytest.mark.parametrize("loader", ["NA"], indirect=True)
async def test_distribution_centres_hold_what_the_world_says(loader: Loader) -> None:
    await loader.load("awd_inventory", "awd_shipments")
    now = loader.clock.now()
    stock = await loader.rows(
        "select sku, on_hand, inbound, available, reserved, replenishing from core.awd_inventory"
    )
    assert sorted(stock) == sorted(
        (one.sku, one.on_hand, one.inbound, one.available, one.reserved, one.replenishing)
        for one in loader.happened.awd_stock_at(now)
    )
    shipments = await loader.rows(
        "select shipment_id, sku, status, units_shipped, units_received from core.awd_shipments"
    )
    assert sorted(shipments) == sorted(
        (one.shipment_id, one.sku, one.status, one.units, one.received)
        for one in loader.happened.awd_shipments_at(now)
        if one.status != "CLOSED" or one.updated_at >= now - timedelta(days=30)
    )
    assert sum(row[1] for row in stock) > 0
    assert {row[2] for row in shipments} >= {"CLOSED"}


async def test_a_seller_outside_the_united_states_is_not_asked(
    loader_of: Callable[[str], Any],
) -> None:
    loader: Loader = await loader_of("EU")
    await loader.load("awd_inventory", "awd_shipments")
    assert await loader.rows("select 1 from app.runs") == []


async def test_where_a_seller_takes_part(loader: Loader) -> None:
    await loader.load("marketplace_participations")
    stored = await loader.rows(
        "select marketplace, participating, suspended_listings, store_name"
        " from core.marketplace_participations order by marketplace"
    )
    name = loader.seller.name
    assert stored == [(code, True, False, name) for code in sorted(loader.seller.marketplaces)]
