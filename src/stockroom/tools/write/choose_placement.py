"""``choose_placement``: how a plan is split into shipments, for good, at Amazon's fee.

The fee that was shown is part of what is agreed to: if Amazon asks another one by
then, or the offer is over, nothing is sent.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import marketplace
from stockroom.core.scope import Scope
from stockroom.core.text import plain
from stockroom.spec.change import Change, Receipt, Seen, Verdict
from stockroom.spec.tool import Ground
from stockroom.tools.inbound_plan import (
    MarketArgument,
    Placement,
    Plan,
    PlanArgument,
    check_active,
    outcome,
    own_market,
    placements,
    read_plan,
    spelled,
)

_FOR_GOOD = "A confirmed placement cannot be changed: another split needs a new plan."
_MOST_SHIPMENTS = 20


class ChoosePlacementArguments(BaseModel):
    """A plan and one of its placement options."""

    model_config = ConfigDict(extra="forbid")

    marketplace: MarketArgument
    plan: PlanArgument
    option: Annotated[
        str, Field(description="Placement option id.", max_length=60, pattern=r"^[\w-]+$")
    ]


class ChoosePlacement:
    """Confirms one placement option of an inbound plan."""

    name: ClassVar[str] = "choose_placement"
    title: ClassVar[str] = "Preview choosing a placement"
    description: ClassVar[str] = (
        "Previews choosing how an inbound plan is split into shipments, with the fee Amazon asks "
        "for it. Final, and it can cost money: only a person can approve it. Ask changes "
        "for the options of a plan that create_inbound_plan made."
    )
    scope: ClassVar[Scope] = Scope.INBOUND_WRITE
    arguments: ClassVar[type[BaseModel]] = ChoosePlacementArguments

    async def plan(self, arguments: ChoosePlacementArguments, ground: Ground) -> Change:
        """See :meth:`stockroom.spec.tool.WriteTool.plan`."""
        market = own_market(arguments.marketplace, ground.account)
        plan = await read_plan(ground.amazon, arguments.plan, market)
        check_active(plan)
        option = _on_offer(plan, arguments.option, await placements(ground.amazon, plan.id), ground)
        fee = spelled(option.fee) or "no fee"
        return Change(
            tool=self.name,
            account_id=ground.account.id,
            arguments=arguments.model_dump(),
            target={"marketplace": market.code, "plan": plan.id},
            before={"placement": None},
            after={"placement": option.facts()},
            observed={"status": plan.status, "option": option.facts()},
            payload={"inboundPlanId": plan.id, "placementOptionId": option.id},
            summary=f"Placement of plan {plan.id}: {option.shipments} shipments, {fee}",
            warnings=(f"Amazon asks {fee} for this placement.",),
            measures={
                "cost": option.fee.amount if option.fee else "0",
                "currency": option.fee.currency if option.fee else market.currency,
            },
            reversible=False,
            costs=option.fee,
            irreversible=_FOR_GOOD,
        )

    async def execute(self, change: Change, ground: Ground) -> Receipt:
        """See :meth:`stockroom.spec.tool.WriteTool.execute`."""
        answer = await ground.amazon.confirm_placement_option(
            change.payload["inboundPlanId"], change.payload["placementOptionId"]
        )
        return Receipt(accepted=True, answer=answer.body, request_id=answer.request_id)

    async def verify(self, change: Change, ground: Ground) -> Verdict:
        """See :meth:`stockroom.spec.tool.WriteTool.verify`."""
        market = marketplace(change.target["marketplace"])
        plan = await read_plan(ground.amazon, change.target["plan"], market)
        live = {"placement": plan.placement, "plan_status": plan.status}
        if plan.placement == change.payload["placementOptionId"]:
            shipments = [await _shipment(ground, plan, one) for one in _first(plan)]
            return Verdict(Seen.APPLIED, live | {"shipments": shipments})
        if plan.placement is not None:
            return Verdict(Seen.REFUSED, live, ("Another placement of this plan was confirmed.",))
        if "operationId" in change.answer:
            how = await outcome(ground.amazon, str(change.answer["operationId"]))
            if how.status == "FAILED":
                return Verdict(Seen.REFUSED, live, how.problems)
        return Verdict(Seen.PENDING, live)

    def revert(self, change: Change) -> None:
        """See :meth:`stockroom.spec.tool.WriteTool.revert`: it is for good."""


def _on_offer(plan: Plan, wanted: str, offered: list[Placement], ground: Ground) -> Placement:
    if plan.placement is not None:
        raise InvalidInputError(
            f"The placement of plan {plan.id} was confirmed already.",
            field="plan",
            next_step=_FOR_GOOD,
        )
    now = ground.clock.now()
    open_ones = [
        one
        for one in offered
        if one.status == "OFFERED" and (one.expires_at is None or now < one.expires_at)
    ]
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


def _first(plan: Plan) -> list[str]:
    return list(plan.shipments)[:_MOST_SHIPMENTS]


async def _shipment(ground: Ground, plan: Plan, shipment_id: str) -> dict[str, Any]:
    body = (await ground.amazon.inbound_shipment(plan.id, shipment_id)).body
    destination = body.get("destination")
    warehouse = destination.get("warehouseId") if isinstance(destination, dict) else None
    return {
        "shipment": shipment_id,
        "confirmation_id": plain(str(body.get("shipmentConfirmationId")), 40),
        "warehouse": plain(str(warehouse), 40),
        "status": plan.shipments[shipment_id],
    }


TOOL = ChoosePlacement()
