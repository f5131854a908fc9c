"""The columns that advertising reports share.

Traffic is of the day; orders are credited to the day of the click, for weeks
after, so that the same day says more each time it is asked for.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Mapped

from stockroom.spec.fact import ROW_ORDINAL, asked_marketplace, col, key
from stockroom.spec.parse import json_decimal


class CampaignDay:
    """A campaign's day in one marketplace: what was shown, clicked and paid for."""

    day: Mapped[date] = key("date", doc="of the advertising profile's calendar")
    marketplace: Mapped[str] = key(asked_marketplace)
    campaign_id: Mapped[str] = key("campaignId")
    ordinal: Mapped[int] = key(ROW_ORDINAL)
    campaign: Mapped[str | None] = col("campaignName")
    impressions: Mapped[int] = col("impressions", blank=0)
    clicks: Mapped[int] = col("clicks", blank=0)
    cost: Mapped[Decimal] = col("cost", parse=json_decimal, blank=Decimal(0))
    currency: Mapped[str | None] = col("campaignBudgetCurrencyCode")


class OneAd:
    """One listing in the campaign; stands after :class:`CampaignDay`, whose key it continues."""

    ad_group_id: Mapped[str] = key("adGroupId", blank="")
    ad_id: Mapped[str] = key("adId", blank="")
    ad_group: Mapped[str | None] = col("adGroupName")


class Budget:
    """The campaign as it is now; Amazon keeps no history of it."""

    campaign_status: Mapped[str | None] = col("campaignStatus")
    budget: Mapped[Decimal | None] = col("campaignBudgetAmount", parse=json_decimal)
    budget_type: Mapped[str | None] = col("campaignBudgetType")


class CreditedByWindow:
    """Orders within 1, 7, 14 and 30 days after the click."""

    orders_1d: Mapped[int] = col("purchases1d", blank=0)
    orders_7d: Mapped[int] = col("purchases7d", blank=0)
    orders_14d: Mapped[int] = col("purchases14d", blank=0)
    orders_30d: Mapped[int] = col("purchases30d", blank=0)
    units_1d: Mapped[int] = col("unitsSoldClicks1d", blank=0)
    units_7d: Mapped[int] = col("unitsSoldClicks7d", blank=0)
    units_14d: Mapped[int] = col("unitsSoldClicks14d", blank=0)
    units_30d: Mapped[int] = col("unitsSoldClicks30d", blank=0)
    sales_1d: Mapped[Decimal] = col("sales1d", parse=json_decimal, blank=Decimal(0))
    sales_7d: Mapped[Decimal] = col("sales7d", parse=json_decimal, blank=Decimal(0))
    sales_14d: Mapped[Decimal] = col("sales14d", parse=json_decimal, blank=Decimal(0))
    sales_30d: Mapped[Decimal] = col("sales30d", parse=json_decimal, blank=Decimal(0))


class CreditedIn14Days:
    """Orders within 14 days after the click; ``…_or_view`` also after the ad was only seen."""

    orders_14d: Mapped[int] = col("purchasesClicks", blank=0)
    units_14d: Mapped[int] = col("unitsSoldClicks", blank=0)
    sales_14d: Mapped[Decimal] = col("salesClicks", parse=json_decimal, blank=Decimal(0))
    orders_14d_or_view: Mapped[int] = col("purchases", blank=0)
    units_14d_or_view: Mapped[int] = col("unitsSold", blank=0)
    sales_14d_or_view: Mapped[Decimal] = col("sales", parse=json_decimal, blank=Decimal(0))
