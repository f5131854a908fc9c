"""What storing units cost: by FNSKU and warehouse, a calendar month at a time.

Amazon estimates it a week or two after the month's end. The document knows no
SKU: rows are joined by FNSKU. The day is the first of the month charged.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from stockroom.db.base import partitioned_by_month
from stockroom.spec import parse
from stockroom.spec.fact import ROW_ORDINAL, Fact, col, country_network, key
from stockroom.spec.format import TSV
from stockroom.spec.load import REPLACE
from stockroom.spec.report import REGION, Guard, Report, SpApiReport


def _month(cell: pl.Expr) -> pl.Expr:
    """``2026-10``, also as the beginning of a day."""
    return parse.iso_date(cell.str.slice(0, 7) + "-01")


class StorageFee(Fact):
    """One FNSKU's storage in one warehouse in one month."""

    __tablename__ = "storage_fees"
    __table_args__ = (
        sa.Index("ix_storage_fees_fnsku", "account_id", "fnsku", "day"),
        partitioned_by_month("core"),
    )

    day: Mapped[date] = key("month_of_charge", parse=_month)
    fnsku: Mapped[str] = key("fnsku")
    ordinal: Mapped[int] = key(ROW_ORDINAL)
    asin: Mapped[str | None] = col("asin")
    sku: Mapped[str | None] = col("sku", required=False, doc="in newer layouts only")
    fulfillment_center: Mapped[str | None] = col("fulfillment_center")
    country: Mapped[str | None] = col("country_code")
    network: Mapped[str | None] = col(country_network)
    currency: Mapped[str | None] = col("currency")
    fee: Mapped[Decimal | None] = col(
        "estimated_monthly_storage_fee", doc="of the month, Amazon's estimate"
    )
    rate: Mapped[Decimal | None] = col("storage_rate", doc="for a volume unit a month")
    base_rate: Mapped[Decimal | None] = col("base_rate", required=False)
    utilization_rate: Mapped[Decimal | None] = col("utilization_surcharge_rate", required=False)
    utilization_ratio: Mapped[Decimal | None] = col("storage_utilization_ratio", required=False)
    incentive: Mapped[Decimal | None] = col("total_incentive_fee_amount", required=False)
    average_units: Mapped[Decimal | None] = col("average_quantity_on_hand")
    average_units_leaving: Mapped[Decimal | None] = col(
        "average_quantity_pending_removal", required=False
    )
    unit_volume: Mapped[Decimal | None] = col("item_volume", required=False)
    average_volume: Mapped[Decimal | None] = col("estimated_total_item_volume", required=False)
    volume_unit: Mapped[str | None] = col("volume_units", required=False)
    size_tier: Mapped[str | None] = col("product_size_tier", required=False)
    dangerous_goods: Mapped[str | None] = col("dangerous_goods_storage_type", required=False)


REPORT = Report(
    name="storage_fees",
    fills=StorageFee,
    request=SpApiReport("GET_FBA_STORAGE_FEE_CHARGES_DATA", refresh=timedelta(hours=4)),
    scope=REGION,
    format=TSV,
    load=REPLACE,
    rank=1,
    every=timedelta(days=31),
    settles=timedelta(days=15),  # charged between the 7th and the 15th of the next month
    window=31,
    monthly=True,
    newest=31,
    history=365,
    guard=Guard(may_be_empty=True),
)
