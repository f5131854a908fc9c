"""What our own snapshots, the delivery windows and the ledger say of inbound shipments."""

from __future__ import annotations

from sqlalchemy import Date, Subquery, bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, distinct_on

from stockroom.metrics.derivation.closings import newest_day
from stockroom.metrics.derivation.statement import one_of
from stockroom.metrics.formulas.statuses import UNDER_WAY, UNLOADING
from stockroom.reports.inbound_items import InboundItem
from stockroom.reports.inbound_plans import InboundPlan
from stockroom.reports.inbound_shipments import InboundShipment
from stockroom.reports.ledger_detail import LedgerEvent


def seen() -> Subquery:
    """Our own sightings, over all snapshots."""
    firsts = (
        select(InboundShipment.shipment_id, InboundShipment.status)
        .add_columns(func.min(InboundShipment.day).label("day"))
        .group_by(InboundShipment.shipment_id, InboundShipment.status)
        .subquery("firsts")
    )
    first = func.min(firsts.c.day)
    steps = aggregate_order_by(
        func.jsonb_build_array(firsts.c.status, firsts.c.day), firsts.c.day, firsts.c.status
    )
    return (
        select(
            firsts.c.shipment_id,
            func.jsonb_agg(steps).label("statuses"),
            first.label("first_seen"),
            first.filter(one_of(firsts.c.status, UNDER_WAY)).label("shipped_seen"),
            first.filter(one_of(firsts.c.status, UNLOADING)).label("receiving_seen"),
        )
        .group_by(firsts.c.shipment_id)
        .subquery("seen")
    )


def windows() -> Subquery:
    """The delivery window each shipment had when it was last seen with one."""
    shipment = InboundPlan.shipment_confirmation_id
    return (
        select(shipment.label("shipment_id"), InboundPlan.window_start, InboundPlan.window_end)
        .where(shipment.is_not(None), InboundPlan.window_end.is_not(None))
        .ext(distinct_on(shipment))
        .order_by(shipment, InboundPlan.day.desc())
        .subquery("windows")
    )


def available() -> Subquery:
    """The day by whose end half of a shipment's units were received; looks back to ``since``."""
    shipped = (
        select(InboundItem.shipment_id, func.sum(InboundItem.units_shipped).label("units"))
        .where(InboundItem.day == newest_day("inbound_items"))
        .group_by(InboundItem.shipment_id)
        .subquery("shipped")
    )
    received = (
        select(
            LedgerEvent.reference_id.label("shipment_id"),
            LedgerEvent.day,
            func.sum(func.sum(LedgerEvent.quantity))
            .over(partition_by=LedgerEvent.reference_id, order_by=LedgerEvent.day)
            .label("units"),
        )
        .where(
            LedgerEvent.event_type == "Receipts", LedgerEvent.day > bindparam("since", type_=Date())
        )
        .group_by(LedgerEvent.reference_id, LedgerEvent.day)
        .subquery("received")
    )
    return (
        select(received.c.shipment_id, func.min(received.c.day).label("day"))
        .join(shipped, shipped.c.shipment_id == received.c.shipment_id)
        .where(2 * received.c.units >= shipped.c.units, shipped.c.units > 0)
        .group_by(received.c.shipment_id)
        .subquery("available")
    )
