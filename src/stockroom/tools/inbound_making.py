"""A plan that is being made: found, also where no answer told its id, and followed to its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from stockroom.amazon.ports import SellingPartner
from stockroom.core.text import plain
from stockroom.spec.change import Change
from stockroom.spec.tool import Ground
from stockroom.tools.inbound_outcome import outcome

_LOOKED_BACK = timedelta(days=7)
"""How old a plan of the same name can be and still be taken for this one."""


async def plans_named(ground: Ground, name: str) -> list[str]:
    """Ids of the seller's recent plans of that name."""
    recent = await ground.amazon.plans_made_since(ground.clock.now() - _LOOKED_BACK)
    return sorted(str(one.get("inboundPlanId")) for one in recent if one.get("name") == name)


def same_plans(plans: Sequence[str]) -> tuple[str, ...]:
    """What to say of plans that have the same name: they send the same."""
    if not plans:
        return ()
    named = ", ".join(plain(one, 60) for one in plans)
    return (f"A plan of the same SKUs and units was made in the last 7 days: {named}.",)


async def appeared(change: Change, ground: Ground) -> str | None:
    """The plan that Amazon made although its answer never came."""
    found = await plans_named(ground, change.after["name"])
    return next((one for one in found if one not in change.observed["known_plans"]), None)


async def making(
    amazon: SellingPartner, plan_id: str, answer: Mapping[str, Any]
) -> tuple[str, tuple[str, ...]]:
    """How the making goes, and what Amazon holds against it."""
    if "operationId" in answer:
        how = await outcome(amazon, str(answer["operationId"]))
        return how.status, how.problems
    if (await amazon.inbound_plan(plan_id)).body.get("status") == "ERRORED":
        return "FAILED", ()
    return ("SUCCESS" if await amazon.inbound_plan_items(plan_id) else "IN_PROGRESS"), ()
