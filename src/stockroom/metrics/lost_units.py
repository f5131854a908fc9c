"""Units probably not sold for want of stock: an estimate, and called one.

For each out day, the adjusted velocity of the 60 days before its stockout began.
A stockout with too little before it to judge by adds nothing and is counted apart.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Numeric, delete, insert
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base, TenantTable
from stockroom.metrics.derivation.closings import store_parameters
from stockroom.metrics.derivation.statement import Statement
from stockroom.metrics.derivation.stockouts import BEFORE, lost_rows
from stockroom.metrics.derivation.velocity_table import (
    PLAN_AS_USUAL,
    PLAN_FOR_MANY,
    last_complete_day,
)
from stockroom.metrics.pool_days import PoolDay
from stockroom.metrics.sku_days import SkuDay
from stockroom.metrics.velocities import Velocity
from stockroom.spec.metric import DaySpan, DeriveContext, Metric

REMEMBERED = timedelta(days=180 + BEFORE)
"""A stockout that began more than 180 days ago has neither stock nor sales left to speak for it."""


class LostUnits(TenantTable, Base):
    """One listing that was out of stock in one window."""

    __tablename__ = "lost_units"
    __table_args__ = ({"schema": "metrics"},)

    window_days: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    marketplace: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(primary_key=True)
    lost_units: Mapped[Decimal | None] = mapped_column(Numeric)
    """Null when no stockout could be judged."""
    days_out: Mapped[int]
    days_judged: Mapped[int]
    """Of these, in stockouts that could be judged."""
    stockouts: Mapped[int]
    as_of: Mapped[date]
    """The window's last day."""
    run_id: Mapped[UUID]


_CLEAR = Statement(delete(LostUnits))
_AS_OF = last_complete_day("orders")
_ROWS = lost_rows()
_FILL = Statement(insert(LostUnits).from_select(_ROWS.selected_columns.keys(), _ROWS))


async def derive(context: DeriveContext, days: DaySpan) -> None:  # noqa: ARG001 - the present is derived whole
    """Judge every stockout of the longest window again."""
    await _CLEAR.run(context.connection)
    ((as_of,),) = await _AS_OF.run(context.connection)
    if as_of is None:
        return
    await PLAN_FOR_MANY.run(context.connection)
    await _FILL.run(
        context.connection,
        as_of=as_of,
        oldest=as_of - REMEMBERED,
        run_id=context.run_id,
        **store_parameters(context.account),
    )
    await PLAN_AS_USUAL.run(context.connection)


METRIC = Metric(
    name="lost_units", fills=LostUnits, reads=(Velocity, SkuDay, PoolDay), derive=derive
)
