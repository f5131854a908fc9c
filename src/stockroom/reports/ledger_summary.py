"""Amazon's daily bookkeeping of every unit: balances and movements per country.

Signs are Amazon's (outflows negative); days are Amazon's own, unconverted. A
covered day without a row means zero stock. Exact duplicate rows are real.
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


class LedgerDay(Fact):
    """One day of one SKU's units in one country and disposition."""

    __tablename__ = "ledger_days"
    __table_args__ = (
        sa.Index("ix_ledger_days_fnsku", "account_id", "fnsku", "day"),
        partitioned_by_month("core"),
    )

    day: Mapped[date] = key("Date", parse=us_date)
    country: Mapped[str] = key("Location", also=("Country",))
    fnsku: Mapped[str] = key("FNSKU")
    sku: Mapped[str] = key("MSKU", also=("Seller SKU",))
    disposition: Mapped[str] = key("Disposition")
    ordinal: Mapped[int] = key(ROW_ORDINAL)
    asin: Mapped[str | None] = col("ASIN")
    network: Mapped[str] = col(country_network)
    starting_units: Mapped[int] = col("Starting Warehouse Balance", blank=0)
    in_transit_units: Mapped[int] = col("In Transit Between Warehouses", blank=0)
    receipts: Mapped[int] = col("Receipts", blank=0)
    customer_shipments: Mapped[int] = col("Customer Shipments", blank=0)
    customer_returns: Mapped[int] = col("Customer Returns", blank=0)
    vendor_returns: Mapped[int] = col("Vendor Returns", blank=0)
    transfers: Mapped[int] = col("Warehouse Transfer In/Out", blank=0)
    found: Mapped[int] = col("Found", blank=0)
    lost: Mapped[int] = col("Lost", blank=0)
    damaged: Mapped[int] = col("Damaged", blank=0)
    disposed: Mapped[int] = col("Disposed", blank=0)
    other_events: Mapped[int] = col("Other Events", blank=0)
    ending_units: Mapped[int] = col("Ending Warehouse Balance", blank=0)
    unknown_events: Mapped[int] = col("Unknown Events", blank=0)


REPORT = Report(
    name="ledger_summary",
    fills=LedgerDay,
    request=SpApiReport(
        "GET_LEDGER_SUMMARY_VIEW_DATA",
        {"aggregateByLocation": "COUNTRY", "aggregatedByTimePeriod": "DAILY"},
        refresh=timedelta(hours=4),  # daily types: at most once per 4 hours
    ),
    scope=REGION,
    format=QUOTED_TSV,
    load=REPLACE,
    settles=timedelta(hours=24),  # Amazon: daily rows appear about a day after the close
    lags=timedelta(days=14),  # a late day read as an empty one would say: everything is sold out
    closes_by="network",
    window=92,
    newest=92,
    history=540,  # 18 months
    restated=7,
    guard=Guard(units="ending_units"),
)
