"""Demand of a day: what was ordered of one SKU in one marketplace, by channel.

Cancelled units and free replacements are out, pending orders are in, returns
are not netted. Multi-channel units stand apart: they are sold elsewhere and
shipped from the same stock.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, Uuid, bindparam, delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base, TenantTable, partitioned_by_month
from stockroom.db.partitions import ensure_partitions
from stockroom.metrics.derivation.demand import LINE_STANDING, STANDING, demand_columns
from stockroom.metrics.derivation.statement import Statement, days_parameter
from stockroom.reports.orders import OrderLine
from stockroom.spec.fact import table_of
from stockroom.spec.metric import DaySpan, DeriveContext, Metric


class SkuDay(TenantTable, Base):
    """One SKU's orders on one marketplace day. A covered day without a row: nothing ordered."""

    __tablename__ = "sku_days"
    __table_args__ = (
        Index("ix_sku_days_sku", "account_id", "sku", "day"),
        partitioned_by_month("metrics"),
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    """Calendar day of the purchase in the marketplace's zone."""
    marketplace: Mapped[str] = mapped_column(primary_key=True)
    """Empty where the order does not tell."""
    sku: Mapped[str] = mapped_column(primary_key=True)
    units_ordered: Mapped[int]
    """Sold on Amazon: net of cancellations, without replacements."""
    mcf_units: Mapped[int]
    """Sold elsewhere, shipped by Amazon; net of cancellations."""
    replacement_units: Mapped[int]
    unpriced_units: Mapped[int]
    """Of ``units_ordered``: pending, not paid yet, and so not in ``revenue``."""
    orders: Mapped[int]
    mcf_orders: Mapped[int]
    revenue: Mapped[Decimal | None]
    """Ordered on Amazon, before promotions; null when currencies are mixed or nothing is priced."""
    currency: Mapped[str | None]
    run_id: Mapped[UUID]


_CLEAR = Statement(delete(SkuDay).where(SkuDay.day == func.any(days_parameter())))

_FILL = Statement(
    insert(SkuDay).from_select(
        [column.name for column in SkuDay.__table__.columns],
        select(
            OrderLine.account_id,
            OrderLine.day,
            OrderLine.marketplace,
            OrderLine.sku,
            *demand_columns(),
            bindparam("run_id", type_=Uuid()),
        )
        .where(OrderLine.day == func.any(days_parameter()), STANDING, LINE_STANDING)
        .group_by(OrderLine.account_id, OrderLine.day, OrderLine.marketplace, OrderLine.sku),
    )
)


async def derive(context: DeriveContext, days: DaySpan) -> None:
    """Count the days given again from their order lines."""
    span = list(days.days)
    await ensure_partitions(context.connection, table_of(SkuDay), days.first, days.last)
    await _CLEAR.run(context.connection, days=span)
    await _FILL.run(context.connection, days=span, run_id=context.run_id)


METRIC = Metric(name="sku_days", fills=SkuDay, reads=(OrderLine,), derive=derive)
