"""Units that left Amazon's warehouses for customers, of every channel: the basis ``shipped``.

The document names no marketplace. The currency tells it where only one of the
seller's marketplaces uses it; otherwise the order has to be asked. City, state
and postal code of the customer are removed before anything is stored.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal

import polars as pl
import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from stockroom.db.base import partitioned_by_month
from stockroom.spec.fact import ROW_ORDINAL, Asking, Fact, col, key
from stockroom.spec.format import TSV
from stockroom.spec.load import REPLACE
from stockroom.spec.report import REGION, Guard, Report, SpApiReport


def _marketplace(asking: Asking) -> pl.Expr:
    stores = asking.account.stores
    uses = Counter(store.currency for store in stores)
    alone = {store.currency: store.code for store in stores if uses[store.currency] == 1}
    currency = pl.col("currency").str.to_uppercase()
    return currency.replace_strict(alone, default="", return_dtype=pl.String)


def _day(asking: Asking) -> pl.Expr:
    """The calendar day where it was sold; in the primary marketplace's zone if that is not known."""
    zones = {store.code: store.zone.key for store in asking.account.stores}
    primary = zones[asking.account.primary_marketplace]
    zone = pl.col("marketplace").replace_strict(zones, default=primary, return_dtype=pl.String)
    at = pl.col("shipped_at")
    days = [
        pl.when(zone == name).then(at.dt.convert_time_zone(name).dt.date())
        for name in sorted({*zones.values()})
    ]
    return pl.coalesce(days)


class CustomerShipment(Fact):
    """Units of one order line that left one warehouse at one moment."""

    __tablename__ = "customer_shipments"
    __table_args__ = (
        sa.Index("ix_customer_shipments_sku", "account_id", "sku", "day"),
        partitioned_by_month("core"),
    )

    day: Mapped[date] = key(_day)
    order_id: Mapped[str] = key("amazon-order-id")
    sku: Mapped[str] = key("sku")
    ordinal: Mapped[int] = key(ROW_ORDINAL)
    marketplace: Mapped[str] = col(_marketplace, doc="empty where only the order knows it")
    fnsku: Mapped[str | None] = col("fnsku")
    asin: Mapped[str | None] = col("asin")
    fulfillment_center: Mapped[str | None] = col("fulfillment-center-id")
    units: Mapped[int] = col("quantity", blank=0)
    currency: Mapped[str | None] = col("currency")
    unit_price: Mapped[Decimal | None] = col("item-price-per-unit", required=False)
    shipped_at: Mapped[datetime] = col("shipment-date")


REPORT = Report(
    name="customer_shipments",
    fills=CustomerShipment,
    request=SpApiReport("GET_FBA_FULFILLMENT_CUSTOMER_SHIPMENT_SALES_DATA"),
    scope=REGION,
    format=TSV,
    load=REPLACE,
    settles=timedelta(hours=3),  # shipments show one to three hours late
    lags=timedelta(hours=24),
    window=29,  # Amazon takes a month; zones must fit in too
    newest=87,
    history=540,
    restated=3,  # rarely a shipment shows a day late
    persons=True,
    guard=Guard(units="units", may_be_empty=True),
)
