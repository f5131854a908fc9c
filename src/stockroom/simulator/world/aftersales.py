"""What comes after the parcel: refunds, returns good and bad, free replacements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from stockroom.simulator.world.floor import Floor
from stockroom.simulator.world.handling import Handling
from stockroom.simulator.world.orders import Line, Order
from stockroom.simulator.world.states import (
    CUSTOMER,
    CUSTOMER_DAMAGED,
    DEFECTIVE,
    PROCESSING,
    step,
)
from stockroom.simulator.world.warehouse import Goods, Lot, Pool

_REASONS: Final = (
    "UNWANTED_ITEM",
    "DEFECTIVE",
    "NOT_AS_DESCRIBED",
    "ORDERED_WRONG_ITEM",
    "QUALITY_UNACCEPTABLE",
    "DAMAGED_BY_CARRIER",
    "NO_REASON_GIVEN",
)
"""What customers say when they send something back."""


class Aftersales:
    """Customer service of one counter.

    Args:
        floor: The counter's floor.
        replace: Sends units of a line again; False if they are sold out.
    """

    __slots__ = ("floor", "handling", "replace")

    def __init__(self, floor: Floor, replace: Callable[[int, Line, Order, int], bool]) -> None:
        self.floor = floor
        self.handling = Handling(floor)
        self.replace = replace

    def consider(self, line: Line, order: Order) -> None:
        """A line has shipped (its units still show where from): decide what becomes of it."""
        floor = self.floor
        parameters, chance = floor.parameters, floor.draw()
        lot, held = line.held[0]
        units = 1 + int(floor.draw() * held)
        if chance < parameters.return_rate:
            floor.later(4 + 20 * floor.draw(), self._refund, line, units, lot)
        elif chance < (edge := parameters.return_rate + parameters.refund_rate):
            floor.later(4 + 20 * floor.draw(), self._refund, line, units, None)
        elif chance < edge + parameters.replacement_rate and line.unit_cents:
            floor.later(4 + 12 * floor.draw(), self._send_again, line, order, units)

    def _send_again(self, at: int, line: Line, order: Order, units: int) -> None:
        if not self.replace(at, line, order, units):
            self._refund(at, line, units, None)

    def _refund(self, at: int, line: Line, units: int, lot: Lot | None) -> None:
        """Pay back; units that come back (to a warehouse of ``lot``'s goods) follow later."""
        floor = self.floor
        if line.unit_cents:
            cents, seen = -line.unit_cents * units, floor.ledger_seen
            line.pool.note("refunded", at, seen, units, line.offer, refs=line.refs, cents=cents)
        if lot is not None:
            floor.later(3 + 14 * floor.draw(), self._return, line, units, lot)

    def _return(self, at: int, line: Line, units: int, shipped_from: Lot) -> None:
        pool, seen = line.pool, self.floor.ledger_seen
        lot = self._arrival(pool, shipped_from)
        state = self._condition(pool)
        refs = line.refs_at(lot) | _why(line)
        coming = step("returned", CUSTOMER, state)
        pool.move(coming, at, seen, lot, units, refs=refs, offer=line.offer)
        goods = Goods(pool, lot, units)
        if state == PROCESSING:
            self.handling.process(at, goods, {"order_id": refs["order_id"]})
        elif state != pool.shelf:
            self.handling.discard(goods, state)

    def _arrival(self, pool: Pool, shipped_from: Lot) -> Lot:
        places = [lot for lot in pool.lots if lot.msku == shipped_from.msku]
        return places[int(self.floor.draw() * len(places))]

    def _condition(self, pool: Pool) -> int:
        if pool.merchant:
            return pool.shelf
        chance = self.floor.draw()
        if chance < 0.6:
            return PROCESSING
        return CUSTOMER_DAMAGED if chance < 0.85 else DEFECTIVE


def _why(line: Line) -> dict[str, str]:
    """The customer's reason and the label on the returned parcel, both read off the line's id."""
    number = line.refs["order_item_id"]
    reason = _REASONS[int(number) % len(_REASONS)]
    return {"return_reason": reason, "license_plate": f"LPNRR{number[-9:]}"}
