"""Sponsored Products per campaign and day."""

from __future__ import annotations

from stockroom.db.base import partitioned_by_month
from stockroom.reports.advertising.columns import Budget, CampaignDay, CreditedByWindow
from stockroom.reports.advertising.report import advertising
from stockroom.spec.fact import Fact
from stockroom.spec.report import AdsReport


class SponsoredProductCampaign(CampaignDay, Budget, CreditedByWindow, Fact):
    """One Sponsored Products campaign on one day."""

    __tablename__ = "ads_sp_campaigns"
    __table_args__ = (partitioned_by_month("core"),)


REPORT = advertising(
    "ads_sp_campaigns",
    SponsoredProductCampaign,
    AdsReport("spCampaigns", "SPONSORED_PRODUCTS", "campaign"),
    kept_days=95,
)
