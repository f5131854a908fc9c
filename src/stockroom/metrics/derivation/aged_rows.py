"""The rows of old stock: the newest planning snapshots beside what was charged and what we project."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    Numeric,
    Select,
    Subquery,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)

from stockroom.metrics.derivation.troubles import newest_of
from stockroom.metrics.health import Health
from stockroom.metrics.stock import Stock
from stockroom.reports.inventory_planning import PlannedStock
from stockroom.reports.longterm_storage_fees import LongtermStorageFee
from stockroom.reports.storage_fees import StorageFee
from stockroom.spec.fact import table_of

SHORT, LONG = 30, 90
"""Days of the two windows that Amazon judges the low-inventory fee by."""
_LAST: Final = 2**31 - 1
_SURCHARGES: Final = ("181_210", "211_240", "241_270", "271_300", "301_330", "331_365", "366_455", "456_plus")  # fmt: skip
_C = table_of(PlannedStock).c


def aged_rows(names: Iterable[str]) -> Select[Any]:
    """Rows with the columns ``names``, which are Amazon's unless they are made here."""
    stored = _charged(StorageFee, "stored")
    aged = _charged(LongtermStorageFee, "aged")
    short, long = (_projection(days) for days in (SHORT, LONG))
    made: dict[str, ColumnElement[Any]] = {
        **_ages(),
        "pool": Stock.__table__.c.pool,
        "surcharge": _surcharge(),
        "cost_rank": _cost_rank(),
        "low_inventory_fee": _verdict(),
        "storage_month": stored.c.day,
        "storage_charged": stored.c.fee,
        "surcharge_day": aged.c.day,
        "surcharge_charged": aged.c.fee,
        "projected_short_days": short.c.supply_days,
        "projected_long_days": long.c.supply_days,
        "run_id": bindparam("run_id", type_=Uuid()),
    }
    rows = select(*((made[name] if name in made else _C[name]).label(name) for name in names))
    here = and_(Stock.marketplace == PlannedStock.marketplace, Stock.sku == PlannedStock.sku)
    rows = rows.select_from(PlannedStock).outerjoin(Stock, here)
    for charged in (stored, aged):
        rows = rows.outerjoin(charged, _same_pool(charged))
    for projected in (short, long):
        same = and_(
            projected.c.marketplace == PlannedStock.marketplace,
            projected.c.sku == PlannedStock.sku,
        )
        rows = rows.outerjoin(projected, same)
    newest = newest_of("inventory_planning", PlannedStock.marketplace)
    return rows.where(PlannedStock.day == newest)


def _ages() -> dict[str, ColumnElement[Any]]:
    """Brackets that join others, and where the oldest that holds units begins."""
    very_old = func.coalesce(_C.age_366_455 + _C.age_456_plus, _C.age_365_plus)
    brackets = (
        (_C.age_456_plus, 456),
        (very_old, 366),
        (_C.age_271_365, 271),
        (_C.age_181_270, 181),
        (_C.age_91_180, 91),
        (_C.age_61_90, 61),
        (_C.age_31_60, 31),
    )
    oldest = case(*((units > 0, literal(days, Integer())) for units, days in brackets), else_=0)
    return {
        "age_0_180": _C.age_0_90 + _C.age_91_180,
        "age_366_plus": very_old,
        "oldest_days": oldest,
    }


def _surcharge() -> ColumnElement[Any]:
    """Null where Amazon expects nothing because it says nothing."""
    parts = [_C[f"ais_{bracket}"] for bracket in _SURCHARGES]
    total: ColumnElement[Any] = literal(0, Numeric())
    for part in parts:
        total = total + func.coalesce(part, 0)
    return case((func.num_nonnulls(*parts) > 0, total))


def _cost_rank() -> ColumnElement[Any]:
    cost = func.coalesce(_surcharge(), 0) + func.coalesce(_C.storage_next_month, 0)
    cents = func.least(func.greatest(func.round(cost * 100), 0), _LAST)
    return cast(_LAST - cents, Integer())


def _verdict() -> ColumnElement[Any]:
    exempt, applied = (
        func.lower(cell).startswith("y")
        for cell in (_C.low_inventory_exempt, _C.low_inventory_applied)
    )
    return case(
        (applied, "applied"),
        (exempt, "exempt"),
        (or_(applied.is_not(None), exempt.is_not(None)), "not_applied"),
    )


def _projection(days: int) -> Subquery:
    """Our own days of supply: mean units on hand ÷ mean units shipped a day; null as sell-through is."""
    supply = case((Health.sell_through > 0, days / Health.sell_through))
    return (
        select(Health.marketplace, Health.sku, supply.label("supply_days"))
        .where(Health.window_days == days)
        .subquery(f"supply_{days}")
    )


def _charged(fee: type[StorageFee | LongtermStorageFee], name: str) -> Subquery:
    """What the newest charges of the account were, by pool and currency."""
    row = table_of(fee).c
    newest = select(func.max(row.day)).scalar_subquery()
    pool = (row.network, row.fnsku, row.currency)
    return (
        select(*pool, func.max(row.day).label("day"), func.sum(row.fee).label("fee"))
        .where(row.day == newest)
        .group_by(*pool)
        .subquery(name)
    )


def _same_pool(charged: Subquery) -> ColumnElement[bool]:
    return and_(
        charged.c.network == Stock.network,
        charged.c.fnsku == PlannedStock.fnsku,
        charged.c.currency == PlannedStock.currency,
    )
