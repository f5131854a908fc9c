"""What goes on inside Amazon's warehouses: transfers, measuring, loss, damage, and money for it.

At most one thing begins per pool and day. Lost units are under research until
they are found or paid for; now and then a paid one turns up after all and the
payment is taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from stockroom.simulator.world.floor import HOUR, Floor
from stockroom.simulator.world.handling import Handling
from stockroom.simulator.world.states import (
    CARRIER_DAMAGED,
    DISTRIBUTOR_DAMAGED,
    EXPIRED,
    PROCESSING,
    RESEARCHING,
    SELLABLE,
    TRANSFER,
    UNKNOWN,
    WAREHOUSE_DAMAGED,
    WRITTEN_OFF,
    Step,
    step,
)
from stockroom.simulator.world.warehouse import Goods, Lot, Pool

_LOSE: Final = step("lost", SELLABLE, RESEARCHING)
_LOSE_UNNAMED: Final = _LOSE._replace(column=UNKNOWN)
_FIND: Final = step("found", RESEARCHING, PROCESSING)
_WRITE_OFF: Final = step("reimbursed", RESEARCHING, WRITTEN_OFF)
_TURN_UP: Final = step("found", WRITTEN_OFF, PROCESSING)
_SEND: Final = step("transfer_out", SELLABLE, TRANSFER)
_ARRIVE: Final = step("transfer_in", TRANSFER, SELLABLE)
_MEASURE: Final = step("processing_start", SELLABLE, PROCESSING)
_DAMAGES: Final = (
    (0.7, WAREHOUSE_DAMAGED),
    (0.82, DISTRIBUTOR_DAMAGED),
    (0.94, CARRIER_DAMAGED),
    (1.0, EXPIRED),
)
_MOST: Final = 0.4
"""However many units lie there, a loss (or a damage) begins on no more than this share of days."""


class Incidents:
    """Accidents and movements in one counter's warehouses."""

    __slots__ = ("floor", "handling")

    def __init__(self, floor: Floor, handling: Handling) -> None:
        self.floor = floor
        self.handling = handling

    def consider(self, pool: Pool) -> None:
        """Decide whether something happens to ``pool`` today."""
        units = pool.balances[SELLABLE]
        chance = self.floor.draw()
        if pool.merchant or units == 0:
            return
        parameters = self.floor.parameters
        accidents = units * (parameters.loss_rate + parameters.damage_rate)
        if chance >= accidents + parameters.transfer_rate + parameters.remeasure_rate:
            return
        choices: tuple[tuple[float, Callable[[int, Pool], None]], ...] = (
            (min(_MOST, units * parameters.loss_rate), self._lose),
            (min(_MOST, units * parameters.damage_rate), self._damage),
            (parameters.transfer_rate, self._transfer),
            (parameters.remeasure_rate, self._measure),
        )
        for share, act in choices:
            if chance < share:
                self.floor.today(self.floor.some_time(), act, pool)
                return
            chance -= share

    def _lot(self, pool: Pool) -> Lot | None:
        filled = [lot for lot in pool.lots if lot.sellable]
        return filled[int(self.floor.draw() * len(filled))] if filled else None

    def _reference(self, letter: str) -> str:
        return f"{letter}{int(self.floor.draw() * 10**9):09d}"

    # --- loss ---------------------------------------------------------------------------

    def _lose(self, at: int, pool: Pool) -> None:
        lot = self._lot(pool)
        if lot is None:
            return
        floor = self.floor
        units = min(lot.sellable, 1 + int(floor.draw() ** 2 * 6))
        goods = Goods(pool, lot, units)
        refs = {"adjustment_id": self._reference("L")}
        seen = floor.ledger_seen
        if _share(refs, _FIRST) < floor.parameters.misbooked_rate:
            pool.move(_LOSE_UNNAMED, at, seen, lot, units, refs=refs)
            pool.note("misbooked", at, seen, units, None, refs=refs, lot=lot)
        else:
            pool.move(_LOSE, at, seen, lot, units, refs=refs)
        if floor.draw() < floor.parameters.found_rate:
            days = floor.rng.expovariate(1 / floor.parameters.found_delay_days)
            floor.later(1 + min(days, 120), self._find, _FIND, goods, refs)
        else:
            days = floor.parameters.reimburse_delay_days * (0.6 + 0.8 * floor.draw())
            floor.later(days, self._write_off, goods, refs)

    def _find(self, at: int, finding: Step, goods: Goods, refs: dict[str, str]) -> None:
        pool, lot, units = goods
        seen = self.floor.ledger_seen
        if _share(refs, _SECOND) < self.floor.parameters.late_ledger_rate:
            seen += (2 + int(refs["adjustment_id"][-1]) // 2) * 24 * HOUR
        pool.move(finding, at, seen, lot, units, refs=refs)
        self.handling.process(at, goods, refs)

    def _write_off(self, at: int, goods: Goods, refs: dict[str, str]) -> None:
        floor, (pool, lot, units) = self.floor, goods
        payment, cents = self.handling.payment(goods)
        paid, cause = {**refs, **payment}, "Lost_Warehouse"
        seen = floor.ledger_seen
        pool.move(_WRITE_OFF, at, seen, lot, units, refs=paid, cause=cause, cents=cents)
        if floor.draw() < floor.parameters.reversal_rate:
            floor.later(5 + 40 * floor.draw(), self._turn_up, goods, paid, cents)

    def _turn_up(self, at: int, goods: Goods, refs: dict[str, str], cents: int) -> None:
        self._find(at, _TURN_UP, goods, refs)
        pool, lot, units = goods
        seen, cause = self.floor.ledger_seen, "Reimbursement_Reversal"
        back = {**refs, "reversal_id": _complement(refs["reimbursement_id"])}
        pool.note("reversed", at, seen, units, None, refs=back, cause=cause, cents=-cents, lot=lot)

    # --- damage -------------------------------------------------------------------------

    def _damage(self, at: int, pool: Pool) -> None:
        lot = self._lot(pool)
        if lot is None:
            return
        floor = self.floor
        chance = floor.draw()
        state = next(state for edge, state in _DAMAGES if chance <= edge)
        goods = Goods(pool, lot, min(lot.sellable, 1 + int(floor.draw() * 3)))
        refs = {"adjustment_id": self._reference("D")}
        breaking = step("damaged", SELLABLE, state)
        pool.move(breaking, at, floor.ledger_seen, lot, goods.units, refs=refs)
        if state == WAREHOUSE_DAMAGED:
            days = floor.parameters.reimburse_delay_days * (0.6 + 0.8 * floor.draw())
            floor.later(days, self._compensate, goods, refs)
        self.handling.discard(goods, state)

    def _compensate(self, at: int, goods: Goods, refs: dict[str, str]) -> None:
        self.handling.pay(at, goods, "Damaged_Warehouse", refs)

    # --- movement -----------------------------------------------------------------------

    def _transfer(self, at: int, pool: Pool) -> None:
        source = self._lot(pool)
        if source is None:
            return
        floor = self.floor
        others = [lot for lot in pool.lots if lot.msku == source.msku and lot is not source]
        target = others[int(floor.draw() * len(others))]
        units = 1 + int(floor.draw() * 0.4 * source.sellable)
        refs = {"transfer_id": self._reference("T"), "destination_fc": target.fc}
        pool.move(_SEND, at, floor.ledger_seen, source, units, refs=refs)
        pool.leave(source, units)
        days = floor.parameters.transfer_days * (0.5 + floor.draw())
        goods = Goods(pool, target, units)
        floor.later(days, self._arrive, source, goods, refs["transfer_id"])

    def _arrive(self, at: int, source: Lot, goods: Goods, transfer_id: str) -> None:
        pool, target, units = goods
        refs = {
            "transfer_id": transfer_id,
            "origin_fc": source.fc,
            "origin_country": source.country,
        }
        pool.move(_ARRIVE, at, self.floor.ledger_seen, target, units, refs=refs)
        pool.leave(source, -units)

    def _measure(self, at: int, pool: Pool) -> None:
        lot = self._lot(pool)
        if lot is None:
            return
        floor = self.floor
        units = 1 + int(floor.draw() * 0.3 * lot.sellable)
        refs = {"adjustment_id": self._reference("M")}
        pool.move(_MEASURE, at, floor.ledger_seen, lot, units, refs=refs, cause="measuring")
        self.handling.process(at, Goods(pool, lot, units), refs)


_FIRST, _SECOND = slice(1, 4), slice(4, 7)
"""Digits of an adjustment's number that decide something: no further draw, so nothing else moves."""


def _share(refs: dict[str, str], digits: slice) -> float:
    return int(refs["adjustment_id"][digits]) / 1000


def _complement(number: str) -> str:
    """Another number of the same length: each digit's distance from nine."""
    return "".join(str(9 - int(digit)) for digit in number)
