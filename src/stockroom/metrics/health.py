"""The five health metrics side by side: cover in days and weeks, sell-through, stockouts, accuracy.

Cover, sell-through and accuracy are the pool's; stockouts and lost units the
listing's own. Blocked and unknown days are in no rate: they are counted apart.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, Numeric, delete, insert
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base, TenantTable
from stockroom.metrics.cover import CoverRow
from stockroom.metrics.derivation.health_rows import ALIVE_DAYS, health_rows
from stockroom.metrics.derivation.statement import Statement, planned_for_many
from stockroom.metrics.derivation.velocity_table import last_complete_day
from stockroom.metrics.ledger_accuracy import LedgerAccuracy
from stockroom.metrics.listings import CurrentListing
from stockroom.metrics.live_agreement import LiveAgreement
from stockroom.metrics.lost_units import LostUnits
from stockroom.metrics.shipped_velocities import ShippedVelocity
from stockroom.metrics.stock import Stock
from stockroom.metrics.velocities import Velocity
from stockroom.reports.myi_all_inventory import MyiAllInventory
from stockroom.spec.metric import DaySpan, DeriveContext, Metric
from stockroom.spec.window import ONE_DAY


class Health(TenantTable, Base):
    """One listing in one window. Null where too little is known, or nothing can be divided."""

    __tablename__ = "health"
    __table_args__ = ({"schema": "metrics"},)

    window_days: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    marketplace: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(primary_key=True)
    pool: Mapped[str]
    in_time_days: Mapped[Decimal | None] = mapped_column(Numeric)
    band: Mapped[str | None]
    weeks_of_cover: Mapped[Decimal | None] = mapped_column(Numeric)
    in_time_rank: Mapped[int]
    units_shipped: Mapped[int | None]
    """The pool's, all channels, replacements out."""
    mean_on_hand: Mapped[Decimal | None] = mapped_column(Numeric)
    """Over the days whose closing is known."""
    sell_through: Mapped[Decimal | None] = mapped_column(Numeric)
    """units_shipped ÷ mean_on_hand; null below half of the days known."""
    eligible: Mapped[bool | None]
    """Active, not archived, with stock or sales within 180 days."""
    stockout_rate: Mapped[Decimal | None] = mapped_column(Numeric)
    """days_out ÷ days_observed."""
    days_out: Mapped[int]
    days_observed: Mapped[int]
    days_blocked: Mapped[int]
    days_unknown: Mapped[int]
    lost_units: Mapped[Decimal | None] = mapped_column(Numeric)
    """An estimate."""
    days_judged: Mapped[int]
    """Of the out days, those it is made from."""
    accuracy: Mapped[Decimal | None] = mapped_column(Numeric)
    exact_share: Mapped[Decimal | None] = mapped_column(Numeric)
    """Share of the pool's balances (day × country) that add up exactly."""
    live_agreement: Mapped[Decimal | None] = mapped_column(Numeric)
    """1 − |live_difference| ÷ the units expected; null when none were."""
    live_difference: Mapped[int | None]
    """Units the live stock shows beyond the ledger's closing and what it moved since."""
    live_day: Mapped[date | None]
    """The ledger's day they are held against."""
    as_of: Mapped[date]
    shipped_as_of: Mapped[date | None]
    ledger_as_of: Mapped[date | None]
    run_id: Mapped[UUID]


_WITHIN = (Health.account_id, Health.window_days)
_RANK, _PLACE, _SKU = Health.in_time_rank, Health.marketplace, Health.sku
Index("ix_health_rank", *_WITHIN, _RANK, _PLACE, _SKU)
Index("ix_health_marketplace_rank", *_WITHIN, _PLACE, _RANK, _SKU)
Index("ix_health_sku", Health.account_id, Health.sku, Health.window_days)

_AS_OF = last_complete_day("orders")
_CLEAR = Statement(delete(Health))
_ROWS = health_rows()
_FILL = Statement(insert(Health).from_select(_ROWS.selected_columns.keys(), _ROWS))


async def derive(context: DeriveContext, days: DaySpan) -> None:  # noqa: ARG001 - the present is derived whole
    """Join the parts anew."""
    await _CLEAR.run(context.connection)
    ((as_of,),) = await _AS_OF.run(context.connection)
    if as_of is None:
        return
    since = as_of - ALIVE_DAYS + ONE_DAY
    async with planned_for_many(context.connection):
        await _FILL.run(context.connection, as_of=as_of, since=since, run_id=context.run_id)


METRIC = Metric(
    name="health",
    fills=Health,
    reads=(
        *(Velocity, ShippedVelocity, CoverRow, LostUnits, LedgerAccuracy),
        *(LiveAgreement, CurrentListing, Stock, MyiAllInventory),
    ),
    derive=derive,
)
