"""What a subject had on its shelf and sold on each day of the longest window.

A *subject* is a listing or a pool; the same arithmetic judges both. Everything
here is set-based and knows one account: the connection's. Parameters: ``as_of``
(the last day complete in the orders), ``oldest`` (the longest window's first
day) and the stores of :func:`closings.stores`.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    Integer,
    and_,
    bindparam,
    cast,
    false,
    func,
    null,
    select,
    true,
    union_all,
)

from stockroom.metrics.derivation.closings import asked_in_the_morning, stores
from stockroom.metrics.derivation.pools import pool_of, shelf_of
from stockroom.metrics.pool_days import PoolDay
from stockroom.metrics.sku_days import SkuDay
from stockroom.metrics.stock import Stock
from stockroom.reports.listings import Listing
from stockroom.spec.run import LoadedDay

_AS_OF = bindparam("as_of", type_=Date())
_OLDEST = bindparam("oldest", type_=Date())


@dataclass(frozen=True, slots=True)
class Side:
    """One kind of subject, ready to be judged.

    Args:
        subjects: (key, pool, at_amazon, born): what is judged, and since when it exists.
        demand: (key, day, units, mcf): ``units`` is the demand judged; ``mcf`` is counted beside.
        off: (key, day): days on which it could not be bought at all.
    """

    subjects: CTE
    demand: CTE
    off: CTE


def calendar() -> CTE:
    """The days in the windows, (day, age): those whose orders are all in."""
    return (
        select(LoadedDay.day, (_AS_OF - LoadedDay.day).label("age"))
        .where(LoadedDay.dataset == "orders", LoadedDay.complete)
        .where(LoadedDay.day.between(_OLDEST, _AS_OF))
        .distinct()
        .cte("calendar")
    )


def ledger_days() -> CTE:
    """The days the ledger covers: a pool without a row closed them with nothing."""
    return (
        select(LoadedDay.day)
        .where(LoadedDay.dataset == "ledger_summary", LoadedDay.complete)
        .where(LoadedDay.day.between(_OLDEST - 1, _AS_OF))
        .distinct()
        .cte("ledger_days")
    )


def sold() -> CTE:
    """Demand per listing and day: (key, marketplace, sku, day, amazon, mcf)."""
    return (
        select(
            shelf_of(SkuDay.marketplace, SkuDay.sku).label("key"),
            SkuDay.marketplace,
            SkuDay.sku,
            SkuDay.day,
            SkuDay.units_ordered.label("amazon"),
            SkuDay.mcf_units.label("mcf"),
        )
        .where(SkuDay.day.between(_OLDEST, _AS_OF))
        .cte("sold")
    )


def closings() -> CTE:
    """Units for sale at the close of a day: (pool, day, units, starting, alive)."""
    reserved = func.coalesce(PoolDay.reserved_orders_end, 0)
    pools = select(
        pool_of(PoolDay.network, PoolDay.fnsku).label("pool"),
        PoolDay.day.label("day"),
        func.greatest(PoolDay.on_hand_end - reserved, 0).label("units"),
        PoolDay.starting_units.label("starting"),
        ((PoolDay.on_hand_end > 0) | (PoolDay.receipts > 0) | (PoolDay.shipped > 0)).label("alive"),
    ).where(PoolDay.day.between(_OLDEST - 1, _AS_OF))
    store = stores()
    shelves = (
        select(
            shelf_of(Listing.marketplace, Listing.sku),
            Listing.day - 1,
            Listing.merchant_quantity,
            cast(null(), Integer),
            Listing.merchant_quantity > 0,
        )
        .join(store, store.c.code == Listing.marketplace)
        .where(Listing.channel == "FBM", Listing.merchant_quantity.is_not(None))
        .where(Listing.day.between(_OLDEST, _AS_OF + 1))
        .where(asked_in_the_morning(Listing.asked_at, store.c.zone))
    )
    return union_all(pools, shelves).cte("closings")


def listing_side(sold: CTE, closings: CTE) -> Side:
    """Listings: those in stock's table, and those that only orders know."""
    known = select(
        shelf_of(Stock.marketplace, Stock.sku).label("key"),
        Stock.marketplace,
        Stock.sku,
        Stock.pool,
        (Stock.network != "").label("at_amazon"),
        Stock.listed_on,
    ).cte("known")
    gone = (
        select(
            sold.c.key,
            sold.c.marketplace,
            sold.c.sku,
            sold.c.key.label("pool"),
            false(),
            cast(null(), Date),
        )
        .outerjoin(known, known.c.key == sold.c.key)
        .where(known.c.key.is_(None), sold.c.marketplace != "")
        .distinct()
    )
    listed = union_all(select(known), gone).cte("listed")
    demand = select(sold.c.key, sold.c.day, sold.c.amazon.label("units"), sold.c.mcf).cte(
        "listing_demand"
    )
    return Side(_born(listed, sold, closings), demand, _off())


