"""What both tables of velocities have in common: their columns, and how they are filled."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, Numeric, delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base, TenantTable
from stockroom.metrics.derivation.closings import store_parameters
from stockroom.metrics.derivation.day_classes import WINDOWS
from stockroom.metrics.derivation.frames import Basis
from stockroom.metrics.derivation.statement import Statement
from stockroom.metrics.derivation.velocity_rows import velocity_rows
from stockroom.spec.metric import DaySpan, Derive, DeriveContext
from stockroom.spec.run import LoadedDay
from stockroom.spec.window import ONE_DAY


class VelocityRow(TenantTable, Base):
    """One listing in one window. Units a day; null where there are too few days to say."""

    __abstract__ = True

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
    pool_days_known: Mapped[int]
    """Days whose closing stock is known."""
    pool_on_hand_sum: Mapped[int]
    """The pool's closing units on hand, added up over these days."""
    as_of: Mapped[date]
    """The window's last day."""
    run_id: Mapped[UUID]


def index(model: type[VelocityRow]) -> None:
    """The indexes by which the tools page through a table of velocities."""
    name, within = model.__tablename__, (model.account_id, model.window_days, model.basis)
    Index(f"ix_{name}_units", *within, model.amazon_units, model.marketplace, model.sku)
    Index(f"ix_{name}_marketplace_units", *within, model.marketplace, model.amazon_units, model.sku)
    Index(f"ix_{name}_sku", model.account_id, model.sku, model.window_days)


# Tables filled a moment ago have no statistics yet; without them the planner
# expects a handful of rows and joins tens of thousands in nested loops.
PLAN_FOR_MANY = Statement(select(func.set_config("enable_nestloop", "off", True)))
PLAN_AS_USUAL = Statement(select(func.set_config("enable_nestloop", "on", True)))


def last_complete_day(dataset: str) -> Statement:
    """The day on which windows of a basis end; null when none is complete."""
    return Statement(
        select(func.max(LoadedDay.day)).where(LoadedDay.dataset == dataset, LoadedDay.complete)
    )


def derive_velocities(basis: Basis, model: type[VelocityRow]) -> Derive:
    """How ``model`` is filled with the velocities of ``basis``."""
    as_of_day, clear = last_complete_day(basis.dataset), Statement(delete(model))
    rows = velocity_rows(basis)
    fill = Statement(insert(model).from_select(rows.selected_columns.keys(), rows))

    async def derive(context: DeriveContext, days: DaySpan) -> None:
        """Judge every listing in every window again, unless all that changed lies before them."""
        ((as_of,),) = await as_of_day.run(context.connection)
        if as_of is None:
            await clear.run(context.connection)
            return
        oldest = as_of - timedelta(days=max(WINDOWS) - 1)
        if days.last < oldest - ONE_DAY:
            return
        await clear.run(context.connection)
        await PLAN_FOR_MANY.run(context.connection)
        await fill.run(
            context.connection,
            as_of=as_of,
            oldest=oldest,
            run_id=context.run_id,
            **store_parameters(context.account),
        )
        await PLAN_AS_USUAL.run(context.connection)

    return derive
