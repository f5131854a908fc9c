"""Which pool a sale is served from: what turns listings' sales into pools' demand."""

from __future__ import annotations

from sqlalchemy import CTE, case, func, literal_column, select, union_all

from stockroom.metrics.derivation.pool_names import shelf_of
from stockroom.metrics.stock import Stock


def pool_demand(sold: CTE) -> CTE:
    """Demand by the pool that serves it: (key, day, units, mcf)."""
    placed = _placed(sold)
    sides = union_all(
        select(
            placed.c.sold_from.label("key"),
            placed.c.day,
            placed.c.amazon.label("units"),
            literal_column("0").label("mcf"),
        ),
        select(placed.c.shipped_from, placed.c.day, placed.c.mcf, placed.c.mcf),
    ).subquery("sides")
    return (
        select(
            sides.c.key,
            sides.c.day,
            func.sum(sides.c.units).label("units"),
            func.sum(sides.c.mcf).label("mcf"),
        )
        .where(sides.c.key.is_not(None))
        .group_by(sides.c.key, sides.c.day)
        .cte("pool_demand")
    )


def _placed(sold: CTE) -> CTE:
    """Sales with the pools they come from.

    Orders of a marketplace where the SKU is not listed count in its pool when it
    has just one. Multi-channel orders are always Amazon's to ship: they never
    count against a merchant's own shelf.
    """
    own = select(
        shelf_of(Stock.marketplace, Stock.sku).label("key"),
        Stock.pool,
        case((Stock.network != "", Stock.pool)).label("at_amazon"),
    ).subquery("own")
    only = (
        select(Stock.sku, func.min(Stock.pool).label("pool"))
        .where(Stock.network != "")
        .group_by(Stock.sku)
        .having(func.min(Stock.pool) == func.max(Stock.pool))
        .subquery("only")
    )
    return (
        select(
            sold.c.day,
            sold.c.amazon,
            sold.c.mcf,
            func.coalesce(own.c.pool, only.c.pool).label("sold_from"),
            func.coalesce(own.c.at_amazon, only.c.pool).label("shipped_from"),
        )
        .outerjoin(own, own.c.key == sold.c.key)
        .outerjoin(only, only.c.sku == sold.c.sku)
        .cte("placed")
    )
