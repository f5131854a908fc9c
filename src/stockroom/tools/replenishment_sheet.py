"""The columns of ``replenishment``: what an outlook shows, term by term."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from stockroom.metrics.formulas.replenishing import Quantity
from stockroom.spec.answer import Column
from stockroom.tools.columns import RATIO_DIGITS
from stockroom.tools.outlook import Outlook
from stockroom.tools.replenishment_facts import arithmetic, depends_on, facts

Reading = Callable[[Outlook, date], Any]
"""A column's value; the day is the marketplace's today."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A column, documented, and how it is read."""

    column: Column
    read: Reading


def _shown(
    name: str,
    meaning: str,
    read: Callable[[Outlook], Any],
    unit: str = "text",
    *,
    full: bool = False,
) -> Shown:
    return Shown(Column(name, meaning, unit, full), lambda outlook, _: read(outlook))


def _full(name: str, meaning: str, read: Callable[[Outlook], Any], unit: str = "text") -> Shown:
    return _shown(name, meaning, read, unit, full=True)


def _order(term: Callable[[Quantity], Any]) -> Callable[[Outlook], Any]:
    return lambda outlook: None if outlook.order is None else term(outlook.order)


def _send(term: Callable[[Quantity], Any]) -> Callable[[Outlook], Any]:
    return lambda outlook: None if outlook.send is None else term(outlook.send)


def number(value: Fraction | int | None) -> float | None:
    """A number as it is shown: rounded for the eye only."""
    return None if value is None else round(float(value), RATIO_DIGITS)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _overdue(outlook: Outlook, today: date) -> int | None:
    latest = outlook.latest_safe_order
    return None if latest is None else max(0, (today - latest).days)


def _velocity(outlook: Outlook) -> float | None:
    return None if outlook.demand is None else number(outlook.demand.velocity)


def _spread(outlook: Outlook) -> float | None:
    return None if outlook.demand is None else number(outlook.demand.spread)


def _spread_basis(outlook: Outlook) -> str | None:
    if outlook.demand is None:
        return None
    return "in_days" if outlook.demand.measured else "half_of_velocity"


def _cautious(outlook: Outlook) -> float | None:
    return None if outlook.demand is None else number(outlook.demand.at(outlook.assumed.z))


