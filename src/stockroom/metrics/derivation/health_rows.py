"""The five health metrics of a listing, joined from the tables that hold their parts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    Numeric,
    Select,
    Subquery,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
    union,
)

from stockroom.metrics.cover import CoverRow
from stockroom.metrics.derivation.covering import LAST_RANK
from stockroom.metrics.derivation.pool_names import pool_of
from stockroom.metrics.ledger_accuracy import LedgerAccuracy
from stockroom.metrics.listings import CurrentListing
from stockroom.metrics.live_agreement import LiveAgreement
from stockroom.metrics.lost_units import LostUnits
from stockroom.metrics.pool_days import PoolDay
from stockroom.metrics.shipped_velocities import ShippedVelocity
from stockroom.metrics.sku_days import SkuDay
from stockroom.metrics.stock import Stock
from stockroom.metrics.velocities import Velocity
from stockroom.reports.myi_all_inventory import MyiAllInventory
from stockroom.reports.myi_inventory import MyiInventory
from stockroom.spec.fact import table_of

COVER_WINDOW = 30
"""Cover is always by the default velocity."""
ALIVE_DAYS = timedelta(days=180)
"""A listing with neither stock nor sales for so long is not out of stock: it is gone."""
_V, _SHIPPED, _COVER, _LOST, _ACCURACY, _LIVE, _LISTING, _STOCK = (
    table_of(model).c
    for model in (
        *(Velocity, ShippedVelocity, CoverRow, LostUnits, LedgerAccuracy),
        *(LiveAgreement, CurrentListing, Stock),
    )
)
_SINCE, _AS_OF = (bindparam(name, type_=Date()) for name in ("since", "as_of"))


def health_rows() -> Select[Any]:
    """Every listing in every window; columns are named as those of ``Health``."""
    moving, archived = _moving(), _archived()
    return (
        select(*_columns(moving, archived))
        .select_from(table_of(Stock))
        .join(Velocity, _same(_V))
        .outerjoin(ShippedVelocity, and_(_same(_SHIPPED), _SHIPPED.window_days == _V.window_days))
        .outerjoin(CoverRow, and_(_same(_COVER), _COVER.window_days == COVER_WINDOW))
        .outerjoin(LostUnits, and_(_same(_LOST), _LOST.window_days == _V.window_days))
        .outerjoin(
            LedgerAccuracy,
            and_(_ACCURACY.pool == _STOCK.pool, _ACCURACY.window_days == _V.window_days),
        )
        .outerjoin(LiveAgreement, _LIVE.pool == _STOCK.pool)
        .outerjoin(CurrentListing, _same(_LISTING))
        .outerjoin(moving, moving.c.pool == _STOCK.pool)
        .outerjoin(archived, _same(archived.c))
    )


def _columns(moving: CTE, archived: Subquery) -> list[ColumnElement[Any]]:
    observed = _V.days_in + _V.days_partial + _V.days_out
    eligible = and_(_active(), moving.c.pool.is_not(None), archived.c.sku.is_(None))
    mean_on_hand = _quotient(_SHIPPED.pool_on_hand_sum, _SHIPPED.pool_days_known)
    half_known = 2 * _SHIPPED.pool_days_known >= _SHIPPED.pool_days
    lost = case((and_(eligible, _V.days_out == 0), 0), (eligible, _LOST.lost_units))
    return [
        *(_STOCK.account_id, _V.window_days, _STOCK.marketplace, _STOCK.sku, _STOCK.pool),
        *(_COVER.in_time_days, _COVER.band, _COVER.weeks_of_cover),
        func.coalesce(_COVER.in_time_rank, LAST_RANK).label("in_time_rank"),
        _SHIPPED.pool_units.label("units_shipped"),
        mean_on_hand.label("mean_on_hand"),
        case((half_known, _quotient(_SHIPPED.pool_units, mean_on_hand))).label("sell_through"),
        eligible.label("eligible"),
        case((eligible, _quotient(_V.days_out, observed))).label("stockout_rate"),
        *(_V.days_out, observed.label("days_observed"), _V.days_blocked, _V.days_unknown),
        lost.label("lost_units"),
        func.coalesce(_LOST.days_judged, 0).label("days_judged"),
        _ACCURACY.accuracy,
        _quotient(_ACCURACY.balances_exact, _ACCURACY.balances).label("exact_share"),
        *_agreement(),
        _V.as_of.label("as_of"),
        _SHIPPED.as_of.label("shipped_as_of"),
        _ACCURACY.as_of.label("ledger_as_of"),
        bindparam("run_id", type_=Uuid()).label("run_id"),
    ]


def _agreement() -> list[ColumnElement[Any]]:
    expected = _LIVE.ledger_units + _LIVE.moved_units
    difference = _LIVE.seen_units - expected
    agreement = 1 - _quotient(func.abs(difference), expected)
    return [
        case((expected > 0, agreement)).label("live_agreement"),
        difference.label("live_difference"),
        _LIVE.day.label("live_day"),
    ]


def _same(other: Any) -> ColumnElement[bool]:
    return and_(other.marketplace == _STOCK.marketplace, other.sku == _STOCK.sku)


def _quotient(above: ColumnElement[Any], below: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(above, Numeric()) / cast(func.nullif(below, 0), Numeric())


def _active() -> ColumnElement[bool]:
    """Nothing but missing stock keeps customers from buying it."""
    sold_out = and_(_LISTING.status == "inactive", func.coalesce(_STOCK.sellable, 0) == 0)
    return and_(
        or_(_LISTING.status == "active", sold_out),
        _LISTING.stranded_reason.is_(None),
        _LISTING.suppressed_reason.is_(None),
    )


def _moving() -> CTE:
    """Pools that had stock or sales in the 180 days that end with ``as_of``: (pool)."""
    stocked = (
        select(pool_of(PoolDay.network, PoolDay.fnsku).label("pool"))
        .where(PoolDay.day.between(_SINCE, _AS_OF))
        .where(or_(PoolDay.on_hand_end > 0, PoolDay.receipts > 0, PoolDay.shipped > 0))
    )
    sold = (
        select(Stock.pool)
        .join(SkuDay, and_(SkuDay.marketplace == Stock.marketplace, SkuDay.sku == Stock.sku))
        .where(SkuDay.day.between(_SINCE, _AS_OF))
        .where(SkuDay.units_ordered + SkuDay.mcf_units > 0)
    )
    offered = select(Stock.pool).where(Stock.network == "", Stock.sellable > 0)
    return union(stocked, sold, offered).cte("moving")


def _archived() -> Subquery:
    """SKUs that only the document of all SKUs still knows: (marketplace, sku)."""
    every, active = table_of(MyiAllInventory), table_of(MyiInventory).alias("unarchived")
    newest = select(func.max(MyiInventory.day)).scalar_subquery()
    same = and_(
        *(active.c[name] == every.c[name] for name in ("day", "marketplace", "sku")),
    )
    return (
        select(every.c.marketplace, every.c.sku)
        .outerjoin(active, same)
        .where(every.c.day == newest, active.c.sku.is_(None))
        .subquery("archived")
    )
