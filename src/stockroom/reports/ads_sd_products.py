"""Sponsored Display per promoted listing and day."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from stockroom.db.base import partitioned_by_month
from stockroom.reports.advertising.columns import CampaignDay, CreditedIn14Days, OneAd
from stockroom.reports.advertising.report import advertising
from stockroom.spec.fact import Fact, col
from stockroom.spec.report import AdsReport


class SponsoredDisplay(CampaignDay, OneAd, CreditedIn14Days, Fact):
    """One listing in one Sponsored Display campaign on one day."""

    __tablename__ = "ads_sd_products"
    __table_args__ = (
        sa.Index("ix_ads_sd_products_sku", "account_id", "sku", "day"),
        partitioned_by_month("core"),
    )

    sku: Mapped[str | None] = col("promotedSku")
    asin: Mapped[str | None] = col("promotedAsin")


REPORT = advertising(
    "ads_sd_products",
    SponsoredDisplay,
    AdsReport("sdAdvertisedProduct", "SPONSORED_DISPLAY", "advertiser"),
    kept_days=65,
)
