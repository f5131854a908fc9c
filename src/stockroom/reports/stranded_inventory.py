"""Units in Amazon's warehouses that no listing sells, with Amazon's reason and what it will do."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Mapped

from stockroom.db.base import partitioned_by_month
from stockroom.spec.fact import Fact, asked_at, asked_day, asked_marketplace, col, key
from stockroom.spec.format import TSV
from stockroom.spec.load import SNAPSHOT
from stockroom.spec.report import MARKETPLACE, Guard, Report, SpApiReport


class StrandedStock(Fact):
    """One SKU's stranded units, as of the instant asked. A SKU that is not stranded is not in it."""

    __tablename__ = "stranded_inventory"
    __table_args__ = (partitioned_by_month("core"),)

    day: Mapped[date] = key(asked_day)
    marketplace: Mapped[str] = key(asked_marketplace)
    sku: Mapped[str] = key("sku")
    fnsku: Mapped[str | None] = col("fnsku")
    asin: Mapped[str | None] = col("asin")
    reason: Mapped[str | None] = col("stranded-reason")
    status_primary: Mapped[str | None] = col("status-primary", required=False)
    status_secondary: Mapped[str | None] = col("status-secondary", required=False)
    stranded_on: Mapped[date | None] = col("date-stranded", required=False)
    auto_removal_on: Mapped[date | None] = col("Date-to-take-auto-removal", required=False)
    fulfillable: Mapped[int] = col("fulfillable-qty", blank=0)
    unfulfillable: Mapped[int] = col("unfulfillable-qty", blank=0)
    reserved: Mapped[int] = col("reserved-quantity", required=False, blank=0)
    primary_action: Mapped[str | None] = col("primary-action", required=False)
    asked_at: Mapped[datetime] = col(asked_at)


REPORT = Report(
    name="stranded_inventory",
    fills=StrandedStock,
    request=SpApiReport("GET_STRANDED_INVENTORY_UI_DATA", dated=False),
    scope=MARKETPLACE,
    format=TSV,
    load=SNAPSHOT,
    rank=1,
    guard=Guard(least=0.05, most=20, overlap=0, may_be_empty=True),  # trouble comes and goes
)
