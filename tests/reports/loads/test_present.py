"""What is now, as Amazon shows it, equals the pretend world at the moment of the document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from stockroom.core.marketplaces import BY_ID
from stockroom.simulator.world import ListingState, PoolStock

if TYPE_CHECKING:
    from tests.reports.loads.conftest import Loader

NETWORKS = {"EU", "UK"}


def shelves(loader: Loader, report_type: str) -> Iterator[tuple[ListingState, PoolStock, datetime]]:
    """Every FBA listing of every marketplace asked, beside its pool, when it was shown."""
    for (place,), moment in loader.generated(report_type):
        stock = loader.happened.stock_at(moment)
        for one in loader.happened.listings_at(moment):
            if one.marketplace == BY_ID[place].code and one.network and one.fnsku:
                yield one, stock[one.network, one.fnsku], moment


def inside(stock: PoolStock) -> tuple[int, ...]:
    """Units in Amazon's warehouses: all, sellable, unsellable, reserved."""
    reserved = stock.on_hand - stock.sellable
    return stock.on_hand + stock.unsellable, stock.sellable, stock.unsellable, reserved


async def test_every_listing_shows_its_pools_stock(loader: Loader) -> None:
    await loader.load("myi_all_inventory")
    stored = await loader.rows(
        "select marketplace, sku, fnsku, warehouse, fulfillable, unsellable, reserved,"
        " inbound_working, inbound_shipped, inbound_receiving, researching"
        " from core.myi_all_inventory"
    )
    wanted = [
        (
            *(one.marketplace, one.sku, one.fnsku, *inside(stock)),
            *(stock.inbound_working, stock.inbound_shipped, stock.inbound_receiving),
            stock.researching,
        )
        for one, stock, _ in shelves(loader, "GET_FBA_MYI_ALL_INVENTORY_DATA")
    ]
    assert sorted(stored) == sorted(wanted)
    assert stored


async def test_archived_listings_are_only_in_the_whole_list(loader: Loader) -> None:
    await loader.load("myi_inventory", "myi_all_inventory")
    missing = await loader.rows(
        "select total from core.myi_all_inventory a where not exists"
        " (select from core.myi_inventory where (marketplace, sku) = (a.marketplace, a.sku))"
    )
    strange = await loader.rows(
        "select from core.myi_inventory a where not exists"
        " (select from core.myi_all_inventory where (marketplace, sku) = (a.marketplace, a.sku))"
    )
    assert {total for (total,) in missing} <= {0}
    assert strange == []


async def test_remote_fulfilment_names_the_store(loader_of: Callable[[str], Any]) -> None:
    loader: Loader = await loader_of("NA")
    await loader.load("myi_inventory")
    stored = await loader.rows(
        "select distinct marketplace, store from core.myi_inventory where store is not null"
    )
    assert stored
    assert {(place != "US", store) for place, store in stored} == {(True, "Amazon.com")}


async def test_reserved_units_are_split(loader: Loader) -> None:
    await loader.load("reserved_inventory")
    stored = await loader.rows(
        "select marketplace, sku, reserved, reserved_orders, fc_transfer, fc_processing"
        " from core.reserved_inventory"
    )
    wanted = [
        (
            *(one.marketplace, one.sku, stock.on_hand - stock.sellable),
            *(stock.reserved_orders, stock.fc_transfer, stock.fc_processing),
        )
        for one, stock, _ in shelves(loader, "GET_RESERVED_INVENTORY_DATA")
        if stock.on_hand > stock.sellable
    ]
    assert sorted(stored) == sorted(wanted)
    assert stored


async def test_listings_in_trouble_are_named_with_the_reason(loader: Loader) -> None:
    await loader.load("stranded_inventory", "suppressed_listings")
    stranded = await loader.rows(
        "select marketplace, sku, fulfillable, reason from core.stranded_inventory"
    )
    suppressed = await loader.rows("select marketplace, sku, reason from core.suppressed_listings")
    assert sorted(stranded) == sorted(
        (one.marketplace, one.sku, stock.sellable, "LISTING_CLOSED")
        for one, stock, _ in shelves(loader, "GET_STRANDED_INVENTORY_UI_DATA")
        if "stranded" in one.issues and stock.on_hand + stock.unsellable
    )
    asked = loader.generated("GET_MERCHANTS_LISTINGS_FYP_REPORT")
    assert sorted(suppressed) == sorted(
        (one.marketplace, one.sku, "Missing Image")
        for (place,), moment in asked
        for one in loader.happened.listings_at(moment)
        if one.marketplace == BY_ID[place].code and "suppressed" in one.issues
    )


