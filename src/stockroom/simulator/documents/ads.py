"""Advertising reports: which there are, what may be asked of each, and their rows."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final

from stockroom.simulator.documents.ads_figures import (
    AD,
    BY_WINDOW,
    CAMPAIGN,
    FOURTEEN,
    RATIOS,
    TRAFFIC,
    Figure,
)
from stockroom.simulator.world.ad_days import ad_days
from stockroom.simulator.world.campaigns import BRANDS, DISPLAY, PRODUCTS
from stockroom.simulator.world.stream import SellerWorld
from stockroom.simulator.world.views import AdDay

DAILY: Final = "DAILY"
DATE: Final = "date"
SUMMARY_DATES: Final = ("startDate", "endDate")


@dataclass(frozen=True, slots=True)
class AdsDocument:
    """A report type."""

    product: str
    group_by: str
    kept_days: int
    """How far back it reaches."""
    figures: Mapping[str, Figure]
    key: Callable[[AdDay], str | None]
    """What one row is about."""

    @property
    def columns(self) -> tuple[str, ...]:
        """What may be asked for."""
        return (DATE, *SUMMARY_DATES, *self.figures)


def _campaign(day: AdDay) -> str:
    return day.campaign_id


def _ad(day: AdDay) -> str | None:
    return day.ad_id


_PER_CAMPAIGN: Final = TRAFFIC | CAMPAIGN
_PER_AD: Final = TRAFFIC | CAMPAIGN | AD

# Facts 4: 95 days of Sponsored Products, 60 of Brands, 65 of Display; at most 31 at a time.
LONGEST_SPAN: Final = 31
ADS_DOCUMENTS: Final[Mapping[str, AdsDocument]] = {
    "spAdvertisedProduct": AdsDocument(
        PRODUCTS,
        "advertiser",
        95,
        _PER_AD
        | RATIOS
        | BY_WINDOW
        | {
            "advertisedSku": lambda group: group[-1].sku,
            "advertisedAsin": lambda group: group[-1].asin,
        },
        _ad,
    ),
    "spCampaigns": AdsDocument(
        PRODUCTS,
        "campaign",
        95,
        _PER_CAMPAIGN | RATIOS | BY_WINDOW,
        _campaign,
    ),
    "sbCampaigns": AdsDocument(BRANDS, "campaign", 60, _PER_CAMPAIGN | FOURTEEN, _campaign),
    "sdAdvertisedProduct": AdsDocument(
        DISPLAY,
        "advertiser",
        65,
        _PER_AD
        | FOURTEEN
        | {
            "promotedSku": lambda group: group[-1].sku,
            "promotedAsin": lambda group: group[-1].asin,
        },
        _ad,
    ),
    "sdCampaigns": AdsDocument(DISPLAY, "campaign", 65, _PER_CAMPAIGN | FOURTEEN, _campaign),
}


@dataclass(frozen=True, slots=True)
class AdsAsk:
    """What was asked for."""

    report_type: str
    marketplace: str
    first: date
    last: date
    columns: tuple[str, ...]
    daily: bool


def rendered(world: SellerWorld, ask: AdsAsk, as_of: datetime) -> bytes:
    """The document as it lies in storage: one JSON array, compressed. Without a row it is ``[]``."""
    rows = list(_rows(world, ask, as_of))
    body = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
    return gzip.compress(body, compresslevel=6, mtime=0)


def _rows(world: SellerWorld, ask: AdsAsk, as_of: datetime) -> Iterator[dict[str, Any]]:
    document = ADS_DOCUMENTS[ask.report_type]

    def key(day: AdDay) -> tuple[str, str]:
        return day.day.isoformat() if ask.daily else "", document.key(day) or ""

    days = (
        day
        for day in ad_days(world, ask.marketplace, ask.first, ask.last, as_of)
        if day.product == document.product
    )
    for (when, _), found in groupby(sorted(days, key=key), key=key):
        group = list(found)
        dates = {
            DATE: when,
            **dict(zip(SUMMARY_DATES, (ask.first.isoformat(), ask.last.isoformat()), strict=True)),
        }
        yield {
            name: dates[name] if name in dates else document.figures[name](group)
            for name in ask.columns
        }
