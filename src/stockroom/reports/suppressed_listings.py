"""Listings that Amazon's search does not show, each with its reason: fix your products."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
from sqlalchemy.orm import Mapped

from stockroom.db.base import partitioned_by_month
from stockroom.spec.fact import (
    ROW_ORDINAL,
    Fact,
    asked_at,
    asked_day,
    asked_marketplace,
    col,
    key,
)
from stockroom.spec.format import TSV
from stockroom.spec.load import SNAPSHOT
from stockroom.spec.parse import iso_date
from stockroom.spec.report import MARKETPLACE, Guard, Report, SpApiReport


def _spelled_date(cell: pl.Expr) -> pl.Expr:
    """``Nov 20, 2026``; ISO too."""
    return pl.coalesce(iso_date(cell), cell.str.to_date("%b %d, %Y", strict=False))


class SuppressedListing(Fact):
    """One reason why one listing is not found; a listing may have several."""

    __tablename__ = "suppressed_listings"
    __table_args__ = (partitioned_by_month("core"),)

    day: Mapped[date] = key(asked_day)
    marketplace: Mapped[str] = key(asked_marketplace)
    sku: Mapped[str] = key("SKU")
    ordinal: Mapped[int] = key(ROW_ORDINAL)
    asin: Mapped[str | None] = col("ASIN", required=False)
    status: Mapped[str | None] = col("Status")
    reason: Mapped[str | None] = col("Reason")
    issue: Mapped[str | None] = col("Issue Description", required=False)
    changed_on: Mapped[date | None] = col("Status Change Date", parse=_spelled_date, required=False)
    asked_at: Mapped[datetime] = col(asked_at)


REPORT = Report(
    name="suppressed_listings",
    fills=SuppressedListing,
    request=SpApiReport("GET_MERCHANTS_LISTINGS_FYP_REPORT", dated=False),
    role="Product Listing",
    scope=MARKETPLACE,
    format=TSV,
    load=SNAPSHOT,
    rank=1,
    guard=Guard(least=0.05, most=20, overlap=0, may_be_empty=True),  # trouble comes and goes
)
