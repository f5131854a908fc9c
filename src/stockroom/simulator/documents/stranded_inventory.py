"""GET_STRANDED_INVENTORY_UI_DATA: units in Amazon's warehouses that no offer sells.

Facts 1.2: near real time, one marketplace. What stays stranded for 30 days is
removed, says the report; here the offer is mended long before.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.documents import objections
from stockroom.simulator.documents.freshness import NEAR_REAL_TIME
from stockroom.simulator.documents.shelves import CHANNELS, Shelf, shelves
from stockroom.simulator.documents.view import DocumentView, Generation
from stockroom.simulator.world import SellerWorld
from stockroom.simulator.world.desk import REASONS

PATIENCE = timedelta(days=30)

COLUMNS = (
    "primary-action", "date-stranded", "Date-to-take-auto-removal", "status-primary",
    "status-secondary", "error-message", "stranded-reason", "asin", "sku", "fnsku",
    "product-name", "condition", "fulfilled-by", "fulfillable-qty", "your-price",
    "unfulfillable-qty", "reserved-quantity", "inbound-shipped-qty",
)  # fmt: skip


def rows(world: SellerWorld, generation: Generation) -> Iterator[tuple[str, ...]]:
    """One row per stranded FBA listing with units in a warehouse."""
    for shelf in shelves(world, generation):
        if "stranded" in shelf.listing.issues and shelf.warehouse:
            yield _row(shelf)


VIEW = DocumentView(
    report_type="GET_STRANDED_INVENTORY_UI_DATA",
    columns=COLUMNS,
    rows=rows,
    objection=objections.none,
    quoted=False,
    pause=NEAR_REAL_TIME,
    charsets={},
)


def _row(shelf: Shelf) -> tuple[str, ...]:
    listing, stock = shelf.listing, shelf.stock
    market = MARKETPLACES[listing.marketplace]
    # Nothing else changes on a listing in trouble: its last change is the stranding.
    stranded = listing.updated_at.astimezone(market.zone).date()
    return (
        "Relist",
        stranded.isoformat(),
        (stranded + PATIENCE).isoformat(),
        "Stranded",
        "Listing closed",
        REASONS["stranded"],
        "LISTING_CLOSED",
        listing.asin,
        listing.sku,
        shelf.fnsku,
        listing.title,
        "New",
        CHANNELS[market.region],
        str(stock.sellable),
        str(listing.price),
        str(stock.unsellable),
        str(shelf.reserved),
        str(stock.inbound_shipped),
    )
