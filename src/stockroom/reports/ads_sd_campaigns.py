"""Sponsored Display per campaign and day. Its report tells neither status nor budget."""

from __future__ import annotations

from stockroom.db.base import partitioned_by_month
from stockroom.reports.advertising.columns import CampaignDay, CreditedIn14Days
from stockroom.reports.advertising.report import advertising
from stockroom.spec.fact import Fact
from stockroom.spec.report import AdsReport


class SponsoredDisplayCampaign(CampaignDay, CreditedIn14Days, Fact):
    """One Sponsored Display campaign on one day."""

    __tablename__ = "ads_sd_campaigns"
    __table_args__ = (partitioned_by_month("core"),)


REPORT = advertising(
    "ads_sd_campaigns",
    SponsoredDisplayCampaign,
    AdsReport("sdCampaigns", "SPONSORED_DISPLAY", "campaign"),
    kept_days=65,
)
