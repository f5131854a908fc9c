"""What Amazon recommends to send in, and when: its view of demand, beside ours.

The one date in it is written as people of the marketplace write dates.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import polars as pl
from sqlalchemy.orm import Mapped

from stockroom.db.base import partitioned_by_month
from stockroom.spec import parse
from stockroom.spec.fact import (
    Asking,
    Fact,
    asked_at,
    asked_day,
    asked_marketplace,
    col,
    key,
    passing,
)
from stockroom.spec.format import TSV
from stockroom.spec.load import SNAPSHOT
from stockroom.spec.report import MARKETPLACE, Guard, Report, SpApiReport

_MONTH_FIRST = frozenset({"US"})


def _ship_on(asking: Asking) -> pl.Expr:
    cell = pl.col("ship_date")
    if asking.marketplace is not None and asking.marketplace.code in _MONTH_FIRST:
        return parse.us_date(cell)
    return pl.coalesce(parse.eu_date(cell), parse.iso_date(cell.str.replace_all("/", "-")))


class RestockRecommendation(Fact):
    """Amazon's advice on one SKU in one marketplace, as of the instant asked."""

    __tablename__ = "restock_recommendations"
    __table_args__ = (partitioned_by_month("core"),)

    day: Mapped[date] = key(asked_day)
    marketplace: Mapped[str] = key(asked_marketplace)
    sku: Mapped[str] = key("Merchant SKU")
    fnsku: Mapped[str | None] = col("FNSKU")
    asin: Mapped[str | None] = col("ASIN")
    units_sold_30: Mapped[int | None] = col("Units Sold Last 30 Days")
    total_units: Mapped[int | None] = col("Total Units", required=False)
    available: Mapped[int | None] = col("Available")
    inbound: Mapped[int | None] = col("Inbound", required=False)
    days_of_supply: Mapped[Decimal | None] = col(
        "Days of Supply at Amazon Fulfillment Network", required=False
    )
    total_days_of_supply: Mapped[Decimal | None] = col(
        "Total Days of Supply (including units from open shipments)", required=False
    )
    alert: Mapped[str | None] = col("Alert", required=False)
    recommended_units: Mapped[int | None] = col("Recommended replenishment qty")
    ship_date = passing("Recommended ship date")
    ship_on: Mapped[date | None] = col(_ship_on)
    recommended_action: Mapped[str | None] = col("Recommended action", required=False)
    asked_at: Mapped[datetime] = col(asked_at)


REPORT = Report(
    name="restock_recommendations",
    fills=RestockRecommendation,
    request=SpApiReport("GET_RESTOCK_INVENTORY_RECOMMENDATIONS_REPORT", dated=False),
    scope=MARKETPLACE,
    format=TSV,
    load=SNAPSHOT,
    rank=3,
    guard=Guard(),
)
