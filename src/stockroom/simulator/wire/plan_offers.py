"""What Amazon offers for a caller's plan: how to split it, and what that costs.

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
    GENERATE_PLACEMENT,
    Asked,
    SellerPlan,
)
from stockroom.simulator.world.assortment import FULFILMENT_CENTRES

OFFER_LASTS = timedelta(hours=48)
MOST_SPLITS = 4


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


def market_of(plan: SellerPlan) -> Marketplace:
    """The store a plan was made for."""
    return BY_ID[plan.made["destinationMarketplaces"][0]]


def placements(plan: SellerPlan, now: datetime) -> list[Placement]:
    """The options on offer; after one was confirmed, that one alone."""
    chosen = plan.done(CONFIRM_PLACEMENT, now)
    offered = plan.done(GENERATE_PLACEMENT, chosen.asked_at if chosen else now)
    found = [] if offered is None else _placements(plan, offered)
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


def drawn_id(rng: Random) -> str:
    """The next 36 characters of an id."""
    return str(UUID(int=rng.getrandbits(128)))


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
            id=f"sh{drawn_id(rng)}",
            confirmation_id=f"FBA15{rng.randrange(10**7):07d}",
            warehouse=places[at % len(places)][0],
            country=places[at % len(places)][1],
            units=share,
        )
        for at, share in enumerate(_shares(units, splits))
    )
    return Placement(
        f"pl{drawn_id(rng)}", parcels, fee, market.currency, offered.ends_at + OFFER_LASTS
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
