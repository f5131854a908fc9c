"""GET_FBA_FULFILLMENT_REMOVAL_ORDER_DETAIL_DATA: units asked back or to be disposed of, and how far that is.

Facts 1.2: near real time, the whole region's orders. The interval means the last
update: a row changes until its order is completed. ``disposition`` is Sellable or
Unsellable here, not the ledger's word.
"""

from __future__ import annotations

from collections.abc import Iterator

from stockroom.simulator.documents import objections
from stockroom.simulator.documents.freshness import NEAR_REAL_TIME
from stockroom.simulator.documents.view import DocumentView, Generation
from stockroom.simulator.world import RemovalOrder, SellerWorld

COLUMNS = (
    "request-date", "order-id", "order-source", "order-type", "service-speed", "order-status",
    "last-updated-date", "sku", "fnsku", "disposition", "requested-quantity",
    "cancelled-quantity", "disposed-quantity", "shipped-quantity", "in-process-quantity",
    "removal-fee", "currency",
)  # fmt: skip


def rows(world: SellerWorld, generation: Generation) -> Iterator[tuple[str, ...]]:
    """Orders last updated in the window."""
    for order in world.removal_orders_at(generation.as_of):
        if generation.start <= order.updated_at < generation.end:
            yield _row(order)


VIEW = DocumentView(
    report_type="GET_FBA_FULFILLMENT_REMOVAL_ORDER_DETAIL_DATA",
    columns=COLUMNS,
    rows=rows,
    objection=objections.none,
    quoted=False,
    pause=NEAR_REAL_TIME,
    charsets={},
)


def _row(order: RemovalOrder) -> tuple[str, ...]:
    fee = "" if order.fee_cents is None else f"{order.fee_cents / 100:.2f}"
    return (
        order.requested_at.isoformat(timespec="seconds"),
        order.order_id,
        "Seller-initiated Automatic Removal",
        order.order_type,
        "Standard",
        order.status,
        order.updated_at.isoformat(timespec="seconds"),
        order.sku,
        order.fnsku,
        "Unsellable",
        str(order.units),
        str(order.cancelled),
        str(order.disposed),
        str(order.shipped),
        str(order.in_process),
        fee,
        order.currency if fee else "",
    )
