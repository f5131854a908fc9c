"""One counter at work: the order in which a day's people come in."""

from __future__ import annotations

from typing import Final

from stockroom.simulator.world.calendar import Calendar
from stockroom.simulator.world.catalog import Counter
from stockroom.simulator.world.demand import Cart, Demand
from stockroom.simulator.world.desk import Desk
from stockroom.simulator.world.floor import Floor
from stockroom.simulator.world.incidents import Incidents
from stockroom.simulator.world.offers import Offer
from stockroom.simulator.world.orders import OrderIndex
from stockroom.simulator.world.parameters import Parameters
from stockroom.simulator.world.records import Record
from stockroom.simulator.world.sales import AMAZON, MERCHANT, MULTI_CHANNEL, Sales
from stockroom.simulator.world.supply import Supply
from stockroom.simulator.world.visits import Visits
from stockroom.simulator.world.warehouse import Pool

_LINES: Final = 2
"""Lines an order has at most."""


class CounterRun:
    """A counter, played day by day."""

    __slots__ = ("_demand", "_desk", "_incidents", "_supply", "_visits", "floor", "pools", "sales")

    def __init__(
        self, plan: Counter, calendar: Calendar, parameters: Parameters, orders: OrderIndex
    ) -> None:
        self.floor = Floor(plan.key, calendar, parameters, orders)
        self.pools = [
            Pool(
                pool,
                [Offer(offering, parameters.demand_scale) for offering in pool.offerings],
                self.floor.log,
            )
            for pool in plan.pools
        ]
        self._desk = Desk(self.floor)
        self._demand = Demand(self.floor, self.pools)
        self._visits = Visits(self.floor, plan.key)
        self.sales = Sales(self.floor)
        handling = self.sales.aftersales.handling
        self._supply = Supply(self.floor, handling, self.pools)
        self._incidents = Incidents(self.floor, handling)

    def play(self, day: int) -> list[Record]:
        """Play day number ``day`` (the days come one after the other); its events in order."""
        floor = self.floor
        floor.begin(day)
        for pool in self.pools:
            launch = pool.product.launch
            if day < launch:
                continue
            if day == launch:
                for offer in pool.offers:
                    self._desk.create(pool, offer)
                self._supply.launch(pool)
            else:
                for offer in pool.offers:
                    self._desk.consider(pool, offer)
                self._supply.review(pool)
                if day == pool.product.discontinued:
                    for offer in pool.offers:
                        self._desk.discontinue(pool, offer)
            self._incidents.consider(pool)
        self._open_doors()
        floor.play()
        for pool in self.pools:
            pool.close(day)
            for offer in pool.offers:
                offer.tally.turn()
        return self.told()

    def told(self) -> list[Record]:
        """What happened since this was last asked."""
        happened = self.floor.log.copy()
        self.floor.log.clear()
        return happened

    def _open_doors(self) -> None:
        """Plan today's orders. Some customers add their cart to another one of the same store."""
        joining = self.floor.parameters.two_line_rate
        last: dict[tuple[str, bool], Cart] = {}
        for pool in self.pools:
            channel = MERCHANT if pool.merchant else AMAZON
            for at, cart in self._demand.carts(pool):
                key = (cart[0][1].marketplace, pool.merchant)
                other = last.get(key)
                if other and len(other) < _LINES and self.floor.draw() < joining:
                    other.extend(cart)
                    continue
                last[key] = cart
                self.floor.today(at, self.sales.place, cart, channel)
            for at, cart in self._demand.multi_channel(pool):
                self.floor.today(at, self.sales.place, cart, MULTI_CHANNEL)
        self._visits.count(self.pools)
