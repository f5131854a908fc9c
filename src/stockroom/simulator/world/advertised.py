"""The advertising among the events of the truth: a line per ad (or brand campaign) and day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.world.ad_days import LATE, ad_days
from stockroom.simulator.world.stream import SellerWorld
from stockroom.simulator.world.views import AdDay, Event

KIND: Final = "advertised"
WINDOWS: Final = (1, 7, 14, 30)
"""Days after a click within which an order is counted: the windows of the reports."""


def advertised(world: SellerWorld, now: datetime, seq: int) -> Iterator[Event]:
    """The days whose traffic is all in at ``now``, by day.

    ``at`` is the end of the day, ``price`` what it cost; ``refs`` holds day,
    profile, campaign, ad, impressions, clicks, and per window of days after the
    click the units and sales credited to it, as far as they are in by ``now``.
    """
    last = now.date() + timedelta(days=1)
    days = (
        day
        for place in world.seller.marketplaces
        for day in ad_days(world, place, world.first_day, last, now)
        if day.visible_at <= now
    )
    for number, day in enumerate(sorted(days, key=lambda one: one[:8]), seq):
        yield _event(world.seller.slug, number, day)


def within(day: AdDay, window: int) -> tuple[int, int, Decimal]:
    """Order lines, units and sales credited within ``window`` days after the click."""
    found = [order for order in day.orders if order[0] < window]
    return (
        len(found),
        sum(units for _, units, _ in found),
        sum((amount for _, _, amount in found), Decimal("0.00")),
    )


def _event(account: str, seq: int, day: AdDay) -> Event:
    return Event(
        seq=seq,
        at=day.visible_at - LATE,
        visible_at=day.visible_at,
        account=account,
        network=None,
        country=MARKETPLACES[day.marketplace].code,
        fc=None,
        fnsku=None,
        msku=day.sku or "",
        asin=day.asin or "",
        kind=KIND,
        units=0,
        from_state=None,
        to_state=None,
        disposition="SELLABLE",
        channel="",
        marketplace=day.marketplace,
        refs=_refs(day),
        price=f"{day.cost}",
        currency=day.currency,
        cause=None,
    )


def _refs(day: AdDay) -> dict[str, Any]:
    refs: dict[str, Any] = {
        "day": day.day.isoformat(),
        "profile_id": day.profile_id,
        "ad_product": day.product,
        "campaign_id": day.campaign_id,
        "campaign": day.campaign,
        "ad_id": day.ad_id,
        "impressions": day.impressions,
        "clicks": day.clicks,
        "cost": f"{day.cost}",
    }
    for window in WINDOWS:
        orders, units, sales = within(day, window)
        refs[f"orders_{window}d"] = orders
        refs[f"units_{window}d"] = units
        refs[f"sales_{window}d"] = f"{sales}"
    return refs