SHOWN: Sequence[Shown] = (
    _shown("marketplace", "Country code.", lambda one: one.known.marketplace),
    _shown("sku", "Seller SKU.", lambda one: one.known.sku),
    _shown(
        "sellable",
        "Units for sale in the pool behind the listing.",
        lambda one: one.known.sellable,
        "units",
    ),
    _shown("velocity", "The pool's demand, as in days_of_cover (30 days).", _velocity, "units/day"),
    _shown(
        "in_time_days",
        "Cover with what lands in time; see days_of_cover.",
        lambda one: number(one.known.in_time_days),
        "days",
    ),
    _shown(
        "stockout_date",
        "Projected depletion, median: every day sells the velocity.",
        lambda one: _day(one.known.stockout_date),
        "date",
    ),
    _shown(
        "cautious_stockout_date",
        "Projected depletion, cautious: every day sells cautious_velocity. Both walk with what is "
        "on its way to Amazon; null beyond 365 days.",
        lambda one: _day(one.cautious_stockout),
        "date",
    ),
    _shown(
        "latest_safe_order_date",
        "cautious_stockout_date − lead_days − safety_units ÷ velocity: to order later is a risk. "
        "Reserve and open supply orders are not in it.",
        lambda one: _day(one.latest_safe_order),
        "date",
    ),
    Shown(Column("overdue_days", "Days since that date; 0: it has not passed.", "days"), _overdue),
    _shown(
        "safety_units",
        "z × √(lead_days × velocity_spread² + velocity² × lead_time_spread_days²).",
        lambda one: number(one.safety),
        "units",
    ),
    _shown(
        "candidate",
        "Units to order of the supplier: the need of order_arithmetic, at least moq_units, rounded "
        "up to cases; 0: none needed; null: see unknown.",
        _order(lambda quantity: quantity.units),
        "units",
    ),
    _shown(
        "send_units",
        "Units to send to Amazon: the need of send_arithmetic, rounded up to cases, at most the "
        "whole cases of the reserve recorded for this SKU and marketplace and in no plan yet (none "
        "recorded: no cap). "
        "Null also where it sells from another network's stock.",
        _send(lambda quantity: quantity.units),
        "units",
    ),
    _shown(
        "unknown",
        "What is missing to say how much; other_marketplaces: the pool serves some that this key "
        "does not reach, nor their reserve and orders.",
        lambda one: one.unknown,
        "list",
    ),
    _shown(
        "depends_on",
        "What would change the answer, with its value; defaults are in notes, sources in facts.",
        depends_on,
        "list",
    ),
    _full(
        "order_arithmetic",
        "The need, term by term: velocity × (lead + review + target days) + safety − (sellable + "
        "arriving + reserve that can land + on order).",
        lambda one: arithmetic(one.order),
    ),
    _full(
        "send_arithmetic",
        "velocity × (transit + review + target days) + safety − (sellable + arriving + in "
        "plans made here that have not left yet).",
        lambda one: arithmetic(one.send),
    ),
    _full(
        "facts",
        "Each fact behind the answer: value, unit, source, set_by, valid_from.",
        facts,
        "list",
    ),
    _full("lead_days", "Lead time + transit to FBA.", lambda one: number(one.assumed.lead), "days"),
    _full(
        "horizon_days",
        "lead_days + review + target: what an order has to last.",
        lambda one: number(one.assumed.order_horizon()),
        "days",
    ),
    _full(
        "demand_units", "velocity × horizon_days.", _order(lambda it: number(it.demand)), "units"
    ),
    _full(
        "arriving_units",
        "On their way to Amazon, expected within the horizon.",
        _order(lambda quantity: quantity.arriving),
        "units",
    ),
    _full(
        "reserve_units",
        "Reserve recorded for the pool's listings that can be at Amazon within the horizon; counted, "
        "too, where days_to_amazon is not known, and what lies in AWD or is on its way there.",
        _order(lambda quantity: quantity.reserve),
        "units",
    ),
    _full(
        "on_order_units",
        "Of the pool's open supply orders, not arrived yet, whenever they are expected.",
        _order(lambda quantity: quantity.on_order),
        "units",
    ),
    _full("need_units", "Before MOQ and cases.", _order(lambda it: number(it.need)), "units"),
    _full(
        "velocity_kind",
        "adjusted (days in stock only) or raw (fewer than 3 of them).",
        lambda one: one.known.velocity_kind,
    ),
    _full("velocity_spread", "Standard deviation of a day's demand.", _spread, "units/day"),
    _full(
        "spread_basis",
        "in_days: the sample's, over the window's days in stock (days_in, at least 14); else "
        "half_of_velocity.",
        _spread_basis,
    ),
    _full("days_in", "Days in stock among the 30.", lambda one: one.known.days_in, "days"),
    _full(
        "cautious_velocity",
        "velocity + z × velocity_spread; z is of service_level_pct (normal distribution).",
        _cautious,
        "units/day",
    ),
    _full("band", "As in days_of_cover.", lambda one: one.known.band),
    _full(
        "listing_status", "active, inactive or suppressed.", lambda one: one.known.listing_status
    ),
    _full("network", "Where the pool lies.", lambda one: one.known.network),
    _full(
        "pool", "Rows with the same pool share its stock: never add them.", lambda o: o.known.pool
    ),
    _full("as_of", "Day whose closing stock counts.", lambda one: _day(one.known.as_of), "date"),
    _full(
        "velocity_as_of",
        "Last day of the velocity's window.",
        lambda one: _day(one.known.velocity_as_of),
        "date",
    ),
)
COLUMNS = tuple(shown.column for shown in SHOWN)


def row(outlook: Outlook, today: date, *, full: bool) -> tuple[Any, ...]:
    """An outlook as a row of the answer."""
    return tuple(one.read(outlook, today) for one in SHOWN if full or not one.column.full)
