"""What was charged for old units: by age, as of the 15th, a calendar month at a time.

Amazon answers for exactly one month. The day is that of its snapshot.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from stockroom.db.base import partitioned_by_month
from stockroom.spec.fact import ROW_ORDINAL, Fact, col, country_network, key
from stockroom.spec.format import TSV
from stockroom.spec.load import REPLACE
from stockroom.spec.report import REGION, Guard, Report, SpApiReport


class LongtermStorageFee(Fact):
    """One SKU's units of one age in one country that were charged for."""

    __tablename__ = "longterm_storage_fees"
    __table_args__ = (
        sa.Index("ix_longterm_storage_fees_fnsku", "account_id", "fnsku", "day"),
        partitioned_by_month("core"),
    )

    day: Mapped[date] = key("snapshot-date")
    sku: Mapped[str] = key("sku")
    ordinal: Mapped[int] = key(ROW_ORDINAL)
    fnsku: Mapped[str | None] = col("fnsku")
    asin: Mapped[str | None] = col("asin")
    condition: Mapped[str | None] = col("condition", required=False)
    country: Mapped[str | None] = col("country")
    network: Mapped[str | None] = col(country_network)
    age_tier: Mapped[str | None] = col("surcharge-age-tier", required=False, doc="Amazon's words")
    units: Mapped[int] = col("qty-charged", blank=0)
    currency: Mapped[str | None] = col("currency")
    fee: Mapped[Decimal | None] = col("amount-charged")
    rate: Mapped[Decimal | None] = col("rate-surcharge", required=False)
    unit_volume: Mapped[Decimal | None] = col("per-unit-volume", required=False)
    volume_unit: Mapped[str | None] = col("volume-unit", required=False)


REPORT = Report(
    name="longterm_storage_fees",
    fills=LongtermStorageFee,
    request=SpApiReport(
        "GET_FBA_FULFILLMENT_LONGTERM_STORAGE_FEE_CHARGES_DATA", refresh=timedelta(hours=4)
    ),
    scope=REGION,
    format=TSV,
    load=REPLACE,
    rank=1,
    every=timedelta(days=31),
    settles=timedelta(hours=24),
    window=31,
    monthly=True,
    newest=31,
    history=365,
    guard=Guard(may_be_empty=True),
)
