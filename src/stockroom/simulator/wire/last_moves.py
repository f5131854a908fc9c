"""When each pool's stock last changed, the way the inventory API counts changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from stockroom.simulator.world import SellerWorld
from stockroom.simulator.world.states import EXPIRED, PROCESSING

Pool = tuple[str, str]
"""Network and FNSKU."""


class LastMoves:
    """The instant of the newest move of every pool of one seller.

    Facts 2.3: what is still inbound does not count as a change. Read forward
    once; afterwards only what is new is looked at.
    """

    def __init__(self) -> None:
        self._read = 0
        self._at: dict[Pool, int] = {}

    def by(self, world: SellerWorld, as_of: datetime) -> Mapping[Pool, datetime]:
        """The last moves by ``as_of``, which never goes back between calls."""
        records = world.records(as_of)
        for record in records[self._read :]:
            pool = record.pool
            if (
                record.source != record.target
                and (_in_stock(record.source) or _in_stock(record.target))
                and pool.network is not None
                and pool.fnsku is not None
            ):
                self._at[pool.network, pool.fnsku] = record.at
        self._read = len(records)
        return {pool: datetime.fromtimestamp(at, UTC) for pool, at in self._at.items()}


def _in_stock(state: int) -> bool:
    return PROCESSING <= state <= EXPIRED
