"""Whether Amazon's two books agree on each pool: the ledger's closing, and the live stock after it.

The ledger's units on hand of a day D are held against the first snapshot after D
had closed; what the ledger moved between the two is taken out. D is the newest
day of which all three are known: where snapshots are missing it lies further
back, and where none was taken there is no row.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, Date, Select, Uuid, and_, bindparam, delete, func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base, TenantTable
from stockroom.metrics.derivation.closings import (
    asked_in_the_morning,
    closed_day,
    store_parameters,
    stores,
)
from stockroom.metrics.derivation.pool_names import pool_of
from stockroom.metrics.derivation.statement import THIS_ACCOUNT, Statement, planned_for_many
from stockroom.metrics.derivation.velocity_table import last_complete_day
from stockroom.reports.inventory import InventorySnapshot
from stockroom.reports.ledger_detail import LedgerEvent
from stockroom.reports.ledger_summary import LedgerDay
from stockroom.spec.metric import DaySpan, DeriveContext, Metric
from stockroom.spec.run import LoadedDay
from stockroom.spec.window import ONE_DAY


class LiveAgreement(TenantTable, Base):
    """One pool's closing in the ledger beside what was seen of it afterwards. Units on hand."""

    __tablename__ = "live_agreement"
    __table_args__ = ({"schema": "metrics"},)

    pool: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date]
    """The ledger's."""
    seen_at: Mapped[datetime]
    """When the snapshot was asked for."""
    ledger_units: Mapped[int]
    moved_units: Mapped[int]
    """What the ledger's events brought (or, negative, took) from then to the snapshot."""
    seen_units: Mapped[int]
    run_id: Mapped[UUID]


_LOOK_BACK = timedelta(days=7)
_INSIDE = "WhseTransfers"
"""Between warehouses units stay on hand: the ledger's balance has them in transit."""
_AS_OF_DAY = last_complete_day("ledger_summary")
_CLEAR = Statement(delete(LiveAgreement))
_OLDEST = bindparam("oldest", type_=Date())


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


def _rows() -> Select[Any]:
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


_FILL = Statement(
    insert(LiveAgreement).from_select([c.name for c in LiveAgreement.__table__.columns], _rows())
)


async def derive(context: DeriveContext, days: DaySpan) -> None:  # noqa: ARG001 - the present is derived whole
    """Hold the newest closings against what was seen after them."""
    await _CLEAR.run(context.connection)
    ((as_of,),) = await _AS_OF_DAY.run(context.connection)
    if as_of is None:
        return
    places = store_parameters(context.account)
    async with planned_for_many(context.connection):
        await _FILL.run(
            context.connection,
            oldest=as_of - _LOOK_BACK + ONE_DAY,
            run_id=context.run_id,
            **places,
        )


METRIC = Metric(
    name="live_agreement",
    fills=LiveAgreement,
    reads=(LedgerDay, LedgerEvent, InventorySnapshot),
    derive=derive,
)
