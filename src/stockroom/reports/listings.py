"""The seller's listings as Amazon shows them now: status, channel, prices, Amazon's complaints.

Read from the Listings Items API, once a day. The price is the seller's own
offer to everyone; a sale price counts only while its dates include the instant
asked.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped

from stockroom.amazon.rates import SEARCH_LISTINGS
from stockroom.db.base import partitioned_by_month
from stockroom.spec import parse
from stockroom.spec.fact import (
    Asking,
    Fact,
    asked_at,
    asked_day,
    asked_marketplace,
    col,
    key,
    passing,
)
from stockroom.spec.format import JSON_PAGES
from stockroom.spec.load import SNAPSHOT
from stockroom.spec.report import MARKETPLACE, Guard, PagedApi, Report

_OFFER = "attributes.purchasable_offer[audience=ALL]"
_BUSINESS = "attributes.purchasable_offer[audience=B2B]"
_SALE = f"{_OFFER}.discounted_price[0].schedule[0]"


def _status(_: Asking) -> pl.Expr:
    """Buyable; else not even discoverable; else merely inactive."""
    buyable = pl.col("statuses").str.contains('"BUYABLE"', literal=True)
    discoverable = pl.col("statuses").str.contains('"DISCOVERABLE"', literal=True)
    inactive = pl.when(discoverable).then(pl.lit("inactive")).otherwise(pl.lit("suppressed"))
    return pl.when(buyable).then(pl.lit("active")).otherwise(inactive)


def _fulfillment_code(_: Asking) -> pl.Expr:
    """Amazon's network when it is named at all: a SKU in both is sold from Amazon's stock."""
    code = pl.col("fulfillment").str
    return pl.coalesce(code.extract(r'"(AMAZON_[A-Z]+)"'), code.extract(r'"(DEFAULT)"'))


def _channel(_: Asking) -> pl.Expr:
    at_amazon = pl.col("fulfillment_code").str.starts_with("AMAZON_").fill_null(value=False)
    return pl.when(at_amazon).then(pl.lit("FBA")).otherwise(pl.lit("FBM"))


def _sale_in_force(asking: Asking) -> pl.Expr:
    now = asked_at(asking)
    begun = (pl.col("sale_start") <= now).fill_null(value=True)
    lasting = (pl.col("sale_end") >= now).fill_null(value=True)
    return pl.when(begun & lasting).then(pl.col("sale"))


class Listing(Fact):
    """One SKU's listing in one marketplace, as of the instant asked."""

    __tablename__ = "listings"
    __table_args__ = (partitioned_by_month("core"),)

    day: Mapped[date] = key(asked_day)
    marketplace: Mapped[str] = key(asked_marketplace)
    sku: Mapped[str] = key("sku")
    asin: Mapped[str | None] = col("summaries[0].asin", required=False)
    fnsku: Mapped[str | None] = col("summaries[0].fnSku", required=False)
    title: Mapped[str | None] = col("summaries[0].itemName", required=False)
    product_type: Mapped[str | None] = col(
        "summaries[0].productType", also=("productTypes[0].productType",), required=False
    )
    statuses = passing("summaries[0].status", required=False)
    status: Mapped[str] = col(_status, doc="active | inactive | suppressed")
    fulfillment = passing("fulfillmentAvailability", required=False)
    fulfillment_code: Mapped[str | None] = col(_fulfillment_code)
    channel: Mapped[str] = col(_channel, doc="FBA | FBM")
    merchant_quantity: Mapped[int | None] = col(
        "fulfillmentAvailability[fulfillmentChannelCode=DEFAULT].quantity", required=False
    )
    price: Mapped[Decimal | None] = col(
        f"{_OFFER}.our_price[0].schedule[0].value_with_tax",
        also=("offers[offerType=B2C].price.amount",),
        required=False,
    )
    currency: Mapped[str | None] = col(
        f"{_OFFER}.currency", also=("offers[offerType=B2C].price.currencyCode",), required=False
    )
    sale = passing(f"{_SALE}.value_with_tax", parse=parse.decimal, required=False)
    sale_start = passing(f"{_SALE}.start_at", parse=parse.instant, required=False)
    sale_end = passing(f"{_SALE}.end_at", parse=parse.instant, required=False)
    sale_price: Mapped[Decimal | None] = col(_sale_in_force, doc="null unless in force")
    business_price: Mapped[Decimal | None] = col(
        f"{_BUSINESS}.our_price[0].schedule[0].value_with_tax",
        also=("offers[offerType=B2B].price.amount",),
        required=False,
    )
    minimum_price: Mapped[Decimal | None] = col(
        f"{_OFFER}.minimum_seller_allowed_price[0].schedule[0].value_with_tax", required=False
    )
    maximum_price: Mapped[Decimal | None] = col(
        f"{_OFFER}.maximum_seller_allowed_price[0].schedule[0].value_with_tax", required=False
    )
    issues: Mapped[list[Any]] = col("issues", required=False, blank="[]", kind=JSONB())
    created_at: Mapped[datetime | None] = col("summaries[0].createdDate", required=False)
    source_updated_at: Mapped[datetime | None] = col("summaries[0].lastUpdatedDate", required=False)
    asked_at: Mapped[datetime] = col(asked_at)


REPORT = Report(
    name="listings",
    fills=Listing,
    request=PagedApi(
        lambda amazon, asking: amazon.search_listings(*asking.places),
        rows="items",
        usual={SEARCH_LISTINGS.name: 1},
    ),
    role="Product Listing",
    scope=MARKETPLACE,
    format=JSON_PAGES,
    load=SNAPSHOT,
    guard=Guard(),
)
