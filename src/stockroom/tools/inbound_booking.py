"""Booking who carries the shipments of a plan: what can be taken, and what it commits to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from stockroom.amazon.ports import SellingPartner
from stockroom.core.errors import InvalidInputError
from stockroom.spec.change import Change, Seen, Verdict
from stockroom.tools.inbound_outcome import not_shown
from stockroom.tools.inbound_plan import Plan, booked_ways, is_id, read_shipments, spelled, written
from stockroom.tools.inbound_ways import NEEDS_WINDOW, Way, added, best_first, ways

FINAL = "Confirmed transportation cannot be changed: another carrier needs a new plan."
_NAMED = 50
"""Shipments, or options of one, that an error names: all that there usually are."""


def placement_of(plan: Plan) -> str:
    """The placement that was confirmed.

    Raises:
        InvalidInputError: None was: the shipments are not Amazon's yet.
    """
    if plan.placement is None:
        raise InvalidInputError(
            f"The placement of plan {plan.id} is not confirmed yet.",
            field="plan",
            next_step="Have it confirmed first: propose choose_placement.",
        )
    return plan.placement


def check_unbooked(plan: Plan, shipments: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse a plan that somebody carries already.

    Raises:
        InvalidInputError: Its transportation was confirmed.
    """
    if any(booked_ways(shipments).values()):
        raise InvalidInputError(
            f"The transportation of plan {plan.id} was confirmed already.",
            field="plan",
            next_step=FINAL,
        )


def taken(
    wanted: Mapping[str, str], offered: Sequence[Way], plan: Plan, now: datetime
) -> list[Way]:
    """The ways that were asked for, one for every shipment, if they can be taken now.

    Raises:
        InvalidInputError: They cannot; the error names those that can.
    """
    if wanted.keys() != plan.shipments.keys():
        known = ", ".join([one for one in plan.shipments if is_id(one)][:_NAMED])
        raise InvalidInputError(
            f"The options must name each of the {len(plan.shipments)} shipments of plan {plan.id}.",
            field="options",
            next_step=f"Its shipments: {known or 'none yet'}.",
        )
    found = []
    for shipment, option in sorted(wanted.items()):  # stored, they come back in another order
        of_it = [one for one in offered if one.shipment == shipment]
        way = next((one for one in of_it if one.id == option), None)
        if way is None or not way.holds(now):
            raise _not_offered(shipment, option, way, [one for one in of_it if one.holds(now)])
        found.append(way)
    return found


def check_windows(found: Sequence[Way], shipments: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse what needs an arrival time that nobody settled.

    Raises:
        InvalidInputError: A shipment has no confirmed delivery window.
    """
    for one in found:
        if NEEDS_WINDOW in one.preconditions and not shipments[one.shipment].get(
            "selectedDeliveryWindow"
        ):
            raise InvalidInputError(
                f"Option {one.id} needs a confirmed delivery window of shipment {one.shipment}.",
                field="options",
                next_step="Confirm one in Seller Central and propose again, or choose an option "
                "without that precondition.",
            )


def bookings(found: Sequence[Way]) -> list[dict[str, Any]]:
    """What is agreed to, shipment by shipment: JSON values."""
    return [{"shipment": one.shipment, **one.facts()} for one in found]


def voidable_until(found: Sequence[Way]) -> datetime | None:
    """Until when all of it can be taken back for nothing, if Amazon says so already."""
    ends = [one.voidable_until for one in found if one.partnered]
    return min((one for one in ends if one), default=None) if all(ends) else None


def warnings(found: Sequence[Way], now: datetime) -> tuple[str, ...]:
    """What the person should know: what is paid to whom, and until when it can be taken back."""
    partnered = [one for one in found if one.partnered]
    told = [f"Amazon asks {spelled(added(found)) or 'nothing'} for this transportation."]
    if len(partnered) < len(found):
        own = len(found) - len(partnered)
        told.append(f"Carriers of the seller's own, paid by the seller: {own} of {len(found)}.")
    if partnered:
        told.append(f"{_free(partnered, now)} Else Amazon charges it although nothing is carried.")
    return tuple(told)


async def booked(plan: Plan, change: Change, amazon: SellingPartner) -> Verdict:
    """What a look finds of a booking: every shipment with its option, or why not."""
    chosen = booked_ways(await read_shipments(amazon, plan))
    wanted = {
        one["shipmentId"]: one["transportationOptionId"]
        for one in change.payload["transportationSelections"]
    }
    told = [{"shipment": one, "option": option} for one, option in chosen.items()]
    live: dict[str, Any] = {"transportation": told, "plan_status": plan.status}
    if all(chosen.get(one) == option for one, option in wanted.items()):
        offered = await ways(amazon, plan.id, placement_of(plan))
        found = [one for one in offered if one.id in chosen.values()]
        return Verdict(Seen.APPLIED, live | {"voidable_until": written(voidable_until(found))})
    if any(option not in {None, wanted.get(one)} for one, option in chosen.items()):
        return Verdict(Seen.REFUSED, live, ("Other transportation of this plan was confirmed.",))
    return await not_shown(amazon, change, live)


def _free(partnered: Sequence[Way], now: datetime) -> str:
    until, hours = voidable_until(partnered), [one.void_hours for one in partnered]
    if until and now < until:
        return f"Cancelling the plan is free of charge until {written(until)}."
    if until:
        return "Cancelling the plan is not free of charge any more."
    if all(hours):
        shortest = min(one for one in hours if one)
        return f"Cancelling the plan is free of charge for {shortest} h after the booking."
    return "Amazon does not say how long cancelling the plan is free of charge."


def _not_offered(
    shipment: str, option: str, way: Way | None, others: Sequence[Way]
) -> InvalidInputError:
    if way is None:
        what = "is not on offer for"
    else:
        what = "has an expired quote for" if way.told else "comes without a price for"
    told = "; ".join(one.brief() for one in best_first(others)[:_NAMED])
    return InvalidInputError(
        f"Transportation option {option} {what} shipment {shipment}.",
        field="options",
        next_step=f"Choose one of these for it: {told}."
        if told
        else "Nothing is on offer for it (any more): have options made in Seller Central, or "
        "cancel the plan and make another.",
    )
