"""What was booked to carry a plan's shipments, and what it costs to let it go.

Amazon's partners can be cancelled free of charge within the void window of the
booking; later their quote is charged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from stockroom.spec.change import Cost
from stockroom.spec.tool import Ground
from stockroom.tools.inbound_plan import Plan, booked_ways, read_shipments, spelled, written
from stockroom.tools.inbound_ways import added, ways

_TOO_LATE = "The void window is over: Amazon charges for the carriage although nothing is carried."
_UNTOLD = "A carrier is booked and Amazon does not say what cancelling it costs."


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
            told.append(f"Free of charge only until {written(self.free_until)}.")
        return told


async def carriage_of(plan: Plan, ground: Ground) -> Carriage:
    """What was booked for the shipments of a plan, as of now."""
    shipments = await read_shipments(ground.amazon, plan)
    booked = set(booked_ways(shipments).values()) - {None}
    if not booked:
        return Carriage()
    offered = await ways(ground.amazon, plan.id, plan.placement) if plan.placement else []
    known = [one for one in offered if one.id in booked]
    partnered = [one for one in known if one.partnered]
    now = ground.clock.now()
    ends = {one.id: one.voidable_until for one in partnered if one.told and one.voidable_until}
    free = [until for until in ends.values() if now < until]
    # A quote that does not say until when is taken for one that is charged.
    late = [one for one in partnered if one.id not in ends or now >= ends[one.id]]
    untold = len(known) < len(booked) or not all(one.told for one in partnered)
    return Carriage(added(late), min(free, default=None), untold)
