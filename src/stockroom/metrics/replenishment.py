"""What the question of when and how much to order starts from: demand with its spread, stock, arrivals.

One row per listing that Amazon ships, with the units and the demand of the pool behind
it. What the seller assumes (lead time, service level …) and keeps elsewhere is not in
it: those count the moment they are said, so a tool joins them when it is asked.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Numeric, delete, insert
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base, TenantTable
from stockroom.metrics.arrivals import Arrival
from stockroom.metrics.cover import CoverRow
from stockroom.metrics.derivation.covering import Assumptions
from stockroom.metrics.derivation.replenishment_rows import replenishment_rows
from stockroom.metrics.derivation.statement import Statement, planned_for_many
from stockroom.metrics.listings import CurrentListing
from stockroom.metrics.receiving_times import ReceivingTime
from stockroom.metrics.stock import Stock
from stockroom.metrics.velocities import Velocity
from stockroom.spec.metric import DaySpan, DeriveContext, Metric


class ReplenishmentRow(TenantTable, Base):
    """One SKU in one marketplace, by 30 days of demand."""

    __tablename__ = "replenishment"
    __table_args__ = ({"schema": "metrics"},)

    marketplace: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(primary_key=True)
    pool: Mapped[str]
    network: Mapped[str]
    """Where the pool lies; not always the marketplace's own."""
    listing_status: Mapped[str | None]
    sellable: Mapped[int | None]
    demand_units: Mapped[int]
    """The velocity is these over ``demand_days``, exactly."""
    demand_days: Mapped[int]
    """0: there is no velocity."""
    velocity: Mapped[Decimal | None] = mapped_column(Numeric)
    velocity_kind: Mapped[str | None]
    units_in: Mapped[int]
    """Of the pool's days in stock."""
    squares_in: Mapped[int] = mapped_column(BigInteger)
    """The squares of each such day's units, added up."""
    days_in: Mapped[int]
    arriving: Mapped[int]
    """Between or inside Amazon's warehouses."""
    arriving_on: Mapped[date | None]
    """When these are for sale."""
    arrivals: Mapped[list[Any]] = mapped_column(JSONB)
    """What shipments bring to the pool: ``[day, units, source]``, the soonest first."""
    learned_transit_days: Mapped[int | None]
    """Median of the network's shipments, from the day seen under way until they could be sold."""
    learned_shipments: Mapped[int | None]
    """How many taught it."""
    in_time_days: Mapped[Decimal | None] = mapped_column(Numeric)
    in_time_rank: Mapped[int]
    """As in cover: what the tool sorts by."""
    stockout_date: Mapped[date | None]
    band: Mapped[str | None]
    as_of: Mapped[date | None]
    velocity_as_of: Mapped[date]
    run_id: Mapped[UUID]


_WITHIN, _RANK = ReplenishmentRow.account_id, ReplenishmentRow.in_time_rank
_PLACE, _SKU = ReplenishmentRow.marketplace, ReplenishmentRow.sku
Index("ix_replenishment_rank", _WITHIN, _RANK, _PLACE, _SKU)
Index("ix_replenishment_marketplace_rank", _WITHIN, _PLACE, _RANK, _SKU)
Index("ix_replenishment_sku", _WITHIN, _SKU)
Index("ix_replenishment_pool", _WITHIN, ReplenishmentRow.pool)

_CLEAR = Statement(delete(ReplenishmentRow))
_ROWS = replenishment_rows()
_FILL = Statement(insert(ReplenishmentRow).from_select(_ROWS.selected_columns.keys(), _ROWS))


async def derive(context: DeriveContext, days: DaySpan) -> None:  # noqa: ARG001 - the present is derived whole
    """Put together what the other metrics know of each listing."""
    given = Assumptions.of_settings(context.account.settings)
    await _CLEAR.run(context.connection)
    async with planned_for_many(context.connection):
        await _FILL.run(
            context.connection, run_id=context.run_id, fc_delay_days=given.fc_delay.days
        )


METRIC = Metric(
    name="replenishment",
    fills=ReplenishmentRow,
    reads=(CoverRow, Velocity, Stock, Arrival, ReceivingTime, CurrentListing),
    derive=derive,
)
