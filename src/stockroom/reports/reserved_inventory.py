"""Units that Amazon holds back: for customers' orders, for moves between warehouses, for handling."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Mapped

from stockroom.db.base import partitioned_by_month
from stockroom.spec.fact import Fact, asked_at, asked_day, asked_marketplace, col, key
from stockroom.spec.format import TSV
from stockroom.spec.load import SNAPSHOT
from stockroom.spec.report import MARKETPLACE, Guard, Report, SpApiReport


class ReservedStock(Fact):
    """One SKU's reserved units, as of the instant asked. A SKU without any is not in it."""

    __tablename__ = "reserved_inventory"
    __table_args__ = (partitioned_by_month("core"),)

    day: Mapped[date] = key(asked_day)
    marketplace: Mapped[str] = key(asked_marketplace)
    sku: Mapped[str] = key("sku")
    fnsku: Mapped[str | None] = col("fnsku")
    asin: Mapped[str | None] = col("asin")
    reserved: Mapped[int] = col("reserved_qty", blank=0)
    reserved_orders: Mapped[int] = col("reserved_customerorders", blank=0)
    fc_transfer: Mapped[int] = col("reserved_fc-transfers", blank=0)
    fc_processing: Mapped[int] = col("reserved_fc-processing", blank=0)
    asked_at: Mapped[datetime] = col(asked_at)


REPORT = Report(
    name="reserved_inventory",
    fills=ReservedStock,
    request=SpApiReport("GET_RESERVED_INVENTORY_DATA", dated=False),
    scope=MARKETPLACE,
    format=TSV,
    load=SNAPSHOT,
    rank=1,
    guard=Guard(least=0.2, most=5, overlap=0.2, may_be_empty=True),  # it comes and goes with demand
)
