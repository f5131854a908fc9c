"""What lay in each pool at the close of each day, as the ledger or a snapshot tells.

A pool is (network, FNSKU). The ledger sums countries and MSKUs; a day it does
not cover yet takes its closing from the snapshot of the next morning. **A day
that the ledger covers and that has no row here closed with nothing**: zeros are
not stored, so it does not matter in which order history arrives.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import Index, Uuid, and_, bindparam, case, delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base, TenantTable, partitioned_by_month
from stockroom.db.partitions import ensure_partitions
from stockroom.metrics.derivation.closings import booked, left, seen_next_morning, store_parameters
from stockroom.metrics.derivation.statement import Statement, days_parameter, planned_for_many
from stockroom.reports.inventory import InventorySnapshot
from stockroom.reports.ledger_detail import LedgerEvent
from stockroom.reports.ledger_summary import LedgerDay
from stockroom.spec.fact import table_of
from stockroom.spec.metric import DaySpan, DeriveContext, Metric
from stockroom.spec.run import LoadedDay
from stockroom.spec.window import ONE_DAY


class PoolDay(TenantTable, Base):
    """One pool at the close of one day of its network. Units in sellable condition."""

    __tablename__ = "pool_days"
    __table_args__ = (
        Index("ix_pool_days_pool", "account_id", "network", "fnsku", "day"),
        partitioned_by_month("metrics"),
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    network: Mapped[str] = mapped_column(primary_key=True)
    fnsku: Mapped[str] = mapped_column(primary_key=True)
    on_hand_end: Mapped[int]
    """In Amazon's network, reserved and between warehouses included."""
    reserved_orders_end: Mapped[int | None]
    """Of these, for customer orders; only a snapshot tells."""
    sellable_end: Mapped[int | None]
    """Fulfillable; only a snapshot tells."""
    starting_units: Mapped[int | None]
    """The ledger's balance at the day's start, without units between warehouses."""
    receipts: Mapped[int]
    shipped: Mapped[int]
    """To customers, as a positive number."""
    hit_zero: Mapped[bool]
    """All that lay in the warehouses at the day's start left them that day, as the events tell."""
    source: Mapped[str]
    """``ledger``, or ``snapshot`` until the ledger covers the day."""
    run_id: Mapped[UUID]


_CLEAR = Statement(delete(PoolDay).where(PoolDay.day == func.any(days_parameter())))


def _fill() -> Statement:
    ledger, seen, gone = booked(), seen_next_morning(), left()
    covered = (
        select(LoadedDay.day)
        .where(LoadedDay.dataset == "ledger_summary", LoadedDay.complete)
        .where(LoadedDay.day == func.any(days_parameter()))
        .subquery("covered")
    )
    same_pool = and_(*(ledger.c[name] == seen.c[name] for name in ("day", "network", "fnsku")))
    left_it = and_(*(ledger.c[name] == gone.c[name] for name in ("day", "network", "fnsku")))
    emptied = and_(ledger.c.starting > 0, gone.c.units >= ledger.c.starting)
    day = func.coalesce(ledger.c.day, seen.c.day)
    by_ledger = covered.c.day.is_not(None) | ledger.c.day.is_not(None)
    rows = select(
        func.coalesce(ledger.c.account_id, seen.c.account_id),
        day,
        func.coalesce(ledger.c.network, seen.c.network),
        func.coalesce(ledger.c.fnsku, seen.c.fnsku),
        case((by_ledger, func.coalesce(ledger.c.on_hand, 0)), else_=seen.c.on_hand),
        seen.c.reserved_orders,
        seen.c.sellable,
        ledger.c.starting,
        func.coalesce(ledger.c.receipts, 0),
        func.coalesce(ledger.c.shipped, 0),
        func.coalesce(emptied, False),
        case((by_ledger, "ledger"), else_="snapshot"),
        bindparam("run_id", type_=Uuid()),
    ).select_from(
        ledger.join(seen, same_pool, full=True)
        .outerjoin(covered, covered.c.day == day)
        .outerjoin(gone, left_it)
    )
    return Statement(insert(PoolDay).from_select([c.name for c in PoolDay.__table__.columns], rows))


_FILL = _fill()


async def derive(context: DeriveContext, days: DaySpan) -> None:
    """Close the days given again, and those before them: a snapshot tells of the day before."""
    span = DaySpan.of([*days.days, *(day - ONE_DAY for day in days.days)])
    await ensure_partitions(context.connection, table_of(PoolDay), span.first, span.last)
    await _CLEAR.run(context.connection, days=list(span.days))
    async with planned_for_many(context.connection):
        await _FILL.run(
            context.connection,
            days=list(span.days),
            mornings=[day + ONE_DAY for day in span.days],
            run_id=context.run_id,
            **store_parameters(context.account),
        )


METRIC = Metric(
    name="pool_days",
    fills=PoolDay,
    reads=(LedgerDay, LedgerEvent, InventorySnapshot),
    derive=derive,
)
