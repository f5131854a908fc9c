"""What Amazon offers for a caller's plan: how to split it, what that costs, who carries it.

Facts 2.4: placement options carry fees, discounts and an expiry. Here the United
States ask a fee for a single shipment and none for Amazon's own split; elsewhere
there is one option, without a fee. Offers follow from the operation that asked for
them: asked for again, they are others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from stockroom.core.marketplaces import BY_ID, Marketplace
from stockroom.simulator.wire.plan_desk import (
    CONFIRM_PLACEMENT,
    CONFIRM_TRANSPORTATION,
    GENERATE_PLACEMENT,
    GENERATE_TRANSPORTATION,
    Asked,
    SellerPlan,
)
from stockroom.simulator.world.assortment import FULFILMENT_CENTRES

OFFER_LASTS = timedelta(hours=48)
MOST_SPLITS = 4
VOID_WINDOWS = {"GROUND_SMALL_PARCEL": timedelta(hours=24), "FREIGHT_LTL": timedelta(hours=1)}
"""Facts 2.4: how long a partnered carriage can be taken back without a charge."""
FREIGHT_FROM = 500
"""Units from which the partnered carrier comes with a lorry."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One shipment of an option: units by SKU to one warehouse."""

    id: str
    confirmation_id: str
    warehouse: str
    country: str
    units: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Placement:
    """One way to split a plan."""

    id: str
    parcels: tuple[Parcel, ...]
    fee: Decimal
    currency: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Carriage:
    """One way to send a shipment; own carriers quote nothing."""

    id: str
    parcel_id: str
    mode: str
    partnered: bool
    cost: Decimal
    currency: str


def market_of(plan: SellerPlan) -> Marketplace:
    """The store a plan was made for."""
    return BY_ID[plan.made["destinationMarketplaces"][0]]


def placements(plan: SellerPlan, now: datetime) -> list[Placement]:
    """The options on offer; after one was confirmed, that one alone."""
    offered = plan.done(GENERATE_PLACEMENT, now)
    found = [] if offered is None else _placements(plan, offered)
    chosen = plan.done(CONFIRM_PLACEMENT, now)
    return found if chosen is None else [one for one in found if one.id == chosen.details["option"]]


def chosen_placement(plan: SellerPlan, now: datetime) -> Placement | None:
    """The option that was confirmed."""
    return placements(plan, now)[0] if plan.done(CONFIRM_PLACEMENT, now) else None


def placement_status(plan: SellerPlan, option: Placement, now: datetime) -> str:
    """In the words of ``listPlacementOptions``."""
    if plan.done(CONFIRM_PLACEMENT, now):
        return "ACCEPTED"
    return "OFFERED" if now < option.expires_at else "EXPIRED"


def parcel_status(plan: SellerPlan, now: datetime) -> str:
    """Facts 2.4 and the model: unconfirmed until a placement is chosen, working after it."""
    if plan.status(now) == "VOIDED":
        return "CANCELLED"
    return "WORKING" if plan.done(CONFIRM_PLACEMENT, now) else "UNCONFIRMED"


def carriages(plan: SellerPlan, now: datetime) -> list[Carriage]:
    """The transportation options on offer, two for each shipment."""
    asked = plan.done(GENERATE_TRANSPORTATION, now)
    if asked is None:
        return []
    parcels = {parcel.id: parcel for one in placements(plan, now) for parcel in one.parcels}
    wanted = [one["shipmentId"] for one in asked.details["shipmentTransportationConfigurations"]]
    currency = market_of(plan).currency
    return [
        carriage
        for parcel_id in wanted
        if parcel_id in parcels
        for carriage in _carriages(asked, parcels[parcel_id], currency)
    ]


def chosen_carriages(plan: SellerPlan, now: datetime) -> dict[str, tuple[str, datetime]]:
    """By shipment, the confirmed option and the moment it was confirmed."""
    done = plan.done(CONFIRM_TRANSPORTATION, now)
    if done is None:
        return {}
    return {
        one["shipmentId"]: (one["transportationOptionId"], done.ends_at)
        for one in done.details["transportationSelections"]
    }


def _placements(plan: SellerPlan, offered: Asked) -> list[Placement]:
    market, units = market_of(plan), plan.units(offered.ends_at)
    total = sum(units.values())
    if market.code != "US":
        return [_placement(offered, market, units, splits=1, fee=Decimal(0))]
    rate = Decimal(Random(offered.operation_id).randint(21, 38)) / 100
    single = _placement(offered, market, units, splits=1, fee=rate * total)
    if total < 2:
        return [single]
    splits = min(MOST_SPLITS, total)
    return [single, _placement(offered, market, units, splits=splits, fee=Decimal(0))]


def _placement(
    offered: Asked, market: Marketplace, units: Mapping[str, int], *, splits: int, fee: Decimal
) -> Placement:
    rng = Random(f"placement {splits} {offered.operation_id}")
    places = FULFILMENT_CENTRES[market.network]
    parcels = tuple(
        Parcel(
            id=f"sh{_uuid(rng)}",
            confirmation_id=f"FBA15{rng.randrange(10**7):07d}",
            warehouse=places[at % len(places)][0],
            country=places[at % len(places)][1],
            units=share,
        )
        for at, share in enumerate(_shares(units, splits))
    )
    return Placement(
        f"pl{_uuid(rng)}", parcels, fee, market.currency, offered.ends_at + OFFER_LASTS
    )


def _shares(units: Mapping[str, int], splits: int) -> list[dict[str, int]]:
    """Units dealt out one after the other, so that every shipment gets some."""
    shares: list[dict[str, int]] = [{} for _ in range(splits)]
    at = 0
    for sku, count in units.items():
        for offset in range(splits):
            share = count // splits + (offset < count % splits)
            if share:
                shares[(at + offset) % splits][sku] = share
        at += count % splits
    return [share for share in shares if share]


def _carriages(asked: Asked, parcel: Parcel, currency: str) -> list[Carriage]:
    rng = Random(f"carriage {asked.operation_id} {parcel.id}")
    units = sum(parcel.units.values())
    mode = "FREIGHT_LTL" if units >= FREIGHT_FROM else "GROUND_SMALL_PARCEL"
    cost = Decimal(rng.randint(20, 45)) / 100 * units + Decimal("7.50")
    return [
        Carriage(
            f"to{_uuid(rng)}", parcel.id, mode, True, cost.quantize(Decimal("0.01")), currency
        ),
        Carriage(f"to{_uuid(rng)}", parcel.id, "GROUND_SMALL_PARCEL", False, Decimal(0), currency),
    ]


def _uuid(rng: Random) -> str:
    return str(UUID(int=rng.getrandbits(128)))
