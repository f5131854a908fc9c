"""GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA: the FBA SKUs that are not archived, and their stock.

Facts 1.2: the same columns as the report of all inventory, archived SKUs left
out. A SKU is archived once it is discontinued and not one unit of it is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stockroom.simulator.documents import myi_all
from stockroom.simulator.documents.shelves import shelves
from stockroom.simulator.documents.view import Generation
from stockroom.simulator.world import SellerWorld


def rows(world: SellerWorld, generation: Generation) -> Iterator[tuple[str, ...]]:
    """One row per FBA listing that is not archived."""
    for shelf in shelves(world, generation):
        if shelf.total or not shelf.listing.discontinued:
            yield myi_all.row(shelf)


VIEW = replace(myi_all.VIEW, report_type="GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA", rows=rows)
