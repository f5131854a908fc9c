"""GET_FBA_STORAGE_FEE_CHARGES_DATA: what storing units cost, by FNSKU and warehouse, a month at a time.

Facts 1.2: monthly, dates are used; no SKU column, the month of charge is
``YYYY-MM``. A month is shown once it has been charged, in the month after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from stockroom.core.marketplaces import Region
from stockroom.simulator.documents import objections
from stockroom.simulator.documents.freshness import DAILY
from stockroom.simulator.documents.view import DocumentView, Generation
from stockroom.simulator.world import Event, SellerWorld
from stockroom.simulator.world.dimensions import Size, size

LATEST = timedelta(days=45)
"""By then after its end a month is charged."""
_ZONES = timedelta(hours=12)
"""Midnights of the world lie around that of UTC: a window is of the days it means."""
INCH, POUND = 2.54, 0.4536
"""In centimetres, in kilograms."""

COLUMNS = (
    "asin", "fnsku", "product_name", "fulfillment_center", "country_code", "longest_side",
    "median_side", "shortest_side", "measurement_units", "weight", "weight_units", "item_volume",
    "volume_units", "product_size_tier", "average_quantity_on_hand",
    "average_quantity_pending_removal", "estimated_total_item_volume", "month_of_charge",
    "storage_rate", "currency", "estimated_monthly_storage_fee", "dangerous_goods_storage_type",
    "eligible_for_inventory_discount", "qualifies_for_inventory_discount",
    "total_incentive_fee_amount", "breakdown_incentive_fee_amount",
    "average_quantity_customer_orders",
)  # fmt: skip


def rows(world: SellerWorld, generation: Generation) -> Iterator[tuple[str, ...]]:
    """The storage charges of the months that the window touches."""
    start, end = min(generation.start, generation.end), generation.end
    first, last = (f"{at:%Y-%m}" for at in (start + _ZONES, end - _ZONES))
    window = start, end + LATEST, generation.as_of
    metric = generation.ask.region is not Region.NA
    for charge in world.happened({"storage_charged"}, *window):
        if first <= charge.refs["month"] <= last:
            yield _row(charge, world.titles[charge.msku], metric=metric)


VIEW = DocumentView(
    report_type="GET_FBA_STORAGE_FEE_CHARGES_DATA",
    columns=COLUMNS,
    rows=rows,
    objection=objections.none,
    quoted=False,
    pause=DAILY,
    charsets={},
)


def _row(charge: Event, title: str, *, metric: bool) -> tuple[str, ...]:
    refs, trait = charge.refs, size(charge.asin)
    average = Decimal(refs["unit_days"]) / refs["days"]
    return (
        charge.asin,
        charge.fnsku or "",
        title,
        charge.fc or "",
        charge.country or "",
        *measures(trait, metric=metric),
        f"{trait.volume:.2f}",
        "cubic feet",
        trait.tier,
        f"{average:.2f}",
        "0",
        f"{average * trait.volume:.2f}",
        refs["month"],
        refs["rate"],
        charge.currency or "",
        charge.price or "",
        "NOT_APPLICABLE",
        "N",
        "N",
        "0.00",
        "0.00",
        "0",
    )


def measures(trait: Size, *, metric: bool) -> tuple[str, str, str, str, str, str]:
    """Three sides and their unit, the weight and its unit."""
    long, heavy = (INCH, POUND) if metric else (1, 1)
    sides = (f"{side * long:.1f}" for side in (trait.longest, trait.median, trait.shortest))
    units = ("centimeters", "kilograms") if metric else ("inches", "pounds")
    first, second, third = sides
    return first, second, third, units[0], f"{trait.weight * heavy:.2f}", units[1]
