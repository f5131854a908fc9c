"""Shipments to Amazon's distribution centres: what each was to bring, and what has been counted.

A row is one SKU of one shipment. The list says only that a shipment exists; its
SKUs are asked for one by one, two a second, so only what is under way or ended lately
is read.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Mapped

from stockroom.amazon.ports import AmazonAnswer, SellingPartner
from stockroom.db.base import partitioned_by_month
from stockroom.reports.layouts.awd import american
from stockroom.spec.fact import Asking, Fact, asked_at, asked_day, col, key
from stockroom.spec.format import JSON_PAGES
from stockroom.spec.load import SNAPSHOT
from stockroom.spec.report import REGION, Guard, PagedApi, Report

_LONGEST_WAY = timedelta(days=120)
"""Longer than a container is on its way between two things that Amazon hears of it."""
_RECENT = timedelta(days=30)
"""What ended longer ago does not change any more."""


def _pages(amazon: SellingPartner, asking: Asking) -> AsyncIterator[AmazonAnswer]:
    return amazon.awd_shipments(asking.asked_at - _LONGEST_WAY, asking.asked_at - _RECENT)


class AwdShipment(Fact):
    """One SKU of one shipment as Amazon had counted it at the instant asked."""

    __tablename__ = "awd_shipments"
    __table_args__ = (partitioned_by_month("core"),)

    day: Mapped[date] = key(asked_day)
    shipment_id: Mapped[str] = key("shipment.shipmentId")
    sku: Mapped[str] = key("sku.sku", blank="", doc="empty: Amazon named no SKU")
    order_id: Mapped[str] = col("shipment.orderId")
    status: Mapped[str] = col("shipment.shipmentStatus", doc="Amazon's, CREATED … CLOSED")
    units_shipped: Mapped[int | None] = col("sku.expectedQuantity.quantity", required=False)
    units_received: Mapped[int | None] = col("sku.receivedQuantity.quantity", required=False)
    counted_in: Mapped[str | None] = col(
        "sku.expectedQuantity.unitOfMeasurement",
        required=False,
        doc="PRODUCT_UNITS | CASES | PALLETS",
    )
    ship_by: Mapped[datetime | None] = col("shipment.shipBy", required=False)
    created_at: Mapped[datetime | None] = col("shipment.createdAt", required=False)
    updated_at: Mapped[datetime | None] = col("shipment.updatedAt", required=False)
    asked_at: Mapped[datetime] = col(asked_at)


REPORT = Report(
    name="awd_shipments",
    fills=AwdShipment,
    request=PagedApi(_pages, rows="shipments"),
    scope=REGION,
    format=JSON_PAGES,
    load=SNAPSHOT,
    rank=1,
    personal=("originAddress", "destinationAddress"),
    guard=Guard(least=0, most=50, overlap=0, may_be_empty=True),  # its length is our own choice
    role="Amazon Warehousing and Distribution",
    applies_to=american,
)
