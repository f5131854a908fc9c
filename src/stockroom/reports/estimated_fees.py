"""What Amazon expects to ask for selling and sending one unit, SKU by SKU, as of the day asked.

Amazon makes it once a day for a seller, whatever is asked, so it is asked for all
stores at once. A row's store is named in most regions; where it is not, the
currency tells it if only one of the account's stores has that currency.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal

import polars as pl
from sqlalchemy.orm import Mapped

from stockroom.core.marketplaces import BY_SALES_CHANNEL, MARKETPLACES
from stockroom.db.base import partitioned_by_month
from stockroom.spec import parse
from stockroom.spec.fact import Asking, Fact, Rule, asked_at, asked_day, col, key, passing
from stockroom.spec.format import TSV
from stockroom.spec.load import SNAPSHOT
from stockroom.spec.report import REGION, Guard, Report, SpApiReport

_STORES = {
    **{code: code for code in MARKETPLACES},
    **{name.upper(): place.code for name, place in BY_SALES_CHANNEL.items()},
    "GB": "UK",
}
"""What a store is called in the document → its marketplace."""


def _store(_: Asking) -> pl.Expr:
    """The store as the document names it; empty where it names none."""
    return pl.col("store_name").str.to_uppercase().fill_null("")


def _marketplace(asking: Asking) -> pl.Expr:
    named = pl.col("store").replace_strict(_STORES, default=None, return_dtype=pl.String)
    counted = Counter(place.currency for place in asking.places)
    alone = {one.currency: one.code for one in asking.places if counted[one.currency] == 1}
    by_currency = pl.col("currency").replace_strict(alone, default=None, return_dtype=pl.String)
    return pl.coalesce(named, pl.when(pl.col("store") == "").then(by_currency))


def _fee(cell: str) -> Rule:
    """An amount; Amazon writes ``--`` for one it does not know."""
    return lambda _: parse.decimal(pl.col(cell))


class EstimatedFee(Fact):
    """One SKU's expected fees in one store, per unit."""

    __tablename__ = "estimated_fees"
    __table_args__ = (partitioned_by_month("core"),)

    store_name = passing("amazon-store", required=False)
    day: Mapped[date] = key(asked_day)
    store: Mapped[str] = key(_store, doc="Amazon's word; empty where the document has none")
    sku: Mapped[str] = key("sku")
    currency: Mapped[str | None] = col("currency")
    marketplace: Mapped[str | None] = col(_marketplace)
    fnsku: Mapped[str | None] = col("fnsku")
    asin: Mapped[str | None] = col("asin")
    size_tier: Mapped[str | None] = col("product-size-tier", required=False)
    total_cell = passing("estimated-fee-total")
    referral_cell = passing("estimated-referral-fee-per-unit")
    closing_cell = passing("estimated-variable-closing-fee", required=False)
    fulfilment_cell = passing("expected-fulfillment-fee-per-unit", required=False)
    fee_total: Mapped[Decimal | None] = col(_fee("total_cell"))
    referral_fee: Mapped[Decimal | None] = col(_fee("referral_cell"))
    closing_fee: Mapped[Decimal | None] = col(_fee("closing_cell"))
    fulfilment_fee: Mapped[Decimal | None] = col(_fee("fulfilment_cell"))
    asked_at: Mapped[datetime] = col(asked_at)


REPORT = Report(
    name="estimated_fees",
    fills=EstimatedFee,
    request=SpApiReport(
        "GET_FBA_ESTIMATED_FBA_FEES_TXT_DATA",
        refresh=timedelta(hours=24),
        dated=False,
        lookback=timedelta(hours=73),  # an hour more than Amazon wants
    ),
    scope=REGION,
    format=TSV,
    load=SNAPSHOT,
    rank=3,
    guard=Guard(),
)
