"""When Amazon settles: every store's balance on its own, every two weeks.

The periods follow from the calendar alone, what they hold from the bookings:
those in the period, and of the held ones those released in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from stockroom.core.marketplaces import MARKETPLACES, Region
from stockroom.simulator.world.money import Booking, bookings
from stockroom.simulator.world.views import Seller

if TYPE_CHECKING:
    from stockroom.simulator.world.stream import SellerWorld

PERIOD: Final = timedelta(days=14)
_ENDS_AT: Final = {Region.NA: 22, Region.EU: 14, Region.FE: 6}
"""The hour (UTC) at which periods end: in the afternoon, in the middle of business."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """One period of one store's balance."""

    id: str
    marketplace: str
    start: datetime
    end: datetime
    made_at: datetime
    """When its report is there."""
    deposit_at: datetime

    @property
    def currency(self) -> str:
        """What it is paid in."""
        return MARKETPLACES[self.marketplace].currency


def settlements(seller: Seller, first_day: date, until: datetime) -> Iterator[Settlement]:
    """The periods of all stores that were over at ``until``, by store and end."""
    for marketplace in seller.marketplaces:
        number = _number(f"{seller.seller_id}|{marketplace}")
        hour = time(_ENDS_AT[seller.region], number % 60, number // 60 % 60, tzinfo=UTC)
        start = datetime.combine(first_day - timedelta(days=number // 3600 % 14), hour)
        while start + PERIOD <= until:
            end = start + PERIOD
            name = str(10**10 + _number(f"{seller.seller_id}|{marketplace}|{end}") % 10**10)
            made = end + timedelta(hours=1, seconds=int(name) % 14_400)
            yield Settlement(name, marketplace, start, end, made, end + timedelta(days=2))
            start = end


def settled(world: SellerWorld, settlement: Settlement) -> list[Booking]:
    """The bookings that a settlement pays out, in order."""
    found = bookings(world, settlement.start, settlement.end)
    return [
        one for one in found if one.marketplace == settlement.marketplace and one.held_until is None
    ]


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
