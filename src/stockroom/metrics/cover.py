"""How long the stock lasts: on hand, with what lands in time, with everything on its way.

One row per listing and window, with the units and the demand of the pool behind it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Index,
    Numeric,
    Uuid,
    bindparam,
    column,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.core.marketplaces import MARKETPLACES
from stockroom.db.base import Base, TenantTable
from stockroom.metrics.arrivals import Arrival
from stockroom.metrics.derivation.covering import Assumptions, Coming, Cover, Shelf, cover_of
from stockroom.metrics.derivation.shelves import coming, shelves
from stockroom.metrics.derivation.statement import THIS_ACCOUNT, Statement, planned_for_many
from stockroom.metrics.derivation.velocity_rows import LEAST_IN_DAYS
from stockroom.metrics.stock import Stock
from stockroom.metrics.velocities import Velocity
from stockroom.spec.fact import table_of
from stockroom.spec.metric import DaySpan, DeriveContext, Metric


class CoverRow(TenantTable, Base):
    """One listing's cover by the demand of one window. Days are null where nothing is demanded."""

    __tablename__ = "cover"
    __table_args__ = ({"schema": "metrics"},)

    window_days: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    marketplace: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(primary_key=True)
    pool: Mapped[str]
    sellable: Mapped[int | None]
    arriving: Mapped[int]
    """Between or inside Amazon's warehouses: for sale ``fc_delay_days`` after ``as_of``."""
    inbound_units: Mapped[int]
    """On their way in shipments, each expected on a day of its own."""
    next_arrival_on: Mapped[date | None]
    """The first of these days."""
    eta_source: Mapped[str | None]
    """Where that day comes from."""
    velocity: Mapped[Decimal | None] = mapped_column(Numeric)
    """Units a day of the whole pool, multi-channel included."""
    velocity_kind: Mapped[str | None]
    """``adjusted``, or ``raw`` where too few days had stock."""
    velocity_local: Mapped[Decimal | None] = mapped_column(Numeric)
    """Of this listing alone."""
    on_hand_days: Mapped[Decimal | None] = mapped_column(Numeric)
    in_time_days: Mapped[Decimal | None] = mapped_column(Numeric)
    all_days: Mapped[Decimal | None] = mapped_column(Numeric)
    in_time_rank: Mapped[int]
    """``in_time_days`` in ten-thousandths, rounded down; nulls last: what the index sorts by."""
    stockout_date: Mapped[date | None]
    mended_on: Mapped[date | None]
    gap_days: Mapped[int | None]
    weeks_of_cover: Mapped[Decimal | None] = mapped_column(Numeric)
    band: Mapped[str | None]
    as_of: Mapped[date | None]
    """The day whose closing stock the walk starts from."""
    velocity_as_of: Mapped[date]
    run_id: Mapped[UUID]


_WITHIN = (CoverRow.account_id, CoverRow.window_days)
_RANK, _PLACE, _SKU = CoverRow.in_time_rank, CoverRow.marketplace, CoverRow.sku
Index("ix_cover_rank", *_WITHIN, _RANK, _PLACE, _SKU)
Index("ix_cover_marketplace_rank", *_WITHIN, _PLACE, _RANK, _SKU)
Index("ix_cover_sku", CoverRow.account_id, CoverRow.sku, CoverRow.window_days)

_CLEAR = Statement(delete(CoverRow))
_SHELVES, _COMING = Statement(shelves()), Statement(coming())


def _fill() -> Statement:
    """Rows as one array per column: a single statement, whatever their number."""
    kinds = {name: table_of(CoverRow).c[name].type for name in Cover._fields}
    arrays = (bindparam(name, type_=ARRAY(kind)) for name, kind in kinds.items())
    rows = (
        func.unnest(*arrays)
        .table_valued(*(column(name, kind) for name, kind in kinds.items()))
        .render_derived(name="made")
    )
    run_id = bindparam("run_id", type_=Uuid())
    return Statement(
        insert(CoverRow).from_select(
            ["account_id", *kinds, "run_id"], select(THIS_ACCOUNT, *rows.c, run_id)
        )
    )


_FILL = _fill()
_AT_ONCE = 5_000


async def derive(context: DeriveContext, days: DaySpan) -> None:  # noqa: ARG001 - the present is derived whole
    """Walk every listing in every window."""
    given = Assumptions.of_settings(context.account.settings)
    await _CLEAR.run(context.connection)
    under_way: dict[str, list[Coming]] = defaultdict(list)
    for pool, *shipment in await _COMING.run(context.connection):
        under_way[pool].append(Coming(*shipment))
    async with planned_for_many(context.connection):
        rows = [Shelf(*row) for row in await _SHELVES.run(context.connection)]
    for start in range(0, len(rows), _AT_ONCE):
        # In a thread: a large account is seconds of arithmetic, and the loop serves others.
        some = rows[start : start + _AT_ONCE]
        covers = await asyncio.to_thread(_covers, some, under_way, given)
        by_column = dict(zip(Cover._fields, map(list, zip(*covers, strict=True)), strict=True))
        await _FILL.run(context.connection, run_id=context.run_id, **by_column)


def _covers(
    rows: Sequence[Shelf], under_way: Mapping[str, Sequence[Coming]], given: Assumptions
) -> list[Cover]:
    return [
        cover_of(
            shelf,
            MARKETPLACES[shelf.marketplace].zone,
            given,
            LEAST_IN_DAYS,
            under_way.get(shelf.pool, ()),
        )
        for shelf in rows
    ]


METRIC = Metric(name="cover", fills=CoverRow, reads=(Stock, Velocity, Arrival), derive=derive)
