"""A multi-channel order over the wire, from its preview to its end: every answer is one that Amazon's model allows."""

from __future__ import annotations

from typing import Any

from tests.contract.test_simulator_answers import Checked, amazon

from stockroom.core.clock import FixedClock
from stockroom.core.marketplaces import BY_ID
from stockroom.simulator.world import World

__all__ = ["amazon"]

BASE = "/fba/outbound/2020-07-01/fulfillmentOrders"
ADDRESS = {
    "name": "Depot",
    "addressLine1": "1 Harbour Road",
    "city": "Harbour",
    "countryCode": "US",
    "postalCode": "10001",
}


def order(amazon: Checked, name: str, sku: str, units: int = 1) -> dict[str, Any]:
    item = {"sellerSku": sku, "quantity": units, "sellerFulfillmentOrderItemId": "1"}
    return {
        "marketplaceId": amazon.markets[0],
        "sellerFulfillmentOrderId": name,
        "displayableOrderId": name,
        "displayableOrderDate": "2026-11-21T08:00:00Z",
        "displayableOrderComment": "Thank you.",
        "shippingSpeedCategory": "Expedited",
        "fulfillmentPolicy": "FillOrKill",
        "destinationAddress": ADDRESS,
        "items": [item],
    }


async def test_answers_about_orders_that_are_given_over_the_wire(
    amazon: Checked, world: World, clock: FixedClock
) -> None:
    market = BY_ID[amazon.markets[0]].code
    listed = world.seller(amazon.seller.slug).listings_at(clock.now())
    sku = next(one.sku for one in listed if one.marketplace == market and one.buyable and one.fnsku)
    preview = {
        "marketplaceId": amazon.markets[0],
        "address": ADDRESS,
        "items": [*order(amazon, "", sku)["items"]],
    }
    call = "getFulfillmentPreview"
    found = await amazon.call(call, "POST", f"{BASE}/preview", json=preview)
    assert [one["isFulfillable"] for one in found["payload"]["fulfillmentPreviews"]] == [True] * 3
    unknown = {"sellerSku": "NO-SUCH", "quantity": 9, "sellerFulfillmentOrderItemId": "2"}
    short = {**preview, "items": [*preview["items"], unknown]}
    found = await amazon.call(call, "POST", f"{BASE}/preview", json=short)
    assert not found["payload"]["fulfillmentPreviews"][0]["isFulfillable"]
    await amazon.call(call, "POST", f"{BASE}/preview", 400, json={**preview, "address": {}})

    name = f"WEB-{amazon.seller.slug}"
    create = "createFulfillmentOrder"
    await amazon.call(create, "POST", BASE, json=order(amazon, name, sku))
    await amazon.call(create, "POST", BASE, 400, json=order(amazon, name, sku))
    await amazon.call(create, "POST", BASE, json=order(amazon, f"{name}-x", sku, 249))
    for one in (name, f"{name}-x"):
        await amazon.call("getFulfillmentOrder", "GET", f"{BASE}/{one}")
    await amazon.call("listAllFulfillmentOrders", "GET", BASE)
    cancel = "cancelFulfillmentOrder"
    await amazon.call(cancel, "PUT", f"{BASE}/{name}/cancel")
    await amazon.call("getFulfillmentOrder", "GET", f"{BASE}/{name}")
    await amazon.call(cancel, "PUT", f"{BASE}/{name}/cancel", 400)
    await amazon.call(cancel, "PUT", f"{BASE}/none/cancel", 404)
