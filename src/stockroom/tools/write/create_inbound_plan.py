"""``create_inbound_plan``: units that are to be sent to Amazon, from intention to offers.

Amazon takes a plan and makes it later. The read-back waits for that, then has packing
and placement options worked out and tells them with their fees. Where no answer came,
the plan is looked for by its name among those that were not there before.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from stockroom.core.errors import AmazonUnavailableError
from stockroom.core.ids import digest
from stockroom.core.scope import Scope
from stockroom.core.text import plain
from stockroom.spec.change import Change, Receipt, Seen, Verdict
from stockroom.spec.tool import Ground
from stockroom.tools.inbound_items import Item, Owner, ship_from, with_owners
from stockroom.tools.inbound_making import appeared, making, plans_named
from stockroom.tools.inbound_offers import offers
from stockroom.tools.own_market import MarketArgument, own_market

_COSTS_LATER = (
    "The plan itself costs nothing; a placement may: it is chosen afterwards with choose_placement."
)
_ITEMS_IN_SHORT = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"sku": {"type": "string"}, "units": {"type": "integer"}},
    },
}
"""The schema of a list of :class:`Item` without what callers do not need to read."""


class CreateInboundPlanArguments(BaseModel):
    """What to send, from where, to which marketplace."""

    model_config = ConfigDict(extra="forbid")

    marketplace: MarketArgument
    items: Annotated[
        list[Item], Field(min_length=1, max_length=100), WithJsonSchema(_ITEMS_IN_SHORT)
    ]
    ship_from: Annotated[
        dict[str, str] | None,
        Field(description="name, line1, city, state, postal_code, country, phone."),
    ] = None
    label_and_prep_by: Owner = "SELLER"


class CreateInboundPlan:
    """Makes a plan to send units to Amazon."""

    name: ClassVar[str] = "create_inbound_plan"
    title: ClassVar[str] = "Preview an inbound plan"
    description: ClassVar[str] = (
        "Previews a plan to send units to Amazon. After confirm_change Amazon works "
        "for minutes: ask changes for plan id, problems per SKU, packing and placement options "
        "with fees."
    )
    scope: ClassVar[Scope] = Scope.INBOUND_WRITE
    arguments: ClassVar[type[BaseModel]] = CreateInboundPlanArguments

    async def plan(self, arguments: CreateInboundPlanArguments, ground: Ground) -> Change:
        """See :meth:`stockroom.spec.tool.WriteTool.plan`."""
        market = own_market(arguments.marketplace, ground.account)
        address = ship_from(arguments.ship_from, ground.account.settings)
        items = await with_owners(
            ground.amazon, market, arguments.items, arguments.label_and_prep_by
        )
        name = f"Stockroom {digest([market.code, items])[:8]}"
        units = sum(item.units for item in arguments.items)
        return Change(
            tool=self.name,
            account_id=ground.account.id,
            arguments=arguments.model_dump(),
            target={"marketplace": market.code, "name": name},
            before={"plan": None},
            after={
                "name": name,
                "items": items,
                "ship_from": f"{address.postal_code} {address.city}, {address.country}",
            },
            observed={"known_plans": await plans_named(ground, name)},
            payload={
                "destinationMarketplaces": [market.id],
                "items": items,
                "name": name,
                "sourceAddress": address.sent(),
            },
            summary=f"Inbound plan to {market.code}: {units} units of {len(items)} SKUs",
            warnings=(_COSTS_LATER,),
            measures={"units": units},
            reversible=False,
        )

    async def execute(self, change: Change, ground: Ground) -> Receipt:
        """See :meth:`stockroom.spec.tool.WriteTool.execute`."""
        answer = await ground.amazon.create_inbound_plan(change.payload)
        if not answer.body.get("inboundPlanId") or not answer.body.get("operationId"):
            raise AmazonUnavailableError(
                "Amazon's answer does not say which plan it makes.",
                status=200,
                request_id=answer.request_id,
                next_step="Ask changes with this id; it is read back until it is clear.",
            )
        return Receipt(accepted=True, answer=answer.body, request_id=answer.request_id)

    async def verify(self, change: Change, ground: Ground) -> Verdict:
        """See :meth:`stockroom.spec.tool.WriteTool.verify`."""
        plan_id = change.answer.get("inboundPlanId") or await appeared(change, ground)
        if plan_id is None:
            return Verdict(Seen.PENDING, {"plan": None})
        live: dict[str, Any] = {"plan": plain(str(plan_id), 60), "name": change.after["name"]}
        status, problems = await making(ground.amazon, str(plan_id), change.answer)
        if problems:
            live["problems"] = list(problems)
        if status != "SUCCESS":
            seen = Seen.REFUSED if status == "FAILED" else Seen.PENDING
            return Verdict(seen, live, problems)
        found, ended = await offers(ground.amazon, str(plan_id), change.seen)
        return Verdict(Seen.APPLIED if ended else Seen.PENDING, live | found)

    def revert(self, change: Change) -> None:
        """See :meth:`stockroom.spec.tool.WriteTool.revert`: cancel_inbound_plan is another tool."""


TOOL = CreateInboundPlan()
