"""How long shipments take until they can be sold: medians per network, from our own history.

Two ways to look ahead: from the day a shipment was first seen under way, and from
the end of its delivery window. Both end when half of its units were received. A
median of fewer than ``LEAST_SHIPMENTS`` is no median.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base, TenantTable
from stockroom.metrics.derivation.statement import Statement
from stockroom.metrics.shipment_timelines import ShipmentTimeline
from stockroom.spec.metric import DaySpan, DeriveContext, Metric

LEAST_SHIPMENTS = 3


class ReceivingTime(TenantTable, Base):
    """What one network's shipments have taught. Days, rounded up; null until there are enough."""

    __tablename__ = "receiving_times"
    __table_args__ = ({"schema": "metrics"},)

    network: Mapped[str] = mapped_column(primary_key=True)
    shipped_to_available: Mapped[int | None]
    """From the day first seen under way."""
    shipments_seen: Mapped[int]
    window_to_available: Mapped[int | None]
    """From the delivery window's end; negative when goods are there before it."""
    shipments_with_window: Mapped[int]
    run_id: Mapped[UUID]


_CLEAR = Statement(delete(ReceivingTime))


def _median(days: ColumnElement[Any], known: ColumnElement[bool]) -> ColumnElement[int]:
    half = func.percentile_cont(0.5).within_group(days).filter(known)
    enough = func.count().filter(known) >= LEAST_SHIPMENTS
    return case((enough, cast(func.ceil(half), Integer)))


def _fill() -> Statement:
    row = ShipmentTimeline
    there = row.available_on.is_not(None)
    seen = and_(there, row.watched, row.available_on >= row.shipped_seen)
    windowed = and_(there, row.window_end.is_not(None))
    rows = (
        select(
            row.account_id,
            row.network,
            _median(row.available_on - row.shipped_seen, seen),
            func.count().filter(seen),
            _median(row.available_on - row.window_end, windowed),
            func.count().filter(windowed),
            bindparam("run_id", type_=Uuid()),
        )
        .where(row.network.is_not(None))
        .group_by(row.account_id, row.network)
    )
    names = [column.name for column in ReceivingTime.__table__.columns]
    return Statement(insert(ReceivingTime).from_select(names, rows))


_FILL = _fill()


async def derive(context: DeriveContext, days: DaySpan) -> None:  # noqa: ARG001 - the present is derived whole
    """Learn from every shipment that has arrived."""
    await _CLEAR.run(context.connection)
    await _FILL.run(context.connection, run_id=context.run_id)


METRIC = Metric(
    name="receiving_times", fills=ReceivingTime, reads=(ShipmentTimeline,), derive=derive
)
