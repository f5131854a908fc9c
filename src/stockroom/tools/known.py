"""What Amazon's data say of one listing, for planning."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from stockroom.core.marketplaces import MARKETPLACES

Place = tuple[str, str]
"""A marketplace and a SKU in it."""


class Known(NamedTuple):
    """A row of ``metrics.replenishment``, with what ``metrics.stock`` shows beside the pool."""

    marketplace: str
    sku: str
    pool: str
    network: str
    listing_status: str | None
    sellable: int | None
    demand_units: int
    demand_days: int
    velocity_kind: str | None
    units_in: int
    squares_in: int
    days_in: int
    arriving: int
    arriving_on: date | None
    arrivals: Sequence[tuple[str, int, str]]
    learned_transit_days: int | None
    learned_shipments: int | None
    in_time_days: Any
    stockout_date: date | None
    band: str | None
    as_of: date | None
    velocity_as_of: date
    inbound_working: int | None
    awd: int | None
    awd_inbound: int | None
    awd_day: date | None
    run_id: UUID

    @property
    def place(self) -> Place:
        """Where it is listed."""
        return self.marketplace, self.sku

    @property
    def selling(self) -> bool:
        """Whether its listing is active, as far as anybody knows."""
        return self.listing_status in {"active", None}

    @property
    def remote(self) -> bool:
        """Whether it sells from a stock that lies in another marketplace's network."""
        return self.network != MARKETPLACES[self.marketplace].network

    @property
    def centres(self) -> dict[str, int]:
        """Units of the pool's SKUs at Amazon's distribution centres (AWD), or on their way there."""
        units = {"awd": self.awd, "awd_inbound": self.awd_inbound}
        return {name: there for name, there in units.items() if there}
