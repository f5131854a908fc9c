"""What each inbound shipment still brings of each SKU, and when: the arrivals of the cover's walk.

The expected day is the first that can be told, named in ``eta_source``: the
delivery window's end and what the network takes from there; the day first seen
under way and what it takes from there; first sight and ``transit_days``. Never
before tomorrow.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Index, delete, insert
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base, TenantTable
from stockroom.metrics.derivation.closings import store_parameters
from stockroom.metrics.derivation.covering import Assumptions
from stockroom.metrics.derivation.expecting import arrival_rows
from stockroom.metrics.derivation.statement import Statement, planned_for_many
from stockroom.metrics.receiving_times import ReceivingTime
from stockroom.metrics.shipment_timelines import ShipmentTimeline
from stockroom.reports.inbound_items import InboundItem
from stockroom.spec.metric import DaySpan, DeriveContext, Metric


class Arrival(TenantTable, Base):
    """One SKU of one shipment."""

    __tablename__ = "arrivals"
    __table_args__ = ({"schema": "metrics"},)

    shipment_id: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(primary_key=True)
    fnsku: Mapped[str] = mapped_column(primary_key=True)
    marketplace: Mapped[str]
    pool: Mapped[str | None]
    network: Mapped[str | None]
    name: Mapped[str | None]
    destination_fc: Mapped[str | None]
    status: Mapped[str]
    statuses: Mapped[list[Any]] = mapped_column(JSONB)
    units_shipped: Mapped[int]
    units_received: Mapped[int]
    units_coming: Mapped[int]
    """Shipped and not received, while it is under way; else 0."""
    expected_on: Mapped[date | None]
    """Null unless it is under way."""
    eta_source: Mapped[str | None]
    """``delivery_window``, ``shipped_seen`` or ``first_seen``."""
    first_seen: Mapped[date]
    shipped_seen: Mapped[date | None]
    receiving_seen: Mapped[date | None]
    window_start: Mapped[date | None]
    window_end: Mapped[date | None]
    available_on: Mapped[date | None]
    stage: Mapped[str]
    """``coming`` (under way), ``announced`` or ``ended``."""
    rank: Mapped[int]
    """The tool's order: under way, the soonest first; announced; the rest, the newest first."""
    as_of: Mapped[date]
    """The day whose closing it describes."""
    run_id: Mapped[UUID]


Index(
    "ix_arrivals_rank",
    Arrival.account_id,
    Arrival.rank,
    Arrival.shipment_id,
    Arrival.sku,
    Arrival.fnsku,
)
Index("ix_arrivals_sku", Arrival.account_id, Arrival.sku)

_CLEAR = Statement(delete(Arrival))
_ROWS = arrival_rows()
_FILL = Statement(insert(Arrival).from_select(_ROWS.selected_columns.keys(), _ROWS))


async def derive(context: DeriveContext, days: DaySpan) -> None:  # noqa: ARG001 - the present is derived whole
    """Expect every shipment of the newest list."""
    given = Assumptions.of_settings(context.account.settings)
    await _CLEAR.run(context.connection)
    params = {"transit_days": given.transit_days} | store_parameters(context.account)
    async with planned_for_many(context.connection):
        await _FILL.run(context.connection, run_id=context.run_id, **params)


METRIC = Metric(
    name="arrivals",
    fills=Arrival,
    reads=(ShipmentTimeline, ReceivingTime, InboundItem),
    derive=derive,
)
