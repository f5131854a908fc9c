"""FBA listings of one marketplace beside the stock that serves them.

Facts 1.1: most FBA reports answer for one marketplace, the first one asked.
Facts 2.3: every listing shows the whole stock of its pool, as the inventory
API does: four European listings of one FNSKU show the same units.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from stockroom.core.marketplaces import MARKETPLACES, Marketplace, Region
from stockroom.simulator.documents.view import Generation
from stockroom.simulator.world import ListingState, PoolStock, SellerWorld

CHANNELS = {Region.NA: "AMAZON_NA", Region.EU: "AMAZON_EU", Region.FE: "AMAZON_JP"}
"""What Amazon calls its own fulfilment in each region."""


class Shelf(NamedTuple):
    """A listing and its pool."""

    listing: ListingState
    stock: PoolStock

    @property
    def fnsku(self) -> str:
        """The label on the units."""
        return self.listing.fnsku or ""

    @property
    def reserved(self) -> int:
        """Units set aside: for customers, on their way between warehouses, being processed."""
        return self.stock.on_hand - self.stock.sellable

    @property
    def warehouse(self) -> int:
        """Units in Amazon's warehouses, in whatever condition."""
        return self.stock.on_hand + self.stock.unsellable

    @property
    def total(self) -> int:
        """Units in an inbound shipment, in Amazon's warehouses or looked for there."""
        stock = self.stock
        inbound = stock.inbound_working + stock.inbound_shipped + stock.inbound_receiving
        return inbound + self.warehouse + stock.researching


def listings(world: SellerWorld, generation: Generation) -> Iterator[ListingState]:
    """All listings of the first marketplace asked, by SKU."""
    market = generation.ask.marketplaces[0]
    found = generation.listings(world, generation.as_of)
    return (one for one in found if one.marketplace == market.code)


def shelves(world: SellerWorld, generation: Generation) -> Iterator[Shelf]:
    """The FBA listings among them, each with its pool's stock."""
    stock = world.stock_at(generation.as_of)
    for listing in listings(world, generation):
        if listing.network is not None and listing.fnsku is not None:
            yield Shelf(listing, stock[listing.network, listing.fnsku])


def home(listing: ListingState) -> Marketplace:
    """The marketplace in whose country the stock of a remote-fulfilled listing lies."""
    return next(one for one in MARKETPLACES.values() if one.network == listing.network)
