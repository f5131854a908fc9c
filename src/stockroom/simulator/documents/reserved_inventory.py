"""GET_RESERVED_INVENTORY_DATA: units set aside, by what for.

Facts 1.2: near real time, one marketplace; SKUs with nothing reserved are absent.
"""

from __future__ import annotations

from collections.abc import Iterator

from stockroom.simulator.documents import objections
from stockroom.simulator.documents.freshness import NEAR_REAL_TIME
from stockroom.simulator.documents.shelves import shelves
from stockroom.simulator.documents.view import DocumentView, Generation
from stockroom.simulator.world import SellerWorld

COLUMNS = (
    "sku", "fnsku", "asin", "product-name", "reserved_qty", "reserved_customerorders",
    "reserved_fc-transfers", "reserved_fc-processing",
)  # fmt: skip


def rows(world: SellerWorld, generation: Generation) -> Iterator[tuple[str, ...]]:
    """One row per FBA listing with units reserved."""
    for shelf in shelves(world, generation):
        if shelf.reserved:
            listing, stock = shelf.listing, shelf.stock
            kinds = (stock.reserved_orders, stock.fc_transfer, stock.fc_processing)
            goods = (listing.sku, shelf.fnsku, listing.asin, listing.title)
            yield (*goods, str(shelf.reserved), *map(str, kinds))


VIEW = DocumentView(
    report_type="GET_RESERVED_INVENTORY_DATA",
    columns=COLUMNS,
    rows=rows,
    objection=objections.none,
    quoted=False,
    pause=NEAR_REAL_TIME,
    charsets={},
)
