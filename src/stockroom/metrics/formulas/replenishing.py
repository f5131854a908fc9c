"""When to order, how much, and how much to send: exact arithmetic on what is known and assumed.

Demand is the mean of a day and its variance. The *lead* is what passes from an order to
units for sale at Amazon: the supplier's lead time and the transit. *Safety* is
``z × √(lead × σ² + velocity² × spread²)``, with σ of daily demand, the spread of the
lead time, and z of the service level. A quantity is

    demand over a horizon + safety - what is there or comes anyway,

and when that is above 0, at least the smallest order, in whole cases. Nothing here is
rounded but roots: they are settled at a millionth, so that noise decides no case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from functools import cache, cached_property
from math import ceil
from statistics import NormalDist
from typing import NamedTuple, Self

from stockroom.metrics.formulas.walk import Arrival, walk

LEAST_DAYS_OF_SPREAD = 14
"""Below so many days in stock the spread of demand is taken to be half the velocity."""
_MILLIONTH = 1_000_000
_EXACT = Context(prec=28)


@dataclass(frozen=True)
class Demand:
    """Units a day.

    Args:
        velocity: Their mean.
        variance: Of a day's units.
        measured: From the days in stock; else it is that of half the velocity.
    """

    velocity: Fraction
    variance: Fraction
    measured: bool

    @classmethod
    def of(cls, velocity: Fraction, units_in: int, squares_in: int, days_in: int) -> Self:
        """Demand whose spread is the sample's over days in stock, where there are enough of them.

        Args:
            velocity: Units a day.
            units_in: Of the days in stock.
            squares_in: The squares of each such day's units, added up.
            days_in: How many there were.
        """
        if days_in < LEAST_DAYS_OF_SPREAD:
            return cls(velocity, (velocity / 2) ** 2, measured=False)
        within = squares_in - Fraction(units_in * units_in, days_in)
        return cls(velocity, within / (days_in - 1), measured=True)

    @cached_property
    def spread(self) -> Fraction:
        """The standard deviation of a day's units."""
        return root(self.variance)

    def at(self, z: Fraction) -> Fraction:
        """Units a day when every day sells at that quantile."""
        return self.velocity + z * self.spread


@dataclass(frozen=True)
class Assumed:
    """What planning goes by; days. None is unknown, and makes unknown whatever needs it."""

    lead_time: Fraction | None
    lead_spread: Fraction | None
    transit: Fraction | None
    review: Fraction
    target: Fraction
    service_level: Fraction
    case_pack: int = 1
    moq: int = 0

    @cached_property
    def lead(self) -> Fraction | None:
        """From an order to units for sale at Amazon."""
        if self.lead_time is None or self.transit is None:
            return None
        return self.lead_time + self.transit

    @property
    def z(self) -> Fraction:
        """How many standard deviations the service level is above the mean."""
        return _z(self.service_level)

    def order_horizon(self) -> Fraction | None:
        """Days that an order made now has to last."""
        return None if self.lead is None else self.lead + self.review + self.target

    def send_horizon(self) -> Fraction | None:
        """Days that units sent now have to last."""
        return None if self.transit is None else self.transit + self.review + self.target


class Lot(NamedTuple):
    """Units kept elsewhere, and how long they take to Amazon; None: as long as the transit."""

    units: int
    days: int | None


@dataclass(frozen=True, slots=True)
class Supply:
    """What there is, and what comes anyway.

    Args:
        sellable: At Amazon, at the close of ``as_of``.
        as_of: Day 0.
        arrivals: On their way to Amazon.
        reserve: Kept elsewhere for the listings of the pool.
        on_order: Of open orders with suppliers, not arrived yet.
        sendable: Kept elsewhere for this very listing and in no plan yet; None: nobody said.
        planned: In plans to send that have not left yet.
    """

    sellable: int
    as_of: date
    arrivals: Sequence[Arrival] = ()
    reserve: Sequence[Lot] = ()
    on_order: int = 0
    sendable: int | None = None
    planned: int = 0

    def arriving_within(self, horizon: Fraction) -> int:
        """Units expected no later than ``horizon`` days after ``as_of``."""
        return sum(one.units for one in self.arrivals if (one.day - self.as_of).days <= horizon)

    def landing_within(self, horizon: Fraction) -> int:
        """Units of the reserve that can be at Amazon by then."""
        return sum(lot.units for lot in self.reserve if lot.days is None or lot.days <= horizon)


