"""A plan made over the wire is part of the world: other interfaces show it, restarts keep it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
from tests.serving import serving
from tests.simulator.conftest import Application, logged_in

from stockroom.core.clock import FixedClock
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.app import create_app
from stockroom.simulator.world import World

ROOT = "/inbound/fba/2024-03-20"
BASE = f"{ROOT}/inboundPlans"
MARKET = MARKETPLACES["US"].id
UNITS = 41


def body(*items: dict[str, Any]) -> dict[str, Any]:
    names = ("name", "addressLine1", "city", "postalCode", "phoneNumber")
    address = {**dict.fromkeys(names, "1"), "countryCode": "US"}
    return {"destinationMarketplaces": [MARKET], "sourceAddress": address, "items": list(items)}


async def ready_item(application: Application, world: World) -> dict[str, Any]:
    listings = [
        one
        for one in world.seller(application.seller.slug).listings_at(application.clock.now())
        if one.marketplace == "US" and one.fnsku and not one.remote
    ]
    skus = ",".join(one.sku for one in listings)
    told = await application.get(f"{ROOT}/items/prepDetails", marketplaceId=MARKET, mskus=skus)
    ready = next(one for one in told.json()["mskuPrepDetails"] if one["prepCategory"] == "NONE")
    return {"msku": ready["msku"], "quantity": UNITS, "labelOwner": "SELLER", "prepOwner": "NONE"}


async def taken(application: Application, method: str, path: str, **options: Any) -> dict[str, Any]:
    answer = await application.call(method, path, **options)
    assert answer.status_code == 202, answer.text
    application.clock.move(20)
    found: dict[str, Any] = answer.json()
    return found


async def placed(application: Application, item: dict[str, Any]) -> str:
    """A plan of Amazon's own split, confirmed."""
    plan = f"{BASE}/{(await taken(application, 'POST', BASE, json=body(item)))['inboundPlanId']}"
    await taken(application, "POST", f"{plan}/placementOptions")
    options = (await application.get(f"{plan}/placementOptions")).json()["placementOptions"]
    option = options[-1]["placementOptionId"]
    await taken(application, "POST", f"{plan}/placementOptions/{option}/confirmation")
    return plan


async def working(application: Application, sku: str) -> int:
    answer = await application.inventory("US", details="true", sellerSkus=sku)
    (row,) = answer.json()["payload"]["inventorySummaries"]
    units: int = row["inventoryDetails"]["inboundWorkingQuantity"]
    return units


async def shipped(application: Application, plan: str) -> dict[str, list[int]]:
    """Units of the plan's confirmed shipments by status, as v0 tells them."""
    whole = (await application.get(plan)).json()
    ids = []
    for one in whole["shipments"]:
        shipment = (await application.get(f"{plan}/shipments/{one['shipmentId']}")).json()
        ids.append(shipment["shipmentConfirmationId"])
    answer = await application.get(
        "/fba/inbound/v0/shipments",
        QueryType="SHIPMENT",
        MarketplaceId=MARKET,
        ShipmentIdList=",".join(ids),
    )
    found: dict[str, list[int]] = {}
    for one in answer.json()["payload"]["ShipmentData"]:
        items = await application.get(f"/fba/inbound/v0/shipments/{one['ShipmentId']}/items")
        units = [item["QuantityShipped"] for item in items.json()["payload"]["ItemData"]]
        found.setdefault(one["ShipmentStatus"], []).extend(units)
    return found


async def test_a_confirmed_plan_is_in_stock_and_shipments_until_it_is_cancelled(
    application: Application, world: World
) -> None:
    item = await ready_item(application, world)
    before = await working(application, item["msku"])
    plan = await placed(application, item)
    assert await working(application, item["msku"]) == before + UNITS
    assert await shipped(application, plan) == {"WORKING": [11, 10, 10, 10]}

    await taken(application, "PUT", f"{plan}/cancellation")
    assert await working(application, item["msku"]) == before
    assert list(await shipped(application, plan)) == ["CANCELLED"]


async def test_a_restart_forgets_no_plan(
    application: Application,
    world: World,
    clock: FixedClock,
    tmp_path: Path,
    http: httpx.AsyncClient,
) -> None:
    plan = await placed(application, await ready_item(application, world))
    known = (await application.get(plan)).json()
    async with serving(create_app(world, clock, tmp_path)) as url:
        again = await logged_in(url, application.seller, http, clock)
        assert (await again.get(plan)).json() == known
        listed = (await again.get(BASE, sortBy="CREATION_TIME")).json()["inboundPlans"]
    assert listed[0]["inboundPlanId"] == known["inboundPlanId"]


async def test_a_plan_belongs_to_its_seller(
    application: Application, world: World, http: httpx.AsyncClient, clock: FixedClock
) -> None:
    item = await ready_item(application, world)
    made = await taken(application, "POST", BASE, json=body(item))
    other = next(one for one in world.sellers.values() if one.slug != application.seller.slug)
    stranger = await logged_in(application.url, other, http, clock)
    assert (await stranger.get(f"{BASE}/{made['inboundPlanId']}")).status_code == 404
    answer = await stranger.get(f"{ROOT}/operations/{made['operationId']}")
    assert answer.status_code == 404


async def test_amazon_labels_nothing_in_the_united_states(
    application: Application, world: World
) -> None:
    item = await ready_item(application, world) | {"labelOwner": "AMAZON"}
    answer = await application.call("POST", BASE, json=body(item))
    assert answer.status_code == 400
    assert "labelOwner" in answer.json()["errors"][0]["details"]


async def test_writes_are_throttled_like_amazons(application: Application, world: World) -> None:
    item = await ready_item(application, world)
    codes = [(await application.call("POST", BASE, json=body(item))).status_code for _ in range(3)]
    assert codes == [202, 202, 429]
