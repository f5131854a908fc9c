"""GET_MERCHANT_LISTINGS_ALL_DATA: every listing of a marketplace, whoever ships it.

Facts 1.2 and 1.3: the first marketplace only; ``fulfillment-channel`` is DEFAULT
for the merchant's own and the region's name for Amazon's; the quantity is blank
for Amazon's; ``open-date`` ends with the name of a zone, as people write it.
A listing is Active while customers can find and buy it: one that is out of stock
is as Inactive as one in trouble.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zlib import crc32

from stockroom.core.marketplaces import Marketplace, Region
from stockroom.simulator.documents import objections
from stockroom.simulator.documents.shelves import CHANNELS, listings
from stockroom.simulator.documents.view import DocumentView, Generation
from stockroom.simulator.world import ListingState, SellerWorld

COLUMNS = (
    "item-name", "item-description", "listing-id", "seller-sku", "price", "quantity", "open-date",
    "image-url", "item-is-marketplace", "product-id-type", "zshop-shipping-fee", "item-note",
    "item-condition", "zshop-category1", "zshop-browse-path", "zshop-storefront-feature", "asin1",
    "asin2", "asin3", "will-ship-internationally", "expedited-shipping", "zshop-boldface",
    "product-id", "bid-for-featured-placement", "add-delete", "pending-quantity",
    "fulfillment-channel", "merchant-shipping-group", "status",
)  # fmt: skip


def rows(world: SellerWorld, generation: Generation) -> Iterator[tuple[str, ...]]:
    """One row per listing."""
    market = generation.ask.marketplaces[0]
    return (_row(listing, market) for listing in listings(world, generation))


VIEW = DocumentView(
    report_type="GET_MERCHANT_LISTINGS_ALL_DATA",
    columns=COLUMNS,
    rows=rows,
    objection=objections.none,
    quoted=False,
    pause=None,  # kept for hours and handed out again, however often it is asked for
    charsets={Region.EU: "Cp1252"},
)


def _row(listing: ListingState, market: Marketplace) -> tuple[str, ...]:
    merchant = listing.channel == "FBM"
    said = {
        "item-name": listing.title,
        "item-description": f'{listing.title}. Packed with care; ruler on the box: 12".',
        "listing-id": _listing_id(listing, market),
        "seller-sku": listing.sku,
        "price": str(listing.price),
        "quantity": str(listing.merchant_quantity) if merchant else "",
        "open-date": _opened(listing.created_at, market),
        "item-is-marketplace": "y",
        "product-id-type": "1",
        "item-condition": "11",
        "asin1": listing.asin,
        "product-id": listing.asin,
        "pending-quantity": "0",
        "fulfillment-channel": "DEFAULT" if merchant else CHANNELS[market.region],
        "merchant-shipping-group": "Migrated Template" if merchant else "",
        "status": "Active" if listing.buyable and listing.discoverable else "Inactive",
    }
    return tuple(said.get(column, "") for column in COLUMNS)


def _listing_id(listing: ListingState, market: Marketplace) -> str:
    digits = crc32(f"{listing.sku} {market.code}".encode())
    return f"{listing.created_at:%m%d}A{digits:010d}"[:12]


def _opened(at: datetime, market: Marketplace) -> str:
    return f"{at.astimezone(market.zone):%Y-%m-%d %H:%M:%S %Z}"