async def test_every_listing_is_in_the_document_of_listings(loader: Loader) -> None:
    await loader.load("merchant_listings")
    stored = await loader.rows(
        "select marketplace, sku, asin, price, quantity, channel, status, title,"
        " opened_at from core.merchant_listings"
    )
    wanted = [
        (
            *(one.marketplace, one.sku, one.asin, one.price),
            one.merchant_quantity if one.channel == "FBM" else None,
            *(one.channel, "active" if one.buyable and one.discoverable else "inactive"),
            *(one.title, one.created_at.replace(microsecond=0)),
        )
        for (place,), moment in loader.generated("GET_MERCHANT_LISTINGS_ALL_DATA")
        for one in loader.happened.listings_at(moment)
        if one.marketplace == BY_ID[place].code
    ]
    assert sorted(stored) == sorted(wanted)
    assert stored


async def test_european_stock_is_told_by_country(loader_of: Callable[[str], Any]) -> None:
    loader: Loader = await loader_of("EU")
    await loader.load("stock_by_country")
    ((places, moment),) = loader.generated("GET_AFN_INVENTORY_DATA_BY_COUNTRY")
    assert len(places) == len(loader.seller.marketplaces)
    wanted: Counter[tuple[str, str, str]] = Counter()
    for (_, fnsku, sku, country), units in loader.happened.shelves_at(moment).items():
        wanted[sku, fnsku, country] += units
    stored = await loader.rows("select sku, fnsku, country, units from core.stock_by_country")
    assert {tuple(row[:3]): row[3] for row in stored} == +wanted
    assert stored


async def test_a_dataset_that_a_region_has_not_is_never_asked(
    loader_of: Callable[[str], Any],
) -> None:
    loader: Loader = await loader_of("NA")
    await loader.load("stock_by_country")
    assert await loader.rows("select from app.runs") == []


# --- inbound --------------------------------------------------------------------------------------


async def test_a_shipment_is_there_once_whatever_marketplaces_show_it(loader: Loader) -> None:
    await loader.load("inbound_shipments", "inbound_items")
    shipments = await loader.rows(
        "select shipment_id, network, status, destination_fc from core.inbound_shipments"
    )
    items = await loader.rows(
        "select shipment_id, sku, fnsku, units_shipped, units_received from core.inbound_items"
    )
    ((asked,),) = await loader.rows("select max(asked_at) from core.inbound_shipments")
    world = loader.happened.shipments_at(asked)
    assert sorted(shipments) == sorted(
        (one.shipment_id, one.network, one.status, one.fc) for one in world
    )
    assert sorted(items) == sorted(
        (one.shipment_id, one.sku, one.fnsku, one.units, one.received) for one in world
    )
    assert shipments


async def test_plans_bring_the_delivery_windows(loader: Loader) -> None:
    await loader.load("inbound_plans")
    stored = await loader.rows(
        "select inbound_plan_id, shipment_id, shipment_confirmation_id, window_start, window_end,"
        " created_at from core.inbound_plans"
    )
    ((asked,),) = await loader.rows("select max(asked_at) from core.inbound_plans")
    wanted = [
        (
            *(one.plan_id, one.plan_shipment_id, one.shipment_id),
            *(one.delivery_window or (None, None)),
            one.created_at,
        )
        for one in loader.happened.shipments_at(asked)
    ]
    under_way = {
        one.shipment_id
        for one in loader.happened.shipments_at(asked)
        if one.status not in {"WORKING", "CLOSED"}
    }
    assert set(stored) <= set(wanted)
    assert {row[2] for row in stored} >= under_way
    assert len(stored) < len(wanted)
    assert any(row[4] for row in stored)


async def test_no_address_is_kept(loader: Loader) -> None:
    await loader.load("inbound_plans", "inbound_shipments")
    stored = await loader.rows("select * from core.inbound_plans")
    stored += await loader.rows("select * from core.inbound_shipments")
    assert "Simulator Way" not in str(stored)


@pytest.mark.parametrize(
    ("dataset", "counting"),
    [
        ("myi_inventory", "select day, count(*) from core.myi_inventory group by 1 order by 1"),
        ("inbound_items", "select day, count(*) from core.inbound_items group by 1 order by 1"),
    ],
)
async def test_the_next_day_stands_beside_this_one(
    loader: Loader, dataset: str, counting: str
) -> None:
    await loader.load(dataset)
    loader.clock.move(86_400)
    await loader.load(dataset)
    counts = await loader.rows(counting)
    assert len(counts) == 2
    assert counts[1][1] >= 0.9 * counts[0][1]
