"""What Amazon offers for a fresh plan: asked for once, awaited look by look, told as facts.

Having offers worked out commits nobody to anything. Packing comes first, because a
placement can depend on it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from stockroom.amazon.ports import AmazonAnswer, SellingPartner
from stockroom.core.errors import AmazonRefusedError
from stockroom.core.text import plain
from stockroom.tools.inbound_plan import outcome, placements, said, spelled, total
from stockroom.tools.listing_patch import objects

Facts = dict[str, Any]


async def offers(
    amazon: SellingPartner, plan_id: str, seen: Mapping[str, Any]
) -> tuple[Facts, bool]:
    """What is offered so far, and whether that is all there will be.

    Args:
        amazon: The seller's Amazon.
        plan_id: A plan that is made and not yet placed.
        seen: What the look before found.
    """
    facts: Facts = {}
    for kind, listed, generate in (
        ("packing", _packings, amazon.generate_packing_options),
        ("placement", _placements, amazon.generate_placement_options),
    ):
        rows = await listed(amazon, plan_id)
        if rows:
            facts[f"{kind}_options"] = rows
            continue
        told, ended = await _awaited(amazon, plan_id, kind, generate, seen)
        facts |= told
        if not ended:
            return facts, False
    return facts, True


async def _awaited(
    amazon: SellingPartner,
    plan_id: str,
    kind: str,
    generate: Callable[[str], Awaitable[AmazonAnswer]],
    seen: Mapping[str, Any],
) -> tuple[Facts, bool]:
    """Ask once for what is not there yet; what Amazon holds against it ends the waiting."""
    asked = seen.get(f"{kind}_operation")
    if asked is None:
        try:
            answer = await generate(plan_id)
        except AmazonRefusedError as refusal:
            return {f"{kind}_problems": list(said(refusal))}, True
        return {f"{kind}_operation": str(answer.body.get("operationId"))}, False
    how = await outcome(amazon, str(asked))
    if how.status == "IN_PROGRESS":
        return {f"{kind}_operation": asked}, False
    return {f"{kind}_problems": list(how.problems)}, True


async def _packings(amazon: SellingPartner, plan_id: str) -> list[Facts]:
    return [
        {
            "option": plain(str(row.get("packingOptionId")), 60),
            "status": plain(str(row.get("status")), 40),
            "groups": len(row.get("packingGroups") or ()),
            "fee": spelled(total(one.get("value") for one in objects(row.get("fees")))),
        }
        for row in await amazon.packing_options(plan_id)
    ]


async def _placements(amazon: SellingPartner, plan_id: str) -> list[Facts]:
    return [one.facts() for one in await placements(amazon, plan_id)]
