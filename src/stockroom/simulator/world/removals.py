"""Removal orders: bad units are disposed of, or sent back to the seller, because somebody asked for it.

Units stay where they lie until they leave: an order moves nothing. Amazon knows
a parcel only until its carrier has it; whether it arrives, the seller alone sees.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from stockroom.simulator.world.arrangements import RemovalOrder
from stockroom.simulator.world.floor import HOUR, Floor
from stockroom.simulator.world.records import Record
from stockroom.simulator.world.states import REMOVAL_LOST, REMOVED, WITH_SELLER, Step, step
from stockroom.simulator.world.warehouse import Goods

REMOVAL_KINDS: Final = ("removal_requested", "removal_cancelled", "disposed", "removed")
"""What Amazon sees of an order."""
_TYPES: Final = {"disposed": "Disposal", "removed": "Return"}
_DELIVER: Final = step("removal_delivered", REMOVED, WITH_SELLER)
_LOSE: Final = step("removal_lost", REMOVED, REMOVAL_LOST)
_FEE_CENTS: Final = 104
_PLANNING: Final = 12 * HOUR
"""An order is ``Pending`` so long; then its units are picked."""
_CARRIERS: Final = ("UPS_GR_RES", "FEDEX_GROUND", "AMZN_US")


class Removals:
    """The removal orders of one counter."""

    __slots__ = ("_chance", "floor")

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self._chance = floor.aside("removals")

    def order(self, going: Step, goods: Goods, days: float) -> None:
        """Have ``goods`` leave in so many days; some orders are taken back and given anew."""
        refs, floor = self._refs(going.kind), self.floor
        leaving = floor.later(days, self._leave, going, goods, refs)
        asked = leaving - 1 - int(9 * self._part())
        floor.on(asked, self._part(), self._note, "removal_requested", going, goods, refs)
        if self._part() < floor.parameters.removal_cancel_rate:
            first = self._refs(going.kind)
            before, after = (asked - days for days in (6, 4))
            floor.on(before, self._part(), self._note, "removal_requested", going, goods, first)
            floor.on(after, self._part(), self._note, "removal_cancelled", going, goods, first)

    def _refs(self, kind: str) -> dict[str, Any]:
        return {
            "removal_order_id": f"R{int(self._part() * 10**9):09d}",
            "removal_order_type": _TYPES[kind],
        }

    def _part(self) -> float:
        return self._chance.random()

    def _note(self, at: int, kind: str, going: Step, goods: Goods, refs: dict[str, Any]) -> None:
        """An event of the order itself: it says where its units lie, and moves none."""
        pool, lot, units = goods
        resting = step(kind, going.source, going.source)
        pool.move(resting, at, at + HOUR // 2, lot, units, refs=refs)

    def _leave(self, at: int, going: Step, goods: Goods, refs: dict[str, Any]) -> None:
        floor, (pool, lot, units) = self.floor, goods
        number = f"{int(floor.draw() * 10**9):09d}"
        if going.kind == "removed":
            carrier = _CARRIERS[int(number) % len(_CARRIERS)]
            refs = {**refs, "carrier": carrier, "tracking_number": f"TBR{number}"}
        seen, fee = floor.ledger_seen, _FEE_CENTS * units
        pool.move(going, at, seen, lot, units, refs=refs, cents=fee)
        if going.kind == "removed":
            lost = self._part() < floor.parameters.removal_loss_rate
            days, end = (16, _LOSE) if lost else (3, _DELIVER)
            floor.on(
                floor.day + days + int(8 * self._part()), self._part(), self._end, end, goods, refs
            )

    def _end(self, at: int, end: Step, goods: Goods, refs: dict[str, Any]) -> None:
        pool, lot, units = goods
        pool.move(end, at, at, lot, units, refs=refs)


def removal_order(order_id: str, records: Sequence[Record], moment: int) -> RemovalOrder:
    """The order whose ``records`` Amazon shows at ``moment``."""
    first, last = records[0], records[-1]
    refs, units = first.refs or {}, first.units
    picked = first.seen + _PLANNING
    pending = last is first and moment < picked
    status = {"removal_requested": "Processing", "removal_cancelled": "Cancelled"}
    assert first.lot is not None
    assert first.pool.fnsku is not None
    return RemovalOrder(
        order_id=order_id,
        order_type=refs["removal_order_type"],
        status="Pending" if pending else status.get(last.kind, "Completed"),
        sku=first.lot.msku,
        fnsku=first.pool.fnsku,
        requested_at=datetime.fromtimestamp(first.at, UTC),
        updated_at=datetime.fromtimestamp(
            last.seen if pending or last is not first else picked, UTC
        ),
        units=units,
        cancelled=units * (last.kind == "removal_cancelled"),
        disposed=units * (last.kind == "disposed"),
        shipped=units * (last.kind == "removed"),
        in_process=units * (last is first and not pending),
        fee_cents=last.cents,
        currency=first.pool.home.currency,
    )
