"""Reading what a caller wants of an inbound plan, and finding what Amazon holds against it.

What is malformed is a 400 at once. What is wrong with an item is found while the
operation runs and told per SKU when it ends (facts 2.4).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from stockroom.core.marketplaces import BY_ID, Marketplace
from stockroom.simulator.wire.plan_desk import Problem
from stockroom.simulator.wire.query import invalid
from stockroom.simulator.world import ListingState, Seller
from stockroom.simulator.world.assortment import FULFILMENT_CENTRES

OWNERS = ("AMAZON", "SELLER", "NONE")
MOST_ITEMS = 1500
"""Facts 2.4: 2,000 in the schema, 1,500 SKUs in the announcement."""
ADDRESS = ("name", "addressLine1", "city", "countryCode", "postalCode", "phoneNumber")
LONGEST_NAME = 40
Row = dict[str, Any]


def read_plan(body: Mapping[str, Any], seller: Seller) -> Marketplace:
    """The store of a new plan.

    Raises:
        InvalidInputError: The body is not a ``CreateInboundPlanRequest``.
    """
    places = body.get("destinationMarketplaces")
    if not isinstance(places, list) or len(places) != 1 or places[0] not in BY_ID:
        raise invalid("destinationMarketplaces must name one marketplace.")
    market = BY_ID[places[0]]
    if market.code not in seller.marketplaces or market.network not in FULFILMENT_CENTRES:
        raise invalid(f"Inventory cannot be sent to marketplace {market.id}.")
    address = body.get("sourceAddress")
    for name in ADDRESS:
        if not isinstance(address, dict) or not isinstance(address.get(name), str):
            raise invalid(f"sourceAddress.{name} is required.")
    name = body.get("name", "-")
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME:
        raise invalid(f"name must have 1 to {LONGEST_NAME} characters.")
    _check_items(body.get("items"), market)
    return market


def _check_items(items: Any, market: Marketplace) -> None:
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_ITEMS:
        raise invalid(f"items must have 1 to {MOST_ITEMS} entries.")
    for item in items:
        if not isinstance(item, dict) or not isinstance(item.get("msku"), str):
            raise invalid("items.msku is required.")
        quantity = item.get("quantity")
        if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
            raise invalid("items.quantity must be a positive number.")
        for owner in ("labelOwner", "prepOwner"):
            if item.get(owner) not in OWNERS:
                raise invalid(f"items.{owner} must be one of {', '.join(OWNERS)}.")
            if item[owner] == "AMAZON" and market.code == "US":
                # Facts 2.4: Amazon's label and prep service ended in the US with 2025.
                raise invalid(f"{owner} AMAZON is not accepted in this marketplace.")


def prep_details(listing: ListingState) -> Row:
    """What has to be done to a product before it is sent, as ``listPrepDetails`` tells it."""
    row: Row = {"msku": listing.sku, "prepCategory": "NONE", "prepTypes": ["ITEM_NO_PREP"]}
    chance = Random(f"needs {listing.asin}").random()
    if chance < 0.08:  # nobody has said yet what it needs
        return row | {"prepCategory": "UNKNOWN", "prepTypes": []}
    if chance < 0.3:
        return row | {"prepCategory": "FRAGILE", "prepTypes": ["ITEM_BUBBLEWRAP"]}
    return row | {"prepOwnerConstraint": "NONE_ONLY"}


def find_problems(
    items: list[Mapping[str, Any]], listings: Mapping[str, ListingState]
) -> Iterator[Problem]:
    """What ends the making of a plan, item by item."""
    for item in items:
        listing = listings.get(item["msku"])
        if listing is None or listing.fnsku is None:
            yield problem("FBA_INB_0013", f"{item['msku']} is not a SKU fulfilled by Amazon here.")
            continue
        needs = prep_details(listing)
        for check in (_prep_problem, _label_problem):
            text = check(item, needs)
            if text:
                yield problem("FBA_INB_0182", f"{item['msku']}: {text}")
    if any(item["quantity"] >= 5000 for item in items):
        yield problem("FBA_INB_0034", "A large quantity may be received late.", "WARNING")


def _prep_problem(item: Mapping[str, Any], needs: Row) -> str:
    # Facts 2.4: prepOwner must agree with the prep category of the SKU.
    if needs["prepCategory"] == "UNKNOWN":
        return "its prep classification is missing."
    needed = "prepOwnerConstraint" not in needs
    if needed == (item["prepOwner"] != "NONE"):
        return ""
    accepted = "SELLER, AMAZON" if needed else "NONE"
    return f"prepOwner {item['prepOwner']} is not accepted. Accepted values: {accepted}."


def _label_problem(item: Mapping[str, Any], _: Row) -> str:
    # Every unit here carries Amazon's own barcode (X00…), and somebody has to stick it on.
    if item["labelOwner"] != "NONE":
        return ""
    return "labelOwner NONE is not accepted. Accepted values: SELLER, AMAZON."


def problem(code: str, message: str, severity: str = "ERROR") -> Problem:
    """One entry of ``operationProblems``."""
    return {"code": code, "message": message, "details": message, "severity": severity}
