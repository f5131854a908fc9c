"""What a call about a multi-channel order must be like (Fulfillment Outbound 2020-07-01), and its refusals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stockroom.core.marketplaces import Marketplace
from stockroom.simulator.wire import query
from stockroom.simulator.wire.query import invalid
from stockroom.simulator.wire.times import read_time
from stockroom.simulator.world import Seller

SPEEDS: Final = ("Standard", "Expedited", "Priority")
"""A scheduled delivery is for Japan only."""
_POLICIES: Final = ("FillOrKill", "FillAll", "FillAllAvailable")
_MOST_LINES: Final = 100
_MOST_UNITS: Final = 250
"""The model: at most 100 line items and 250 units per order."""
_LONGEST: Final = {
    "sellerFulfillmentOrderId": 40,
    "displayableOrderId": 40,
    "displayableOrderComment": 750,
}


def read_preview(body: Mapping[str, Any], seller: Seller) -> tuple[Marketplace, tuple[str, ...]]:
    """The marketplace of a preview, and the speeds it is for.

    Raises:
        InvalidInputError: The body cannot be used.
    """
    market = _market(body, seller)
    _check_address(body.get("address"))
    _check_items(body.get("items"))
    speeds = body.get("shippingSpeedCategories", SPEEDS)
    if not isinstance(speeds, list | tuple) or not set(speeds) <= set(SPEEDS):
        raise invalid("shippingSpeedCategories has an unknown value.")
    return market, tuple(speeds)


def check_order(body: Mapping[str, Any], seller: Seller) -> None:
    """Refuse a body that no order can be made of.

    Raises:
        InvalidInputError: It is such a one.
    """
    _market(body, seller)
    for name, longest in _LONGEST.items():
        value = body.get(name)
        if not isinstance(value, str) or not 1 <= len(value.strip()) <= longest:
            raise invalid(f"{name} must have 1 to {longest} characters.")
    read_time(str(body.get("displayableOrderDate")), "displayableOrderDate")
    if body.get("shippingSpeedCategory") not in SPEEDS:
        raise invalid("shippingSpeedCategory has an unknown value.")
    if body.get("fulfillmentPolicy", "FillOrKill") not in _POLICIES:
        raise invalid("fulfillmentPolicy has an unknown value.")
    if body.get("fulfillmentAction", "Ship") != "Ship":
        raise invalid("fulfillmentAction must be Ship.")
    _check_address(body.get("destinationAddress"))
    _check_items(body.get("items"))


def _market(body: Mapping[str, Any], seller: Seller) -> Marketplace:
    return query.marketplaces(seller, [str(body.get("marketplaceId"))], most=1)[0]


def _check_address(address: Any) -> None:
    if not isinstance(address, dict):
        raise invalid("An address is required.")
    for name in ("name", "addressLine1", "countryCode", "postalCode"):
        if not isinstance(address.get(name), str) or not address[name].strip():
            raise invalid(f"{name} is required in an address.")
    if not address.get("city") and address["countryCode"] != "JP":
        raise invalid("city is required in an address.")


def _check_items(items: Any) -> None:
    if not isinstance(items, list) or not 1 <= len(items) <= _MOST_LINES:
        raise invalid(f"items must have 1 to {_MOST_LINES} entries.")
    for item in items:
        if not isinstance(item, dict) or not all(
            isinstance(item.get(name), str) and 1 <= len(item[name]) <= 50
            for name in ("sellerSku", "sellerFulfillmentOrderItemId")
        ):
            raise invalid("An item needs a sellerSku and a sellerFulfillmentOrderItemId.")
        units = item.get("quantity")
        if isinstance(units, bool) or not isinstance(units, int) or units < 1:
            raise invalid("The quantity of an item must be a number from 1 on.")
    if sum(item["quantity"] for item in items) > _MOST_UNITS:
        raise invalid(f"An order has at most {_MOST_UNITS} units.")
    names = [item["sellerFulfillmentOrderItemId"] for item in items]
    if len(set(names)) < len(names):
        raise invalid("Each item needs a sellerFulfillmentOrderItemId of its own.")
