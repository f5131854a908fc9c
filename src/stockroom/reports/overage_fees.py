"""What was charged for room beyond the storage limit, and the one place where Amazon shows the limit."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Mapped

from stockroom.db.base import partitioned_by_month
from stockroom.spec.fact import ROW_ORDINAL, Fact, col, country_network, key
from stockroom.spec.format import TSV
from stockroom.spec.load import REPLACE
from stockroom.spec.report import REGION, Guard, Report, SpApiReport


class OverageFee(Fact):
    """One charge: a storage type in a country. Volumes are in ``volume_unit``."""

    __tablename__ = "overage_fees"
    __table_args__ = (partitioned_by_month("core"),)

    day: Mapped[date] = key("charged_date")
    ordinal: Mapped[int] = key(ROW_ORDINAL)
    country: Mapped[str | None] = col("country_code")
    network: Mapped[str | None] = col(country_network)
    storage_type: Mapped[str | None] = col("storage_type")
    currency: Mapped[str | None] = col("currency_code")
    fee: Mapped[Decimal | None] = col("charged_fee_amount")
    rate: Mapped[Decimal | None] = col("charge_rate", doc="for a volume unit")
    used_volume: Mapped[Decimal | None] = col("storage_usage_volume")
    limit_volume: Mapped[Decimal | None] = col("storage_limit_volume")
    overage_volume: Mapped[Decimal | None] = col("overage_volume")
    volume_unit: Mapped[str | None] = col("volume_unit", required=False)


REPORT = Report(
    name="overage_fees",
    fills=OverageFee,
    request=SpApiReport("GET_FBA_OVERAGE_FEE_CHARGES_DATA", refresh=timedelta(hours=4)),
    scope=REGION,
    format=TSV,
    load=REPLACE,
    rank=1,
    settles=timedelta(hours=24),
    window=180,
    newest=180,
    history=540,
    restated=14,
    guard=Guard(may_be_empty=True),
)
