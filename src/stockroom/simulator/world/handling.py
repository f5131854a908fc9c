"""What warehouse hands do with units that came in: process the good, get rid of the bad, pay for the lost."""

from __future__ import annotations

from typing import Any, Final

from stockroom.simulator.world.floor import HOUR, Floor
from stockroom.simulator.world.removals import Removals
from stockroom.simulator.world.states import DISPOSED, PROCESSING, REMOVED, SELLABLE, step
from stockroom.simulator.world.warehouse import Goods

_DONE: Final = step("processing_end", PROCESSING, SELLABLE)


class Handling:
    """The hands of one counter's warehouses."""

    __slots__ = ("floor", "removals")

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.removals = Removals(floor)

    def process(self, at: int, goods: Goods, refs: dict[str, Any]) -> None:
        """Units in FC processing become sellable after a while."""
        hours = self.floor.parameters.processing_hours * (0.4 + 1.2 * self.floor.draw())
        self.floor.soon(at, 60 + hours * HOUR, self._processed, goods, refs)

    def discard(self, goods: Goods, state: int) -> None:
        """Unsellable units are disposed of, or sent back to the seller, after some weeks."""
        floor = self.floor
        disposed = floor.draw() < 0.75
        going = step("disposed", state, DISPOSED) if disposed else step("removed", state, REMOVED)
        self.removals.order(going, goods, 20 + 50 * floor.draw())

    def pay(self, at: int, goods: Goods, cause: str, refs: dict[str, Any]) -> None:
        """Reimburse units whose state does not change by it; ``refs`` say what for."""
        payment, cents = self.payment(goods)
        pool, lot, units = goods
        paid, seen = {**refs, **payment}, self.floor.ledger_seen
        pool.note("reimbursed", at, seen, units, None, refs=paid, cause=cause, cents=cents, lot=lot)

    def payment(self, goods: Goods) -> tuple[dict[str, Any], int]:
        """References and cents of a new reimbursement, valued at what the goods cost to make."""
        refs = {"reimbursement_id": f"{int(self.floor.draw() * 10**11):011d}"}
        return refs, goods.pool.home.base * 3 // 10 * goods.units

    def _processed(self, at: int, goods: Goods, refs: dict[str, Any]) -> None:
        pool, lot, units = goods
        pool.move(_DONE, at, self.floor.ledger_seen, lot, units, refs=refs)
