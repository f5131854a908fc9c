"""Orders from cart to parcel: reserved, paid, cancelled, shipped.

An order exists only if something of it is in stock; a customer takes what is
left. Its units are reserved at the instant it is placed, so no unit is sold
twice.
"""

from __future__ import annotations

from typing import Any, Final

from stockroom.simulator.world.aftersales import Aftersales
from stockroom.simulator.world.assortment import ORDER_PREFIXES
from stockroom.simulator.world.calendar import OPEN_SECONDS
from stockroom.simulator.world.demand import Cart
from stockroom.simulator.world.floor import HOUR, Floor
from stockroom.simulator.world.offers import MULTI, ORDERED, REPLACED, SENT, Offer
from stockroom.simulator.world.orders import NEVER, Line, Order
from stockroom.simulator.world.records import iso
from stockroom.simulator.world.warehouse import Lot

AMAZON: Final = "amazon_fba"
MERCHANT: Final = "amazon_fbm"
MULTI_CHANNEL: Final = "mcf"
_LATE_SHARE: Final = 0.3
"""Of the cancellations, those that come days after the order."""


class Sales:
    """The order desk of one counter."""

    __slots__ = ("aftersales", "floor")

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.aftersales = Aftersales(floor, self.replace)

    def place(self, at: int, cart: Cart, channel: str) -> None:
        """A customer orders ``cart``; nothing happens if all of it is sold out or blocked."""
        order = self._take(at, cart, channel, None)
        if order is None:
            return
        if channel != MULTI_CHANNEL and self.floor.draw() < self.floor.parameters.pending_rate:
            self._wait_for_payment(order)
        self._announce(order)
        self._decide(order)

    def replace(self, at: int, line: Line, order: Order, units: int) -> bool:
        """Send ``units`` of ``line`` again, free of charge. False if they are sold out."""
        cart: Cart = [(line.pool, line.offer, units)]
        if line.pool.balances[line.pool.shelf] < units or not line.offer.open:
            return False
        again = self._take(at, cart, order.channel, order.order_id)
        if again is None:
            return False
        self._announce(again)
        self._plan_shipping(at, again)
        return True

    def _take(self, at: int, cart: Cart, channel: str, replaces: str | None) -> Order | None:
        lines: list[Line] = []
        order_id = self._order_id(cart[0][1])
        for pool, offer, wanted in cart:
            # Two lines of one pool look at the same shelf; the first has not left it yet.
            left = pool.balances[pool.shelf] - sum(
                line.units for line in lines if line.pool is pool
            )
            units = min(wanted, left) if offer.open else 0
            if units > 0:
                cents = 0 if replaces or channel == MULTI_CHANNEL else offer.cents
                refs = self._refs(order_id, channel, replaces)
                lines.append(Line(pool, offer, units, cents, refs))
        if not lines:
            return None
        longest = self.floor.parameters.order_visibility_minutes * 60
        delay = int(longest * (0.2 + 0.8 * self.floor.draw()))
        order = Order(order_id, at, self.floor.day, delay, channel=channel, replaces=replaces)
        order.lines = tuple(lines)
        self.floor.orders.add(at, order)
        return order

    def _order_id(self, offer: Offer) -> str:
        number = f"{int(self.floor.draw() * 10**14):014d}"
        return f"{ORDER_PREFIXES[offer.marketplace]}-{number[:7]}-{number[7:]}"

    def _refs(self, order_id: str, channel: str, replaces: str | None) -> dict[str, Any]:
        refs = {
            "order_id": order_id,
            "order_item_id": f"{int(self.floor.draw() * 10**14):014d}",
            "order_channel": channel,
        }
        if replaces:
            refs["replaces"] = replaces
        if channel == MULTI_CHANNEL:
            refs["mcf_order_id"] = f"WEB-{order_id.partition('-')[2]}"
        return refs

    def _wait_for_payment(self, order: Order) -> None:
        wait = HOUR * (0.3 + 7 * self.floor.draw())
        closing = self.floor.opened + OPEN_SECONDS - 1
        order.paid_at = max(order.at + 1, min(closing, order.at + int(wait)))
        self.floor.orders.add(order.paid_at, order)
        for line in order.lines:
            line.refs["paid_at"] = iso(order.paid_at)

    def _announce(self, order: Order) -> None:
        """Write the order down and reserve its units."""
        at, seen = order.at, order.at + order.delay
        cause = "replacement" if order.replaces else None
        for line in order.lines:
            pool, offer, units, refs = line.pool, line.offer, line.units, line.refs
            cents = line.unit_cents * units
            pool.note("ordered", at, seen, units, offer, refs=refs, cause=cause, cents=cents)
            if order.replaces:
                pool.note("replaced", at, seen, units, offer, refs=refs, cause=cause, cents=cents)
                offer.tally.today[REPLACED] += units
            if order.channel == MULTI_CHANNEL:
                offer.tally.today[MULTI] += units
            else:
                offer.tally.today[ORDERED] += units
            line.held = tuple(self._reserve(line, at, seen))

    def _reserve(self, line: Line, at: int, seen: int) -> list[tuple[Lot, int]]:
        held: list[tuple[Lot, int]] = []
        pool, left = line.pool, line.units
        # Own units first; a sister MSKU's carry the same label and serve as well.
        sku = line.offer.sku
        lots = pool.lots
        if len(lots) > 1:
            lots = sorted(lots, key=lambda lot: (lot.msku != sku, -lot.sellable))
        for lot in lots:
            units = min(left, lot.sellable)
            if units:
                refs = line.refs_at(lot)
                pool.move(pool.reserving, at, seen, lot, units, refs=refs, offer=line.offer)
                held.append((lot, units))
                left -= units
        return held

    def _decide(self, order: Order) -> None:
        parameters, draw = self.floor.parameters, self.floor.draw
        if draw() < parameters.cancel_rate:
            self._plan_cancelling(order, [(line, line.units) for line in order.lines])
            return
        line = order.lines[0]
        if line.units > 1 and draw() < parameters.partial_cancel_rate:
            self._plan_cancelling(order, [(line, 1 + int(draw() * (line.units - 1)))])
            return
        self._plan_shipping(order.at, order)

    def _plan_cancelling(self, order: Order, parts: list[tuple[Line, int]]) -> None:
        floor = self.floor
        if floor.draw() < _LATE_SHARE:
            floor.later(
                1 + floor.draw() * floor.parameters.late_cancel_days - 0.5,
                self.cancel,
                order,
                parts,
            )
        else:
            floor.soon(order.at, 600 + floor.draw() * 4 * HOUR, self.cancel, order, parts)

    def cancel(self, at: int, order: Order, parts: list[tuple[Line, int]]) -> None:
        """Give the units of some lines back to the shelf; what is left is shipped."""
        seen = at + order.delay
        self.floor.orders.add(at, order)
        for line, units in parts:
            line.cancel_at, line.cancelled = at, units
            entry = (order.day, units, seen, order.channel == MULTI_CHANNEL)
            line.offer.tally.cancelled.append(entry)
            self._release(line, units, at, seen)
        if any(line.held for line in order.lines):
            self._plan_shipping(at, order)
        elif order.paid_at > at:
            order.paid_at = NEVER

    def _release(self, line: Line, units: int, at: int, seen: int) -> None:
        kept: list[tuple[Lot, int]] = []
        pool = line.pool
        for lot, held in line.held:
            back = min(units, held)
            units -= back
            if back:
                refs = line.refs_at(lot)
                pool.move(pool.releasing, at, seen, lot, back, refs=refs, offer=line.offer)
            if held > back:
                kept.append((lot, held - back))
        line.held = tuple(kept)

    def _plan_shipping(self, at: int, order: Order) -> None:
        floor = self.floor
        chance = floor.draw()
        if order.channel == MERCHANT:
            floor.later(1 + 2 * chance, self.ship, order)
        elif chance < 0.55:
            ready = max(at, order.paid_at)
            floor.soon(ready, HOUR * (1 + 10 * floor.draw()), self.ship, order)
        else:
            floor.later(1 + 1.4 * floor.draw(), self.ship, order)

    def ship(self, at: int, order: Order) -> None:
        """Send what is reserved for the order."""
        # The ledger may be quicker than the order reports, where a world says so.
        seen = min(at + order.delay, self.floor.ledger_seen)
        self.floor.orders.add(at, order)
        for line in order.lines:
            pool, offer = line.pool, line.offer
            for lot, units in line.held:
                refs, cents = line.refs_at(lot), line.unit_cents * units
                pool.move(pool.shipping, at, seen, lot, units, refs=refs, offer=offer, cents=cents)
                line.offer.tally.today[SENT] += units
            if line.held:
                line.ship_at = at
                self.aftersales.consider(line, order)
            line.held = ()
