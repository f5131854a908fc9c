"""Every movement of units in Amazon's network: received, shipped, returned, lost, found, moved.

Signs are Amazon's (outflows negative); days are Amazon's own, unconverted. Two
rows may be equal in everything: both happened.
"""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from stockroom.db.base import partitioned_by_month
from stockroom.spec.fact import ROW_ORDINAL, Fact, col, country_network, key
from stockroom.spec.format import QUOTED_TSV
from stockroom.spec.load import REPLACE
from stockroom.spec.parse import us_date
from stockroom.spec.report import REGION, Guard, Report, SpApiReport


class LedgerEvent(Fact):
    """One movement of one SKU's units in one warehouse."""

    __tablename__ = "ledger_events"
    __table_args__ = (
        sa.Index("ix_ledger_events_sku", "account_id", "sku", "day"),
        partitioned_by_month("core"),
    )

    day: Mapped[date] = key("Date", also=("Date and Time",), parse=us_date)
    fnsku: Mapped[str] = key("FNSKU")
    ordinal: Mapped[int] = key(ROW_ORDINAL)
    sku: Mapped[str] = col("MSKU", also=("Seller SKU",))
    asin: Mapped[str | None] = col("ASIN")
    event_type: Mapped[str] = col("Event Type")
    reference_id: Mapped[str | None] = col("Reference ID", doc="unique for adjustments only")
    quantity: Mapped[int] = col("Quantity", doc="signed: what leaves is negative")
    fulfillment_center: Mapped[str | None] = col("Fulfillment Center")
    disposition: Mapped[str | None] = col("Disposition")
    reason: Mapped[str | None] = col("Reason", doc="Amazon's code, of adjustments")
    country: Mapped[str] = col("Country")
    network: Mapped[str] = col(country_network)
    reconciled_units: Mapped[int | None] = col("Reconciled Quantity", required=False)
    unreconciled_units: Mapped[int | None] = col("Unreconciled Quantity", required=False)


REPORT = Report(
    name="ledger_detail",
    fills=LedgerEvent,
    request=SpApiReport("GET_LEDGER_DETAIL_VIEW_DATA"),
    scope=REGION,
    format=QUOTED_TSV,
    load=REPLACE,
    settles=timedelta(hours=24),  # as the summary: the two are read together
    window=31,
    newest=31,
    history=540,  # 18 months
    restated=7,
    restated_weekly=90,  # Amazon now and then adds to a day that was over weeks ago
    guard=Guard(repeated=1.0),  # an FNSKU moves many times a day
)
