"""Removal orders: units asked back or to be disposed of, and how far Amazon is with that.

A row changes until its order is completed, which may take months, and Amazon does
not say whether an interval means the request or the last update. So the last two
months are read each time, and an order is replaced whole by a newer state of it.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from stockroom.db.base import partitioned_by_month
from stockroom.spec.fact import ROW_ORDINAL, Fact, col, home_day, key
from stockroom.spec.format import TSV
from stockroom.spec.load import replace_group
from stockroom.spec.report import REGION, Guard, Report, SpApiReport


class RemovalOrder(Fact):
    """Units of one SKU in one condition that a removal order asks for."""

    __tablename__ = "removal_orders"
    __table_args__ = (
        sa.Index("ix_removal_orders_order", "account_id", "order_id"),
        partitioned_by_month("core"),
    )

    day: Mapped[date] = key(home_day("requested_at"), doc="of the request")
    order_id: Mapped[str] = key("order-id")
    sku: Mapped[str] = key("sku")
    ordinal: Mapped[int] = key(ROW_ORDINAL)
    fnsku: Mapped[str | None] = col("fnsku")
    disposition: Mapped[str | None] = col("disposition", doc="Sellable | Unsellable")
    order_source: Mapped[str | None] = col("order-source", required=False)
    order_type: Mapped[str | None] = col("order-type", doc="Return | Disposal | Liquidations")
    service_speed: Mapped[str | None] = col("service-speed", required=False)
    status: Mapped[str | None] = col("order-status", doc="Amazon's, Pending … Completed")
    units_requested: Mapped[int] = col("requested-quantity", blank=0)
    units_cancelled: Mapped[int] = col("cancelled-quantity", blank=0)
    units_disposed: Mapped[int] = col("disposed-quantity", blank=0)
    units_shipped: Mapped[int] = col("shipped-quantity", blank=0)
    units_in_process: Mapped[int] = col("in-process-quantity", blank=0)
    fee: Mapped[Decimal | None] = col("removal-fee", required=False)
    currency: Mapped[str | None] = col("currency", required=False)
    requested_at: Mapped[datetime] = col("request-date")
    source_updated_at: Mapped[datetime] = col("last-updated-date")


REPORT = Report(
    name="removal_orders",
    fills=RemovalOrder,
    request=SpApiReport("GET_FBA_FULFILLMENT_REMOVAL_ORDER_DETAIL_DATA"),
    scope=REGION,
    format=TSV,
    load=replace_group("order_id", version="source_updated_at"),
    rank=1,  # the ledger tells already that the units left
    window=93,
    newest=93,
    history=540,
    restated=62,
    guard=Guard(may_be_empty=True),
)
