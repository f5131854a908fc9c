"""Stock at Amazon Warehousing and Distribution: a layer beside FBA's pools, in no other dataset.

Units on their way from there to FBA are FBA's inbound units already and must not
be added to them.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Mapped

from stockroom.db.base import partitioned_by_month
from stockroom.reports.layouts.awd import american
from stockroom.spec.fact import Fact, asked_at, asked_day, col, key
from stockroom.spec.format import JSON_PAGES
from stockroom.spec.load import SNAPSHOT
from stockroom.spec.report import REGION, Guard, PagedApi, Report

_DETAILS = "inventoryDetails"


class AwdStock(Fact):
    """One SKU's units at distribution centres, as of the instant asked."""

    __tablename__ = "awd_inventory"
    __table_args__ = (partitioned_by_month("core"),)

    day: Mapped[date] = key(asked_day)
    sku: Mapped[str] = key("sku")
    on_hand: Mapped[int] = col("totalOnhandQuantity", blank=0, doc="reserved units included")
    inbound: Mapped[int] = col(
        "totalInboundQuantity", blank=0, doc="on the way to distribution centres"
    )
    available: Mapped[int | None] = col(
        f"{_DETAILS}.availableDistributableQuantity", required=False
    )
    reserved: Mapped[int | None] = col(
        f"{_DETAILS}.reservedDistributableQuantity",
        required=False,
        doc="for a replenishment that is being prepared",
    )
    replenishing: Mapped[int | None] = col(
        f"{_DETAILS}.replenishmentQuantity",
        required=False,
        doc="on the way to FBA: counted in its inbound units as well",
    )
    asked_at: Mapped[datetime] = col(asked_at)


REPORT = Report(
    name="awd_inventory",
    fills=AwdStock,
    request=PagedApi(lambda amazon, _: amazon.awd_inventory(), rows="inventory"),
    scope=REGION,
    format=JSON_PAGES,
    load=SNAPSHOT,
    guard=Guard(units="on_hand", may_be_empty=True),
    role="Amazon Warehousing and Distribution",
    applies_to=american,
)
