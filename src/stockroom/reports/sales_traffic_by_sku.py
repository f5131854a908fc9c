"""A SKU's day in one store: what was ordered of it, and how many visits its page had.

The rows of Amazon's document name no day, because they are sums over all days
asked: one day is asked at a time, and a document of several is refused. A SKU
without a visit and without an order is not in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from stockroom.db.base import partitioned_by_month
from stockroom.reports.layouts.sales_traffic import (
    HISTORY,
    LAGS,
    NEWEST,
    REQUEST,
    RESTATED,
    RESTATED_WEEKLY,
    ROLE,
    SETTLES,
)
from stockroom.spec.fact import ROW_ORDINAL, Asking, Fact, asked_marketplace, col, key, passing
from stockroom.spec.format import JSON_DOCUMENT
from stockroom.spec.load import REPLACE
from stockroom.spec.parse import iso_date
from stockroom.spec.report import MARKETPLACE, Guard, Report


def _rows(page: Any) -> Iterable[Any] | None:
    """Each SKU's row beside what the document says it was asked."""
    found = page.get("salesAndTrafficByAsin")
    if not isinstance(found, list):
        return None
    asked = page.get("reportSpecification")
    return ({"asked": asked, "row": row} for row in found)


def _day(_: Asking) -> pl.Expr:
    first = pl.col("first_day")
    return pl.when(first == pl.col("last_day")).then(first)


class SkuTraffic(Fact):
    """One day of one SKU in one store."""

    __tablename__ = "sales_traffic_by_sku"
    __table_args__ = (
        sa.Index("ix_sales_traffic_by_sku_sku", "account_id", "sku", "day"),
        partitioned_by_month("core"),
    )

    first_day = passing("asked.dataStartTime", parse=iso_date)
    last_day = passing("asked.dataEndTime", parse=iso_date)
    day: Mapped[date] = key(_day)
    marketplace: Mapped[str] = key(asked_marketplace)
    sku: Mapped[str] = key("row.sku")
    ordinal: Mapped[int] = key(ROW_ORDINAL)
    parent_asin: Mapped[str | None] = col("row.parentAsin")
    asin: Mapped[str | None] = col("row.childAsin")
    units_ordered: Mapped[int] = col("row.salesByAsin.unitsOrdered")
    order_items: Mapped[int | None] = col("row.salesByAsin.totalOrderItems", doc="lines of orders")
    ordered_sales: Mapped[Decimal] = col("row.salesByAsin.orderedProductSales.amount")
    currency: Mapped[str] = col("row.salesByAsin.orderedProductSales.currencyCode")
    sessions: Mapped[int] = col("row.trafficByAsin.sessions", doc="visits to the SKU's page")
    browser_sessions: Mapped[int | None] = col("row.trafficByAsin.browserSessions")
    app_sessions: Mapped[int | None] = col("row.trafficByAsin.mobileAppSessions")
    page_views: Mapped[int | None] = col("row.trafficByAsin.pageViews")
    buy_box_pct: Mapped[Decimal | None] = col("row.trafficByAsin.buyBoxPercentage")
    unit_session_pct: Mapped[Decimal | None] = col(
        "row.trafficByAsin.unitSessionPercentage", doc="units ordered per 100 sessions"
    )


REPORT = Report(
    name="sales_traffic_by_sku",
    fills=SkuTraffic,
    request=REQUEST,
    scope=MARKETPLACE,
    format=JSON_DOCUMENT,
    rows=_rows,
    load=REPLACE,
    rank=2,  # a request a day and store: the few that others need go first
    settles=SETTLES,
    lags=LAGS,
    newest=NEWEST,
    history=HISTORY,
    restated=RESTATED,
    restated_weekly=RESTATED_WEEKLY,
    role=ROLE,
    guard=Guard(most=20),  # the first document of a day may have few of its visits
)
