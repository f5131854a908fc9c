"""What the seller has Amazon send from its stock: orders that come in from outside, while the world goes on.

A day is played whole, and an order comes at an instant of it. It takes what nobody
needs for the rest of that day, at once; its parcels leave on a later day, played like
everything else. The same errands at the same instants make the same world again.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from random import Random
from typing import Final, NamedTuple

from stockroom.simulator.world.archive import Archive
from stockroom.simulator.world.counter import CounterRun
from stockroom.simulator.world.offers import COUNTS, MULTI, Offer
from stockroom.simulator.world.orders import Line, Order
from stockroom.simulator.world.records import Record
from stockroom.simulator.world.sales import MULTI_CHANNEL
from stockroom.simulator.world.states import SELLABLE
from stockroom.simulator.world.warehouse import Lot, Pool

_AT: Final = itemgetter(0)
_PREFIX: Final = "S01"
"""Amazon's own ids of multi-channel orders begin so."""


class Wanted(NamedTuple):
    """Units of one SKU, under the seller's id for them."""

    sku: str
    units: int
    item_id: str


class Errand(NamedTuple):
    """An order to send units, or, without any, to stop sending what the order of that id is of."""

    at: int
    """Seconds since 1970."""
    order_id: str
    """The seller's."""
    marketplace: str
    items: tuple[Wanted, ...]


class Pick(NamedTuple):
    """Units that can be taken for an item, and where they lie."""

    item: Wanted
    run: CounterRun
    pool: Pool
    offer: Offer
    held: tuple[tuple[Lot, int], ...]

    @property
    def units(self) -> int:
        """How many there are of those wanted."""
        return sum(units for _, units in self.held)


class Errands:
    """The errands of one seller, in the order in which they came.

    Args:
        runs: The seller's counters.
        records: The stream as far as it was played, in order.
        archive: The files of everything that has an id.
    """

    def __init__(
        self,
        runs: Sequence[CounterRun],
        records: list[Record],
        archive: Archive,
    ) -> None:
        self._runs = runs
        self._records = records
        self._archive = archive
        self._waiting: deque[Errand] = deque()
        self._orders: dict[str, list[tuple[CounterRun, Order]]] = {}

    def ask(self, errand: Errand) -> None:
        """Have an errand run, once the world is at its instant; the same a second time is nothing new."""
        if errand.order_id not in self._orders or not errand.items:
            self._waiting.append(errand)

    def run(self, *, before: int) -> None:
        """Run the errands of the time that was played."""
        while self._waiting and self._waiting[0].at < before:
            errand = self._waiting.popleft()
            if errand.items:
                self._place(errand)
            else:
                self._stop(errand)

    def picks(self, errand: Errand) -> list[Pick]:
        """What could be taken for each item; one that Amazon does not fulfil there is left out."""
        found: list[Pick] = []
        for item in errand.items:
            sold = self._sold(errand.marketplace, item.sku)
            if sold is not None:
                free = self._free(sold[1], errand.at)
                for lot, units in (held for pick in found for held in pick.held):
                    free[lot] -= units
                found.append(Pick(item, *sold, tuple(_held(free, item))))
        return found

    def _place(self, errand: Errand) -> None:
        """One order of Amazon's for each counter that something is taken from."""
        parts = self._orders.setdefault(errand.order_id, [])
        by_run: dict[int, list[Pick]] = {}
        for pick in self.picks(errand):
            if pick.units:
                by_run.setdefault(id(pick.run), []).append(pick)
        for picks in by_run.values():
            run = picks[0].run
            day = run.floor.calendar.days_closed(errand.at)
            number = f"{Random(f'{errand.order_id}|{len(parts)}').randrange(10**14):014d}"
            amazon_id = f"{_PREFIX}-{number[:7]}-{number[7:]}"
            order = Order(amazon_id, errand.at, day, 0, channel=MULTI_CHANNEL, replaces=None)
            order.lines = tuple(_line(errand, order, pick) for pick in picks)
            _count(run, order)
            run.floor.orders.add(errand.at, order)
            run.floor.later(1, run.sales.ship, order)
            self._settle(run, order, errand.at)
            parts.append((run, order))

    def _stop(self, errand: Errand) -> None:
        for run, order in self._orders.get(errand.order_id, ()):
            held = [(line, line.units) for line in order.lines if line.held]
            if held:
                run.sales.cancel(errand.at, order, held)
                self._settle(run, order, errand.at)

    def _settle(self, run: CounterRun, order: Order, at: int) -> None:
        """Write down what just happened; a day that was closed without it is counted again."""
        if run.floor.calendar.days_closed(at) <= run.floor.day:
            for line in order.lines:
                line.pool.recount()
        for record in run.told():
            insort(self._records, record, key=_AT)
            self._archive.add([record])

    def _sold(self, marketplace: str, sku: str) -> tuple[CounterRun, Pool, Offer] | None:
        """The listing of a SKU that Amazon fulfils, the stock behind it, and who counts that."""
        for run in self._runs:
            for pool in run.pools:
                for offer in pool.offers:
                    if (offer.marketplace, offer.sku) == (marketplace, sku):
                        there = not pool.merchant and offer.created_at is not None
                        return (run, pool, offer) if there else None
        return None

    def _free(self, pool: Pool, at: int) -> Counter[Lot]:
        """Units by lot that nobody takes between ``at`` and the end of what was played."""
        there = Counter({lot: lot.sellable for lot in pool.lots})
        least = there.copy()
        for record in reversed(self._records[bisect_right(self._records, at, key=_AT) :]):
            lot = record.lot
            if lot in there and lot is not None:
                there[lot] += record.units * (record.source == SELLABLE)
                there[lot] -= record.units * (record.target == SELLABLE)
                least[lot] = min(least[lot], there[lot])
        return least


def _count(run: CounterRun, order: Order) -> None:
    """Into the counts of its day: that which will be played next, or one that is closed."""
    for line in order.lines:
        tally = line.offer.tally
        if order.day > run.floor.day:
            tally.today[MULTI] += line.units
        else:
            tally.days[order.day * COUNTS + MULTI] += line.units


def _held(free: Mapping[Lot, int], item: Wanted) -> Iterator[tuple[Lot, int]]:
    """Own units first; a sister MSKU's carry the same label and serve as well."""
    left = item.units
    for lot in sorted(free, key=lambda lot: (lot.msku != item.sku, -free[lot])):
        units = min(left, free[lot])
        if units > 0:
            left -= units
            yield lot, units


def _line(errand: Errand, order: Order, pick: Pick) -> Line:
    """The line of an item; its units are reserved."""
    item, pool, offer = pick.item, pick.pool, pick.offer
    refs = {
        "order_id": order.order_id,
        "order_item_id": f"{Random(f'{errand.order_id}|{item.item_id}').randrange(10**14):014d}",
        "order_channel": MULTI_CHANNEL,
        "mcf_order_id": errand.order_id,
        "mcf_item_id": item.item_id,
    }
    line = Line(pool, offer, pick.units, 0, refs)
    pool.note("ordered", errand.at, errand.at, pick.units, offer, refs=refs, cents=0)
    for lot, units in pick.held:
        way, told = pool.reserving, line.refs_at(lot)
        pool.move(way, errand.at, errand.at, lot, units, refs=told, offer=offer)
    line.held = pick.held
    return line
