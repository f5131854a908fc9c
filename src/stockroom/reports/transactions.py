"""Transactions: what Amazon booked on the seller's balance, amount by amount, as it happens.

A transaction has items, an item a tree of breakdowns; its leaves are the rows,
and they add up to the transaction: what they leave open is a row without a
charge. A deferred transaction is released later: its status changes, and
another transaction with an amount of its own is posted that names it. Sums leave
out one of the two.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from decimal import Decimal

import polars as pl
import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from stockroom.amazon.ports import AmazonAnswer, SellingPartner
from stockroom.core.marketplaces import BY_ID
from stockroom.db.base import partitioned_by_month
from stockroom.reports.layouts.transactions import rows
from stockroom.spec.fact import ROW_ORDINAL, Asking, Fact, col, home_day, key, passing
from stockroom.spec.format import JSON_PAGES
from stockroom.spec.load import REPLACE
from stockroom.spec.report import REGION, Guard, PagedApi, Report

_CODES = {id_: place.code for id_, place in BY_ID.items()}


def _pages(amazon: SellingPartner, asking: Asking) -> AsyncIterator[AmazonAnswer]:
    assert asking.interval is not None, "transactions are asked for days"
    return amazon.transactions(*asking.interval)


def _marketplace(_: Asking) -> pl.Expr:
    place = pl.col("marketplace_id")
    return place.replace_strict(_CODES, default=None, return_dtype=pl.String)


def _related(name: str) -> str:
    identifiers = "transaction.relatedIdentifiers"
    return f"{identifiers}[relatedIdentifierName={name}].relatedIdentifierValue"


class TransactionLine(Fact):
    """One amount of one transaction."""

    __tablename__ = "transaction_lines"
    __table_args__ = (
        sa.Index("ix_transaction_lines_order", "account_id", "order_id"),
        partitioned_by_month("core"),
    )

    marketplace_id = passing("transaction.marketplaceDetails.marketplaceId")
    day: Mapped[date] = key(home_day("posted_at"))
    transaction_id: Mapped[str] = key(
        "transaction.transactionId", blank="", doc="empty where Amazon gives none"
    )
    ordinal: Mapped[int] = key(ROW_ORDINAL)
    posted_at: Mapped[datetime] = col("transaction.postedDate")
    transaction_type: Mapped[str] = col("transaction.transactionType")
    status: Mapped[str | None] = col(
        "transaction.transactionStatus", doc="DEFERRED | RELEASED | DEFERRED_RELEASED"
    )
    description: Mapped[str | None] = col("transaction.description")
    marketplace: Mapped[str | None] = col(_marketplace)
    order_id: Mapped[str | None] = col(_related("ORDER_ID"))
    settlement_id: Mapped[str | None] = col(_related("SETTLEMENT_ID"))
    deferred_id: Mapped[str | None] = col(
        _related("DEFERRED_TRANSACTION_ID"), doc="the transaction that this one releases"
    )
    release_id: Mapped[str | None] = col(
        _related("RELEASE_TRANSACTION_ID"), doc="the transaction that released this one"
    )
    sku: Mapped[str | None] = col("product.sku")
    asin: Mapped[str | None] = col("product.asin")
    quantity: Mapped[int | None] = col("product.quantityShipped", doc="of the item, on each line")
    fulfillment: Mapped[str | None] = col("product.fulfillmentNetwork", doc="AFN | MFN")
    charge_group: Mapped[str | None] = col("group", doc="Amazon's outermost breakdown")
    charge: Mapped[str | None] = col("charge", doc="its innermost; null: not broken down")
    amount: Mapped[Decimal] = col("amount.currencyAmount", doc="what the seller pays is negative")
    currency: Mapped[str] = col("amount.currencyCode")
    deferral_reason: Mapped[str | None] = col("deferred.deferralReason")
    matures_at: Mapped[datetime | None] = col("deferred.maturityDate")


REPORT = Report(
    name="transactions",
    fills=TransactionLine,
    request=PagedApi(_pages, rows=rows, dated=True),
    scope=REGION,
    format=JSON_PAGES,
    load=REPLACE,
    rank=1,
    settles=timedelta(hours=48),  # orders of the last two days may still be missing
    window=30,  # Amazon takes 180
    newest=30,
    history=730,
    restated=14,  # what was deferred is released
    restated_weekly=90,  # and some of it is held back for longer
    role="Finance and Accounting",
    personal=("paymentReference", "paymentMethod"),
    guard=Guard(least=0.2, repeated=1.0, foreign=1.0),
)
