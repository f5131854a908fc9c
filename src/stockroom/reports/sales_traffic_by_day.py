"""A store's day: what was ordered and shipped, and how many visits its pages had.

Amazon's own count of orders, shown as it is: cancellations that come later are
not in it. The store's sessions stand here and nowhere else (see
``layouts.sales_traffic``).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

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
from stockroom.spec.fact import ROW_ORDINAL, Fact, asked_marketplace, col, key
from stockroom.spec.format import JSON_DOCUMENT
from stockroom.spec.load import REPLACE
from stockroom.spec.report import MARKETPLACE, Report


class StoreTraffic(Fact):
    """One day of one store."""

    __tablename__ = "sales_traffic_by_day"
    __table_args__ = (partitioned_by_month("core"),)

    day: Mapped[date] = key("date")
    marketplace: Mapped[str] = key(asked_marketplace)
    ordinal: Mapped[int] = key(ROW_ORDINAL)
    units_ordered: Mapped[int] = col("salesByDate.unitsOrdered")
    order_items: Mapped[int] = col("salesByDate.totalOrderItems", doc="lines of orders")
    ordered_sales: Mapped[Decimal] = col("salesByDate.orderedProductSales.amount")
    shipped_sales: Mapped[Decimal | None] = col("salesByDate.shippedProductSales.amount")
    currency: Mapped[str] = col("salesByDate.orderedProductSales.currencyCode")
    units_shipped: Mapped[int | None] = col("salesByDate.unitsShipped")
    orders_shipped: Mapped[int | None] = col("salesByDate.ordersShipped")
    units_refunded: Mapped[int | None] = col("salesByDate.unitsRefunded")
    sessions: Mapped[int] = col("trafficByDate.sessions", doc="visits to the store's pages")
    browser_sessions: Mapped[int | None] = col("trafficByDate.browserSessions")
    app_sessions: Mapped[int | None] = col("trafficByDate.mobileAppSessions")
    page_views: Mapped[int | None] = col("trafficByDate.pageViews")
    buy_box_pct: Mapped[Decimal | None] = col("trafficByDate.buyBoxPercentage")
    unit_session_pct: Mapped[Decimal | None] = col(
        "trafficByDate.unitSessionPercentage", doc="units ordered per 100 sessions"
    )


REPORT = Report(
    name="sales_traffic_by_day",
    fills=StoreTraffic,
    request=REQUEST,
    scope=MARKETPLACE,
    format=JSON_DOCUMENT,
    rows="salesAndTrafficByDate",
    load=REPLACE,
    rank=2,  # a request a day and store: the few that others need go first
    settles=SETTLES,
    lags=LAGS,
    newest=NEWEST,
    history=HISTORY,
    restated=RESTATED,
    restated_weekly=RESTATED_WEEKLY,
    role=ROLE,
)
