"""When we first saw each inbound shipment in each status, and when its units were there to sell.

Amazon's newest list of shipments carries no dates: the dates are those of our
own snapshots, of the delivery window the seller chose, and of the receipts in the
ledger. Half of what was shipped decides: a straggler does not make a shipment late.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, delete, func, insert, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base, TenantTable
from stockroom.metrics.derivation.closings import local_day, newest_day, store_parameters, stores
from stockroom.metrics.derivation.sightings import available, seen, windows
from stockroom.metrics.derivation.statement import Statement, planned_for_many
from stockroom.reports.inbound_items import InboundItem
from stockroom.reports.inbound_plans import InboundPlan
from stockroom.reports.inbound_shipments import InboundShipment
from stockroom.reports.ledger_detail import LedgerEvent
from stockroom.spec.metric import DaySpan, DeriveContext, Metric
from stockroom.spec.run import LoadedDay

REMEMBERED = timedelta(days=180)
"""Receipts further back teach nothing about the warehouses of today."""


class ShipmentTimeline(TenantTable, Base):
    """One shipment of Amazon's newest list, with the days we know of it."""

    __tablename__ = "shipment_timelines"
    __table_args__ = ({"schema": "metrics"},)

    shipment_id: Mapped[str] = mapped_column(primary_key=True)
    network: Mapped[str | None]
    marketplace: Mapped[str]
    name: Mapped[str | None]
    destination_fc: Mapped[str | None]
    status: Mapped[str]
    statuses: Mapped[list[Any]] = mapped_column(JSONB)
    """``[status, day first seen]`` in the order of the days."""
    first_seen: Mapped[date]
    shipped_seen: Mapped[date | None]
    """First day seen under way: SHIPPED, or further when a day was missed."""
    receiving_seen: Mapped[date | None]
    window_start: Mapped[date | None]
    """Of the delivery window, in the marketplace's calendar."""
    window_end: Mapped[date | None]
    available_on: Mapped[date | None]
    """Day by whose end half of the units were received, as the ledger tells."""
    watched: Mapped[bool]
    """It appeared, or left, while we were watching: its ``shipped_seen`` is not merely our first day."""
    asked_at: Mapped[datetime]
    run_id: Mapped[UUID]


_CLEAR = Statement(delete(ShipmentTimeline))


def _fill() -> Statement:
    now, sighting, window, there = InboundShipment, seen(), windows(), available()
    store = stores()
    started = (
        select(func.min(LoadedDay.day))
        .where(LoadedDay.dataset == "inbound_shipments")
        .scalar_subquery()
    )
    rows = (
        select(
            *(now.account_id, now.shipment_id, now.network, now.marketplace, now.name),
            *(now.destination_fc, now.status, sighting.c.statuses, sighting.c.first_seen),
            *(sighting.c.shipped_seen, sighting.c.receiving_seen),
            local_day(window.c.window_start, store.c.zone),
            local_day(window.c.window_end, store.c.zone),
            there.c.day,
            func.coalesce(sighting.c.shipped_seen > started, False),
            now.asked_at,
            bindparam("run_id", type_=Uuid()),
        )
        .join(store, store.c.code == now.marketplace)
        .join(sighting, sighting.c.shipment_id == now.shipment_id)
        .outerjoin(window, window.c.shipment_id == now.shipment_id)
        .outerjoin(there, there.c.shipment_id == now.shipment_id)
        .where(now.day == newest_day("inbound_shipments"))
    )
    names = [column.name for column in ShipmentTimeline.__table__.columns]
    return Statement(insert(ShipmentTimeline).from_select(names, rows))


_FILL = _fill()


async def derive(context: DeriveContext, days: DaySpan) -> None:  # noqa: ARG001 - the present is derived whole
    """Follow every shipment through all snapshots."""
    since = context.clock.now().date() - REMEMBERED
    await _CLEAR.run(context.connection)
    places = store_parameters(context.account)
    async with planned_for_many(context.connection):
        await _FILL.run(context.connection, since=since, run_id=context.run_id, **places)


METRIC = Metric(
    name="shipment_timelines",
    fills=ShipmentTimeline,
    reads=(InboundShipment, InboundItem, InboundPlan, LedgerEvent),
    derive=derive,
)
