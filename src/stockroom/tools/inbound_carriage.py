"""What was booked to carry a plan's shipments, and what it costs to let it go.

Amazon's partners can be cancelled free of charge within the void window of the
booking; later their quote is charged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from stockroom.spec.change import Cost
from stockroom.spec.tool import Ground
from stockroom.tools.inbound_plan import Plan, moment, spelled, total

_TOO_LATE = "The void window is over: Amazon charges for the carriage although nothing is carried."
_UNTOLD = "A carrier is booked and Amazon does not say what cancelling it costs."
_PARTNERED = "AMAZON_PARTNERED_CARRIER"


@dataclass(frozen=True, slots=True)
class Carriage:
    """What was booked to carry a plan's shipments with Amazon's partners.

    Args:
        charged: What is charged all the same if the plan is cancelled now.
        free_until: When that begins, where it has not yet.
        untold: Whether something is booked of which Amazon does not say what it costs.
    """

    charged: Cost | None = None
    free_until: datetime | None = None
    untold: bool = False

    @property
    def commits_to(self) -> str:
        """What cancelling costs for good, one sentence; empty: nothing."""
        if self.charged:
            return _TOO_LATE
        return _UNTOLD if self.untold else ""

    def warnings(self) -> list[str]:
        """What the person should know of it."""
        told = []
        if self.charged:
            told.append(f"Amazon charges {spelled(self.charged)} for the carriage all the same.")
        if self.free_until:
            until = self.free_until.isoformat(timespec="seconds")
            told.append(f"Free of charge only until {until}.")
        return told


async def carriage_of(plan: Plan, ground: Ground) -> Carriage:
    """What was booked for the shipments of a plan, as of now."""
    booked = set()
    for shipment_id in plan.shipments:
        shipment = await ground.amazon.inbound_shipment(plan.id, shipment_id)
        booked.add(shipment.body.get("selectedTransportationOptionId"))
    booked.discard(None)
    if not booked:
        return Carriage()
    options = [
        one
        for one in await ground.amazon.transportation_options(plan.id)
        if one.get("transportationOptionId") in booked
    ]
    partnered = [one for one in options if one.get("shippingSolution") == _PARTNERED]
    quotes = [one["quote"] for one in partnered if isinstance(one.get("quote"), Mapping)]
    untold = len(options) < len(booked) or len(quotes) < len(partnered)
    now, late, ends = ground.clock.now(), [], []
    for quote in quotes:
        until = moment(quote.get("voidableUntil"))
        # A quote that does not say until when is taken for one that is charged.
        if until is None or now >= until:
            late.append(quote.get("cost"))
        else:
            ends.append(until)
    return Carriage(total(late), min(ends, default=None), untold)
