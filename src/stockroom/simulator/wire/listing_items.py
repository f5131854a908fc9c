"""A listings item as ``getListingsItem`` and ``searchListingsItems`` show it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from stockroom.core.marketplaces import MARKETPLACES, Marketplace
from stockroom.simulator.wire.listing_attributes import (
    PREFIX,
    Attributes,
    attributes_of,
    current_price,
    patched,
    sold_down,
)
from stockroom.simulator.wire.listing_changes import ListingChanges
from stockroom.simulator.wire.times import zulu_time
from stockroom.simulator.world import ListingState

INCLUDED = (
    "summaries",
    "attributes",
    "issues",
    "offers",
    "fulfillmentAvailability",
    "procurement",
    "relationships",
    "productTypes",
)

_SUPPRESSED = {
    "code": "18027",
    "message": "The main image is missing or not permitted for this product type.",
    "severity": "ERROR",
    "categories": ["INVALID_IMAGE"],
    "enforcements": {
        "actions": [{"action": "SEARCH_SUPPRESSED"}],
        "exemption": {"status": "NOT_EXEMPT"},
    },
}
_STRANDED = {
    "code": "90220",
    "message": "'item_type_keyword' is required but not supplied.",
    "severity": "ERROR",
    "attributeNames": ["item_type_keyword"],
    "categories": ["MISSING_ATTRIBUTE"],
    "enforcements": {
        "actions": [{"action": "LISTING_SUPPRESSED"}],
        "exemption": {"status": "NOT_EXEMPT"},
    },
}
ISSUES: dict[str, dict[str, Any]] = {"suppressed": _SUPPRESSED, "stranded": _STRANDED}


@dataclass(frozen=True, slots=True)
class Listing:
    """A listing in one marketplace with the caller's changes laid over the world's state."""

    state: ListingState
    market: Marketplace
    attributes: Attributes
    updated_at: datetime
    objections: tuple[Mapping[str, Any], ...] = ()
    """Issues with changes that were accepted and then not applied."""


def listing(
    account: str, state: ListingState, changes: ListingChanges, as_of: datetime | None
) -> Listing:
    """The listing as of an instant; None: with changes that are accepted but not visible yet."""
    market = MARKETPLACES[state.marketplace]
    attributes, updated_at = attributes_of(state), state.updated_at
    objections: tuple[Mapping[str, Any], ...] = ()
    for change in changes.of(account, state.sku, market.id, as_of):
        updated_at = max(updated_at, change.visible_at)
        objections = change.objections  # what is sent later is judged anew
        for patch in change.patches:
            attributes = patched(attributes, patch, market)
            if patch["path"] == f"{PREFIX}fulfillment_availability":
                units = change.merchant_units.get(market.id)
                attributes = sold_down(attributes, units, state.merchant_quantity)
                state = replace(state, buyable=_buyable(state, attributes))
    return Listing(state, market, attributes, updated_at, objections)


def _buyable(state: ListingState, attributes: Attributes) -> bool:
    """Whether the merchant, or else Amazon, has units to sell."""
    entries = attributes.get("fulfillment_availability", ())
    units = sum(entry.get("quantity", 0) for entry in entries)
    return "stranded" not in state.issues and (
        units > 0 or (state.channel == "FBA" and state.buyable)
    )


def item(
    sku: str, listings: Sequence[Listing], included: Collection[str], now: datetime
) -> dict[str, Any]:
    """Amazon's item: one SKU, its listings in the marketplaces asked."""
    sections: dict[str, Callable[[], Any]] = {
        "summaries": lambda: [_summary(one) for one in listings],
        "attributes": lambda: _joined(one.attributes for one in listings),
        "issues": lambda: [issue for one in listings for issue in issues(one)],
        "offers": lambda: [offer for one in listings for offer in _offers(one, now)],
        "fulfillmentAvailability": lambda: _availability(listings),
        "procurement": list,
        "relationships": lambda: [_no_relationships(one) for one in listings],
        "productTypes": lambda: [_product_type(one) for one in listings],
    }
    return {"sku": sku} | {name: sections[name]() for name in INCLUDED if name in included}


def status(state: ListingState) -> list[str]:
    """Facts 2.8: neither BUYABLE nor DISCOVERABLE means suppressed or inactive."""
    flags = {"BUYABLE": state.buyable, "DISCOVERABLE": state.discoverable}
    return [name for name, on in flags.items() if on]


def issues(one: Listing) -> Iterator[dict[str, Any]]:
    """What Amazon holds against the listing."""
    for issue in (*(ISSUES[name] for name in one.state.issues), *one.objections):
        yield {**issue, "marketplaceIds": [one.market.id]}


def _summary(one: Listing) -> dict[str, Any]:
    summary = {
        "marketplaceId": one.market.id,
        "asin": one.state.asin,
        "productType": one.state.product_type,
        "conditionType": "new_new",
        "status": status(one.state),
        "itemName": title(one),
        "createdDate": zulu_time(one.state.created_at),
        "lastUpdatedDate": zulu_time(one.updated_at),
    }
    # A merchant-fulfilled listing has no network SKU.
    return summary if one.state.fnsku is None else {**summary, "fnSku": one.state.fnsku}


def title(one: Listing) -> str:
    """The name it goes by, as the caller may have changed it."""
    names = one.attributes.get("item_name") or [{}]
    return str(names[0].get("value", one.state.title))


def _offers(one: Listing, now: datetime) -> Iterator[dict[str, Any]]:
    for entry in one.attributes.get("purchasable_offer", ()):
        price = current_price(entry, now)
        if price is None:
            continue
        business = entry.get("audience", "ALL") == "B2B"
        yield {
            "marketplaceId": one.market.id,
            "offerType": "B2B" if business else "B2C",
            "price": {
                "currencyCode": entry.get("currency", one.market.currency),
                "amount": f"{price:.2f}",
            },
            "audience": {
                "value": "B2B" if business else "ALL",
                "displayName": "Amazon Business" if business else "Sell on Amazon",
            },
        }


def _availability(listings: Sequence[Listing]) -> list[dict[str, Any]]:
    """Channels of the SKU; Amazon's own carry no quantity."""
    channels: dict[str, dict[str, Any]] = {}
    for one in listings:
        for entry in one.attributes.get("fulfillment_availability", ()):
            code = entry.get("fulfillment_channel_code", "")
            shown = {"fulfillmentChannelCode": code}
            if "quantity" in entry:
                shown["quantity"] = entry["quantity"]
            channels.setdefault(code, shown)
    return list(channels.values())


def _joined(attributes: Iterable[Attributes]) -> Attributes:
    joined: Attributes = {}
    for one in attributes:
        for name, entries in one.items():
            known = joined.setdefault(name, [])
            known.extend(entry for entry in entries if entry not in known)
    return joined


def _no_relationships(one: Listing) -> dict[str, Any]:
    return {"marketplaceId": one.market.id, "relationships": []}


def _product_type(one: Listing) -> dict[str, str]:
    return {"marketplaceId": one.market.id, "productType": one.state.product_type}
