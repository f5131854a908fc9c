"""``choose_placement``: how a plan is split into shipments, for good, at Amazon's fee.

The fee that was shown is part of what is agreed to: if Amazon asks another one by
then, or the offer is over, nothing is sent.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from stockroom.core.marketplaces import marketplace
from stockroom.core.scope import Scope
from stockroom.spec.change import Change, Receipt, Seen, Verdict
from stockroom.spec.tool import Ground
from stockroom.tools.inbound_outcome import not_shown
from stockroom.tools.inbound_placement import FOR_GOOD, on_offer, placed, ready
from stockroom.tools.inbound_plan import (
    PlanArguments,
    active_plan,
    placements,
    read_plan,
    spelled,
    spending,
)


class ChoosePlacementArguments(PlanArguments):
    """A plan and one of its placement options."""

    option: Annotated[
        str, Field(description="Placement option id.", max_length=60, pattern=r"^[\w-]+$")
    ]
    ready_on: Annotated[
        date | None, Field(description="Day of pick-up; without it that of the plan.")
    ] = None


class ChoosePlacement:
    """Confirms one placement option of an inbound plan."""

    name: ClassVar[str] = "choose_placement"
    title: ClassVar[str] = "Preview choosing a placement"
    description: ClassVar[str] = (
        "Previews choosing how an inbound plan is split into shipments, with the fee Amazon asks "
        "for it. Final, and it can cost money: only a person can approve it. Ask changes "
        "for the options of a plan that create_inbound_plan made; then choose_transportation."
    )
    scope: ClassVar[Scope] = Scope.INBOUND_WRITE
    arguments: ClassVar[type[BaseModel]] = ChoosePlacementArguments

    async def plan(self, arguments: ChoosePlacementArguments, ground: Ground) -> Change:
        """See :meth:`stockroom.spec.tool.WriteTool.plan`."""
        market, plan = await active_plan(arguments, ground)
        option = on_offer(plan, arguments.option, await placements(ground.amazon, plan.id), ground)
        fee = spelled(option.fee) or "no fee"
        return Change(
            tool=self.name,
            account_id=ground.account.id,
            arguments=arguments.model_dump(mode="json"),
            target={"marketplace": market.code, "plan": plan.id},
            before={"placement": None},
            after={
                "placement": option.facts(),
                **await ready(arguments.ready_on, plan, market, ground),
            },
            observed={"status": plan.status, "option": option.facts()},
            payload={"inboundPlanId": plan.id, "placementOptionId": option.id},
            summary=f"Placement of plan {plan.id}: {len(option.shipment_ids)} shipments, {fee}",
            warnings=(f"Amazon asks {fee} for this placement.",),
            measures=spending(option.fee, market),
            reversible=False,
            costs=option.fee,
            irreversible=FOR_GOOD,
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
            found, ended = await placed(plan, market, change, ground)
            return Verdict(Seen.APPLIED if ended else Seen.PENDING, live | found)
        if plan.placement is not None:
            return Verdict(Seen.REFUSED, live, ("Another placement of this plan was confirmed.",))
        return await not_shown(ground.amazon, change, live)

    def revert(self, change: Change) -> None:
        """See :meth:`stockroom.spec.tool.WriteTool.revert`: it is for good."""


TOOL = ChoosePlacement()