@dataclass(frozen=True)
class Quantity:
    """A number of units with every term it is made from.

    Args:
        horizon: Days it has to last.
        demand: Units that sell in that time.
        safety: Units against a worse turn.
        sellable: Units there.
        arriving: Units on their way that arrive within the horizon.
        reserve: Units kept elsewhere that can land within it.
        on_order: Units of open supply orders.
        planned: Units that are to be sent already.
        case_pack: Units in a case.
        moq: The smallest order.
        most: More cannot be had; None: no such limit.
    """

    horizon: Fraction
    demand: Fraction
    safety: Fraction
    sellable: int
    arriving: int
    reserve: int = 0
    on_order: int = 0
    planned: int = 0
    case_pack: int = 1
    moq: int = 0
    most: int | None = None

    @cached_property
    def need(self) -> Fraction:
        """Units that are wanting; not more than 0: none."""
        there = self.sellable + self.arriving + self.reserve + self.on_order + self.planned
        return self.demand + self.safety - there

    @cached_property
    def units(self) -> int:
        """The need in whole cases: rounded up, or what can be had, rounded down."""
        if self.need <= 0:
            return 0
        wanted = ceil(max(self.need, Fraction(self.moq)) / self.case_pack)
        cases = wanted if self.most is None else min(wanted, self.most // self.case_pack)
        return cases * self.case_pack


@cache
def _z(level: Fraction) -> Fraction:
    return Fraction(NormalDist().inv_cdf(float(level)))


def root(number: Fraction) -> Fraction:
    """A square root, settled at a millionth."""
    exact = _EXACT.divide(Decimal(number.numerator), Decimal(number.denominator))
    return settled(Fraction(_EXACT.sqrt(exact)))


def settled(number: Fraction) -> Fraction:
    """A number rounded to a millionth."""
    return Fraction(round(number * _MILLIONTH), _MILLIONTH)


def safety_units(demand: Demand, assumed: Assumed) -> Fraction | None:
    """Units against a demand and a lead that turn out worse; None: the lead or its spread is unknown."""
    if assumed.lead is None or assumed.lead_spread is None:
        return None
    late = demand.velocity**2 * assumed.lead_spread**2
    return settled(assumed.z * root(assumed.lead * demand.variance + late))


def cautious_stockout(demand: Demand, assumed: Assumed, supply: Supply) -> date | None:
    """The stockout of the walk in which every day sells at the service level's quantile."""
    velocity = settled(demand.at(assumed.z))
    if velocity <= 0:
        return None
    return walk(supply.sellable, velocity, supply.arrivals, supply.as_of).stockout_date


def latest_safe_order(stockout: date, lead: Fraction, safety: Fraction, velocity: Fraction) -> date:
    """The last day on which an order comes in time: the lead, and what safety lasts, before it."""
    return stockout - timedelta(days=ceil(lead + safety / velocity))


def to_order(
    demand: Demand, safety: Fraction | None, assumed: Assumed, supply: Supply
) -> Quantity | None:
    """Units to order of the supplier; None: something they depend on is unknown."""
    horizon = assumed.order_horizon()
    if horizon is None or safety is None:
        return None
    return Quantity(
        horizon=horizon,
        demand=demand.velocity * horizon,
        safety=safety,
        sellable=supply.sellable,
        arriving=supply.arriving_within(horizon),
        reserve=supply.landing_within(horizon),
        on_order=supply.on_order,
        case_pack=assumed.case_pack,
        moq=assumed.moq,
    )


def to_send(
    demand: Demand, safety: Fraction | None, assumed: Assumed, supply: Supply
) -> Quantity | None:
    """Units to send to Amazon; None: something they depend on is unknown."""
    horizon = assumed.send_horizon()
    if horizon is None or safety is None:
        return None
    return Quantity(
        horizon=horizon,
        demand=demand.velocity * horizon,
        safety=safety,
        sellable=supply.sellable,
        arriving=supply.arriving_within(horizon),
        planned=supply.planned,
        case_pack=assumed.case_pack,
        most=supply.sendable,
    )
