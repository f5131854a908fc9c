"""What both tables of velocities have in common: their columns, and how they are filled."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Index, Numeric, delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base, TenantTable
from stockroom.metrics.derivation.closings import store_parameters
from stockroom.metrics.derivation.day_classes import WINDOWS
from stockroom.metrics.derivation.fingerprint import fingerprint
from stockroom.metrics.derivation.frames import Basis
from stockroom.metrics.derivation.statement import Statement, planned_for_many
from stockroom.metrics.derivation.velocity_rows import velocity_rows
from stockroom.spec.metric import DaySpan, Derive, DeriveContext
from stockroom.spec.run import LoadedDay


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
    pool_squares_in: Mapped[int] = mapped_column(BigInteger)
    """The squares of each in-day's units, added up: what the spread of demand is made from."""
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
    inputs: Mapped[Decimal] = mapped_column(Numeric)
    """Fingerprint of all that the table is made from; the same in every row."""
    run_id: Mapped[UUID]


def index(model: type[VelocityRow]) -> None:
    """The indexes by which the tools page through a table of velocities."""
    name, within = model.__tablename__, (model.account_id, model.window_days, model.basis)
    Index(f"ix_{name}_units", *within, model.amazon_units, model.marketplace, model.sku)
    Index(f"ix_{name}_marketplace_units", *within, model.marketplace, model.amazon_units, model.sku)
    Index(f"ix_{name}_sku", model.account_id, model.sku, model.window_days)


def last_complete_day(dataset: str) -> Statement:
    """The day on which windows of a basis end; null when none is complete."""
    return Statement(
        select(func.max(LoadedDay.day)).where(LoadedDay.dataset == dataset, LoadedDay.complete)
    )


def derive_velocities(basis: Basis, model: type[VelocityRow]) -> Derive:
    """How ``model`` is filled with the velocities of ``basis``."""
    as_of_day, clear = last_complete_day(basis.dataset), Statement(delete(model))
    made_from, known = Statement(fingerprint(basis)), Statement(select(model.inputs).limit(1))
    rows = velocity_rows(basis)
    fill = Statement(insert(model).from_select(rows.selected_columns.keys(), rows))

    async def derive(context: DeriveContext, days: DaySpan) -> None:  # noqa: ARG001 - windows are derived whole
        """Judge every listing in every window again, unless nothing of it has changed."""
        connection = context.connection
        ((as_of,),) = await as_of_day.run(connection)
        if as_of is None:
            await clear.run(connection)
            return
        span = {"as_of": as_of, "oldest": as_of - timedelta(days=max(WINDOWS) - 1)}
        params = span | store_parameters(context.account)
        async with planned_for_many(connection):
            ((inputs,),) = await made_from.run(connection, **params)
            if await known.run(connection) == [(inputs,)]:
                return
            await clear.run(connection)
            await fill.run(connection, inputs=inputs, run_id=context.run_id, **params)

    return derive
