"""GET_FBA_FULFILLMENT_REMOVAL_SHIPMENT_DETAIL_DATA: the parcels in which removed units left.

Facts 1.2: near real time, the whole region's; cancelled and disposed units are
not in it. Whether a parcel arrived, Amazon does not say.
"""

from __future__ import annotations

from collections.abc import Iterator

from stockroom.simulator.documents import objections
from stockroom.simulator.documents.freshness import NEAR_REAL_TIME
from stockroom.simulator.documents.view import DocumentView, Generation
from stockroom.simulator.world import Event, SellerWorld

COLUMNS = (
    "request-date", "order-id", "shipment-date", "sku", "fnsku", "disposition",
    "shipped-quantity", "carrier", "tracking-number", "removal-order-type",
)  # fmt: skip


def rows(world: SellerWorld, generation: Generation) -> Iterator[tuple[str, ...]]:
    """Parcels that left in the window."""
    asked = {
        order.order_id: order.requested_at.isoformat(timespec="seconds")
        for order in world.removal_orders_at(generation.as_of)
    }
    window = generation.start, generation.end, generation.as_of
    for left in world.happened({"removed"}, *window):
        yield _row(left, asked[left.refs["removal_order_id"]])


VIEW = DocumentView(
    report_type="GET_FBA_FULFILLMENT_REMOVAL_SHIPMENT_DETAIL_DATA",
    columns=COLUMNS,
    rows=rows,
    objection=objections.none,
    quoted=False,
    pause=NEAR_REAL_TIME,
    charsets={},
)


def _row(left: Event, asked: str) -> tuple[str, ...]:
    return (
        asked,
        left.refs["removal_order_id"],
        left.at.isoformat(timespec="seconds"),
        left.msku,
        left.fnsku or "",
        "Unsellable",
        str(left.units),
        left.refs["carrier"],
        left.refs["tracking_number"],
        left.refs["removal_order_type"],
    )
