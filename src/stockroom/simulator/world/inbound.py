"""Inbound shipments as Amazon shows them: the events of each, read as a status.

Events say what happened at the dock; carriers and docks report a while later.
Between two events a status therefore goes on by itself: a shipment on its way
becomes ``IN_TRANSIT`` after a day, one at the dock ``CHECKED_IN`` after six hours.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from stockroom.simulator.world.arrangements import InboundShipment
from stockroom.simulator.world.floor import HOUR
from stockroom.simulator.world.records import Record
from stockroom.simulator.world.states import RECEIVING

SHIPMENT_KINDS: Final = (
    *("inbound_created", "inbound_shipped", "inbound_arrived"),
    *("received", "short"),
)
_NEXT: Final = {
    "inbound_created": ("WORKING", "WORKING", 0),
    "inbound_shipped": ("SHIPPED", "IN_TRANSIT", 24 * HOUR),
    "inbound_arrived": ("DELIVERED", "CHECKED_IN", 6 * HOUR),
}
"""Kind of event to: status at once, status after a while, seconds until then."""
_SLIPS: Final = (-7, -4, -2, -1, 0, 0, 1, 2)
"""Days by which a seller's appointment misses the day of arrival it was made for."""


def plan_refs(shipment_id: str) -> dict[str, str]:
    """The ids under which the 2024-03-20 interface knows a shipment and its plan."""
    return {
        "inbound_plan_id": "wf" + _uuid(f"plan {shipment_id}"),
        "inbound_shipment_id": "sh" + _uuid(f"shipment {shipment_id}"),
    }


def delivery_window(shipment_id: str, created: date, days: float) -> dict[str, str]:
    """The week in which the seller means to deliver; empty when none was chosen.

    Made from the ``days`` the way is planned to take, not always well: some
    shipments arrive after their window.
    """
    chance = Random(f"window {shipment_id}")
    if chance.random() < 0.35:
        return {}
    expected = created + timedelta(days=round(days) + chance.choice(_SLIPS))
    first = max(expected - timedelta(days=3), created + timedelta(days=1))
    return {
        "delivery_window_start": f"{first}T00:00:00Z",
        "delivery_window_end": f"{first + timedelta(days=6)}T23:59:59Z",
    }


def _uuid(name: str) -> str:
    return str(UUID(int=Random(name).getrandbits(128)))


def inbound_shipment(shipment_id: str, records: list[Record], moment: int) -> InboundShipment:
    """The shipment whose ``records`` Amazon shows at ``moment``."""
    created = records[0]
    pool, lot, refs = created.pool, created.lot, created.refs or {}
    assert lot is not None
    assert lot.fc is not None
    assert pool.network is not None
    assert pool.fnsku is not None
    status, updated_at = _status(created.units, records, moment)
    return InboundShipment(
        shipment_id=shipment_id,
        plan_id=refs["inbound_plan_id"],
        plan_shipment_id=refs["inbound_shipment_id"],
        network=pool.network,
        marketplace=pool.home.marketplace,
        fc=lot.fc,
        country=lot.country,
        sku=lot.msku,
        fnsku=pool.fnsku,
        asin=pool.product.asin,
        units=created.units,
        received=sum(record.units for record in records if record.kind == "received"),
        status=status,
        created_at=datetime.fromtimestamp(created.at, UTC),
        updated_at=datetime.fromtimestamp(updated_at, UTC),
        delivery_window=_window(refs),
    )


def _status(units: int, records: list[Record], moment: int) -> tuple[str, int]:
    """The status, and when it or a quantity last changed."""
    last = records[-1]
    if last.kind in _NEXT:
        status, later, seconds = _NEXT[last.kind]
        if moment >= last.seen + seconds:
            return later, last.seen + seconds
        return status, last.seen
    # Late receipts come out of what was short: they were accounted for already.
    accounted = sum(record.units for record in records if record.source == RECEIVING)
    return "CLOSED" if accounted == units else "RECEIVING", last.seen


def _window(refs: dict[str, Any]) -> tuple[datetime, datetime] | None:
    if "delivery_window_start" not in refs:
        return None
    start, end = refs["delivery_window_start"], refs["delivery_window_end"]
    return datetime.fromisoformat(start), datetime.fromisoformat(end)
