"""What each inbound shipment was to bring and what Amazon has counted so far.

The only source of shipped against received. Amazon goes on counting for weeks
after it closed a shipment, so closed ones are read as well.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime

from sqlalchemy.orm import Mapped

from stockroom.amazon.ports import AmazonAnswer, SellingPartner
from stockroom.amazon.rates import GET_SHIPMENT_ITEMS
from stockroom.db.base import partitioned_by_month
from stockroom.reports.layouts.inbound_v0 import ROWS, each_once
from stockroom.spec.fact import Asking, Fact, asked_at, asked_day, col, key
from stockroom.spec.format import JSON_PAGES
from stockroom.spec.load import SNAPSHOT
from stockroom.spec.report import REGION, Guard, PagedApi, Report

_IDENTITY = ("ShipmentId", "SellerSKU", "FulfillmentNetworkSKU")


def _pages(amazon: SellingPartner, asking: Asking) -> AsyncIterator[AmazonAnswer]:
    return each_once(asking, amazon.inbound_items, "ItemData", _IDENTITY)


class InboundItem(Fact):
    """One SKU of one shipment as Amazon had counted it at the instant asked."""

    __tablename__ = "inbound_items"
    __table_args__ = (partitioned_by_month("core"),)

    day: Mapped[date] = key(asked_day)
    shipment_id: Mapped[str] = key("ShipmentId")
    sku: Mapped[str] = key("SellerSKU")
    fnsku: Mapped[str] = key("FulfillmentNetworkSKU", blank="")
    units_shipped: Mapped[int] = col("QuantityShipped", blank=0)
    units_received: Mapped[int] = col("QuantityReceived", required=False, blank=0)
    units_in_case: Mapped[int | None] = col("QuantityInCase", required=False)
    asked_at: Mapped[datetime] = col(asked_at)


REPORT = Report(
    name="inbound_items",
    fills=InboundItem,
    request=PagedApi(_pages, rows=ROWS, usual={GET_SHIPMENT_ITEMS.name: 1}),
    scope=REGION,
    format=JSON_PAGES,
    load=SNAPSHOT,
    guard=Guard(units="units_shipped"),
)
