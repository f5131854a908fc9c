"""GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA: what customers sent back to Amazon, and why.

Facts 1.2: daily, the whole region's returns. The reason is one of Amazon's words,
the comment is the customer's own: quotes, markup and orders to whoever reads it.
"""

from __future__ import annotations

from collections.abc import Iterator

from stockroom.core.marketplaces import Region
from stockroom.simulator.documents import objections
from stockroom.simulator.documents.freshness import DAILY
from stockroom.simulator.documents.planted import HOSTILE_COMMENTS
from stockroom.simulator.documents.view import DocumentView, Generation
from stockroom.simulator.world import Event, SellerWorld

STATUS = "Unit returned to inventory"

COLUMNS = (
    "return-date", "order-id", "sku", "asin", "fnsku", "product-name", "quantity",
    "fulfillment-center-id", "detailed-disposition", "reason", "status", "license-plate-number",
    "customer-comments",
)  # fmt: skip


def rows(world: SellerWorld, generation: Generation) -> Iterator[tuple[str, ...]]:
    """Returns that arrived in the window."""
    window = generation.start, generation.end, generation.as_of
    for returned in world.happened({"returned"}, *window):
        if returned.channel == "FBA":
            yield _row(returned, world.titles[returned.msku])


VIEW = DocumentView(
    report_type="GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA",
    columns=COLUMNS,
    rows=rows,
    objection=objections.none,
    quoted=False,
    pause=DAILY,
    charsets={Region.EU: "Cp1252"},  # as other European documents with free text
)


def _row(returned: Event, title: str) -> tuple[str, ...]:
    plate = returned.refs["license_plate"]
    return (
        returned.at.isoformat(timespec="seconds"),
        returned.refs["order_id"],
        returned.msku,
        returned.asin,
        returned.fnsku or "",
        title,
        str(returned.units),
        returned.fc or "",
        returned.disposition,
        returned.refs["return_reason"],
        STATUS,
        plate,
        HOSTILE_COMMENTS[int(plate[-4:]) % len(HOSTILE_COMMENTS)],
    )
