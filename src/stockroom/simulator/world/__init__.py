"""The world behind the pretend Amazon: sellers, units and orders as one stream of physical events.

A world is a function of its options, generated forward: asking for more days
never changes the past. Everything Amazon's interfaces show is a view of the
stream, as of an instant.
"""

from __future__ import annotations

from threading import Lock

from stockroom.core.errors import NotFoundError
from stockroom.simulator.world.accounts import seller
from stockroom.simulator.world.arrangements import (
    AwdShipment,
    AwdStock,
    InboundShipment,
    McfItem,
    McfOrder,
    RemovalOrder,
)
from stockroom.simulator.world.options import WorldOptions, default_now
from stockroom.simulator.world.parameters import Parameters
from stockroom.simulator.world.past import PoolPast
from stockroom.simulator.world.stream import SellerWorld
from stockroom.simulator.world.views import (
    Event,
    LedgerDay,
    LineState,
    ListingState,
    OrderState,
    PoolStock,
    Seller,
)

__all__ = [
    "AwdShipment",
    "AwdStock",
    "Event",
    "InboundShipment",
    "LedgerDay",
    "LineState",
    "ListingState",
    "McfItem",
    "McfOrder",
    "OrderState",
    "Parameters",
    "PoolPast",
    "PoolStock",
    "RemovalOrder",
    "Seller",
    "SellerWorld",
    "World",
    "WorldOptions",
    "default_now",
]


class World:
    """All sellers of one home."""

    def __init__(self, options: WorldOptions) -> None:
        self.options = options
        self.sellers: dict[str, Seller] = {
            account.slug: seller(account, options.seed) for account in options.accounts
        }
        self._worlds: dict[str, SellerWorld] = {}
        self._turn = Lock()

    def seller(self, slug: str) -> SellerWorld:
        """The world of one seller, made when it is first asked for.

        Raises:
            NotFoundError: There is no such account.
        """
        if slug not in self.sellers:
            raise NotFoundError(
                f"There is no account '{slug}' in this world.",
                field="account",
                next_step=f"Use one of: {', '.join(sorted(self.sellers))}.",
            )
        with self._turn:
            if slug not in self._worlds:
                account = next(row for row in self.options.accounts if row.slug == slug)
                self._worlds[slug] = SellerWorld(self.sellers[slug], account, self.options)
            return self._worlds[slug]
