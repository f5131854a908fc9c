"""``cancel_inbound_plan``: a plan that is not to be sent after all.

Free until a carrier of Amazon's was chosen, and for a while after it (the void
window); later Amazon charges for the carriage. Whether the window is open is part of
what is agreed to.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import marketplace
from stockroom.core.scope import Scope
from stockroom.spec.change import Change, Receipt, Seen, Verdict
from stockroom.spec.tool import Ground
from stockroom.tools.inbound_carriage import carriage_of
from stockroom.tools.inbound_plan import (
    Plan,
    PlanArgument,
    check_active,
    outcome,
    read_plan,
    spelled,
)
from stockroom.tools.own_market import MarketArgument, own_market

_STILL_HERE = frozenset({"UNCONFIRMED", "WORKING", "READY_TO_SHIP", "CANCELLED", "DELETED"})
"""Statuses of a shipment that has not left the seller."""
_AGAIN = "A cancelled plan does not come back: its shipments and labels become void."


class CancelInboundPlanArguments(BaseModel):
    """A plan of one marketplace."""

    model_config = ConfigDict(extra="forbid")

    marketplace: MarketArgument
    plan: PlanArgument


class CancelInboundPlan:
    """Voids a plan that was not sent."""

    name: ClassVar[str] = "cancel_inbound_plan"
    title: ClassVar[str] = "Preview cancelling an inbound plan"
    description: ClassVar[str] = (
        "Previews cancelling an inbound plan whose shipments have not left the seller, and what "
        "Amazon charges for it after the void window of its carrier (then only a person can "
        "approve it). To take back a preview use cancel_change."
    )
    scope: ClassVar[Scope] = Scope.INBOUND_WRITE
    arguments: ClassVar[type[BaseModel]] = CancelInboundPlanArguments

    async def plan(self, arguments: CancelInboundPlanArguments, ground: Ground) -> Change:
        """See :meth:`stockroom.spec.tool.WriteTool.plan`."""
        market = own_market(arguments.marketplace, ground.account)
        plan = await read_plan(ground.amazon, arguments.plan, market)
        check_active(plan)
        _check_still_here(plan)
        carriage = await carriage_of(plan, ground)
        cost = carriage.charged
        return Change(
            tool=self.name,
            account_id=ground.account.id,
            arguments=arguments.model_dump(),
            target={"marketplace": market.code, "plan": plan.id},
            before={"status": plan.status, "shipments": dict(plan.shipments)},
            after={"status": "VOIDED"},
            observed={"status": plan.status, "shipments": dict(plan.shipments)},
            payload={"inboundPlanId": plan.id},
            summary=f"Cancel inbound plan {plan.id}: {spelled(cost) or carriage.commits_to or 'free'}",
            warnings=(_AGAIN, *carriage.warnings()),
            measures={
                "cost": cost.amount if cost else "0",
                "currency": cost.currency if cost else market.currency,
            },
            reversible=False,
            costs=cost,
            irreversible=carriage.commits_to,
        )

    async def execute(self, change: Change, ground: Ground) -> Receipt:
        """See :meth:`stockroom.spec.tool.WriteTool.execute`."""
        answer = await ground.amazon.cancel_inbound_plan(change.payload["inboundPlanId"])
        return Receipt(accepted=True, answer=answer.body, request_id=answer.request_id)

    async def verify(self, change: Change, ground: Ground) -> Verdict:
        """See :meth:`stockroom.spec.tool.WriteTool.verify`."""
        market = marketplace(change.target["marketplace"])
        plan = await read_plan(ground.amazon, change.target["plan"], market)
        live = {"status": plan.status}
        if plan.status == "VOIDED":
            return Verdict(Seen.APPLIED, live)
        if "operationId" in change.answer:
            how = await outcome(ground.amazon, str(change.answer["operationId"]))
            if how.status == "FAILED":
                return Verdict(Seen.REFUSED, live, how.problems)
        return Verdict(Seen.PENDING, live)

    def revert(self, change: Change) -> None:
        """See :meth:`stockroom.spec.tool.WriteTool.revert`: a cancelled plan stays so."""


def _check_still_here(plan: Plan) -> None:
    gone = sorted(set(plan.shipments.values()) - _STILL_HERE)
    if gone:
        raise InvalidInputError(
            f"A shipment of plan {plan.id} has left the seller: it is {gone[0]}.",
            field="plan",
            next_step="Follow it with inbound_shipments; it cannot be called back.",
        )


TOOL = CancelInboundPlan()
