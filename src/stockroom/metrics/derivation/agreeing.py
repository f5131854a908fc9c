"""The ledger's closings beside what snapshots showed afterwards: which two are compared, and how.

Parameters: ``oldest`` (the first day looked at), ``run_id`` and the stores of
:func:`closings.stores`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, Date, Select, Uuid, and_, bindparam, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from stockroom.metrics.derivation.closings import asked_in_the_morning, closed_day, stores
from stockroom.metrics.derivation.pool_names import pool_of
from stockroom.metrics.derivation.statement import THIS_ACCOUNT
from stockroom.reports.inventory import InventorySnapshot
from stockroom.reports.ledger_detail import LedgerEvent
from stockroom.reports.ledger_summary import LedgerDay
from stockroom.spec.run import LoadedDay

_INSIDE = "WhseTransfers"
"""Between warehouses units stay on hand: the ledger's balance has them in transit."""
_OLDEST = bindparam("oldest", type_=Date())


def agreement_rows() -> Select[Any]:
    """One row per pool, its columns in the order of ``LiveAgreement``'s."""
    pairs = _pairs()
    balance = func.sum(LedgerDay.ending_units + LedgerDay.in_transit_units)
    ledger = (
        select(pool_of(LedgerDay.network, LedgerDay.fnsku).label("pool"), LedgerDay.day)
        .add_columns(balance.label("units"))
        .where(LedgerDay.day >= _OLDEST, LedgerDay.disposition == "SELLABLE")
        .group_by(LedgerDay.network, LedgerDay.fnsku, LedgerDay.day)
        .cte("ledger")
    )
    its_pool = pool_of(LedgerEvent.network, LedgerEvent.fnsku)
    moved = (
        select(pairs.c.pool, func.sum(LedgerEvent.quantity).label("units"))
        .join(LedgerEvent, its_pool == pairs.c.pool)
        .where(LedgerEvent.day > pairs.c.booked, LedgerEvent.day <= pairs.c.day)
        .where(LedgerEvent.day > _OLDEST, LedgerEvent.disposition == "SELLABLE")
        .where(LedgerEvent.event_type != _INSIDE)
        .group_by(pairs.c.pool)
        .cte("moved")
    )
    same_day = and_(ledger.c.pool == pairs.c.pool, ledger.c.day == pairs.c.booked)
    return (
        select(THIS_ACCOUNT, pairs.c.pool, pairs.c.booked, pairs.c.asked_at)
        .add_columns(func.coalesce(ledger.c.units, 0), func.coalesce(moved.c.units, 0))
        .add_columns(pairs.c.units, bindparam("run_id", type_=Uuid()))
        .outerjoin(ledger, same_day)
        .outerjoin(moved, moved.c.pool == pairs.c.pool)
    )


def _seen() -> CTE:
    """What snapshots of mornings show of each pool: (pool, day whose closing it is, …)."""
    row, store = InventorySnapshot, stores()
    pool = pool_of(row.network, func.coalesce(func.nullif(row.fnsku, ""), row.sku))
    closed = closed_day(row.asked_at, store.c.zone)
    on_hand = row.sellable + row.reserved_orders + row.fc_transfer + row.fc_processing
    return (
        select(pool.label("pool"), closed.label("day"), row.asked_at, on_hand.label("units"))
        .join(store, store.c.code == row.marketplace)
        .where(row.day > _OLDEST, asked_in_the_morning(row.asked_at, store.c.zone))
        .ext(distinct_on(pool, closed))
        .order_by(pool, closed, row.asked_at)
        .cte("seen")
    )


def _pairs() -> CTE:
    """Each pool's newest day of the ledger whose first later snapshot can be held against it."""
    seen, booked = _seen(), _loaded("ledger_summary")
    detailed = _loaded("ledger_detail")
    first = (
        select(seen, booked.c.day.label("booked"))
        .join(booked, seen.c.day >= booked.c.day)
        .ext(distinct_on(seen.c.pool, booked.c.day))
        .order_by(seen.c.pool, booked.c.day, seen.c.day)
        .subquery("first")
    )
    between = (
        select(func.count())
        .where(detailed.c.day > first.c.booked, detailed.c.day <= first.c.day)
        .scalar_subquery()
    )
    return (
        select(first)
        .where(between == first.c.day - first.c.booked)
        .ext(distinct_on(first.c.pool))
        .order_by(first.c.pool, first.c.booked.desc())
        .cte("pairs")
    )


def _loaded(dataset: str) -> CTE:
    days = select(LoadedDay.day).where(LoadedDay.dataset == dataset, LoadedDay.complete)
    return days.where(LoadedDay.day >= _OLDEST).cte(f"{dataset}_days")
