"""Advertising as its reports show it: late, and credited to clicks for weeks after.

Facts 4: data are about twelve hours late and restated within the attribution
window. A day that is not yet all in shows a part of its traffic; orders are
credited a day at a time, when theirs is all in.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.world.advertising import Advertising, Shown
from stockroom.simulator.world.calendar import OPEN_SECONDS, Calendar
from stockroom.simulator.world.campaigns import profile_id
from stockroom.simulator.world.records import dollars
from stockroom.simulator.world.stream import SellerWorld
from stockroom.simulator.world.views import AdDay

LATE: Final = timedelta(hours=12)


def ad_days(
    world: SellerWorld, marketplace: str, first: date, last: date, as_of: datetime
) -> Iterator[AdDay]:
    """The advertising of one marketplace, ``first`` to ``last``, as ``as_of`` shows it."""
    advertising, calendar = world.advertising(as_of), world.store_days(marketplace)
    told = int((as_of - LATE).timestamp())
    begin = max(0, (first - world.first_day).days)
    end = min((last - world.first_day).days, advertising.days - 1)
    complete = calendar.days_closed(told)
    for day in range(begin, end + 1):
        share = min(1.0, (told - calendar.opens(day)) / OPEN_SECONDS)
        if share <= 0:
            return
        for row in advertising.shown(day):
            if row.campaign.marketplace == marketplace and (shown := _partly(row, share)):
                yield _ad_day(world, calendar, advertising, (day, row, shown), complete)


def _partly(row: Shown, share: float) -> Shown | None:
    if share == 1:
        return row
    impressions, clicks, cents = (
        int(figure * share) for figure in (row.impressions, row.clicks, row.cents)
    )
    return Shown(row.campaign, row.ad, impressions, clicks, cents) if impressions else None


def _ad_day(
    world: SellerWorld,
    calendar: Calendar,
    advertising: Advertising,
    told: tuple[int, Shown, Shown],
    complete: int,
) -> AdDay:
    day, whole, shown = told
    campaign, ad = shown.campaign, shown.ad
    return AdDay(
        day=calendar.date(day),
        visible_at=datetime.fromtimestamp(calendar.closes(day), UTC) + LATE,
        marketplace=campaign.marketplace,
        profile_id=profile_id(world.seller.seller_id, campaign.marketplace),
        product=campaign.kind,
        campaign_id=campaign.id,
        campaign=campaign.name,
        campaign_status="PAUSED" if advertising.is_paused(campaign, complete) else "ENABLED",
        budget=_money(campaign.budget),
        ad_group_id=campaign.ad_group_id,
        ad_group=campaign.ad_group,
        ad_id=ad.id if ad else None,
        sku=ad.offer.sku if ad else None,
        asin=ad.offer.asin if ad else None,
        impressions=shown.impressions,
        clicks=shown.clicks,
        cost=_money(shown.cents),
        currency=MARKETPLACES[campaign.marketplace].currency,
        orders=tuple(
            (credit.delay, credit.units, _money(credit.cents))
            for credit in advertising.credits(day, whole)
            if credit.day < complete
        ),
    )


def _money(cents: int) -> Decimal:
    return Decimal(dollars(cents))
