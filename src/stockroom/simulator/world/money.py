"""What the seller earns and pays: each booking follows from something that happened to units.

A parcel that leaves brings its price less Amazon's fees, a refund takes the price
back, lost units are paid for. Some bookings are held back for days and then
released, which is a booking of its own. Rates are this world's, nobody asserts
that they are Amazon's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from stockroom.core.marketplaces import MARKETPLACES, Region
from stockroom.simulator.world.assortment import PRICE_FACTORS
from stockroom.simulator.world.views import Event

if TYPE_CHECKING:
    from stockroom.simulator.world.stream import SellerWorld

_KINDS: Final = frozenset({"shipped", "refunded", "reimbursed", "reversed"})
TYPES: Final = {
    "shipped": "Shipment",
    "refunded": "Refund",
    "reimbursed": "Adjustment",
    "reversed": "Adjustment",
}
_HELD: Final = timedelta(days=8)
_ONE_IN: Final = 9
"""Of the shipments, those whose money is held back."""
_REFERRAL: Final = (8, 12, 15)
"""Per cent of the price, by product."""
_KEPT_ON_REFUND: Final = 5
"""Amazon keeps one in so many of a refunded referral fee's cents."""
_RELEASED_AT: Final = {Region.NA: 21, Region.EU: 13, Region.FE: 5}
"""The hour (UTC) at which money is released: after noon, local time."""


class Charge(NamedTuple):
    """One amount: its kind, its name, cents (what the seller pays is negative)."""

    kind: str
    name: str
    cents: int


@dataclass(frozen=True, slots=True)
class BookedItem:
    """What one SKU's units brought and cost."""

    event: Event
    charges: tuple[Charge, ...]

    @property
    def cents(self) -> int:
        """All of it."""
        return sum(charge.cents for charge in self.charges)


@dataclass(frozen=True, slots=True)
class Booking:
    """One transaction on the seller's balance."""

    id: str
    at: datetime
    visible_at: datetime
    kind: str
    """``Shipment``, ``Refund`` or ``Adjustment``."""
    marketplace: str
    currency: str
    order_id: str | None
    items: tuple[BookedItem, ...]
    held_until: datetime | None = None
    """When it is released, if it is held back."""
    releases: str | None = None
    """The id of the held booking whose money this one brings."""

    @property
    def cents(self) -> int:
        """What it adds to the balance."""
        return sum(item.cents for item in self.items)

    @property
    def release(self) -> Booking:
        """The booking that brings the money of this held one."""
        assert self.held_until is not None
        return replace(
            self,
            id=_id("release", self.id),
            at=self.held_until,
            visible_at=self.held_until,
            held_until=None,
            releases=self.id,
        )


def bookings(world: SellerWorld, start: datetime, end: datetime) -> list[Booking]:
    """Everything booked in [start, end), in order; whether it is visible is the caller's question."""
    happened = world.between(_KINDS, start - _HELD - timedelta(days=1), end)
    known = [booking for group in _groups(happened) if (booking := _booking(world, group))]
    released = [booking.release for booking in known if booking.held_until]
    inside = (one for one in [*known, *released] if start <= one.at < end)
    return sorted(inside, key=attrgetter("at", "id"))


def _groups(happened: Iterable[Event]) -> Iterator[list[Event]]:
    """Events of one order at one instant are one booking; others are one each."""
    for _, instant in groupby(happened, key=attrgetter("at")):
        together: dict[tuple[str, str], list[Event]] = {}
        for event in instant:
            name = event.refs.get("order_id") or str(event.seq)
            together.setdefault((event.kind, name), []).append(event)
        yield from together.values()


def _booking(world: SellerWorld, events: list[Event]) -> Booking | None:
    items = tuple(BookedItem(one, charges) for one in events if (charges := _charges(one)))
    if not items:
        return None
    first = items[0].event
    order = first.refs.get("order_id")
    name = order or first.refs.get("reversal_id") or first.refs["reimbursement_id"]
    held = first.kind == "shipped" and int(first.refs["order_item_id"]) % _ONE_IN == 0
    return Booking(
        id=_id(world.seller.slug, first.kind, name, first.at.isoformat()),
        at=first.at,
        visible_at=first.visible_at,
        kind=TYPES[first.kind],
        marketplace=first.marketplace or _home(world, first),
        currency=first.currency or "",
        order_id=order,
        items=items,
        held_until=_release(first.at, world.seller.region) if held else None,
    )


def _home(world: SellerWorld, event: Event) -> str:
    """The store whose balance units of a pool belong to: the first with its currency."""
    places = world.seller.marketplaces
    return next(place for place in places if MARKETPLACES[place].currency == event.currency)


def _release(at: datetime, region: Region) -> datetime:
    hour = _RELEASED_AT[region]
    return (at + _HELD).replace(hour=hour, minute=at.minute, second=at.second)


def _charges(event: Event) -> tuple[Charge, ...]:
    """Nothing for replacements and for what was sold elsewhere."""
    cents = _cents(event.price)
    if not cents or event.refs.get("order_channel") == "mcf":
        return ()
    if event.kind in {"reimbursed", "reversed"}:
        return (Charge("FBA Inventory Reimbursement", (event.cause or "").upper(), cents),)
    number = _number(event.asin)
    referral = cents * _REFERRAL[number % 3] // 100
    sold = (Charge("ItemPrice", "Principal", cents), Charge("ItemFees", "Commission", -referral))
    if event.kind == "refunded":
        return (*sold, Charge("ItemFees", "RefundCommission", referral // _KEPT_ON_REFUND))
    if event.channel == "FBM":
        return sold
    factor = PRICE_FACTORS[event.currency or "USD"]
    fee = round((306 + number % 420) * factor) * event.units
    return (*sold, Charge("ItemFees", "FBAPerUnitFulfillmentFee", -fee))


def _cents(price: str | None) -> int:
    return int(price.replace(".", "")) if price else 0


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")


def _id(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:43]
