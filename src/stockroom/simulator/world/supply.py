"""How stock comes in: a seller who looks back, guesses, orders and waits.

The policy is a plain one: a reorder point on an average of past sales, reviewed
weekly, with more hope than care (``stockout_bias``). Lead times scatter and
demand has seasons the average does not know; real gaps and gluts follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stockroom.simulator.world.awd import REPLENISH, Distribution
from stockroom.simulator.world.floor import HOUR, Floor
from stockroom.simulator.world.handling import Handling
from stockroom.simulator.world.inbound import delivery_window, plan_refs
from stockroom.simulator.world.noncompliance import Dock
from stockroom.simulator.world.states import (
    AWD,
    AWD_INBOUND,
    AWD_RESERVED,
    MERCHANT,
    OUTSIDE,
    PROCESSING,
    RECEIVING,
    RESERVED,
    SELLABLE,
    SHIPPED,
    SHORT,
    SUPPLIER,
    TRANSFER,
    WORKING,
    Step,
    step,
)
from stockroom.simulator.world.warehouse import Goods, Pool

_ORDER: Final = step("supply_ordered", OUTSIDE, SUPPLIER)
_CREATE: Final = step("inbound_created", SUPPLIER, WORKING)
_SEND: Final = step("inbound_shipped", WORKING, SHIPPED)
_LAND: Final = step("inbound_arrived", SHIPPED, RECEIVING)
_RECEIVE: Final = step("received", RECEIVING, PROCESSING)
_PROCESS: Final = step("processing_end", PROCESSING, SELLABLE)
_MISS: Final = step("short", RECEIVING, SHORT)
_RECEIVE_LATE: Final = step("received", SHORT, PROCESSING)
_RESTOCK: Final = step("restocked", OUTSIDE, MERCHANT)
_OPENING: Final = (_ORDER, _CREATE, _SEND, _LAND, _RECEIVE, _PROCESS)
_MEMORY: Final = 1 / 24
"""Weight of the newest day in the seller's average of sales."""
_REVIEW_DAYS: Final = 7
_TARGET_DAYS: Final = 40
"""Days of sales a supply order is meant to cover beyond its lead time."""
_LETTERS: Final = "0123456789BCDFGHJKLMNPQRSTVWXYZ"
_COMING: Final = (
    *(SUPPLIER, AWD_INBOUND, AWD, AWD_RESERVED),
    *(WORKING, SHIPPED, RECEIVING, PROCESSING, TRANSFER, RESERVED),
)


@dataclass(frozen=True, slots=True)
class Shipment:
    """One inbound shipment: one MSKU to one warehouse."""

    shipment_id: str
    goods: Goods

    @property
    def refs(self) -> dict[str, str]:
        """What its events refer to."""
        return {"shipment_id": self.shipment_id}


