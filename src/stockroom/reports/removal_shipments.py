"""Parcels in which Amazon sent removed units back: the clock of a claim for what never arrives.

Cancelled and disposed units are not in it. The day is that on which a parcel left, in
the zone of the seller's primary marketplace.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from stockroom.db.base import partitioned_by_month
from stockroom.spec.fact import ROW_ORDINAL, Fact, col, home_day, key
from stockroom.spec.format import TSV
from stockroom.spec.load import REPLACE
from stockroom.spec.report import REGION, Guard, Report, SpApiReport


class RemovalShipment(Fact):
    """Units of one SKU of one removal order that left at one moment."""

    __tablename__ = "removal_shipments"
    __table_args__ = (
        sa.Index("ix_removal_shipments_order", "account_id", "order_id"),
        partitioned_by_month("core"),
    )

    day: Mapped[date] = key(home_day("shipped_at"))
    order_id: Mapped[str] = key("order-id")
    sku: Mapped[str] = key("sku")
    ordinal: Mapped[int] = key(ROW_ORDINAL)
    fnsku: Mapped[str | None] = col("fnsku")
    disposition: Mapped[str | None] = col("disposition", doc="Sellable | Unsellable")
    order_type: Mapped[str | None] = col("removal-order-type", required=False)
    units: Mapped[int] = col("shipped-quantity", blank=0)
    carrier: Mapped[str | None] = col("carrier", required=False)
    tracking_number: Mapped[str | None] = col("tracking-number", required=False)
    requested_at: Mapped[datetime | None] = col("request-date", required=False)
    shipped_at: Mapped[datetime] = col("shipment-date")


REPORT = Report(
    name="removal_shipments",
    fills=RemovalShipment,
    request=SpApiReport("GET_FBA_FULFILLMENT_REMOVAL_SHIPMENT_DETAIL_DATA"),
    scope=REGION,
    format=TSV,
    load=REPLACE,
    rank=1,  # the ledger tells already that the units left
    settles=timedelta(hours=24),
    window=93,
    newest=93,
    history=540,
    restated=14,  # a parcel may show days after it left
    guard=Guard(units="units", may_be_empty=True),
)
