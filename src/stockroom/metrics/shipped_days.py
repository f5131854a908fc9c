"""Units that left for customers: of one SKU in one marketplace on one shipment day, by channel.

The shipments' document knows neither channel nor, between marketplaces of one
currency, the marketplace: the order tells both. A shipment whose order is not
known (yet) counts as sold on Amazon, where its currency says.
"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Date, Uuid, bindparam, delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base, TenantTable, partitioned_by_month
from stockroom.db.partitions import ensure_partitions
from stockroom.metrics.derivation.statement import Statement, days_parameter, planned_for_many
from stockroom.reports.customer_shipments import CustomerShipment
from stockroom.reports.orders import OrderLine
from stockroom.spec.fact import table_of
from stockroom.spec.metric import DaySpan, DeriveContext, Metric
from stockroom.spec.window import ONE_DAY

LONGEST_WAIT = timedelta(days=90)
"""From an order to its last shipment; an older order is not looked for."""


class ShippedDay(TenantTable, Base):
    """One SKU's units that left on one day. A covered day without a row: nothing left."""

    __tablename__ = "shipped_days"
    __table_args__ = (partitioned_by_month("metrics"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    """Calendar day of the shipment in the marketplace's zone."""
    marketplace: Mapped[str] = mapped_column(primary_key=True)
    """Empty where neither order nor currency tells."""
    sku: Mapped[str] = mapped_column(primary_key=True)
    units_shipped: Mapped[int]
    """Sold on Amazon, without replacements."""
    mcf_units: Mapped[int]
    """Sold elsewhere."""
    replacement_units: Mapped[int]
    run_id: Mapped[UUID]


_SINCE, _UNTIL = (bindparam(name, type_=Date()) for name in ("since", "until"))
_OF_DAYS = CustomerShipment.day == func.any(days_parameter())

_AFFECTED = Statement(
    select(CustomerShipment.day)
    .join(OrderLine, OrderLine.order_id == CustomerShipment.order_id)
    .where(OrderLine.day == func.any(days_parameter()))
    .where(CustomerShipment.day.between(_SINCE, _UNTIL))
    .distinct()
)
_CLEAR = Statement(delete(ShippedDay).where(ShippedDay.day == func.any(days_parameter())))


def _fill() -> Statement:
    orders = (
        select(
            OrderLine.order_id,
            func.max(OrderLine.marketplace).label("marketplace"),
            func.bool_or(OrderLine.channel == "mcf").label("mcf"),
            func.bool_and(OrderLine.replacement).label("replacement"),
        )
        .where(OrderLine.day.between(_SINCE, _UNTIL))
        .where(OrderLine.order_id.in_(select(CustomerShipment.order_id).where(_OF_DAYS)))
        .group_by(OrderLine.order_id)
        .subquery("orders")
    )
    sold_in = func.coalesce(func.nullif(orders.c.marketplace, ""), CustomerShipment.marketplace)
    mcf = func.coalesce(orders.c.mcf, False)
    replacement = ~mcf & func.coalesce(orders.c.replacement, False)
    units = func.sum(CustomerShipment.units)
    rows = (
        select(
            CustomerShipment.account_id,
            CustomerShipment.day,
            sold_in,
            CustomerShipment.sku,
            func.coalesce(units.filter(~mcf, ~replacement), 0),
            func.coalesce(units.filter(mcf), 0),
            func.coalesce(units.filter(replacement), 0),
            bindparam("run_id", type_=Uuid()),
        )
        .outerjoin(orders, orders.c.order_id == CustomerShipment.order_id)
        .where(_OF_DAYS)
        .group_by(CustomerShipment.account_id, CustomerShipment.day, sold_in, CustomerShipment.sku)
    )
    names = [column.name for column in ShippedDay.__table__.columns]
    return Statement(insert(ShippedDay).from_select(names, rows))


_FILL = _fill()


async def derive(context: DeriveContext, days: DaySpan) -> None:
    """Count the days given again, and those on which orders of these days left."""
    connection, given = context.connection, list(days.days)
    since, until = days.first - ONE_DAY, days.last + LONGEST_WAIT
    async with planned_for_many(connection):
        affected = await _AFFECTED.run(connection, days=given, since=since, until=until)
        span = DaySpan.of([*given, *(day for (day,) in affected)])
        await ensure_partitions(connection, table_of(ShippedDay), span.first, span.last)
        await _CLEAR.run(connection, days=list(span.days))
        await _FILL.run(
            connection,
            days=list(span.days),
            since=span.first - LONGEST_WAIT,
            until=span.last + ONE_DAY,
            run_id=context.run_id,
        )


METRIC = Metric(
    name="shipped_days", fills=ShippedDay, reads=(CustomerShipment, OrderLine), derive=derive
)
