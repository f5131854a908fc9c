"""What customers sent back, in which state it arrived, and why.

What they wrote about it is theirs and is removed before anything is stored. The
day is that of the return in the zone of the seller's primary marketplace.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from stockroom.db.base import partitioned_by_month
from stockroom.db.reach import Told
from stockroom.spec.fact import ROW_ORDINAL, Fact, col, home_day, key
from stockroom.spec.format import TSV
from stockroom.spec.load import REPLACE
from stockroom.spec.report import REGION, Guard, Report, SpApiReport


class CustomerReturn(Fact):
    """Units of one SKU of one order that came back."""

    __tablename__ = "returns"
    __table_args__ = (
        sa.Index("ix_returns_sku", "account_id", "sku", "day"),
        partitioned_by_month("core", told=Told.ORDER),
    )

    day: Mapped[date] = key(home_day("returned_at"))
    order_id: Mapped[str] = key("order-id")
    sku: Mapped[str] = key("sku")
    ordinal: Mapped[int] = key(ROW_ORDINAL)
    asin: Mapped[str | None] = col("asin")
    fnsku: Mapped[str | None] = col("fnsku")
    units: Mapped[int] = col("quantity", blank=0)
    fulfillment_center: Mapped[str | None] = col("fulfillment-center-id")
    disposition: Mapped[str | None] = col("detailed-disposition")
    reason: Mapped[str | None] = col("reason")
    status: Mapped[str | None] = col("status", required=False)
    license_plate: Mapped[str | None] = col(
        "license-plate-number", required=False, doc="the unit's label"
    )
    returned_at: Mapped[datetime] = col("return-date")


REPORT = Report(
    name="returns",
    fills=CustomerReturn,
    request=SpApiReport("GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA", refresh=timedelta(hours=4)),
    scope=REGION,
    format=TSV,
    load=REPLACE,
    settles=timedelta(hours=24),
    window=31,
    newest=93,
    history=540,
    restated=14,  # Amazon now and then adds to a day that was over a week ago
    personal=("customer-comments",),
    persons=True,
    guard=Guard(units="units", may_be_empty=True),
)