class Supply:
    """The purchasing of one counter."""

    __slots__ = ("_rates", "distribution", "dock", "floor", "handling")

    def __init__(self, floor: Floor, handling: Handling, pools: list[Pool]) -> None:
        self.floor = floor
        self.handling = handling
        self.distribution = Distribution(floor)
        self.dock = Dock(floor)
        # The first guess is the seller's hope; from then on only the past counts.
        self._rates = {
            id(pool): sum(offer.mean for offer in pool.offers) * (0.6 + 0.8 * floor.draw())
            for pool in pools
        }

    def launch(self, pool: Pool) -> None:
        """The first stock of a pool: there at once on the world's first day, else on its way."""
        days = 25 + 50 * self.floor.draw()
        units = self._cartons(pool, self._rates[id(pool)] * days)
        if pool.merchant:
            self.floor.today(self.floor.opened + 120, self._restock, pool, units)
        elif self.floor.day == 0:
            self._open_with(pool, units)
            if pool.awd:
                self.distribution.open(pool, self._rates[id(pool)])
        else:
            self.floor.today(self.floor.opened + 120, self._order, pool, units, 10.0, "launch")

    def review(self, pool: Pool) -> None:
        """Learn from yesterday's sales; once a week decide whether to order."""
        rate = self._learn(pool)
        product, day = pool.product, self.floor.day
        if (day + product.index) % _REVIEW_DAYS:
            return
        if product.discontinued is not None and day >= product.discontinued:
            return
        parameters = self.floor.parameters
        care = max(0.15, self.floor.rng.gauss(1.15 - 0.55 * parameters.stockout_bias, 0.22))
        coming = sum(pool.balances[state] for state in _COMING)
        position = pool.balances[pool.shelf] + coming - self.distribution.cushion(pool)
        lead = 4.0 if pool.merchant else parameters.lead_time_days
        if position < rate * (lead + _REVIEW_DAYS) * care:
            units = self._cartons(pool, rate * (lead + _TARGET_DAYS) * care - position)
            self._buy(pool, units)

    def _learn(self, pool: Pool) -> float:
        """The average of units sold a day; days with nothing to sell teach nothing."""
        rate = self._rates[id(pool)]
        sold = 0
        for offer in pool.offers:
            sold += offer.tally.sold_yesterday
        if sold or pool.closed_with_stock:
            rate += (sold - rate) * _MEMORY
            self._rates[id(pool)] = rate
        return rate

    def _buy(self, pool: Pool, units: int) -> None:
        floor = self.floor
        if pool.merchant:
            floor.later(2 + 5 * floor.draw(), self._restock, pool, units)
            return
        parameters = floor.parameters
        days = max(4.0, floor.rng.gauss(parameters.lead_time_days, parameters.lead_time_sd))
        floor.today(floor.some_time(), self._order, pool, units, days, None)

    def _cartons(self, pool: Pool, units: float) -> int:
        case = pool.product.case
        return max(1, round(units / case + 0.49)) * case

    def _restock(self, at: int, pool: Pool, units: int) -> None:
        pool.move(_RESTOCK, at, at, pool.lots[0], units)

    # --- the way to Amazon --------------------------------------------------------------

    def _order(self, at: int, pool: Pool, units: int, days: float, cause: str | None) -> None:
        floor = self.floor
        lot = pool.lots[int(floor.draw() * len(pool.lots))]
        refs = {"supply_order_id": f"PO{int(floor.draw() * 10**7):07d}"}
        pool.move(_ORDER, at, at, lot, units, refs=refs, cause=cause)
        shipment = Shipment(self._shipment_id(), Goods(pool, lot, units))
        created = floor.later(days * 0.5, self._create, shipment, days * 0.5)
        if pool.awd:
            self.distribution.route(at, pool, lot.msku, units, created)

    def _shipment_id(self) -> str:
        return "FBA15" + "".join(self.floor.rng.choices(_LETTERS, k=7))

    def _move(self, step: Step, at: int, shipment: Shipment) -> None:
        pool, lot, units = shipment.goods
        pool.move(step, at, at + HOUR // 2, lot, units, refs=shipment.refs)

    def _create(self, at: int, shipment: Shipment, days: float) -> None:
        waiting = min(3.0, days * 0.2)
        pool, lot, units = shipment.goods
        today = self.floor.calendar.date(self.floor.day)
        window = delivery_window(shipment.shipment_id, today, days)
        refs = shipment.refs | plan_refs(shipment.shipment_id) | window
        way = REPLENISH if pool.awd else _CREATE
        pool.move(way, at, at + HOUR // 2, lot, units, refs=refs)
        self.floor.later(waiting, self._send, shipment, days - waiting)

    def _send(self, at: int, shipment: Shipment, days: float) -> None:
        self._move(_SEND, at, shipment)
        self.floor.later(days, self._land, shipment)

    def _land(self, at: int, shipment: Shipment) -> None:
        """The shipment is at the dock: plan its receipt in parts, and what will be missing."""
        self._move(_LAND, at, shipment)
        self.dock.inspect(shipment.goods, shipment.refs)
        floor, (pool, lot, left) = self.floor, shipment.goods
        parts, short = 1 + int(3 * floor.draw()), 0
        if floor.draw() < floor.parameters.short_receipt_rate:
            short = max(1, int(left * 0.12 * floor.draw()))
        span = floor.parameters.receive_delay_days
        for part in range(parts):
            units = _part(left - short, part, parts)
            if units:
                goods = Goods(pool, lot, units)
                floor.later(1 + span * part / parts, self._receive, goods, shipment.refs)
        if short:
            missing = Shipment(shipment.shipment_id, Goods(pool, lot, short))
            floor.later(span + 6, self._close_short, missing)

    def _receive(self, at: int, goods: Goods, refs: dict[str, str], way: Step = _RECEIVE) -> None:
        pool, lot, units = goods
        # The shipment shows it soon, and no later than the ledger does.
        seen = min(at + HOUR // 2, self.floor.ledger_seen)
        pool.move(way, at, seen, lot, units, refs=refs)
        pool.received_today += units
        self.handling.process(at, goods, refs)

    def _close_short(self, at: int, missing: Shipment) -> None:
        """The shipment is closed without some units: they turn up late, are paid for, or neither."""
        self._move(_MISS, at, missing)
        floor, goods, refs = self.floor, missing.goods, missing.refs
        chance, late = floor.draw(), floor.parameters.late_receipt_rate
        if chance < late:
            floor.later(6 + 22 * floor.draw(), self._receive, goods, refs, _RECEIVE_LATE)
        elif chance < (1 + late) / 2:
            days = floor.parameters.reimburse_delay_days + 20
            floor.later(days, self.handling.pay, goods, "Lost_Inbound", refs)

    # --- the first morning --------------------------------------------------------------

    def _open_with(self, pool: Pool, units: int) -> None:
        """The whole way in, lot by lot, within a few minutes."""
        floor, lots = self.floor, pool.lots
        for number, lot in enumerate(lots):
            part = _part(units, number, len(lots))
            if part == 0:
                continue
            shipment = Shipment(self._shipment_id(), Goods(pool, lot, part))
            for minute, way in enumerate(_OPENING):
                floor.today(floor.opened + 60 * minute, self._open, way, shipment)
        pool.received_today += units

    def _open(self, at: int, way: Step, shipment: Shipment) -> None:
        pool, lot, units = shipment.goods
        planned = plan_refs(shipment.shipment_id) if way is _CREATE else {}
        refs, seen = shipment.refs | planned, self.floor.ledger_seen
        pool.move(way, at, seen, lot, units, refs=refs, cause="opening")


def _part(units: int, number: int, parts: int) -> int:
    """The share of part ``number`` when ``units`` are split evenly into ``parts``."""
    return units // parts + (1 if number < units % parts else 0)
