"""Units probably not sold for want of stock: an estimate, and called one.

For each out day, the adjusted velocity of the 60 days before its stockout began.
A stockout with too little before it to judge by adds nothing and is counted apart.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Numeric, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base, TenantTable
from stockroom.metrics.derivation.closings import store_parameters
from stockroom.metrics.derivation.fingerprint import fingerprint
from stockroom.metrics.derivation.statement import Statement, planned_for_many
from stockroom.metrics.derivation.stockouts import BEFORE, lost_rows
from stockroom.metrics.derivation.velocity_table import last_complete_day
from stockroom.metrics.pool_days import PoolDay
from stockroom.metrics.sku_days import SkuDay
from stockroom.metrics.velocities import ORDERED, Velocity
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
    inputs: Mapped[Decimal] = mapped_column(Numeric)
    """Fingerprint of all that the table is made from; the same in every row."""
    run_id: Mapped[UUID]


_CLEAR = Statement(delete(LostUnits))
_AS_OF = last_complete_day("orders")
_MADE_FROM, _KNOWN = Statement(fingerprint(ORDERED)), Statement(select(LostUnits.inputs).limit(1))
_ROWS = lost_rows()
_FILL = Statement(insert(LostUnits).from_select(_ROWS.selected_columns.keys(), _ROWS))


async def derive(context: DeriveContext, days: DaySpan) -> None:  # noqa: ARG001 - windows are derived whole
    """Judge every stockout of the longest window again, unless nothing of it has changed."""
    connection = context.connection
    ((as_of,),) = await _AS_OF.run(connection)
    if as_of is None:
        await _CLEAR.run(connection)
        return
    span = {"as_of": as_of, "oldest": as_of - REMEMBERED}
    params = span | store_parameters(context.account)
    async with planned_for_many(connection):
        ((inputs,),) = await _MADE_FROM.run(connection, **params)
        if await _KNOWN.run(connection) == [(inputs,)]:
            return
        await _CLEAR.run(connection)
        await _FILL.run(connection, inputs=inputs, run_id=context.run_id, **params)


METRIC = Metric(
    name="lost_units", fills=LostUnits, reads=(Velocity, SkuDay, PoolDay), derive=derive
)
