"""GET_FBA_INVENTORY_PLANNING_DATA: how old stock is, what it will cost, and how long it lasts.

Facts 1.2: one marketplace, not in four of them; ages are of a snapshot that has its
own date. Facts 7.3 and 7.4: the low-inventory verdict is a matter of the US.
Amazon computes what is in it; the world only knows units, days and rates.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from decimal import Decimal

from stockroom.simulator.documents.freshness import DAILY
from stockroom.simulator.documents.planning_columns import AGES, COLUMNS, NOT_THERE
from stockroom.simulator.documents.shelves import Shelf, shelves
from stockroom.simulator.documents.view import Ask, DocumentView, Generation
from stockroom.simulator.world import Parameters, PoolPast, SellerWorld
from stockroom.simulator.world.dimensions import size
from stockroom.simulator.world.tariff import TIERS, aged_rate, amount, month_after, storage_rate

ENOUGH_DAYS = 28
"""Facts 7.3: under it in both windows, the fee applies."""
FEW_SOLD = 20
"""Facts 7.3: who sells fewer in a week is exempt."""
_OLD, _VERY_OLD, _LONG = 181, 366, 90


def rows(world: SellerWorld, generation: Generation) -> Iterator[tuple[str, ...]]:
    """One row per FBA listing whose stock lies in its own network, or lately did."""
    pasts = world.past_at(generation.as_of)
    for shelf in shelves(world, generation):
        network, fnsku = shelf.listing.network, shelf.listing.fnsku
        if shelf.listing.remote or network is None or fnsku is None:
            continue
        past = pasts[network, fnsku]
        if shelf.warehouse or sum(past.shipped):
            cells = _cells(shelf, past, world.options.parameters)
            yield tuple(cells.get(column, "") for column in COLUMNS)


def objection(ask: Ask) -> str | None:
    """Some marketplaces have none."""
    if ask.marketplaces[0].code in NOT_THERE:
        return "This report is not available in the requested marketplace."
    return None


VIEW = DocumentView(
    report_type="GET_FBA_INVENTORY_PLANNING_DATA",
    columns=COLUMNS,
    rows=rows,
    objection=objection,
    quoted=False,
    pause=DAILY,
    charsets={},
)


def _cells(shelf: Shelf, past: PoolPast, parameters: Parameters) -> dict[str, str]:
    listing, stock = shelf.listing, shelf.stock
    volume = size(listing.asin).volume
    next_month = storage_rate(parameters, month_after(past.day))
    return {
        "snapshot-date": past.day.isoformat(),
        "sku": listing.sku,
        "fnsku": shelf.fnsku,
        "asin": listing.asin,
        "product-name": listing.title,
        "condition": "New",
        "available": str(stock.sellable),
        "fc-transfer": str(stock.fc_transfer),
        "pending-removal-quantity": "0",
        "currency": listing.currency,
        "your-price": str(listing.price),
        "sales-price": str(listing.sale_price or listing.price),
        "item-volume": f"{volume:.2f}",
        "volume-unit-measurement": "cubic feet",
        "storage-type": "Standard",
        "storage-volume": f"{volume * shelf.warehouse:.2f}",
        "marketplace": listing.marketplace,
        "product-group": listing.product_type,
        "estimated-storage-cost-next-month": str(amount(volume * shelf.warehouse, next_month)),
        "unfulfillable-quantity": str(stock.unsellable),
        "Total Reserved Quantity": str(shelf.reserved),
        "Reserved FC Processing": str(stock.fc_processing),
        "Reserved Customer Order": str(stock.reserved_orders),
        "Inventory Supply at FBA": str(stock.on_hand),
        "Inventory age snapshot date": past.day.isoformat(),
        **_inbound(shelf),
        **{name: str(past.aged(first, last)) for name, (first, last) in AGES.items()},
        **_surcharges(past, volume, parameters),
        **_sales(past, listing.price),
        **_supply(shelf, past),
        **_advice(shelf, past),
    }


def _inbound(shelf: Shelf) -> dict[str, str]:
    stock = shelf.stock
    kinds = (stock.inbound_working, stock.inbound_shipped, stock.inbound_receiving)
    names = ("inbound-working", "inbound-shipped", "inbound-received")
    cells = dict(zip(names, map(str, kinds), strict=True))
    return cells | {"inbound-quantity": str(sum(kinds))}


def _surcharges(past: PoolPast, volume: Decimal, parameters: Parameters) -> dict[str, str]:
    cells: dict[str, str] = {}
    for tier in TIERS:
        units = past.aged(tier.first, tier.last)
        ages = f"{tier.first}-{tier.last or 'plus'}-days"  # as in its header: 456-plus
        cells[f"quantity-to-be-charged-ais-{ages}"] = str(units)
        cells[f"estimated-ais-{ages}"] = str(amount(volume * units, aged_rate(parameters, tier)))
    return cells


def _sales(past: PoolPast, price: Decimal) -> dict[str, str]:
    cells: dict[str, str] = {}
    for days in (7, 30, 60, 90):
        units = sum(past.shipped[-days:])
        cells[f"units-shipped-t{days}"] = str(units)
        cells[f"sales-shipped-last-{days}-days"] = str(units * price)
    return cells


def _supply(shelf: Shelf, past: PoolPast) -> dict[str, str]:
    short, long = past.days_of_supply(30), past.days_of_supply(90)
    spans = [span for span in (short, long) if span is not None]
    both_low = len(spans) == 2 and max(spans) < ENOUGH_DAYS
    exempt = sum(past.shipped[-7:]) < FEW_SOLD
    least = math.ceil(ENOUGH_DAYS * sum(past.shipped[-30:]) / 30)
    cells = {
        "Short term historical days of supply": _days(short),
        "Long term historical days of supply": _days(long),
        "historical-days-of-supply": _days(max(spans, default=None)),
        "fba-minimum-inventory-level": str(least),
        "fba-inventory-level-health-status": "Low" if shelf.stock.on_hand < least else "Healthy",
        "Last updated date for Historical Days of Supply": past.day.isoformat(),
    }
    if shelf.listing.marketplace == "US":
        cells["Exempted from Low-Inventory-Level fee?"] = "Yes" if exempt else "No"
        applied = both_low and not exempt
        cells["Low-Inventory-Level fee applied in current week?"] = "Yes" if applied else "No"
    return cells


def _advice(shelf: Shelf, past: PoolPast) -> Mapping[str, str]:
    """What Amazon recommends: to get rid of what is old, to sell off what is too much."""
    price, on_hand = shelf.listing.price, shelf.stock.on_hand
    excess = max(0, on_hand - sum(past.shipped[-_LONG:]))
    cells = {"estimated-excess-quantity": str(excess), "recommended-removal-quantity": "0"}
    if excess:
        cells["alert"] = "Excess inventory"
    if very_old := past.aged(_VERY_OLD):
        removal = {"recommended-removal-quantity": str(very_old)}
        return cells | removal | {"recommended-action": "Create removal order"}
    if past.aged(_OLD):
        return cells | _offer("Create Outlet deal", price * 7 / 10, 14)
    if excess:
        return cells | _offer("Create sale", price * 9 / 10, 30)
    return cells | {"recommended-action": "No action"}


def _offer(action: str, price: Decimal, days: int) -> dict[str, str]:
    return {
        "recommended-action": action,
        "recommended-sales-price": f"{price:.2f}",
        "recommended-sale-duration-days": str(days),
    }


def _days(span: float | None) -> str:
    return "" if span is None else f"{span:.1f}"
