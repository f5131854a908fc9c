"""``choose_transportation``: who carries every shipment of a placed plan, at Amazon's quote.

The quotes that were shown are part of what is agreed to: if Amazon asks another price
by then, or a quote is over, nothing is sent. The choice is final; a booking of Amazon's
partner is free to cancel, with the plan, for a while.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, Field, WithJsonSchema

from stockroom.core.marketplaces import marketplace
from stockroom.core.scope import Scope
from stockroom.spec.change import Change, Receipt, Verdict
from stockroom.spec.tool import Ground
from stockroom.tools.inbound_booking import (
    FINAL,
    booked,
    bookings,
    check_unbooked,
    check_windows,
    placement_of,
    taken,
    voidable_until,
    warnings,
)
from stockroom.tools.inbound_plan import (
    PlanArguments,
    active_plan,
    read_plan,
    read_shipments,
    spelled,
    spending,
    written,
)
from stockroom.tools.inbound_ways import added, ways

_Id = Annotated[str, Field(max_length=60, pattern=r"^[\w-]+$")]
_IN_SHORT = {"type": "object", "additionalProperties": {"type": "string"}}
"""The schema of ids by id without what callers do not need to read."""


class ChooseTransportationArguments(PlanArguments):
    """A plan and a transportation option for each of its shipments."""

    options: Annotated[
        dict[_Id, _Id],
        Field(description="Option id by shipment id.", min_length=1, max_length=50),
        WithJsonSchema(_IN_SHORT),
    ]


class ChooseTransportation:
    """Confirms who carries the shipments of an inbound plan."""

    name: ClassVar[str] = "choose_transportation"
    title: ClassVar[str] = "Preview choosing carriers"
    description: ClassVar[str] = (
        "Previews who carries each shipment of an inbound plan, with what Amazon's partner asks "
        "and until when that can be voided. Final, after choose_placement: only a person can "
        "approve it. Ask changes of those two for the options."
    )
    scope: ClassVar[Scope] = Scope.INBOUND_WRITE
    arguments: ClassVar[type[BaseModel]] = ChooseTransportationArguments

    async def plan(self, arguments: ChooseTransportationArguments, ground: Ground) -> Change:
        """See :meth:`stockroom.spec.tool.WriteTool.plan`."""
        market, plan = await active_plan(arguments, ground)
        placement, now = placement_of(plan), ground.clock.now()
        shipments = await read_shipments(ground.amazon, plan)
        check_unbooked(plan, shipments)
        offered = await ways(ground.amazon, plan.id, placement)
        found = taken(arguments.options, offered, plan, now)
        check_windows(found, shipments)
        fee = added(found)
        return Change(
            tool=self.name,
            account_id=ground.account.id,
            arguments=arguments.model_dump(),
            target={"marketplace": market.code, "plan": plan.id},
            before={"transportation": None},
            after={
                "transportation": bookings(found),
                "voidable_until": written(voidable_until(found)),
            },
            observed={"status": plan.status, "transportation": bookings(found)},
            payload={
                "transportationSelections": [
                    {"shipmentId": one.shipment, "transportationOptionId": one.id} for one in found
                ]
            },
            summary=f"Transportation of plan {plan.id}: {len(found)} shipments, "
            f"{spelled(fee) or 'nothing to Amazon'}",
            warnings=warnings(found, now),
            measures=spending(fee, market),
            reversible=False,
            costs=fee,
            irreversible=FINAL,
        )

    async def execute(self, change: Change, ground: Ground) -> Receipt:
        """See :meth:`stockroom.spec.tool.WriteTool.execute`."""
        answer = await ground.amazon.confirm_transportation_options(
            change.target["plan"], change.payload
        )
        return Receipt(accepted=True, answer=answer.body, request_id=answer.request_id)

    async def verify(self, change: Change, ground: Ground) -> Verdict:
        """See :meth:`stockroom.spec.tool.WriteTool.verify`."""
        market = marketplace(change.target["marketplace"])
        plan = await read_plan(ground.amazon, change.target["plan"], market)
        return await booked(plan, change, ground.amazon)

    def revert(self, change: Change) -> None:
        """See :meth:`stockroom.spec.tool.WriteTool.revert`: it is for good."""


TOOL = ChooseTransportation()
