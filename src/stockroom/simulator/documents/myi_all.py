"""GET_FBA_MYI_ALL_INVENTORY_DATA: every FBA SKU of a marketplace and its stock, archived ones too.

Facts 1.2 and 2.3: near real time, one marketplace. A listing shows its pool's
stock; where another country's warehouses serve it, the units are ``remote``
and ``store`` names the store they lie for.
"""

from __future__ import annotations

from collections.abc import Iterator

from stockroom.simulator.documents import objections
from stockroom.simulator.documents.freshness import NEAR_REAL_TIME
from stockroom.simulator.documents.shelves import Shelf, home, shelves
from stockroom.simulator.documents.view import DocumentView, Generation
from stockroom.simulator.world import SellerWorld
from stockroom.simulator.world.dimensions import size

COLUMNS = (
    "sku", "fnsku", "asin", "product-name", "condition", "your-price", "mfn-listing-exists",
    "mfn-fulfillable-quantity", "afn-listing-exists", "afn-warehouse-quantity",
    "afn-fulfillable-quantity", "afn-unsellable-quantity", "afn-reserved-quantity",
    "afn-total-quantity", "per-unit-volume", "afn-inbound-working-quantity",
    "afn-inbound-shipped-quantity", "afn-inbound-receiving-quantity", "afn-researching-quantity",
    "afn-reserved-future-supply", "afn-future-supply-buyable", "afn-fc-transfer-quantity",
    "afn-onhand-buyable-quantity", "store", "afn-fulfillable-quantity-local",
    "afn-fulfillable-quantity-remote",
)  # fmt: skip


def rows(world: SellerWorld, generation: Generation) -> Iterator[tuple[str, ...]]:
    """One row per FBA listing."""
    return (row(shelf) for shelf in shelves(world, generation))


VIEW = DocumentView(
    report_type="GET_FBA_MYI_ALL_INVENTORY_DATA",
    columns=COLUMNS,
    rows=rows,
    objection=objections.none,
    quoted=False,
    pause=NEAR_REAL_TIME,
    charsets={},
)


def row(shelf: Shelf) -> tuple[str, ...]:
    """The listing and its units, as both reports of this kind show them."""
    listing, stock = shelf.listing, shelf.stock
    local, remote = (0, stock.sellable) if listing.remote else (stock.sellable, 0)
    warehouse = (shelf.warehouse, stock.sellable, stock.unsellable, shelf.reserved, shelf.total)
    inbound = (stock.inbound_working, stock.inbound_shipped, stock.inbound_receiving)
    extras = (stock.researching, 0, 0, stock.fc_transfer, stock.sellable)
    return (
        listing.sku,
        shelf.fnsku,
        listing.asin,
        listing.title,
        "New",
        str(listing.price),
        "No",
        "0",
        "Yes",
        *map(str, warehouse),
        f"{size(listing.asin).volume:.2f}",
        *map(str, inbound + extras),
        home(listing).sales_channel if listing.remote else "",
        str(local),
        str(remote),
    )
