"""Settlements: every two weeks, what Amazon took in, kept and paid out, line by line.

Amazon makes them by itself: they are listed and cannot be asked for. The first
line of a document carries the total and no transaction; the others add up to
it. Amounts are written the marketplace's way, and the currency is said once.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import polars as pl
import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from stockroom.core.marketplaces import BY_SALES_CHANNEL
from stockroom.db.base import partitioned_by_month
from stockroom.spec.fact import ROW_ORDINAL, Asking, Fact, asked_at, col, key, passing
from stockroom.spec.format import TSV
from stockroom.spec.load import replace_group
from stockroom.spec.parse import eu_date, local_money, named_zone_instant
from stockroom.spec.report import REGION, Guard, ListedReport, Report

_BY_CHANNEL = {channel: place.code for channel, place in BY_SALES_CHANNEL.items()}


def _day(_: Asking) -> pl.Expr:
    """The day of the posting as Amazon writes it; of the total, the settlement's last."""
    return pl.coalesce("posted_date", pl.col("ends_at").dt.date())


def _marketplace(_: Asking) -> pl.Expr:
    channel = pl.col("marketplace_name").str.to_lowercase()
    return channel.replace_strict(_BY_CHANNEL, default=None, return_dtype=pl.String)


class SettlementLine(Fact):
    """One amount of one settlement; or its total, on the line that has no transaction."""

    __tablename__ = "settlement_lines"
    __table_args__ = (
        sa.Index("ix_settlement_lines_settlement", "account_id", "settlement_id"),
        partitioned_by_month("core"),
    )

    posted_date = passing("posted-date", parse=eu_date)
    marketplace_name = passing("marketplace-name")
    day: Mapped[date] = key(_day, doc="Amazon's own day of the posting, unconverted")
    settlement_id: Mapped[str] = key("settlement-id")
    ordinal: Mapped[int] = key(ROW_ORDINAL)
    starts_at: Mapped[datetime | None] = col(
        "settlement-start-date", parse=named_zone_instant, doc="on the total's line"
    )
    ends_at: Mapped[datetime | None] = col("settlement-end-date", parse=named_zone_instant)
    deposit_at: Mapped[datetime | None] = col("deposit-date", parse=named_zone_instant)
    total_amount: Mapped[Decimal | None] = col(
        "total-amount", parse=local_money, doc="paid out; on the total's line"
    )
    currency: Mapped[str] = col("currency", carried=True)
    transaction_type: Mapped[str | None] = col("transaction-type", doc="null: the total's line")
    order_id: Mapped[str | None] = col("order-id")
    adjustment_id: Mapped[str | None] = col("adjustment-id")
    shipment_id: Mapped[str | None] = col("shipment-id")
    marketplace: Mapped[str | None] = col(_marketplace)
    amount_type: Mapped[str | None] = col("amount-type")
    amount_description: Mapped[str | None] = col("amount-description")
    amount: Mapped[Decimal | None] = col("amount", parse=local_money)
    fulfillment: Mapped[str | None] = col("fulfillment-id", doc="AFN | MFN")
    posted_at: Mapped[datetime | None] = col("posted-date-time", parse=named_zone_instant)
    order_item_id: Mapped[str | None] = col("order-item-code")
    sku: Mapped[str | None] = col("sku")
    quantity: Mapped[int | None] = col("quantity-purchased")
    promotion_id: Mapped[str | None] = col("promotion-id")
    reported_at: Mapped[datetime] = col(asked_at, doc="when Amazon made the document")


REPORT = Report(
    name="settlements",
    fills=SettlementLine,
    request=ListedReport("GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"),
    scope=REGION,
    format=TSV,
    load=replace_group("settlement_id", version="reported_at"),
    rank=1,
    window=90,
    newest=90,
    history=90,  # Amazon lists what it made in that time
    role="Finance and Accounting",
    guard=Guard(repeated=1.0, foreign=1.0),  # lines have no key, and tell of SKUs long gone
)