def _born(listed: CTE, sold: CTE, closings: CTE) -> CTE:
    """Since when each listing exists: its making, its pool's first unit or its first order."""
    stocked = _first_day(closings, closings.c.pool, "stocked", closings.c.alive)
    ordered = _first_day(sold, sold.c.key, "ordered", true())
    return (
        select(
            listed,
            func.coalesce(
                func.least(listed.c.listed_on, stocked.c.day, ordered.c.day), _OLDEST
            ).label("born"),
        )
        .outerjoin(stocked, stocked.c.key == listed.c.pool)
        .outerjoin(ordered, ordered.c.key == listed.c.key)
        .cte("listing_subjects")
    )


def _first_day(
    rows: CTE, key: ColumnElement[str], name: str, condition: ColumnElement[bool]
) -> CTE:
    return (
        select(key.label("key"), func.min(rows.c.day).label("day"))
        .where(condition)
        .group_by(key)
        .cte(name)
    )


def _off() -> CTE:
    """Days between two snapshots that both show a listing nobody could buy."""
    before, after = Listing.__table__.alias("before"), Listing.__table__.alias("after")
    return (
        select(shelf_of(before.c.marketplace, before.c.sku).label("key"), before.c.day)
        .join(
            after,
            and_(
                after.c.marketplace == before.c.marketplace,
                after.c.sku == before.c.sku,
                after.c.day == before.c.day + 1,
            ),
        )
        .where(before.c.day.between(_OLDEST, _AS_OF), after.c.day.between(_OLDEST, _AS_OF + 1))
        .where(before.c.status != "active", after.c.status != "active")
        .cte("listing_off")
    )


def pool_side(listings: Side, sold: CTE) -> Side:
    """Pools: the demand of all their listings, multi-channel orders included."""
    listed = listings.subjects.c
    in_stock = select(Stock.pool).distinct().subquery("in_stock")
    subjects = (
        select(
            listed.pool.label("key"),
            listed.pool,
            func.bool_or(listed.at_amazon).label("at_amazon"),
            func.min(listed.born).label("born"),
            func.count().label("listings"),
        )
        .join(in_stock, in_stock.c.pool == listed.pool)
        .group_by(listed.pool)
        .cte("pool_subjects")
    )
    off = (
        select(listed.pool.label("key"), listings.off.c.day)
        .join(listings.off, listings.off.c.key == listed.key)
        .join(subjects, subjects.c.key == listed.pool)
        .group_by(listed.pool, listings.off.c.day, subjects.c.listings)
        .having(func.count() == subjects.c.listings)
        .cte("pool_off")
    )
    return Side(subjects, _pool_demand(sold), off)


def _pool_demand(sold: CTE) -> CTE:
    """Orders of a marketplace where the SKU is not listed count in its pool when it has just one."""
    own = select(shelf_of(Stock.marketplace, Stock.sku).label("key"), Stock.pool).subquery("own")
    only = (
        select(Stock.sku, func.min(Stock.pool).label("pool"))
        .where(Stock.network != "")
        .group_by(Stock.sku)
        .having(func.min(Stock.pool) == func.max(Stock.pool))
        .subquery("only")
    )
    pool = func.coalesce(own.c.pool, only.c.pool)
    return (
        select(
            pool.label("key"),
            sold.c.day,
            func.sum(sold.c.amazon + sold.c.mcf).label("units"),
            func.sum(sold.c.mcf).label("mcf"),
        )
        .outerjoin(own, own.c.key == sold.c.key)
        .outerjoin(only, and_(own.c.key.is_(None), only.c.sku == sold.c.sku))
        .where(pool.is_not(None))
        .group_by(pool, sold.c.day)
        .cte("pool_demand")
    )
