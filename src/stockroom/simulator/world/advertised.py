"""The advertising among the events of the truth: what was shown, and what was ordered after a click."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from stockroom.core.clock import day_end
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.world.ad_days import LATE, ad_days
from stockroom.simulator.world.stream import SellerWorld
from stockroom.simulator.world.views import AdDay, Event

SHOWN: Final = "advertised"
"""An ad's (or a brand campaign's) day: ``price`` is what it cost."""
CREDITED: Final = "ad_credited"
"""An order line credited to a click: its units and amount; ``refs.day`` is the click's day."""


def advertised(world: SellerWorld, now: datetime) -> list[Event]:
    """Everything of the days that are over at ``now``, in order; without numbers in the stream.

    ``at`` is the end of the day (of a credit: of the day of the order), ``visible_at``
    when Amazon's reports have all of it.
    """
    last = now.date() + timedelta(days=1)
    days = (
        day
        for place in world.seller.marketplaces
        for day in ad_days(world, place, world.first_day, last, now + LATE)
        if day.visible_at - LATE <= now
    )
    found = [event for day in days for event in _events(world.seller.slug, day)]
    # By the end of its day: what a longer world adds comes after all of this.
    return sorted(found, key=lambda one: one.at)


def _events(account: str, day: AdDay) -> Iterator[Event]:
    about: dict[str, Any] = {
        "day": day.day.isoformat(),
        "profile_id": day.profile_id,
        "ad_product": day.product,
        "campaign_id": day.campaign_id,
        "campaign": day.campaign,
        "ad_id": day.ad_id,
    }
    traffic = {"impressions": day.impressions, "clicks": day.clicks, "cost": f"{day.cost}"}
    yield _event(account, SHOWN, day, refs=about | traffic, amount=day.cost)
    for delay, units, amount in day.orders:
        refs = about | {"days_after_click": delay}
        yield _event(account, CREDITED, day, delay, refs=refs, units=units, amount=amount)


def _event(
    account: str,
    kind: str,
    day: AdDay,
    delay: int = 0,
    *,
    refs: dict[str, Any],
    amount: Decimal,
    units: int = 0,
) -> Event:
    place = MARKETPLACES[day.marketplace]
    over = day_end(day.day + timedelta(days=delay), place.zone)
    return Event(
        seq=0,
        at=over,
        visible_at=over + LATE,
        account=account,
        network=None,
        country=place.code,
        fc=None,
        fnsku=None,
        msku=day.sku or "",
        asin=day.asin or "",
        kind=kind,
        units=units,
        from_state=None,
        to_state=None,
        disposition="SELLABLE",
        channel="",
        marketplace=day.marketplace,
        refs=refs,
        price=f"{amount}",
        currency=day.currency,
        cause=None,
    )
