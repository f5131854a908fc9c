"""Amazon Warehousing and Distribution: a layer of stock beside the FBA pools, in the US alone.

What a supplier makes for such a pool goes to a distribution centre first. From
there it leaves as an ordinary inbound shipment to FBA, at the time at which it
would have come straight from the supplier. A cushion that was brought on the
first day stays, for days worse than any here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from stockroom.simulator.world.arrangements import AwdShipment, AwdStock
from stockroom.simulator.world.floor import HOUR, Floor
from stockroom.simulator.world.records import Record
from stockroom.simulator.world.states import (
    AWD,
    AWD_INBOUND,
    AWD_RESERVED,
    OUTSIDE,
    RECEIVING,
    SUPPLIER,
    WORKING,
    Step,
    step,
)
from stockroom.simulator.world.warehouse import Goods, Lot, Pool

REPLENISH: Final = step("inbound_created", AWD_RESERVED, WORKING)
SHIPMENT_KINDS: Final = ("awd_created", "awd_shipped", "awd_received")
_STATES: Final = frozenset({AWD_INBOUND, AWD, AWD_RESERVED})
_ORDER: Final = step("supply_ordered", OUTSIDE, SUPPLIER)
_CREATE: Final = step("awd_created", SUPPLIER, SUPPLIER)
_SEND: Final = step("awd_shipped", SUPPLIER, AWD_INBOUND)
_RECEIVE: Final = step("awd_received", AWD_INBOUND, AWD)
_RESERVE: Final = step("awd_reserved", AWD, AWD_RESERVED)
_OPENING: Final = (_ORDER, _CREATE, _SEND, _RECEIVE)
_CENTRE: Final = "IUSQ"
_CUSHION_DAYS: Final = 30
_TRANSIT: Final = 24 * HOUR
"""A shipment is ``SHIPPED`` so long; then it is ``IN_TRANSIT``."""


class Distribution:
    """The distribution centre of one counter."""

    __slots__ = ("_chance", "_cushions", "_lots", "floor")

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self._chance = floor.aside("awd")
        self._cushions: Counter[int] = Counter()
        self._lots: dict[tuple[int, str], Lot] = {}

    def cushion(self, pool: Pool) -> int:
        """Units that were brought on the first day and that no plan counts on."""
        return self._cushions[id(pool)]

    def open(self, pool: Pool, rate: float) -> None:
        """The cushion, brought within minutes of the world's first morning."""
        case = pool.product.case
        units = max(1, round(rate * _CUSHION_DAYS / case)) * case
        self._cushions[id(pool)] = units
        goods, refs = Goods(pool, self._lot(pool, pool.home.sku), units), self._refs()
        for minute, way in enumerate(_OPENING):
            self.floor.today(self.floor.opened + 60 * minute, self._move, way, goods, refs)

    def route(self, at: int, pool: Pool, msku: str, units: int, created: int) -> None:
        """Bring ``units`` in before day number ``created``, when their way to FBA begins."""
        floor, chance, refs = self.floor, self._chance.random, self._refs()
        lot, today, last = self._lot(pool, msku), floor.day, created - 1
        goods = Goods(pool, lot, units)
        self._move(at, _CREATE, goods, refs)
        sent = today + max(1, (created - today) // 3)
        received = max(sent, last - int(3 * chance()))
        floor.on(sent, 0.3 * chance(), self._move, _SEND, goods, refs)
        first = units // 2
        if first:
            floor.on(
                received, 0.35 + 0.1 * chance(), self._move, _RECEIVE, Goods(pool, lot, first), refs
            )
        rest = Goods(pool, lot, units - first)
        floor.on(last, 0.5 + 0.2 * chance(), self._move, _RECEIVE, rest, refs)
        floor.on(last, 0.75 + 0.2 * chance(), self._move, _RESERVE, goods, {})

    def _lot(self, pool: Pool, msku: str) -> Lot:
        return self._lots.setdefault((id(pool), msku), Lot(_CENTRE, "US", msku))

    def _refs(self) -> dict[str, Any]:
        number = f"{int(self._chance.random() * 10**10):010d}"
        return {"awd_shipment_id": f"SHIP{number}", "awd_order_id": f"ORD{number}"}

    def _move(self, at: int, way: Step, goods: Goods, refs: dict[str, Any]) -> None:
        pool, lot, units = goods
        pool.move(way, at, at + HOUR // 2, lot, units, refs=refs)


def moves(record: Record) -> bool:
    """Whether units come to a distribution centre, leave it, or change their state there."""
    return record.source in _STATES or record.target in _STATES


def awd_stock(
    moved: Iterable[Record], shipments: Iterable[Sequence[Record]], moment: int
) -> list[AwdStock]:
    """Every SKU that ever came to a distribution centre, as Amazon shows it at ``moment``.

    Args:
        moved: The events that are :func:`moves`.
        shipments: What is visible of each shipment to FBA.
        moment: Seconds since 1970.
    """
    held: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for record in moved:
        if record.seen <= moment and record.lot is not None:
            held[record.lot.msku][record.source] -= record.units
            held[record.lot.msku][record.target] += record.units
    coming: Counter[str] = Counter()
    for made, *later in shipments:
        if made.source == AWD_RESERVED and made.lot is not None:
            landed = sum(record.units for record in later if record.source == RECEIVING)
            coming[made.lot.msku] += made.units - landed
    return [
        AwdStock(sku, units[AWD], units[AWD_RESERVED], units[AWD_INBOUND], coming[sku])
        for sku, units in sorted(held.items())
    ]


def awd_shipment(shipment_id: str, records: Sequence[Record], moment: int) -> AwdShipment:
    """The shipment whose ``records`` Amazon shows at ``moment``."""
    created, last = records[0], records[-1]
    assert created.lot is not None
    received = sum(record.units for record in records if record.target == AWD)
    updated, status = last.seen, {"awd_created": "CREATED", "awd_shipped": "SHIPPED"}.get(last.kind)
    if status is None:
        status = "CLOSED" if received == created.units else "RECEIVING"
    elif status == "SHIPPED" and moment >= last.seen + _TRANSIT:
        updated, status = last.seen + _TRANSIT, "IN_TRANSIT"
    return AwdShipment(
        shipment_id=shipment_id,
        order_id=(created.refs or {})["awd_order_id"],
        sku=created.lot.msku,
        units=created.units,
        received=received,
        status=status,
        created_at=datetime.fromtimestamp(created.at, UTC),
        updated_at=datetime.fromtimestamp(updated, UTC),
    )
