"""Who carries a caller's shipments, what that costs, and when they may arrive.

The model: options are made for the shipments of one placement option, and freight is
offered only to who says what is carried. Amazon's partner quotes for a while; own
carriers quote nothing, and need a delivery window that was confirmed before. Once
transportation is confirmed, nothing is offered any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from stockroom.simulator.wire.plan_desk import (
    CONFIRM_TRANSPORTATION,
    CONFIRM_WINDOW,
    GENERATE_TRANSPORTATION,
    GENERATE_WINDOWS,
    Asked,
    SellerPlan,
)
from stockroom.simulator.wire.plan_offers import Parcel, Placement, drawn_id, market_of, placements

PARTNERED = "AMAZON_PARTNERED_CARRIER"
OWN = "USE_YOUR_OWN_CARRIER"
PARCELS = "GROUND_SMALL_PARCEL"
FREIGHT = "FREIGHT_LTL"
NEEDS_WINDOW = "CONFIRMED_DELIVERY_WINDOW"
QUOTE_LASTS = timedelta(hours=24)
VOID_WINDOWS = {PARCELS: timedelta(hours=24), FREIGHT: timedelta(hours=1)}
"""Facts 2.4: how long a partnered carriage can be taken back without a charge."""
WINDOW_DAYS = 7
WINDOWS = ("AVAILABLE", "CONGESTED", "AVAILABLE")
"""How full Amazon is in the windows on offer, one week after the other."""


@dataclass(frozen=True, slots=True)
class Carriage:
    """One way to send a shipment; own carriers quote nothing."""

    id: str
    parcel_id: str
    mode: str
    solution: str
    cost: Decimal
    currency: str
    expires_at: datetime

    @property
    def preconditions(self) -> tuple[str, ...]:
        """What must be there before it can be confirmed."""
        return () if self.solution == PARTNERED else (NEEDS_WINDOW,)


@dataclass(frozen=True, slots=True)
class Window:
    """Days within which a shipment may arrive."""

    id: str
    availability: str
    starts_at: datetime
    ends_at: datetime
    valid_until: datetime


def carriages(plan: SellerPlan, now: datetime) -> list[Carriage]:
    """The transportation options on offer, of every placement option they were asked for."""
    done = plan.done(CONFIRM_TRANSPORTATION, now)
    seen_at = done.asked_at if done else now
    return [one for option in placements(plan, now) for one in _carriages(plan, option, seen_at)]


def chosen_carriages(plan: SellerPlan, now: datetime) -> dict[str, tuple[str, datetime]]:
    """By shipment, the confirmed option and the moment it was confirmed."""
    done = plan.done(CONFIRM_TRANSPORTATION, now)
    if done is None:
        return {}
    return {
        one["shipmentId"]: (one["transportationOptionId"], done.ends_at)
        for one in done.details["transportationSelections"]
    }


def windows(plan: SellerPlan, parcel_id: str, now: datetime) -> list[Window]:
    """The delivery windows on offer for a shipment; those of its confirmation, once it has one."""
    done = plan.done(CONFIRM_WINDOW, now, shipment=parcel_id)
    asked = plan.done(GENERATE_WINDOWS, done.asked_at if done else now, shipment=parcel_id)
    return [] if asked is None else list(_windows(asked))


def chosen_window(plan: SellerPlan, parcel_id: str, now: datetime) -> Window | None:
    """The delivery window that was confirmed for a shipment."""
    done = plan.done(CONFIRM_WINDOW, now, shipment=parcel_id)
    wanted = done and done.details["option"]
    return next((one for one in windows(plan, parcel_id, now) if one.id == wanted), None)


def _carriages(plan: SellerPlan, option: Placement, now: datetime) -> Iterator[Carriage]:
    asked = plan.done(GENERATE_TRANSPORTATION, now, placementOptionId=option.id)
    if asked is None:
        return
    parcels = {parcel.id: parcel for parcel in option.parcels}
    for wanted in asked.details["shipmentTransportationConfigurations"]:
        parcel = parcels[wanted["shipmentId"]]
        yield from _ways(asked, parcel, wanted, market_of(plan).currency)


def _ways(
    asked: Asked, parcel: Parcel, wanted: Mapping[str, Any], currency: str
) -> Iterator[Carriage]:
    rng = Random(f"carriage {asked.operation_id} {parcel.id}")
    rate = Decimal(rng.randint(20, 45)) / 100
    cost = (rate * sum(parcel.units.values()) + Decimal("7.50")).quantize(Decimal("0.01"))
    offered = [(PARCELS, PARTNERED, cost), (PARCELS, OWN, Decimal(0))]
    if wanted.get("freightInformation"):
        offered += [(FREIGHT, PARTNERED, cost * 2), (FREIGHT, OWN, Decimal(0))]
    for mode, solution, price in offered:
        yield Carriage(
            id=f"to{drawn_id(rng)}",
            parcel_id=parcel.id,
            mode=mode,
            solution=solution,
            cost=price,
            currency=currency,
            expires_at=asked.ends_at + QUOTE_LASTS,
        )


def _windows(asked: Asked) -> Iterator[Window]:
    rng = Random(f"windows {asked.operation_id}")
    midnight = asked.ends_at.replace(hour=0, minute=0, second=0, microsecond=0)
    for week, availability in enumerate(WINDOWS):
        starts_at = midnight + timedelta(days=WINDOW_DAYS * (week + 1))
        yield Window(
            id=f"dw{drawn_id(rng)}",
            availability=availability,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(days=WINDOW_DAYS),
            valid_until=asked.ends_at + QUOTE_LASTS,
        )
