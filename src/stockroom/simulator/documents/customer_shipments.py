"""GET_FBA_FULFILLMENT_CUSTOMER_SHIPMENT_SALES_DATA: what left Amazon's warehouses for customers.

Facts 1.2: near real time, one month at most, the whole region's shipments. A row
per order line and warehouse; multi-channel orders are in it for nothing, free
replacements have a report of their own. The columns of the buyer's place are
there, as in every such report.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from stockroom.simulator.documents import objections
from stockroom.simulator.documents.freshness import NEAR_REAL_TIME
from stockroom.simulator.documents.planted import address
from stockroom.simulator.documents.view import Ask, DocumentView, Generation
from stockroom.simulator.world import Event, SellerWorld

LONGEST = timedelta(days=31)

COLUMNS = (
    "shipment-date", "sku", "fnsku", "asin", "fulfillment-center-id", "quantity",
    "amazon-order-id", "currency", "item-price-per-unit", "shipping-price", "gift-wrap-price",
    "ship-city", "ship-state", "ship-postal-code",
)  # fmt: skip


def rows(world: SellerWorld, generation: Generation) -> Iterator[tuple[str, ...]]:
    """Units that left in the window, by the instant they left."""
    window = generation.start, generation.end, generation.as_of
    for shipped in world.happened({"shipped"}, *window):
        if shipped.channel == "FBA" and "replaces" not in shipped.refs:
            yield _row(shipped)


def objection(ask: Ask) -> str | None:
    """One month at most."""
    return objections.window(ask, LONGEST)


VIEW = DocumentView(
    report_type="GET_FBA_FULFILLMENT_CUSTOMER_SHIPMENT_SALES_DATA",
    columns=COLUMNS,
    rows=rows,
    objection=objection,
    quoted=False,
    pause=NEAR_REAL_TIME,
    charsets={},
)


def _row(shipped: Event) -> tuple[str, ...]:
    order_id = shipped.refs["order_id"]
    per_unit = Decimal(shipped.price or 0) / shipped.units
    return (
        shipped.at.isoformat(timespec="seconds"),
        shipped.msku,
        shipped.fnsku or "",
        shipped.asin,
        shipped.fc or "",
        str(shipped.units),
        order_id,
        shipped.currency or "",
        f"{per_unit:.2f}",
        "0.00",
        "0.00",
        *address(order_id),
    )
