"""What Amazon found wrong with shipments to it: the problem, how many units, the fee.

The day is that of the report of the problem, in the zone of the seller's primary
marketplace.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Mapped

from stockroom.db.base import partitioned_by_month
from stockroom.spec.fact import ROW_ORDINAL, Fact, col, home_day, key
from stockroom.spec.format import TSV
from stockroom.spec.load import REPLACE
from stockroom.spec.report import REGION, Guard, Report, SpApiReport


class InboundProblem(Fact):
    """One problem with one SKU of one shipment."""

    __tablename__ = "inbound_noncompliance"
    __table_args__ = (partitioned_by_month("core"),)

    day: Mapped[date] = key(home_day("reported_at"))
    shipment_id: Mapped[str] = key("fba-shipment-id", doc="FBA…, as inbound_shipments has it")
    sku: Mapped[str] = key("sku", blank="", doc="empty: the whole shipment")
    ordinal: Mapped[int] = key(ROW_ORDINAL)
    carton_id: Mapped[str | None] = col("fba-carton-id", required=False)
    fnsku: Mapped[str | None] = col("fnsku")
    asin: Mapped[str | None] = col("asin")
    fulfillment_center: Mapped[str | None] = col("fulfillment-center-id")
    problem_type: Mapped[str | None] = col("problem-type")
    problem_level: Mapped[str | None] = col("problem-level", required=False)
    units: Mapped[int] = col("problem-quantity", blank=0)
    units_expected: Mapped[int | None] = col("expected-quantity", required=False)
    units_received: Mapped[int | None] = col("received-quantity", required=False)
    counted_in: Mapped[str | None] = col("performance-measurement-unit", required=False)
    coaching_level: Mapped[str | None] = col("coaching-level", required=False)
    fee_type: Mapped[str | None] = col("fee-type", required=False)
    fee: Mapped[Decimal | None] = col("fee-total", required=False)
    currency: Mapped[str | None] = col("currency", required=False)
    alert_status: Mapped[str | None] = col("alert-status", required=False)
    shipment_created_at: Mapped[datetime | None] = col("shipment-creation-date", required=False)
    reported_at: Mapped[datetime] = col("issue-reported-date")


REPORT = Report(
    name="inbound_noncompliance",
    fills=InboundProblem,
    request=SpApiReport(
        "GET_FBA_FULFILLMENT_INBOUND_NONCOMPLIANCE_DATA", refresh=timedelta(hours=4)
    ),
    scope=REGION,
    format=TSV,
    load=REPLACE,
    rank=1,
    settles=timedelta(hours=24),
    window=93,
    newest=93,
    history=540,
    restated=14,  # received units and the alert's state change for a while
    guard=Guard(units="units", may_be_empty=True),
)
