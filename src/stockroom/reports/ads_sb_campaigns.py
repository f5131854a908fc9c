"""Sponsored Brands per campaign and day. They show a shop: Amazon tells of no single listing."""

from __future__ import annotations

from stockroom.db.base import partitioned_by_month
from stockroom.reports.advertising.columns import Budget, CampaignDay, CreditedIn14Days
from stockroom.reports.advertising.report import advertising
from stockroom.spec.fact import Fact
from stockroom.spec.report import AdsReport


class SponsoredBrandCampaign(CampaignDay, Budget, CreditedIn14Days, Fact):
    """One Sponsored Brands campaign on one day."""

    __tablename__ = "ads_sb_campaigns"
    __table_args__ = (partitioned_by_month("core"),)


REPORT = advertising(
    "ads_sb_campaigns",
    SponsoredBrandCampaign,
    AdsReport("sbCampaigns", "SPONSORED_BRANDS", "campaign"),
    kept_days=60,
)
