"""Choosing a placement: what can be chosen, and the shipments that come of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import Marketplace
from stockroom.core.text import plain
from stockroom.spec.tool import Ground
from stockroom.tools.inbound_offers import Look, ways_offered
from stockroom.tools.inbound_plan import Placement, Plan
from stockroom.tools.inbound_ready import ready_day, ready_from

FOR_GOOD = "A confirmed placement cannot be changed: another split needs a new plan."
_MOST_SHIPMENTS = 20


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


async def placed(
    plan: Plan, market: Marketplace, seen: Mapping[str, Any], ground: Ground
) -> tuple[dict[str, Any], bool]:
    """What came of a placement: shipments and how they can be sent; whether that is all."""
    look = Look.after(ground.amazon, seen, ground.clock.now())
    day = ready_day(None, market, ground.clock)
    ready_at = ready_from(day, market, ground.clock)
    ways = await ways_offered(look, plan.id, {str(plan.placement): [*plan.shipments]}, ready_at)
    if look.waiting:
        ways["ready_on"] = day.isoformat()
    found, ended = look.found(ways)
    return {"shipments": await _shipments(plan, ground)} | found, ended


async def _shipments(plan: Plan, ground: Ground) -> list[dict[str, Any]]:
    """The first shipments of a placed plan, with the ids that labels and the ledger use."""
    return [await _shipment(plan, one, ground) for one in list(plan.shipments)[:_MOST_SHIPMENTS]]


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
