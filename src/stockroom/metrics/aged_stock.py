"""Old stock as of now: its ages, what it costs, and the low-inventory fee, SKU by SKU.

Ages, costs and verdicts are Amazon's, from the newest planning snapshot of each
marketplace. Two things are added: what was charged last, from the fee reports,
and a projection of our own of the days of supply that Amazon judges by.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, Numeric, delete, insert
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base, TenantTable
from stockroom.metrics.derivation.aged_rows import aged_rows
from stockroom.metrics.derivation.statement import Statement, planned_for_many
from stockroom.metrics.health import Health
from stockroom.metrics.stock import Stock
from stockroom.reports.inventory_planning import PlannedStock
from stockroom.reports.longterm_storage_fees import LongtermStorageFee
from stockroom.reports.storage_fees import StorageFee
from stockroom.spec.metric import DaySpan, DeriveContext, Metric


class AgedStock(TenantTable, Base):
    """One SKU in one marketplace. Units and costs are the pool's; money is in ``currency``."""

    __tablename__ = "aged_stock"
    __table_args__ = (
        Index("ix_aged_stock_cost", "account_id", "cost_rank", "marketplace", "sku"),
        Index("ix_aged_stock_marketplace_cost", "account_id", "marketplace", "cost_rank", "sku"),
        Index("ix_aged_stock_sku", "account_id", "sku", "marketplace"),
        {"schema": "metrics"},
    )

    marketplace: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(primary_key=True)
    pool: Mapped[str | None]
    fnsku: Mapped[str | None]
    asin: Mapped[str | None]
    currency: Mapped[str | None]
    cost_rank: Mapped[int]
    """Falls with the surcharge and next month's storage together, in hundredths: dearest first."""
    oldest_days: Mapped[int]
    """Where the oldest bracket that holds units begins."""
    age_0_180: Mapped[int]
    age_0_90: Mapped[int]
    age_91_180: Mapped[int]
    age_181_270: Mapped[int]
    age_271_365: Mapped[int]
    age_366_plus: Mapped[int | None]
    age_366_455: Mapped[int | None]
    age_456_plus: Mapped[int | None]
    surcharge: Mapped[Decimal | None]
    """What Amazon expects to charge for age, of all brackets."""
    ais_units_181_210: Mapped[int | None]
    ais_181_210: Mapped[Decimal | None]
    ais_units_211_240: Mapped[int | None]
    ais_211_240: Mapped[Decimal | None]
    ais_units_241_270: Mapped[int | None]
    ais_241_270: Mapped[Decimal | None]
    ais_units_271_300: Mapped[int | None]
    ais_271_300: Mapped[Decimal | None]
    ais_units_301_330: Mapped[int | None]
    ais_301_330: Mapped[Decimal | None]
    ais_units_331_365: Mapped[int | None]
    ais_331_365: Mapped[Decimal | None]
    ais_units_366_455: Mapped[int | None]
    ais_366_455: Mapped[Decimal | None]
    ais_units_456_plus: Mapped[int | None]
    ais_456_plus: Mapped[Decimal | None]
    storage_next_month: Mapped[Decimal | None]
    storage_month: Mapped[date | None]
    """First day of the last month charged, of the account."""
    storage_charged: Mapped[Decimal | None]
    surcharge_day: Mapped[date | None]
    surcharge_charged: Mapped[Decimal | None]
    short_supply_days: Mapped[Decimal | None]
    long_supply_days: Mapped[Decimal | None]
    supply_on: Mapped[date | None]
    low_inventory_fee: Mapped[str | None]
    """``applied``, ``exempt`` or ``not_applied``; null where Amazon says nothing."""
    minimum_level: Mapped[int | None]
    projected_short_days: Mapped[Decimal | None] = mapped_column(Numeric)
    projected_long_days: Mapped[Decimal | None] = mapped_column(Numeric)
    excess_units: Mapped[int | None]
    alert: Mapped[str | None]
    recommended_action: Mapped[str | None]
    recommended_price: Mapped[Decimal | None]
    recommended_sale_days: Mapped[int | None]
    recommended_removal_units: Mapped[int | None]
    expected_savings: Mapped[Decimal | None]
    ages_on: Mapped[date | None]
    day: Mapped[date]
    """Of the snapshot."""
    asked_at: Mapped[datetime]
    run_id: Mapped[UUID]


_CLEAR = Statement(delete(AgedStock))
_ROWS = aged_rows(AgedStock.__table__.columns.keys())
_FILL = Statement(insert(AgedStock).from_select(_ROWS.selected_columns.keys(), _ROWS))


async def derive(context: DeriveContext, days: DaySpan) -> None:  # noqa: ARG001 - the present is derived whole
    """Take the newest snapshots, and what was charged last."""
    await _CLEAR.run(context.connection)
    async with planned_for_many(context.connection):
        await _FILL.run(context.connection, run_id=context.run_id)


METRIC = Metric(
    name="aged_stock",
    fills=AgedStock,
    reads=(PlannedStock, StorageFee, LongtermStorageFee, Stock, Health),
    derive=derive,
)
