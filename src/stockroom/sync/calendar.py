"""When a day is over: in every zone the request answers for, and settled at Amazon."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from stockroom.core.clock import day_end
from stockroom.core.marketplaces import marketplace
from stockroom.spec.account import AccountFacts
from stockroom.spec.window import ONE_DAY


def zones_of(account: AccountFacts, code: str) -> frozenset[ZoneInfo]:
    """The zones one request answers for: the marketplace's, or (no code) all of the region."""
    return frozenset({marketplace(code).zone}) if code else account.zones


def settled_at(day: date, zones: frozenset[ZoneInfo], settles: timedelta) -> datetime:
    """The instant from which Amazon has all of ``day``."""
    return max(day_end(day, zone) for zone in zones) + settles


def today(now: datetime, zones: frozenset[ZoneInfo]) -> date:
    """The newest calendar day that has begun in one of the zones."""
    return max(now.astimezone(zone).date() for zone in zones)


def newest_settled(now: datetime, zones: frozenset[ZoneInfo], settles: timedelta) -> date:
    """The newest day of which Amazon has all."""
    day = today(now, zones)
    while settled_at(day, zones, settles) > now:
        day -= ONE_DAY
    return day
