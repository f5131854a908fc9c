"""Multi-channel orders as the interface for them shows them: the events of each, read as a status."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from stockroom.simulator.world.arrangements import McfItem, McfOrder, McfPart
from stockroom.simulator.world.floor import HOUR
from stockroom.simulator.world.records import Record

ORDER_KINDS: Final = ("ordered", "cancelled", "shipped")
_PLANNED: Final = HOUR // 2
"""So long after it is shown an order is ``Received``; then it is ``Processing``."""


def mcf_order(order_id: str, records: Sequence[Record], moment: int) -> McfOrder:
    """The order whose ``records`` Amazon shows at ``moment``."""
    placed = [record for record in records if record.kind == "ordered"]
    later = [record for record in records if record.kind != "ordered"]
    first, offer = placed[0], placed[0].offer
    assert offer is not None
    status, updated = _status(placed, later, moment)
    return McfOrder(
        order_id=order_id,
        amazon_order_id=_ref(first, "order_id"),
        marketplace=offer.marketplace,
        country=offer.country,
        status=status,
        received_at=datetime.fromtimestamp(first.at, UTC),
        updated_at=datetime.fromtimestamp(updated, UTC),
        items=tuple(_item(record, later) for record in placed),
    )


def _item(placed: Record, later: Sequence[Record]) -> McfItem:
    own = [one for one in later if _ref(one, "order_item_id") == _ref(placed, "order_item_id")]
    assert placed.offer is not None
    assert placed.pool.fnsku is not None
    return McfItem(
        item_id=(placed.refs or {}).get("mcf_item_id", _ref(placed, "order_item_id")),
        sku=placed.offer.sku,
        fnsku=placed.pool.fnsku,
        units=placed.units,
        cancelled=sum(record.units for record in own if record.kind == "cancelled"),
        parts=tuple(_part(record) for record in own if record.kind == "shipped"),
    )


def _part(shipped: Record) -> McfPart:
    assert shipped.lot is not None
    assert shipped.lot.fc is not None
    return McfPart(shipped.lot.fc, shipped.units, datetime.fromtimestamp(shipped.at, UTC))


def _ref(record: Record, name: str) -> str:
    return str((record.refs or {})[name])


def _status(placed: Sequence[Record], later: Sequence[Record], moment: int) -> tuple[str, int]:
    """The status, and since when."""
    left = sum(record.units for record in placed) - sum(record.units for record in later)
    if left == 0:
        kinds = {record.kind for record in later}
        ended = {"shipped": "Complete", "cancelled": "Cancelled"}
        status = ended[kinds.pop()] if len(kinds) == 1 else "CompletePartialled"
        return status, later[-1].seen
    planned = placed[0].seen + _PLANNED
    started = [record.seen for record in later]
    if moment >= planned:
        return "Processing", max([planned, *started])
    return "Received", max([placed[0].seen, *started])
