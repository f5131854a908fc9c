"""GET_AFN_INVENTORY_DATA_BY_COUNTRY: sellable units by the European country they lie in.

Facts 1.2: European sellers only, near real time. The one report that says where
in Europe the units of a pool lie now; the ledger says it a day later.
"""

from __future__ import annotations

from collections.abc import Iterator

from stockroom.core.marketplaces import Region
from stockroom.simulator.documents.freshness import NEAR_REAL_TIME
from stockroom.simulator.documents.view import Ask, DocumentView, Generation
from stockroom.simulator.world import SellerWorld

COLUMNS = (
    "seller-sku", "fulfillment-channel-sku", "asin", "condition-type", "country",
    "quantity-for-local-fulfillment",
)  # fmt: skip


def rows(world: SellerWorld, generation: Generation) -> Iterator[tuple[str, ...]]:
    """One row per MSKU and country with units to sell."""
    asins = {one.sku: one.asin for one in world.listings_at(generation.as_of)}
    for (_, fnsku, sku, country), units in sorted(world.shelves_at(generation.as_of).items()):
        if units and sku in asins:
            yield (sku, fnsku, asins[sku], "NewItem", country, str(units))


def objection(ask: Ask) -> str | None:
    """Nobody else's stock is shown by country."""
    if ask.region != Region.EU:
        return "This report is available to sellers in Europe only."
    return None


VIEW = DocumentView(
    report_type="GET_AFN_INVENTORY_DATA_BY_COUNTRY",
    columns=COLUMNS,
    rows=rows,
    objection=objection,
    quoted=False,
    pause=NEAR_REAL_TIME,
    charsets={},
)
