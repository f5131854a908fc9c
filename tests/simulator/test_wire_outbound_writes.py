"""An order given over the wire is part of the world: stock, reports and restarts know of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.serving import serving
from tests.simulator.conftest import Application, logged_in
from tests.simulator.test_wire_documents import rows

from stockroom.core.clock import FixedClock
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.app import create_app
from stockroom.simulator.world import World, WorldOptions

BASE = "/fba/outbound/2020-07-01/fulfillmentOrders"
MARKET = MARKETPLACES["US"].id
ADDRESS = {
    "name": "Depot",
    "addressLine1": "1 Harbour Road",
    "city": "Harbour",
    "countryCode": "US",
    "postalCode": "10001",
}


def order(name: str, *items: tuple[str, int], **more: Any) -> dict[str, Any]:
    return {
        "marketplaceId": MARKET,
        "sellerFulfillmentOrderId": name,
        "displayableOrderId": name,
        "displayableOrderDate": "2026-11-21T08:00:00Z",
        "displayableOrderComment": "Thank you.",
        "shippingSpeedCategory": "Standard",
        "destinationAddress": ADDRESS,
        "items": [
            {"sellerSku": sku, "quantity": units, "sellerFulfillmentOrderItemId": f"{number}"}
            for number, (sku, units) in enumerate(items)
        ],
        **more,
    }


@pytest.fixture
def world(clock: FixedClock) -> World:
    """Of this test alone: what is ordered stays ordered."""
    return World(WorldOptions.create(now=clock.now(), skus=8, days=30))


async def shelf(application: Application) -> dict[str, tuple[int, int]]:
    """Sellable and reserved units by SKU."""
    answer = await application.inventory("US", details="true")
    application.clock.move(1)
    return {
        row["sellerSku"]: (
            row["inventoryDetails"]["fulfillableQuantity"],
            row["inventoryDetails"]["reservedQuantity"]["pendingCustomerOrderQuantity"],
        )
        for row in answer.json()["payload"]["inventorySummaries"]
    }


async def alone(application: Application) -> list[str]:
    """SKUs that share their stock with no other."""
    answer = await application.inventory("US", details="true")
    application.clock.move(1)
    listed = answer.json()["payload"]["inventorySummaries"]
    sharing = Counter(row["fnSku"] for row in listed)
    return [row["sellerSku"] for row in listed if sharing[row["fnSku"]] == 1]


async def give(application: Application, body: dict[str, Any], status: int = 200) -> None:
    answer = await application.call("POST", BASE, json=body)
    assert answer.status_code == status, answer.text


async def shown(application: Application, name: str) -> dict[str, Any]:
    answer = await application.get(f"{BASE}/{name}")
    assert answer.status_code == 200, answer.text
    payload: dict[str, Any] = answer.json()["payload"]
    return payload


async def test_an_order_is_reserved_at_once_shipped_later_and_stands_in_the_order_report(
    application: Application,
) -> None:
    before = await shelf(application)
    first, second = sorted(await alone(application), key=lambda sku: -before[sku][0])[:2]
    await give(application, order("WEB-1", (first, 3), (second, 2)))

    after = await shelf(application)
    for sku, units in ((first, 3), (second, 2)):
        sellable, reserved = before[sku]
        assert after[sku] == (sellable - units, reserved + units)
    taken = await shown(application, "WEB-1")
    assert taken["fulfillmentOrder"]["fulfillmentOrderStatus"] == "Received"
    assert taken["fulfillmentOrder"]["destinationAddress"] == ADDRESS

    application.clock.move(2 * 86_400)
    await application.login()
    sent = await shown(application, "WEB-1")
    assert sent["fulfillmentOrder"]["fulfillmentOrderStatus"] == "Complete"
    parcels = sent["fulfillmentShipments"]
    items = [item for one in parcels for item in one["fulfillmentShipmentItem"]]
    assert sum(item["quantity"] for item in items) == 5
    assert await ordered(application, "WEB-1") == {first: 3, second: 2}


async def ordered(application: Application, name: str) -> dict[str, int]:
    """Units of a merchant order in the report of all orders, by SKU."""
    report_id = await application.report(
        {
            "reportType": "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL",
            "marketplaceIds": [MARKET],
            "dataStartTime": "2026-11-20T00:00:00Z",
            "dataEndTime": application.clock.now().isoformat(),
        }
    )
    application.clock.move(900)
    told = rows(await application.download(report_id), quoted=False)
    ours = [row for row in told if row["merchant-order-id"] == name]
    assert {row["sales-channel"] for row in ours} == {"Non-Amazon"}
    return {row["sku"]: int(row["quantity"]) for row in ours}


async def test_an_order_is_unique_and_stopped_only_before_it_is_picked(
    application: Application,
) -> None:
    before = await shelf(application)
    best = max(before, key=lambda sku: before[sku])
    for name in ("WEB-2", "WEB-3"):
        await give(application, order(name, (best, 4)))
    await give(application, order("WEB-2", (best, 4)), status=400)
    stopped = await application.call("PUT", f"{BASE}/WEB-2/cancel")
    assert stopped.status_code == 200, stopped.text
    assert (await shelf(application))[best][0] == before[best][0] - 4
    (item,) = (await shown(application, "WEB-2"))["fulfillmentOrderItems"]
    assert item["cancelledQuantity"] == 4

    application.clock.move(2000)
    late = await application.call("PUT", f"{BASE}/WEB-3/cancel")
    assert late.status_code == 400
    assert (await application.call("PUT", f"{BASE}/WEB-9/cancel")).status_code == 404


async def test_what_is_not_there_is_an_invalid_order_unless_a_part_will_do(
    application: Application,
) -> None:
    before = await shelf(application)
    least = min((sku for sku in before if before[sku][0]), key=lambda sku: before[sku][0])
    there = before[least][0]
    await give(application, order("WEB-4", (least, there + 1)))
    status = (await shown(application, "WEB-4"))["fulfillmentOrder"]["fulfillmentOrderStatus"]
    assert status == "Invalid"
    assert (await shelf(application))[least][0] == there

    part = order("WEB-5", (least, there + 1), fulfillmentPolicy="FillAllAvailable")
    await give(application, part)
    assert (await shelf(application))[least][0] == 0


async def test_an_order_in_the_middle_of_a_day_takes_only_what_nobody_needs_that_day(
    application: Application, world: World
) -> None:
    application.clock.move(14 * 3600)  # an afternoon: the rest of the day is played already
    await application.login()
    stock = world.seller(application.seller.slug)
    body = {
        "marketplaceId": MARKET,
        "address": ADDRESS,
        "items": order("", *((sku, 250) for sku in [max(await shelf(application))]))["items"],
    }
    answer = await application.call("POST", f"{BASE}/preview", json=body)
    (preview, *_) = answer.json()["payload"]["fulfillmentPreviews"]
    taken = [
        item["quantity"]
        for one in preview["fulfillmentPreviewShipments"]
        for item in one["fulfillmentPreviewItems"]
    ]
    sku = body["items"][0]["sellerSku"]
    await give(application, order("WEB-6", (sku, sum(taken))))
    at = application.clock.now()
    for hours in range(0, 60, 3):
        application.clock.move(3 * 3600)
        pools = stock.stock_at(application.clock.now()).values()
        assert all(pool.sellable >= 0 and pool.reserved_orders >= 0 for pool in pools), hours
    assert [one for one in stock.multi_channel_at(at) if one.order_id == "WEB-6"]


async def test_a_restart_makes_the_same_world_with_its_orders(
    application: Application,
    world: World,
    clock: FixedClock,
    http: httpx.AsyncClient,
    tmp_path: Path,
) -> None:
    before = await shelf(application)
    best = max(before, key=lambda sku: before[sku])
    await give(application, order("WEB-7", (best, 5)))
    await give(application, order("WEB-8", (best, 2)))
    await application.call("PUT", f"{BASE}/WEB-8/cancel")
    clock.move(3 * 86_400)
    await application.login()
    then = await shown(application, "WEB-7"), await shelf(application)

    async with serving(create_app(World(world.options), clock, tmp_path)) as url:
        again = await logged_in(url, application.seller, http, clock)
        assert (await shown(again, "WEB-7"), await shelf(again)) == then
