"""How fast each listing, and the pool behind it, sells: raw, and over days with stock only.

Windows are the complete marketplace days that end with the orders' last
complete day. A listing's velocity is its own Amazon demand; its pool's is what
all listings of the pool sold, multi-channel orders included: what cover needs.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, Numeric, delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base, TenantTable
from stockroom.metrics.derivation.closings import store_parameters
from stockroom.metrics.derivation.day_classes import WINDOWS
from stockroom.metrics.derivation.statement import Statement
from stockroom.metrics.derivation.velocity_rows import velocity_rows
from stockroom.metrics.pool_days import PoolDay
from stockroom.metrics.sku_days import SkuDay
from stockroom.metrics.stock import Stock
from stockroom.reports.listings import Listing
from stockroom.spec.metric import DaySpan, DeriveContext, Metric
from stockroom.spec.run import LoadedDay
from stockroom.spec.window import ONE_DAY

BASIS = "ordered"


class Velocity(TenantTable, Base):
    """One listing in one window. Units a day; null where there are too few days to say."""

    __tablename__ = "velocities"
    __table_args__ = ({"schema": "metrics"},)

    window_days: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    basis: Mapped[str] = mapped_column(primary_key=True)
    marketplace: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(primary_key=True)
    amazon_units: Mapped[int]
    mcf_units: Mapped[int]
    units_in: Mapped[int]
    """Amazon units of the days in stock."""
    raw: Mapped[Decimal | None] = mapped_column(Numeric)
    adjusted: Mapped[Decimal | None] = mapped_column(Numeric)
    days: Mapped[int]
    days_in: Mapped[int]
    days_partial: Mapped[int]
    days_out: Mapped[int]
    days_blocked: Mapped[int]
    days_unknown: Mapped[int]
    pool: Mapped[str]
    pool_units: Mapped[int]
    """All listings of the pool, multi-channel included."""
    pool_units_in: Mapped[int]
    pool_days: Mapped[int]
    pool_days_in: Mapped[int]
    pool_raw: Mapped[Decimal | None] = mapped_column(Numeric)
    pool_adjusted: Mapped[Decimal | None] = mapped_column(Numeric)
    as_of: Mapped[date]
    """The window's last day."""
    run_id: Mapped[UUID]


_FASTEST = (Velocity.amazon_units, Velocity.marketplace, Velocity.sku)
Index("ix_velocities_units", Velocity.account_id, Velocity.window_days, Velocity.basis, *_FASTEST)
Index(
    "ix_velocities_marketplace_units",
    Velocity.account_id,
    Velocity.window_days,
    Velocity.basis,
    Velocity.marketplace,
    Velocity.amazon_units,
    Velocity.sku,
)
Index("ix_velocities_sku", Velocity.account_id, Velocity.sku, Velocity.window_days)

_AS_OF = Statement(
    select(func.max(LoadedDay.day)).where(LoadedDay.dataset == "orders", LoadedDay.complete)
)
_CLEAR = Statement(delete(Velocity))
_ROWS = velocity_rows(BASIS)
_FILL = Statement(insert(Velocity).from_select(_ROWS.selected_columns.keys(), _ROWS))

# Tables filled a moment ago have no statistics yet; without them the planner
# expects a handful of rows and joins tens of thousands in nested loops.
_PLAN_FOR_MANY = Statement(select(func.set_config("enable_nestloop", "off", True)))
_PLAN_AS_USUAL = Statement(select(func.set_config("enable_nestloop", "on", True)))


async def derive(context: DeriveContext, days: DaySpan) -> None:
    """Judge every listing in every window again, unless all that changed lies before them."""
    ((as_of,),) = await _AS_OF.run(context.connection)
    if as_of is None:
        await _CLEAR.run(context.connection)
        return
    oldest = as_of - timedelta(days=max(WINDOWS) - 1)
    if days.last < oldest - ONE_DAY:
        return
    await _CLEAR.run(context.connection)
    await _PLAN_FOR_MANY.run(context.connection)
    await _FILL.run(
        context.connection,
        as_of=as_of,
        oldest=oldest,
        run_id=context.run_id,
        **store_parameters(context.account),
    )
    await _PLAN_AS_USUAL.run(context.connection)


METRIC = Metric(
    name="velocities", fills=Velocity, reads=(SkuDay, PoolDay, Stock, Listing), derive=derive
)
