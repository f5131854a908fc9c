"""What a seller advertises: campaigns, their ad groups, and the listings in them.

A plan, drawn once per marketplace from a seed of its own: nothing physical
depends on it. Sponsored Products and Display advertise single listings;
Sponsored Brands shows a shop, so its figures belong to a campaign as a whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.world.assortment import PRICE_FACTORS
from stockroom.simulator.world.offers import Offer
from stockroom.simulator.world.warehouse import Pool

PRODUCTS: Final = "SPONSORED_PRODUCTS"
BRANDS: Final = "SPONSORED_BRANDS"
DISPLAY: Final = "SPONSORED_DISPLAY"

_SHORT: Final = {PRODUCTS: "SP", BRANDS: "SB", DISPLAY: "SD"}
_LISTINGS: Final = {PRODUCTS: 8, BRANDS: 10, DISPLAY: 6}
"""Listings in one campaign at most."""
_SHARE: Final = {PRODUCTS: 0.6, BRANDS: 0.4, DISPLAY: 0.25}
"""Of the listings, those that are in a campaign of that kind."""
_FIRST: Final = 4
"""Products that are advertised in every world, however small."""
_PAUSED: Final = 0.12
"""Of the campaigns, those that are paused some day."""


@dataclass(frozen=True, slots=True)
class Ad:
    """One listing in one campaign."""

    id: str
    pool: Pool
    offer: Offer


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign; money in cents of its marketplace's currency."""

    id: str
    name: str
    kind: str
    marketplace: str
    ad_group_id: str
    ad_group: str
    ads: tuple[Ad, ...]
    first_day: int
    """Day number on which it starts."""
    paused_from: int | None
    """Day number from which it is paused."""
    budget: int
    """A day's."""
    bid: int
    """A click's, at most."""

    def is_paused_on(self, day: int) -> bool:
        """Whether somebody has stopped it by day number ``day``."""
        return self.paused_from is not None and self.paused_from <= day


def profile_id(seller_id: str, marketplace: str) -> str:
    """The advertising account of a seller in one marketplace."""
    return numbered(f"{seller_id}|{marketplace}|profile", 16)


def campaigns(key: str, pools: Iterable[Pool]) -> tuple[Campaign, ...]:
    """Every campaign of a seller, in a fixed order.

    Args:
        key: Names the world and the seller: the seed of all that is drawn.
        pools: What the seller has.
    """
    offers = sorted(
        ((pool, offer) for pool in pools for offer in pool.offers),
        key=lambda row: (row[1].marketplace, row[1].product.index),
    )
    places = sorted({offer.marketplace for _, offer in offers})
    return tuple(
        campaign
        for place in places
        for kind in (PRODUCTS, BRANDS, DISPLAY)
        for campaign in _of(
            key, place, kind, [one for one in offers if one[1].marketplace == place]
        )
    )


def _of(key: str, place: str, kind: str, offers: list[tuple[Pool, Offer]]) -> Iterator[Campaign]:
    rng = Random(f"{key}|{place}|{kind}")
    chosen = [
        (pool, offer)
        for pool, offer in offers
        if rng.random() < _SHARE[kind] or offer.product.index < _FIRST
    ]
    for number, start in enumerate(range(0, len(chosen), _LISTINGS[kind]), 1):
        name = f"{place} {_SHORT[kind]} {number:02d}"
        yield _campaign(f"{key}|{name}", name, kind, chosen[start : start + _LISTINGS[kind]])


def _campaign(key: str, name: str, kind: str, offers: list[tuple[Pool, Offer]]) -> Campaign:
    rng = Random(f"{key}|terms")
    place = offers[0][1].marketplace
    factor = PRICE_FACTORS[MARKETPLACES[place].currency]
    return Campaign(
        id=numbered(f"{key}|campaign", 15),
        name=name,
        kind=kind,
        marketplace=place,
        ad_group_id=numbered(f"{key}|group", 15),
        ad_group=f"{name} all",
        ads=tuple(Ad(numbered(f"{key}|{offer.sku}|ad", 15), pool, offer) for pool, offer in offers),
        first_day=int(rng.random() * 20),
        paused_from=rng.randint(60, 380) if rng.random() < _PAUSED else None,
        budget=round(factor * rng.choice((20, 40, 80))) * 100,
        bid=round(factor * rng.uniform(35, 110)),
    )


def numbered(key: str, digits: int) -> str:
    """An id as Amazon writes it: digits only, never beginning with 0."""
    number = int.from_bytes(hashlib.sha256(key.encode()).digest(), "big")
    return str(10 ** (digits - 1) + number % (9 * 10 ** (digits - 1)))
