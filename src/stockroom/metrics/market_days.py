"""Demand of a day in one marketplace, all SKUs together.

Not the sum of its SKUs: an order of two of them is one order.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Uuid, bindparam, delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base, TenantTable, partitioned_by_month
from stockroom.db.partitions import ensure_partitions
from stockroom.metrics.derivation.demand import LINE_STANDING, STANDING, demand_columns
from stockroom.metrics.derivation.statement import Statement, days_parameter
from stockroom.reports.orders import OrderLine
from stockroom.spec.fact import table_of
from stockroom.spec.metric import DaySpan, DeriveContext, Metric


class MarketDay(TenantTable, Base):
    """One marketplace's orders of one day. A covered day without a row: nothing ordered."""

    __tablename__ = "market_days"
    __table_args__ = (partitioned_by_month("metrics"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    """Calendar day of the purchase in the marketplace's zone."""
    marketplace: Mapped[str] = mapped_column(primary_key=True)
    """Empty where the order does not tell."""
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


_CLEAR = Statement(delete(MarketDay).where(MarketDay.day == func.any(days_parameter())))

_FILL = Statement(
    insert(MarketDay).from_select(
        [column.name for column in MarketDay.__table__.columns],
        select(
            OrderLine.account_id,
            OrderLine.day,
            OrderLine.marketplace,
            *demand_columns(),
            bindparam("run_id", type_=Uuid()),
        )
        .where(OrderLine.day == func.any(days_parameter()), STANDING, LINE_STANDING)
        .group_by(OrderLine.account_id, OrderLine.day, OrderLine.marketplace),
    )
)


async def derive(context: DeriveContext, days: DaySpan) -> None:
    """Count the days given again from their order lines."""
    span = list(days.days)
    await ensure_partitions(context.connection, table_of(MarketDay), days.first, days.last)
    await _CLEAR.run(context.connection, days=span)
    await _FILL.run(context.connection, days=span, run_id=context.run_id)


METRIC = Metric(name="market_days", fills=MarketDay, reads=(OrderLine,), derive=derive)
