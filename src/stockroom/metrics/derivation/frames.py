"""What a subject had on its shelf and sold on each day of the longest window.

A *subject* is a listing or a pool; the same arithmetic judges both. Everything
here is set-based and knows one account: the connection's. Parameters: ``as_of``
(the last day complete in the basis), ``oldest`` (the longest window's first
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
    union,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from stockroom.metrics.derivation.closings import asked_in_the_morning, stores
from stockroom.metrics.derivation.pool_demand import pool_demand
from stockroom.metrics.derivation.pool_names import pool_of, shelf_of
from stockroom.metrics.pool_days import PoolDay
from stockroom.metrics.shipped_days import ShippedDay
from stockroom.metrics.sku_days import SkuDay
from stockroom.metrics.stock import Stock
from stockroom.reports.listings import Listing
from stockroom.reports.stranded_inventory import StrandedStock
from stockroom.reports.suppressed_listings import SuppressedListing
from stockroom.spec.run import LoadedDay

_AS_OF = bindparam("as_of", type_=Date())
_OLDEST = bindparam("oldest", type_=Date())


@dataclass(frozen=True, slots=True)
class Basis:
    """By which day units are counted.

    Args:
        name: The house's word, shown with every velocity.
        dataset: Its complete days are the windows' days.
        days: Units per listing and day.
        amazon: The column of units sold on Amazon.
        mcf: The column of units sold elsewhere.
        at_amazon: Whether only stock at Amazon is judged: nobody tells when a merchant ships.
    """

    name: str
    dataset: str
    days: type[SkuDay | ShippedDay]
    amazon: InstrumentedAttribute[int]
    mcf: InstrumentedAttribute[int]
    at_amazon: bool = False


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


def calendar(basis: Basis) -> CTE:
    """The days in the windows, (day, age): those of which the basis has everything."""
    return (
        select(LoadedDay.day, (_AS_OF - LoadedDay.day).label("age"))
        .where(LoadedDay.dataset == basis.dataset, LoadedDay.complete)
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


def sold(basis: Basis) -> CTE:
    """Demand per listing and day: (key, marketplace, sku, day, amazon, mcf)."""
    table = basis.days
    return (
        select(
            shelf_of(table.marketplace, table.sku).label("key"),
            table.marketplace,
            table.sku,
            table.day,
            basis.amazon.label("amazon"),
            basis.mcf.label("mcf"),
        )
        .where(table.day.between(_OLDEST, _AS_OF))
        .cte("sold")
    )


def closings() -> CTE:
    """Units at the close of a day: (pool, day, units for sale, on hand, starting, hit_zero, alive)."""
    reserved = func.coalesce(PoolDay.reserved_orders_end, 0)
    pools = select(
        pool_of(PoolDay.network, PoolDay.fnsku).label("pool"),
        PoolDay.day.label("day"),
        func.greatest(PoolDay.on_hand_end - reserved, 0).label("units"),
        PoolDay.on_hand_end.label("on_hand"),
        PoolDay.starting_units.label("starting"),
        PoolDay.hit_zero.label("hit_zero"),
        ((PoolDay.on_hand_end > 0) | (PoolDay.receipts > 0) | (PoolDay.shipped > 0)).label("alive"),
    ).where(PoolDay.day.between(_OLDEST - 1, _AS_OF))
    store = stores()
    shelves = (
        select(
            shelf_of(Listing.marketplace, Listing.sku),
            Listing.day - 1,
            Listing.merchant_quantity,
            Listing.merchant_quantity,
            cast(null(), Integer),
            false(),
            Listing.merchant_quantity > 0,
        )
        .join(store, store.c.code == Listing.marketplace)
        .where(Listing.channel == "FBM", Listing.merchant_quantity.is_not(None))
        .where(Listing.day.between(_OLDEST, _AS_OF + 1))
        .where(asked_in_the_morning(Listing.asked_at, store.c.zone))
    )
    return union_all(pools, shelves).cte("closings")


def listing_side(basis: Basis, sold: CTE, closings: CTE) -> Side:
    """Listings: those in stock's table, and those that only the basis knows."""
    listings = select(
        shelf_of(Stock.marketplace, Stock.sku).label("key"),
        Stock.marketplace,
        Stock.sku,
        Stock.pool,
        (Stock.network != "").label("at_amazon"),
        Stock.listed_on,
    )
    known = (listings.where(Stock.network != "") if basis.at_amazon else listings).cte("known")
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
    seen = _seen_off()
    before, after = seen.alias("before"), seen.alias("after")
    both_ends = and_(after.c.key == before.c.key, after.c.day == before.c.day + 1)
    return (
        select(before.c.key, before.c.day)
        .join(after, both_ends)
        .where(before.c.day <= _AS_OF)
        .cte("listing_off")
    )


def _seen_off() -> CTE:
    """Snapshots of listings that are inactive, stranded or suppressed: (key, day)."""
    off = (
        (Listing, Listing.status != "active"),
        (StrandedStock, true()),
        (SuppressedListing, true()),
    )
    seen = (
        select(shelf_of(table.marketplace, table.sku).label("key"), table.day.label("day"))
        .where(table.day.between(_OLDEST, _AS_OF + 1))
        .where(condition)
        for table, condition in off
    )
    return union(*seen).cte("seen_off")


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
    return Side(subjects, pool_demand(sold), off)
