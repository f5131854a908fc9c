"""GET_RESTOCK_INVENTORY_RECOMMENDATIONS_REPORT: what Amazon would send in, and when.

Facts 1.2: near real time, one marketplace; its one date is written as the
marketplace's people write dates.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from stockroom.simulator.documents import objections
from stockroom.simulator.documents.freshness import NEAR_REAL_TIME
from stockroom.simulator.documents.shelves import Shelf, shelves
from stockroom.simulator.documents.view import DocumentView, Generation
from stockroom.simulator.world import PoolPast, SellerWorld

DATE_FORMS = {"US": "%m/%d/%Y", "CA": "%Y-%m-%d", "DE": "%d.%m.%Y", "JP": "%Y/%m/%d"}
"""Elsewhere the day comes first."""
ENOUGH_DAYS, LEAD_DAYS = 60, 21

COLUMNS = (
    "Country", "Product Name", "FNSKU", "Merchant SKU", "ASIN", "Condition", "Supplier",
    "Supplier part no.", "Currency code", "Price", "Sales last 30 days", "Units Sold Last 30 Days",
    "Total Units", "Inbound", "Available", "FC transfer", "FC Processing", "Customer Order",
    "Unfulfillable", "Working", "Shipped", "Receiving", "Fulfilled by",
    "Total Days of Supply (including units from open shipments)",
    "Days of Supply at Amazon Fulfillment Network", "Alert", "Recommended replenishment qty",
    "Recommended ship date", "Unit storage size", "Recommended action",
)  # fmt: skip


def rows(world: SellerWorld, generation: Generation) -> Iterator[tuple[str, ...]]:
    """One row per FBA listing whose stock lies in its own network."""
    pasts = world.past_at(generation.as_of)
    form = DATE_FORMS.get(generation.ask.marketplaces[0].code, "%d/%m/%Y")
    for shelf in shelves(world, generation):
        listing = shelf.listing
        if not listing.remote and listing.network is not None:
            cells = _cells(shelf, pasts[listing.network, shelf.fnsku], form)
            yield tuple(cells.get(column, "") for column in COLUMNS)


VIEW = DocumentView(
    report_type="GET_RESTOCK_INVENTORY_RECOMMENDATIONS_REPORT",
    columns=COLUMNS,
    rows=rows,
    objection=objections.none,
    quoted=False,
    pause=NEAR_REAL_TIME,
    charsets={},
)


def _cells(shelf: Shelf, past: PoolPast, form: str) -> dict[str, str]:
    listing, stock = shelf.listing, shelf.stock
    inbound = stock.inbound_working + stock.inbound_shipped + stock.inbound_receiving
    sold = sum(past.shipped[-30:])
    return {
        "Country": "GB" if listing.marketplace == "UK" else listing.marketplace,
        "Product Name": listing.title,
        "FNSKU": shelf.fnsku,
        "Merchant SKU": listing.sku,
        "ASIN": listing.asin,
        "Condition": "New",
        "Supplier": "unassigned",
        "Currency code": listing.currency,
        "Price": str(listing.price),
        "Sales last 30 days": str(sold * listing.price),
        "Units Sold Last 30 Days": str(sold),
        "Total Units": str(shelf.total),
        "Inbound": str(inbound),
        "Available": str(stock.sellable),
        "FC transfer": str(stock.fc_transfer),
        "FC Processing": str(stock.fc_processing),
        "Customer Order": str(stock.reserved_orders),
        "Unfulfillable": str(stock.unsellable),
        "Working": str(stock.inbound_working),
        "Shipped": str(stock.inbound_shipped),
        "Receiving": str(stock.inbound_receiving),
        "Fulfilled by": "Amazon",
        "Unit storage size": "Standard-size",
        **_advice(stock.on_hand, stock.on_hand + inbound, sold, past, form),
    }


def _advice(there: int, all_units: int, sold: int, past: PoolPast, form: str) -> dict[str, str]:
    if not sold:
        return {"Recommended replenishment qty": "0", "Recommended action": "No action required"}
    lasts, in_all = there * 30 // sold, all_units * 30 // sold
    wanted = max(0, ENOUGH_DAYS * sold // 30 - all_units)
    ship_on = past.day + timedelta(days=max(1, in_all - LEAD_DAYS))
    return {
        "Total Days of Supply (including units from open shipments)": str(in_all),
        "Days of Supply at Amazon Fulfillment Network": str(lasts),
        "Alert": "out_of_stock" if not there else "low_stock" if lasts < LEAD_DAYS else "",
        "Recommended replenishment qty": str(wanted),
        "Recommended ship date": ship_on.strftime(form) if wanted else "",
        "Recommended action": "Create shipping plan" if wanted else "No action required",
    }
