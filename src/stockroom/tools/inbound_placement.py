"""Choosing a placement: what can be chosen, and the shipments that come of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import Marketplace
from stockroom.core.text import plain
from stockroom.spec.change import Change
from stockroom.spec.tool import Ground
from stockroom.tools.inbound_offers import ALL, Look, ways_offered
from stockroom.tools.inbound_plan import Placement, Plan
from stockroom.tools.inbound_ready import ready_day, ready_from, ready_on_of

ANEW = "asked for again"
"""Of quotes: those that are there, if any, are for a day that nobody knows, or for another one."""
FOR_GOOD = "A confirmed placement cannot be changed: another split needs a new plan."


def on_offer(plan: Plan, wanted: str, offered: list[Placement], ground: Ground) -> Placement:
    """The option that was asked for, if it can be chosen now.

    Raises:
        InvalidInputError: It cannot; the error names those that can.
    """
    if plan.placement is not None:
        raise InvalidInputError(
            f"The placement of plan {plan.id} was confirmed already.",
            field="plan",
            next_step=FOR_GOOD,
        )
    open_ones = [one for one in offered if one.can_be_chosen(ground.clock.now())]
    for one in open_ones:
        if one.id == wanted:
            return one
    told = "; ".join(one.told() for one in open_ones)
    over = any(one.id == wanted for one in offered)
    raise InvalidInputError(
        f"Placement option {wanted} {'has expired' if over else 'is not on offer for this plan'}.",
        field="option",
        next_step=f"Choose one of these: {told}."
        if told
        else "Nothing is on offer (any more): make a new plan, or have options made in "
        "Seller Central.",
    )


async def ready(
    given: date | None, plan: Plan, market: Marketplace, ground: Ground
) -> dict[str, str]:
    """From which day a carrier can come: as said now, or when the plan was made, or in a week.

    Raises:
        InvalidInputError: The day that is said now is not to come.
    """
    made_for = None if given else await ready_on_of(plan.id, ground.db)
    if made_for and made_for > ground.clock.today(market.zone):
        return {"ready_on": made_for.isoformat(), "quotes": "of the plan"}
    return {"ready_on": ready_day(given, market, ground.clock).isoformat(), "quotes": ANEW}


async def placed(
    plan: Plan, market: Marketplace, change: Change, ground: Ground
) -> tuple[dict[str, Any], bool]:
    """What came of a placement: shipments and how they can be sent; whether that is all."""
    look = Look.after(ground.amazon, change.seen, ground.clock.now())
    ready_on = change.after["ready_on"]
    ways = await ways_offered(
        look,
        plan.id,
        {str(plan.placement): [*plan.shipments]},
        ready_from(date.fromisoformat(ready_on), market, ground.clock),
        most=ALL,
        anew=change.after["quotes"] == ANEW,
    )
    found, ended = look.found(ways | {"ready_on": ready_on})
    return {"shipments": await _shipments(plan, ground)} | found, ended


async def _shipments(plan: Plan, ground: Ground) -> list[dict[str, Any]]:
    """The first shipments of a placed plan, with the ids that labels and the ledger use."""
    return [await _shipment(plan, one, ground) for one in list(plan.shipments)[: ALL.shipments]]


async def _shipment(plan: Plan, shipment_id: str, ground: Ground) -> dict[str, Any]:
    body = (await ground.amazon.inbound_shipment(plan.id, shipment_id)).body
    destination = body.get("destination")
    warehouse = destination.get("warehouseId") if isinstance(destination, dict) else None
    return {
        "shipment": shipment_id,
        "confirmation_id": plain(str(body.get("shipmentConfirmationId")), 40),
        "warehouse": plain(str(warehouse), 40),
        "status": plan.shipments[shipment_id],
    }
