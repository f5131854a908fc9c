"""Attributes and quantities of listings: what Amazon takes, and what becomes of it."""

from __future__ import annotations

from typing import Any

from tests.simulator.conftest import Application
from tests.simulator.test_wire_listings import item, patch, state, states

from stockroom.core.clock import FixedClock
from stockroom.simulator.world import ListingState, World

__all__ = ["state"]


async def test_orders_lower_a_quantity_that_was_set_and_none_left_cannot_be_bought(
    application: Application, world: World, clock: FixedClock
) -> None:
    merchant = next(one for one in states(world, application) if one.channel == "FBM")
    path = "/attributes/fulfillment_availability"
    for quantity, left in ((500, True), (0, False)):
        value = {"fulfillment_channel_code": "DEFAULT", "quantity": quantity}
        change = {"op": "merge", "path": path, "value": [value]}
        body = {"productType": merchant.product_type, "patches": [change]}
        had = _merchant_units(world, application, clock)
        await patch(application, merchant.sku, body)
        clock.move(2 * 86_400)
        await application.login()
        has = _merchant_units(world, application, clock)
        found = await item(application, merchant.sku)
        (channel,) = found["fulfillmentAvailability"]
        assert channel["quantity"] == max(0, quantity - max(0, had - has))
        assert ("BUYABLE" in found["summaries"][0]["status"]) is left


def _merchant_units(world: World, application: Application, clock: FixedClock) -> int:
    """What the world's merchant has now, whatever was written."""
    listings = world.seller(application.seller.slug).listings_at(clock.now())
    units = [one.merchant_quantity for one in listings if one.channel == "FBM"]
    return next(one for one in units if one is not None)


async def test_unknown_attributes_of_a_type_and_values_it_does_not_take_are_invalid(
    application: Application, state: ListingState
) -> None:
    cases: list[tuple[str, list[dict[str, Any]], str]] = [
        ("bullet_point", [{"value": "x"}] * 6, "INVALID"),
        ("bullet_point", [{"value": "x"}] * 5, "VALID"),
        ("item_name", [{"value": "x" * 201}], "INVALID"),
        ("item_name", [{"value": "x", "language_tag": "xx_XX"}], "INVALID"),
        ("item_weight", [{"value": 1}], "INVALID"),
        ("item_weight", [{"value": 1, "unit": "pounds"}], "VALID"),
        ("is_fragile", [{"value": "yes"}], "INVALID"),
        ("brand", [{"value": "Other"}], "INVALID"),
        ("number_of_items", [{"value": 2, "colour": "red"}], "INVALID"),
    ]
    for name, value, status in cases:
        change = {"op": "replace", "path": f"/attributes/{name}", "value": value}
        body = {"productType": state.product_type, "patches": [change]}
        answer = await patch(application, state.sku, body, mode="VALIDATION_PREVIEW")
        assert answer.json()["status"] == status, (name, value)
        application.clock.move(1)


async def test_what_every_listing_needs_cannot_be_deleted(
    application: Application, state: ListingState
) -> None:
    for name, status in (("item_name", "INVALID"), ("number_of_items", "VALID")):
        present = (await item(application, state.sku))["attributes"][name]
        change = {"op": "delete", "path": f"/attributes/{name}", "value": present}
        body = {"productType": state.product_type, "patches": [change]}
        answer = await patch(application, state.sku, body, mode="VALIDATION_PREVIEW")
        assert answer.json()["status"] == status
