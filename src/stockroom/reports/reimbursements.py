"""What Amazon paid or gave back for units it lost, damaged or took back. Reversals are negative.

The document has no marketplace; its day is that of the approval in the zone of
the seller's primary marketplace.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from stockroom.db.base import partitioned_by_month
from stockroom.db.reach import Told
from stockroom.spec.fact import ROW_ORDINAL, Fact, col, home_day, key
from stockroom.spec.format import TSV
from stockroom.spec.load import REPLACE
from stockroom.spec.report import REGION, Guard, Report, SpApiReport


class Reimbursement(Fact):
    """One SKU's part of one reimbursement."""

    __tablename__ = "reimbursements"
    __table_args__ = (
        sa.Index("ix_reimbursements_fnsku", "account_id", "fnsku", "day"),
        partitioned_by_month("core", told=Told.ORDER),
    )

    day: Mapped[date] = key(home_day("approved_at"))
    reimbursement_id: Mapped[str] = key("reimbursement-id")
    ordinal: Mapped[int] = key(ROW_ORDINAL)
    case_id: Mapped[str | None] = col("case-id")
    order_id: Mapped[str | None] = col("amazon-order-id")
    reason: Mapped[str | None] = col("reason")
    sku: Mapped[str | None] = col("sku")
    fnsku: Mapped[str | None] = col("fnsku")
    asin: Mapped[str | None] = col("asin")
    condition: Mapped[str | None] = col("condition", required=False)
    currency: Mapped[str | None] = col("currency-unit")
    amount_per_unit: Mapped[Decimal | None] = col("amount-per-unit")
    amount_total: Mapped[Decimal | None] = col("amount-total")
    units_cash: Mapped[int] = col("quantity-reimbursed-cash", blank=0)
    units_inventory: Mapped[int] = col("quantity-reimbursed-inventory", blank=0)
    units_total: Mapped[int] = col("quantity-reimbursed-total", blank=0)
    original_reimbursement_id: Mapped[str | None] = col("original-reimbursement-id", required=False)
    original_reimbursement_type: Mapped[str | None] = col(
        "original-reimbursement-type", required=False
    )
    approved_at: Mapped[datetime] = col("approval-date")


REPORT = Report(
    name="reimbursements",
    fills=Reimbursement,
    request=SpApiReport("GET_FBA_REIMBURSEMENTS_DATA", refresh=timedelta(hours=4)),
    scope=REGION,
    format=TSV,
    load=REPLACE,
    settles=timedelta(hours=24),
    window=180,
    newest=180,
    history=540,
    restated=14,  # Amazon now and then adds to a day that was over a week ago
    guard=Guard(may_be_empty=True),
)
