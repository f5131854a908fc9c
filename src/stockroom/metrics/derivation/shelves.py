"""What cover is made from: each listing's shelf with its demand, and what is coming to each pool."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Select, and_, case, func, select

from stockroom.metrics.arrivals import Arrival
from stockroom.metrics.stock import Stock
from stockroom.metrics.velocities import Velocity


def shelves() -> Select[Any]:
    """One row per listing and window, as a :class:`covering.Shelf`."""
    arriving = func.coalesce(Stock.fc_transfer + Stock.fc_processing, 0)
    same_listing = and_(Velocity.marketplace == Stock.marketplace, Velocity.sku == Stock.sku)
    return select(
        Velocity.window_days,
        Stock.marketplace,
        Stock.sku,
        Stock.pool,
        Stock.sellable,
        case((Stock.network != "", arriving), else_=0),
        Stock.asked_at,
        Velocity.pool_units,
        Velocity.pool_days,
        Velocity.pool_units_in,
        Velocity.pool_days_in,
        func.coalesce(Velocity.adjusted, Velocity.raw),
        Velocity.as_of,
    ).join(Velocity, same_listing)


def coming() -> Select[str | None, date | None, int, str | None]:
    """Units that shipments bring, by pool: the pool, then a :class:`covering.Coming`."""
    day, source = Arrival.expected_on, Arrival.eta_source
    return (
        select(Arrival.pool, day, func.sum(Arrival.units_coming), source)
        .where(Arrival.units_coming > 0, Arrival.pool.is_not(None))
        .group_by(Arrival.pool, day, source)
    )
