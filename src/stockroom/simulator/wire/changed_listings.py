"""The world's listings with the callers' changes laid over them, for documents.

What was written through the Listings API must not be contradicted by a report
made later: price, title and the merchant's quantity follow it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.documents.view import Listings
from stockroom.simulator.wire.listing_attributes import MERCHANT, slots
from stockroom.simulator.wire.listing_changes import ListingChanges
from stockroom.simulator.wire.listing_items import Listing, listing, title
from stockroom.simulator.world import ListingState, SellerWorld


def listings_with(changes: ListingChanges, account: str) -> Listings:
    """How the listings of ``account`` stand at an instant, its visible changes included."""

    def shown(world: SellerWorld, as_of: datetime) -> list[ListingState]:
        return [_changed(account, state, changes, as_of) for state in world.listings_at(as_of)]

    return shown


def _changed(
    account: str, state: ListingState, changes: ListingChanges, as_of: datetime
) -> ListingState:
    market = MARKETPLACES[state.marketplace]
    if next(changes.of(account, state.sku, market.id, as_of), None) is None:
        return state
    one = listing(account, state, changes, as_of)
    offers = (
        entry
        for entry in one.attributes.get("purchasable_offer", ())
        if entry.get("audience", "ALL") == "ALL"
    )
    prices = (slot["value_with_tax"] for entry in offers for slot in slots(entry, "our_price"))
    price = next(prices, None)
    return replace(
        one.state,
        title=title(one),
        price=state.price if price is None else Decimal(f"{price:.2f}"),
        merchant_quantity=_quantity(one, state.merchant_quantity),
    )


def _quantity(one: Listing, otherwise: int | None) -> int | None:
    for entry in one.attributes.get("fulfillment_availability", ()):
        if entry.get("fulfillment_channel_code") == MERCHANT and "quantity" in entry:
            return int(entry["quantity"])
    return otherwise
