"""Sponsored Products per advertised listing and day."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from stockroom.db.base import partitioned_by_month
from stockroom.reports.advertising.columns import Budget, CampaignDay, CreditedByWindow, OneAd
from stockroom.reports.advertising.report import advertising
from stockroom.spec.fact import Fact, col
from stockroom.spec.report import AdsReport


class SponsoredProduct(CampaignDay, OneAd, Budget, CreditedByWindow, Fact):
    """One listing in one Sponsored Products campaign on one day."""

    __tablename__ = "ads_sp_products"
    __table_args__ = (
        sa.Index("ix_ads_sp_products_sku", "account_id", "sku", "day"),
        partitioned_by_month("core"),
    )

    sku: Mapped[str | None] = col("advertisedSku")
    asin: Mapped[str | None] = col("advertisedAsin")


REPORT = advertising(
    "ads_sp_products",
    SponsoredProduct,
    AdsReport("spAdvertisedProduct", "SPONSORED_PRODUCTS", "advertiser"),
    kept_days=95,
)
