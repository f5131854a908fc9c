"""Bookings and settlements as events of the stream, for whoever judges."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from stockroom.simulator.world.money import BookedItem, Booking, bookings
from stockroom.simulator.world.records import dollars
from stockroom.simulator.world.settlements import Settlement, settled, settlements
from stockroom.simulator.world.states import SELLABLE_DISPOSITION
from stockroom.simulator.world.views import Event

if TYPE_CHECKING:
    from stockroom.simulator.world.stream import SellerWorld

_INSTANT = "%Y-%m-%dT%H:%M:%SZ"


def money_events(world: SellerWorld, now: datetime) -> Iterator[Event]:
    """Everything booked and settled by ``now``, in order."""
    begin = datetime.combine(world.first_day, time(), tzinfo=UTC)
    posted = [
        _posted(world, one) for one in bookings(world, begin, now + timedelta(microseconds=1))
    ]
    paid = [_settled(world, one) for one in settlements(world.seller, world.first_day, now)]
    yield from sorted([*posted, *paid], key=attrgetter("at"))


def _posted(world: SellerWorld, booking: Booking) -> Event:
    first = booking.items[0].event
    refs: dict[str, Any] = {
        "transaction_id": booking.id,
        "transaction_type": booking.kind,
        "order_id": booking.order_id,
        "held_until": booking.held_until.strftime(_INSTANT) if booking.held_until else None,
        "releases": booking.releases,
        "items": [_item(item) for item in booking.items],
    }
    money = booking.cents, booking.currency, booking.marketplace
    units = sum(item.event.units for item in booking.items)
    happened = _event(world, "posted", (booking.at, booking.visible_at), money, refs)
    return happened._replace(msku=first.msku, asin=first.asin, units=units, channel=first.channel)


def _item(item: BookedItem) -> dict[str, Any]:
    charges = {charge.name: dollars(charge.cents) for charge in item.charges}
    return {"msku": item.event.msku, "units": item.event.units, "charges": charges}


def _settled(world: SellerWorld, settlement: Settlement) -> Event:
    lines = settled(world, settlement)
    refs: dict[str, Any] = {
        "settlement_id": settlement.id,
        "starts_at": settlement.start.strftime(_INSTANT),
        "transactions": [booking.id for booking in lines],
    }
    money = sum(one.cents for one in lines), settlement.currency, settlement.marketplace
    return _event(world, "settled", (settlement.end, settlement.made_at), money, refs)


def _event(
    world: SellerWorld,
    kind: str,
    instants: tuple[datetime, datetime],
    money: tuple[int, str, str],
    refs: dict[str, Any],
) -> Event:
    at, visible_at = instants
    cents, currency, marketplace = money
    return Event(
        seq=0,
        at=at,
        visible_at=visible_at,
        account=world.seller.slug,
        network=None,
        country=None,
        fc=None,
        fnsku=None,
        msku="",
        asin="",
        kind=kind,
        units=0,
        from_state=None,
        to_state=None,
        disposition=SELLABLE_DISPOSITION,
        channel="FBA",
        marketplace=marketplace,
        refs=refs,
        price=dollars(cents),
        currency=currency,
        cause=None,
    )
