"""What an outlook rests on, in words: its arithmetic, and each fact that would change it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from stockroom.core.text import plain
from stockroom.metrics.formulas.replenishing import Quantity
from stockroom.records.input_kinds import INPUT_KINDS, PRODUCT_GROUP
from stockroom.tools.outlook import NEEDED, Outlook
from stockroom.tools.planning_values import UNIT_COST

_INPUTS = tuple(name for name in INPUT_KINDS if name not in {UNIT_COST, PRODUCT_GROUP})
"""Those that a quantity is made from."""
_LONGEST = 60


def arithmetic(quantity: Quantity | None) -> str | None:
    """How a quantity comes about, with every term in it."""
    if quantity is None:
        return None
    there = {
        "sellable": quantity.sellable,
        "arriving": quantity.arriving,
        "reserve": quantity.reserve,
        "on order": quantity.on_order,
        "in plans": quantity.planned,
    }
    terms = [f"{units} {name}" for name, units in there.items() if units or name == "sellable"]
    return (
        f"{short(quantity.demand / quantity.horizon)}/day × {short(quantity.horizon)} days"
        f" + {short(quantity.safety)} safety − ({' + '.join(terms)})"
        f" = {short(quantity.need)} → {quantity.units}{_bounds(quantity)}"
    )


def _bounds(quantity: Quantity) -> str:
    bounds = [
        *([f"cases of {quantity.case_pack}"] if quantity.case_pack > 1 else []),
        *([f"MOQ {quantity.moq}"] if quantity.moq else []),
        *([f"{quantity.most} in reserve"] if quantity.most is not None else []),
    ]
    return f" ({', '.join(bounds)})" if bounds else ""


def short(number: Fraction) -> str:
    """A number for the eye: two places at most."""
    return f"{float(number):.2f}".rstrip("0").rstrip(".")


def depends_on(outlook: Outlook) -> list[str]:
    """What would change the answer, beside the columns and the defaults."""
    return list(_named(outlook))


def _named(outlook: Outlook) -> Iterator[str]:
    for name in _INPUTS:
        value, source = outlook.inputs[name]["value"], outlook.inputs[name]["source"]
        if value is None and name in NEEDED:
            yield f"{name} unknown"
        elif value is not None and source != "default":
            yield f"{name}={value} ({source})"
    supply = outlook.supply
    if supply is not None and supply.arrivals:
        first = min(one.day for one in supply.arrivals).isoformat()
        yield f"arriving={sum(one.units for one in supply.arrivals)} from {first}"
    yield from (f"{name}={units}" for name, units in outlook.known.centres.items())
    if outlook.planned:
        yield f"in_plans={sum(one.units for one in outlook.planned)}"
    if outlook.reserves:
        yield f"reserve={sum(lot.units for lot in outlook.reserves)}"
    if outlook.orders:
        yield f"supply_orders={sum(one.open_units for one in outlook.orders)}"
    if not outlook.known.selling:
        yield f"listing={outlook.known.listing_status}"


def facts(outlook: Outlook) -> list[dict[str, Any]]:
    """Each of these in full: value, unit, source, who set it and since when."""
    return list(_facts(outlook))


def _facts(outlook: Outlook) -> Iterator[dict[str, Any]]:
    known = outlook.known
    for name in _INPUTS:
        counting = outlook.inputs[name]
        yield {"fact": name} | {part: counting[part] for part in (*_PARTS, "n") if part in counting}
    yield _fact("seasonality", "1.0", "factor", "default")
    if outlook.demand is not None:
        velocity = short(outlook.demand.velocity)
        source, to = known.velocity_kind, known.velocity_as_of.isoformat()
        yield _fact("velocity", velocity, "units/day", source, to=to)
    if known.arriving and known.arriving_on:
        on = known.arriving_on.isoformat()
        yield _fact("arrival", known.arriving, "units", "fc_delay_days", on=on)
    for day, units, source in known.arrivals:
        yield _fact("arrival", units, "units", source, on=day)
    for lot in outlook.reserves:
        counted = None if lot.counted_on is None else lot.counted_on.isoformat()
        where = plain(lot.location, _LONGEST)
        more = {"days_to_amazon": lot.days_to_amazon, "location": where}
        yield _fact("reserve", lot.units, "units", "record_reserve_stock", on=counted, **more)
    for one in outlook.orders:
        due = None if one.expected_on is None else one.expected_on.isoformat()
        reference = plain(one.reference, _LONGEST)
        source = "record_supply_order"
        yield _fact("supply_order", one.open_units, "units", source, on=due, reference=reference)
    for name, units in known.centres.items():
        seen = None if known.awd_day is None else known.awd_day.isoformat()
        yield _fact(name, units, "units", "awd_inventory", on=seen)
    for plan in outlook.planned:
        yield _fact("in_plan", plan.units, "units", "create_inbound_plan", plan=plan.plan)
    yield _fact("listing", known.listing_status, "text", "listings")


_PARTS = ("value", "unit", "source", "set_by", "valid_from")


def _fact(name: str, value: Any, unit: str, source: str | None, **more: Any) -> dict[str, Any]:
    return {"fact": name, "value": value, "unit": unit, "source": source, **more}
