"""Inventory planning: how old stock is, what that costs, how long it lasts, what Amazon advises.

The least steady of Amazon's documents: rows were seen to halve and to multiply
overnight, and columns to come and go. It is believed only if it looks like the
one before. Of its many columns those are kept that fees and ages need; the
figures are Amazon's and are not computed again.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Mapped, MappedColumn

from stockroom.core.marketplaces import Marketplace
from stockroom.db.base import partitioned_by_month
from stockroom.spec.fact import Fact, asked_at, asked_day, asked_marketplace, col, key
from stockroom.spec.format import TSV
from stockroom.spec.load import SNAPSHOT
from stockroom.spec.report import MARKETPLACE, Guard, Report, SpApiReport

_NOT_THERE = frozenset({"NL", "PL", "SE", "BE"})


def _exists(place: Marketplace) -> bool:
    return place.code not in _NOT_THERE


def _maybe(header: str, *also: str) -> MappedColumn[Any]:
    """A column that some layouts lack."""
    return col(header, also=also, required=False)


class PlannedStock(Fact):
    """One SKU in one marketplace, as of the instant asked. Ages are in days, money in ``currency``."""

    __tablename__ = "inventory_planning"
    __table_args__ = (partitioned_by_month("core"),)

    day: Mapped[date] = key(asked_day)
    marketplace: Mapped[str] = key(asked_marketplace)
    sku: Mapped[str] = key("sku")
    fnsku: Mapped[str | None] = col("fnsku")
    asin: Mapped[str | None] = col("asin")
    snapshot_on: Mapped[date | None] = _maybe("snapshot-date")
    ages_on: Mapped[date | None] = _maybe("Inventory age snapshot date")
    currency: Mapped[str | None] = col("currency")

    # units
    available: Mapped[int] = col("available", blank=0)
    fc_transfer: Mapped[int | None] = _maybe("fc-transfer", "Reserved FC Transfer")
    unfulfillable: Mapped[int | None] = _maybe("unfulfillable-quantity")
    pending_removal: Mapped[int | None] = _maybe("pending-removal-quantity")
    age_0_30: Mapped[int | None] = _maybe("inv-age-0-to-30-days")
    age_31_60: Mapped[int | None] = _maybe("inv-age-31-to-60-days")
    age_61_90: Mapped[int | None] = _maybe("inv-age-61-to-90-days")
    age_0_90: Mapped[int] = col("inv-age-0-to-90-days", blank=0)
    age_91_180: Mapped[int] = col("inv-age-91-to-180-days", blank=0)
    age_181_270: Mapped[int] = col("inv-age-181-to-270-days", blank=0)
    age_271_365: Mapped[int] = col("inv-age-271-to-365-days", blank=0)
    age_181_330: Mapped[int | None] = _maybe("inv-age-181-to-330-days")
    age_331_365: Mapped[int | None] = _maybe("inv-age-331-to-365-days")
    age_366_455: Mapped[int | None] = _maybe("inv-age-366-to-455-days")
    age_456_plus: Mapped[int | None] = _maybe("inv-age-456-plus-days")
    age_365_plus: Mapped[int | None] = _maybe("inv-age-365-plus-days")  # until January 2026

    # the surcharge Amazon expects, by age: units charged, and the amount
    ais_units_181_210: Mapped[int | None] = _maybe("quantity-to-be-charged-ais-181-210-days")
    ais_181_210: Mapped[Decimal | None] = _maybe("estimated-ais-181-210-days")
    ais_units_211_240: Mapped[int | None] = _maybe("quantity-to-be-charged-ais-211-240-days")
    ais_211_240: Mapped[Decimal | None] = _maybe("estimated-ais-211-240-days")
    ais_units_241_270: Mapped[int | None] = _maybe("quantity-to-be-charged-ais-241-270-days")
    ais_241_270: Mapped[Decimal | None] = _maybe("estimated-ais-241-270-days")
    ais_units_271_300: Mapped[int | None] = _maybe("quantity-to-be-charged-ais-271-300-days")
    ais_271_300: Mapped[Decimal | None] = _maybe("estimated-ais-271-300-days")
    ais_units_301_330: Mapped[int | None] = _maybe("quantity-to-be-charged-ais-301-330-days")
    ais_301_330: Mapped[Decimal | None] = _maybe("estimated-ais-301-330-days")
    ais_units_331_365: Mapped[int | None] = _maybe("quantity-to-be-charged-ais-331-365-days")
    ais_331_365: Mapped[Decimal | None] = _maybe("estimated-ais-331-365-days")
    ais_units_366_455: Mapped[int | None] = _maybe("quantity-to-be-charged-ais-366-455-days")
    ais_366_455: Mapped[Decimal | None] = _maybe("estimated-ais-366-455-days")
    ais_units_456_plus: Mapped[int | None] = _maybe("quantity-to-be-charged-ais-456-plus-days")
    ais_456_plus: Mapped[Decimal | None] = _maybe("estimated-ais-456-plus-days")
    storage_next_month: Mapped[Decimal | None] = _maybe("estimated-storage-cost-next-month")

    # the low-inventory fee
    short_supply_days: Mapped[Decimal | None] = _maybe("Short term historical days of supply")
    long_supply_days: Mapped[Decimal | None] = _maybe("Long term historical days of supply")
    supply_on: Mapped[date | None] = _maybe("Last updated date for Historical Days of Supply")
    low_inventory_exempt: Mapped[str | None] = _maybe("Exempted from Low-Inventory-Level fee?")
    low_inventory_applied: Mapped[str | None] = _maybe(
        "Low-Inventory-Level fee applied in current week?"
    )
    minimum_level: Mapped[int | None] = _maybe("fba-minimum-inventory-level")
    level_status: Mapped[str | None] = _maybe("fba-inventory-level-health-status")

    # what Amazon advises
    alert: Mapped[str | None] = _maybe("alert")
    recommended_action: Mapped[str | None] = _maybe("recommended-action")
    recommended_price: Mapped[Decimal | None] = _maybe("recommended-sales-price")
    recommended_sale_days: Mapped[int | None] = _maybe("recommended-sale-duration-days")
    recommended_removal_units: Mapped[int | None] = _maybe("recommended-removal-quantity")
    expected_savings: Mapped[Decimal | None] = _maybe(
        "estimated-cost-savings-of-recommended-actions"
    )
    excess_units: Mapped[int | None] = _maybe("estimated-excess-quantity")
    units_shipped_30: Mapped[int | None] = _maybe("units-shipped-t30")
    units_shipped_90: Mapped[int | None] = _maybe("units-shipped-t90")
    asked_at: Mapped[datetime] = col(asked_at)


REPORT = Report(
    name="inventory_planning",
    fills=PlannedStock,
    request=SpApiReport("GET_FBA_INVENTORY_PLANNING_DATA", refresh=timedelta(hours=4), dated=False),
    scope=MARKETPLACE,
    format=TSV,
    load=SNAPSHOT,
    rank=1,
    guard=Guard(units="available", least=0.7, most=2.0, overlap=0.75, repeated=0.05),
    applies_to=_exists,
)
