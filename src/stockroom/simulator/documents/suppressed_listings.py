"""GET_MERCHANTS_LISTINGS_FYP_REPORT: listings that search does not show, and what is wrong with them.

Facts 1.2: one marketplace, whoever ships.
"""

from __future__ import annotations

from collections.abc import Iterator

from stockroom.simulator.documents import objections
from stockroom.simulator.documents.shelves import listings
from stockroom.simulator.documents.view import DocumentView, Generation
from stockroom.simulator.world import SellerWorld
from stockroom.simulator.world.desk import REASONS

COLUMNS = (
    "Status", "Reason", "SKU", "ASIN", "Product name", "Condition", "Status Change Date",
    "Issue Description",
)  # fmt: skip


def rows(world: SellerWorld, generation: Generation) -> Iterator[tuple[str, ...]]:
    """One row per suppressed listing."""
    zone = generation.ask.marketplaces[0].zone
    for listing in listings(world, generation):
        if "suppressed" in listing.issues:
            since = listing.updated_at.astimezone(zone).date().isoformat()
            goods = (listing.sku, listing.asin, listing.title, "New")
            yield ("Search Suppressed", "Missing Image", *goods, since, REASONS["suppressed"])


VIEW = DocumentView(
    report_type="GET_MERCHANTS_LISTINGS_FYP_REPORT",
    columns=COLUMNS,
    rows=rows,
    objection=objections.none,
    quoted=False,
    pause=None,  # kept for hours and handed out again, however often it is asked for
    charsets={},
)
