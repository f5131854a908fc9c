"""The seller's listings as a document: the one place where every listing is, also the inactive.

Beside the listings API it gives opening dates and the listing id, and it still
answers where that API stops at a thousand results.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import polars as pl
from sqlalchemy.orm import Mapped

from stockroom.db.base import partitioned_by_month
from stockroom.spec import parse
from stockroom.spec.fact import Asking, Fact, asked_at, asked_day, asked_marketplace, col, key
from stockroom.spec.format import TSV
from stockroom.spec.load import SNAPSHOT
from stockroom.spec.report import MARKETPLACE, Guard, Report, SpApiReport


def _channel(_: Asking) -> pl.Expr:
    at_amazon = pl.col("fulfillment_code").str.starts_with("AMAZON_").fill_null(value=False)
    return pl.when(at_amazon).then(pl.lit("FBA")).otherwise(pl.lit("FBM"))


class MerchantListing(Fact):
    """One SKU's listing in one marketplace, as of the instant asked."""

    __tablename__ = "merchant_listings"
    __table_args__ = (partitioned_by_month("core"),)

    day: Mapped[date] = key(asked_day)
    marketplace: Mapped[str] = key(asked_marketplace)
    sku: Mapped[str] = key("seller-sku")
    asin: Mapped[str | None] = col("asin1", also=("product-id",), required=False)
    listing_id: Mapped[str | None] = col("listing-id", required=False)
    title: Mapped[str | None] = col("item-name", required=False)
    price: Mapped[Decimal | None] = col("price")
    quantity: Mapped[int | None] = col("quantity", doc="the merchant's own; null for FBA")
    fulfillment_code: Mapped[str | None] = col("fulfillment-channel")
    channel: Mapped[str] = col(_channel, doc="FBA | FBM")
    status: Mapped[str | None] = col("status", parse=lambda cell: cell.str.to_lowercase())
    opened_at: Mapped[datetime | None] = col(
        "open-date", parse=parse.named_zone_instant, required=False
    )
    asked_at: Mapped[datetime] = col(asked_at)


REPORT = Report(
    name="merchant_listings",
    fills=MerchantListing,
    request=SpApiReport("GET_MERCHANT_LISTINGS_ALL_DATA", dated=False),
    role="Product Listing",
    scope=MARKETPLACE,
    format=TSV,
    load=SNAPSHOT,
    rank=3,
    guard=Guard(),
)
