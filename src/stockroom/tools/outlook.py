"""One listing's outlook: what is known of it, with what the seller assumes and keeps elsewhere.

Nothing is guessed: what is neither said nor learned is unknown, and so is what needs it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple, Self

from stockroom.metrics.formulas.replenishing import (
    Assumed,
    Demand,
    Lot,
    Quantity,
    Supply,
    cautious_stockout,
    latest_safe_order,
    safety_units,
    to_order,
    to_send,
)
from stockroom.metrics.formulas.walk import Arrival
from stockroom.tools.known import Known, Place
from stockroom.tools.learned import learned
from stockroom.tools.planned_units import Planned, Pools

Inputs = Mapping[str, Mapping[str, Any]]
"""What counts of each planning input."""
NEEDED = ("lead_time_days", "lead_time_spread_days", "transit_to_fba_days")
"""Inputs without a default: unknown until they are said or learned."""


class Kept(NamedTuple):
    """Units that lie elsewhere."""

    pool: str
    marketplace: str
    sku: str
    location: str
    units: int
    days_to_amazon: int | None
    counted_on: date | None

    @property
    def place(self) -> Place:
        """The listing it is kept for."""
        return self.marketplace, self.sku


class Ordered(NamedTuple):
    """One SKU of one order with a supplier."""

    pool: str
    marketplace: str
    sku: str
    reference: str
    units: int
    units_arrived: int
    ordered_on: date | None
    expected_on: date | None
    arrived_on: date | None

    @property
    def place(self) -> Place:
        """The listing it was ordered for."""
        return self.marketplace, self.sku

    @property
    def lead_time(self) -> int | None:
        """Days from order to arrival; None until it has arrived."""
        if self.arrived_on is None or self.ordered_on is None:
            return None
        return (self.arrived_on - self.ordered_on).days

    @property
    def open_units(self) -> int:
        """Units that are still expected."""
        return max(0, self.units - self.units_arrived) if self.arrived_on is None else 0


@dataclass(frozen=True)
class Outlook:
    """One listing's prospects, with all they are made from.

    Args:
        known: What Amazon's data say.
        inputs: The assumptions that count, said or learned.
        reserves: What lies elsewhere for the listings of its pool.
        orders: What is open with suppliers for them.
        planned: What is in plans for them and has not left yet.
        partial: The pool serves marketplaces of which the reader sees neither reserve nor orders.
        demand: None: unknown.
        assumed: The assumptions as numbers.
        supply: None: unknown.
    """

    known: Known
    inputs: Inputs
    reserves: Sequence[Kept]
    orders: Sequence[Ordered]
    planned: Sequence[Planned]
    partial: bool
    demand: Demand | None
    assumed: Assumed
    supply: Supply | None

    @classmethod
    def of(
        cls,
        known: Known,
        said: Inputs,
        reserves: Sequence[Kept],
        orders: Sequence[Ordered],
        pools: Pools,
    ) -> Self:
        """The outlook of a listing.

        Args:
            known: Its row.
            said: What counts of each input, nothing learned yet.
            reserves: On file for the listings of its pool.
            orders: On file for them, those that have arrived included.
            pools: What only the whole account shows.
        """
        planned = [one for one in pools.planned if one.pool == known.pool]
        own = [one for one in orders if one.place == known.place]
        days = [one.lead_time for one in own if one.lead_time is not None]
        inputs = learned(said, days, known.learned_transit_days, known.learned_shipments)
        return cls(
            known=known,
            inputs=inputs,
            reserves=reserves,
            orders=[one for one in orders if one.open_units],
            planned=planned,
            partial=known.pool in pools.partial,
            demand=_demand(known),
            assumed=_assumed(inputs),
            supply=_supply(known, reserves, orders, planned),
        )

    @property
    def unknown(self) -> list[str]:
        """What is missing to say how much; empty: nothing."""
        facts = {"velocity": self.demand, "sellable": self.supply}
        return [
            *(name for name, fact in facts.items() if fact is None),
            *self.inputs_unknown,
            *(["other_marketplaces"] if self.partial else []),
        ]

    @property
    def inputs_unknown(self) -> list[str]:
        """Of these, what somebody can say."""
        return [name for name in NEEDED if self.inputs[name]["value"] is None]

    @cached_property
    def safety(self) -> Fraction | None:
        """Units against a worse turn."""
        return None if self.demand is None else safety_units(self.demand, self.assumed)

    @cached_property
    def cautious_stockout(self) -> date | None:
        """The stockout when every day sells at the service level's quantile."""
        if self.demand is None or self.supply is None:
            return None
        return cautious_stockout(self.demand, self.assumed, self.supply)

    @cached_property
    def latest_safe_order(self) -> date | None:
        """The last day on which an order still comes in time."""
        stockout, lead, safety = self.cautious_stockout, self.assumed.lead, self.safety
        if stockout is None or lead is None or safety is None or not self.demand:
            return None
        velocity = self.demand.velocity
        return latest_safe_order(stockout, lead, safety, velocity) if velocity else None

    @cached_property
    def order(self) -> Quantity | None:
        """Units to order of the supplier; not half a pool's need against a part of its supply."""
        if self.demand is None or self.supply is None or self.partial:
            return None
        return to_order(self.demand, self.safety, self.assumed, self.supply)

    @cached_property
    def send(self) -> Quantity | None:
        """Units to send to Amazon; of what sells from afar none are sent here."""
        if self.demand is None or self.supply is None or self.known.remote:
            return None
        return to_send(self.demand, self.safety, self.assumed, self.supply)


def _demand(known: Known) -> Demand | None:
    if not known.demand_days:
        return None
    velocity = Fraction(known.demand_units, known.demand_days)
    return Demand.of(velocity, known.units_in, known.squares_in, known.days_in)


def _supply(
    known: Known,
    reserves: Sequence[Kept],
    orders: Sequence[Ordered],
    planned: Sequence[Planned],
) -> Supply | None:
    if known.sellable is None or known.as_of is None:
        return None
    arrivals = [Arrival(date.fromisoformat(day), units) for day, units, _ in known.arrivals]
    if known.arriving and known.arriving_on:
        arrivals.append(Arrival(known.arriving_on, known.arriving))
    kept = [one.units for one in reserves if one.place == known.place]
    taken = sum(one.units for one in planned if (one.marketplace, one.sku) == known.place)
    return Supply(
        sellable=known.sellable,
        as_of=known.as_of,
        arrivals=arrivals,
        reserve=[
            *(Lot(one.units, one.days_to_amazon) for one in reserves),
            *(Lot(units, None) for units in known.centres.values()),
        ],
        on_order=sum(one.open_units for one in orders),
        sendable=max(0, sum(kept) - taken) if kept else None,
        planned=sum(one.units for one in planned),
    )


def _assumed(inputs: Inputs) -> Assumed:
    def number(name: str) -> Fraction | None:
        value = inputs[name]["value"]
        return None if value is None else Fraction(str(value))

    def default(name: str) -> Fraction:
        value = number(name)
        assert value is not None
        return value

    return Assumed(
        lead_time=number("lead_time_days"),
        lead_spread=number("lead_time_spread_days"),
        transit=number("transit_to_fba_days"),
        review=default("review_days"),
        target=default("target_cover_days"),
        service_level=default("service_level_pct") / 100,
        case_pack=int(number("case_pack_units") or 1),
        moq=int(number("moq_units") or 0),
    )
