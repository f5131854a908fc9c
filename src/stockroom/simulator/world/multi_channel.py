"""Multi-channel orders as the interface for them shows them: the events of each, read as a status."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from stockroom.simulator.world.arrangements import McfOrder, McfPart
from stockroom.simulator.world.floor import HOUR
from stockroom.simulator.world.records import Record

ORDER_KINDS: Final = ("ordered", "cancelled", "shipped")
_PLANNED: Final = HOUR // 2
"""So long after it is shown an order is ``Received``; then it is ``Processing``."""


def mcf_order(order_id: str, records: Sequence[Record], moment: int) -> McfOrder:
    """The order whose ``records`` Amazon shows at ``moment``."""
    placed, *later = records
    refs, offer = placed.refs or {}, placed.offer
    assert offer is not None
    assert placed.pool.fnsku is not None
    cancelled = sum(record.units for record in later if record.kind == "cancelled")
    shipped = [record for record in later if record.kind == "shipped"]
    status, updated = _status(placed, later, moment)
    return McfOrder(
        order_id=order_id,
        amazon_order_id=refs["order_id"],
        item_id=refs["order_item_id"],
        marketplace=offer.marketplace,
        country=offer.country,
        sku=offer.sku,
        fnsku=placed.pool.fnsku,
        status=status,
        received_at=datetime.fromtimestamp(placed.at, UTC),
        updated_at=datetime.fromtimestamp(updated, UTC),
        units=placed.units,
        cancelled=cancelled,
        parts=tuple(_part(record) for record in shipped),
    )


def _part(shipped: Record) -> McfPart:
    assert shipped.lot is not None
    assert shipped.lot.fc is not None
    return McfPart(shipped.lot.fc, shipped.units, datetime.fromtimestamp(shipped.at, UTC))


def _status(placed: Record, later: Sequence[Record], moment: int) -> tuple[str, int]:
    """The status, and since when."""
    left = placed.units - sum(record.units for record in later)
    if left == 0:
        kinds = {record.kind for record in later}
        ended = {"shipped": "Complete", "cancelled": "Cancelled"}
        status = ended[kinds.pop()] if len(kinds) == 1 else "CompletePartialled"
        return status, later[-1].seen
    planned = placed.seen + _PLANNED
    started = [record.seen for record in later]
    if moment >= planned:
        return "Processing", max([planned, *started])
    return "Received", max([placed.seen, *started])
