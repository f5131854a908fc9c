"""What customers want on a day: heavy-tailed between SKUs, overdispersed within one, weekly and yearly in rhythm."""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, pi
from typing import Final

from stockroom.simulator.world.calendar import OPEN_SECONDS
from stockroom.simulator.world.catalog import Product
from stockroom.simulator.world.floor import Floor
from stockroom.simulator.world.offers import WANTED, Offer
from stockroom.simulator.world.parameters import Parameters
from stockroom.simulator.world.warehouse import Pool

Cart = list[tuple[Pool, Offer, int]]
"""What one customer would take: pool, listing, units; at most two entries."""

_UNITS_PER_ORDER: Final = 1.24
_BURST: Final = 8.0
"""An intermittent SKU's dispersion: most days nothing, then several at once."""
_EVENING: Final = 0.06
"""Share of orders placed in the last half hour of the day, where clocks and zones are tested."""
_RAMP_DAYS: Final = 45


def negative_binomial(chance: float, mean: float, dispersion: float) -> int:
    """The quantile ``chance`` of a negative binomial: variance = mean + dispersion x mean squared."""
    if mean <= 0:
        return 0
    size = 1 / dispersion
    fail = mean / (size + mean)
    mass = (size / (size + mean)) ** size
    total, count, most = mass, 0, int(mean * 30) + 60
    while chance > total and count < most:
        mass *= (size + count) / (count + 1) * fail
        count += 1
        total += mass
    return count


class Demand:
    """The customers of one counter."""

    __slots__ = ("_seasons", "_week", "floor")

    def __init__(self, floor: Floor, pools: list[Pool]) -> None:
        self.floor = floor
        amplitude = floor.parameters.weekly_amplitude
        self._week = [
            (1 + amplitude * cos(2 * pi * (day - 6) / 7)) / _UNITS_PER_ORDER for day in range(7)
        ]
        self._seasons = {
            offer.product.index: _season(offer.product, floor.parameters)
            for pool in pools
            for offer in pool.offers
        }

    def carts(self, pool: Pool) -> Iterator[tuple[int, Cart]]:
        """Today's customers of ``pool`` as (instant, cart); also writes down what they want."""
        for offer in pool.offers:
            units = [self._units() for _ in range(self._orders(offer))]
            if not units:
                continue
            floor = self.floor
            pool.note("wanted", floor.opened, floor.opened, sum(units), offer)
            offer.tally.today[WANTED] += sum(units)
            for count in units:
                yield self._instant(), [(pool, offer, count)]

    def multi_channel(self, pool: Pool) -> Iterator[tuple[int, Cart]]:
        """Today's orders from the seller's other shops, served from the pool's home country."""
        rate = self.floor.parameters.mcf_rate
        if pool.merchant or not rate:
            return
        mean = self._mean(pool.home) * rate
        for _ in range(negative_binomial(self.floor.draw(), mean, 0.5)):
            yield self._instant(), [(pool, pool.home, self._units())]

    def _orders(self, offer: Offer) -> int:
        mean = self._mean(offer)
        parameters = self.floor.parameters
        spread = _BURST if offer.product.intermittent else parameters.demand_dispersion
        return negative_binomial(self.floor.draw(), mean, spread)

    def _mean(self, offer: Offer) -> float:
        if offer.created_at is None:
            return 0.0
        product, day = offer.product, self.floor.day
        weekday, yearday = self.floor.phase
        mean = offer.mean * offer.lift * self._week[weekday] * self._seasons[product.index][yearday]
        if product.launch and day < product.launch + _RAMP_DAYS:
            mean *= 0.25 + 0.75 * (day - product.launch) / _RAMP_DAYS
        return mean

    def _units(self) -> int:
        if self.floor.draw() < 0.86:
            return 1
        return 2 + min(5, int(self.floor.rng.expovariate(1.3)))

    def _instant(self) -> int:
        chance = self.floor.draw()
        if chance < _EVENING:
            return self.floor.opened + OPEN_SECONDS - 1800 + int(self.floor.draw() * 1799)
        return (
            self.floor.opened
            + 60
            + int((chance - _EVENING) / (1 - _EVENING) * (OPEN_SECONDS - 120))
        )


def _season(product: Product, parameters: Parameters) -> list[float]:
    amplitude = parameters.season_amplitude
    return [1 + amplitude * cos(2 * pi * (day - product.peak) / 365.25) for day in range(366)]
