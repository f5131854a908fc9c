"""``create_inbound_plan``: units that are to be sent to Amazon, from intention to offers.

Amazon takes a plan and makes it later. The read-back waits for that, then has packing,
placement and transportation options worked out and tells them with their fees. Where no
answer came, the plan is looked for by its name among those that were not there before.

SKUs may be named without units: those that replenishment says to send are taken, and shown
with their arithmetic. The units are worked out again when the plan is sent: when a load, a
new assumption or another plan has moved one in between, the plan is stale. So the SKUs and
units that were shown are sent, or nothing; the reasons beside them are those of the preview.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from stockroom.core.errors import AmazonUnavailableError
from stockroom.core.ids import digest
from stockroom.core.marketplaces import marketplace
from stockroom.core.scope import Scope
from stockroom.core.text import plain
from stockroom.spec.change import Change, Receipt, Seen, Verdict
from stockroom.spec.tool import Ground, Stage
from stockroom.tools.inbound_candidates import to_send
from stockroom.tools.inbound_items import Items, Owner, SkusToSend, ship_from, with_owners
from stockroom.tools.inbound_making import appeared, making, plans_named, same_plans
from stockroom.tools.inbound_offers import STAGES, Look, offers
from stockroom.tools.inbound_ready import ReadyOn, ready_day, ready_from
from stockroom.tools.own_market import MarketArgument, own_market

_COSTS_LATER = (
    "The plan itself costs nothing; its placement and its transportation may: they are chosen "
    "afterwards with choose_placement and choose_transportation."
)


class CreateInboundPlanArguments(BaseModel):
    """What to send, from where, to which marketplace."""

    model_config = ConfigDict(extra="forbid")

    marketplace: MarketArgument
    items: Items | None = None
    skus: SkusToSend | None = None
    ship_from: Annotated[
        dict[str, str] | None,
        Field(description="name, line1, city, state, postal_code, country, phone."),
    ] = None
    label_and_prep_by: Owner = "SELLER"
    ready_on: ReadyOn | None = None


class CreateInboundPlan:
    """Makes a plan to send units to Amazon."""

    name: ClassVar[str] = "create_inbound_plan"
    title: ClassVar[str] = "Preview an inbound plan"
    description: ClassVar[str] = (
        "Previews a plan to send units to Amazon. After confirm_change Amazon works "
        "for minutes, often longer than that call waits: ask changes for plan id, problems per SKU, packing, placement and "
        "transportation options with fees."
    )
    scope: ClassVar[Scope] = Scope.INBOUND_WRITE
    arguments: ClassVar[type[BaseModel]] = CreateInboundPlanArguments
    stages: ClassVar[tuple[Stage, ...]] = STAGES
    reads: ClassVar[Mapping[str, Scope]] = {"skus": Scope.PLANNING_READ}

    async def plan(self, arguments: CreateInboundPlanArguments, ground: Ground) -> Change:
        """See :meth:`stockroom.spec.tool.WriteTool.plan`."""
        market = own_market(arguments.marketplace, ground.account)
        address = ship_from(arguments.ship_from, ground.account.settings)
        sent = await to_send(ground, market, arguments.items, arguments.skus)
        items = await with_owners(ground.amazon, market, sent.items, arguments.label_and_prep_by)
        name = f"Stockroom {digest([market.code, items])[:8]}"
        units = sum(item.units for item in sent.items)
        earlier = await plans_named(ground, name)
        return Change(
            tool=self.name,
            account_id=ground.account.id,
            arguments=arguments.model_dump(mode="json"),
            target={"marketplace": market.code, "name": name},
            before={"plan": None},
            after={
                "name": name,
                "items": items,
                "ship_from": f"{address.postal_code} {address.city}, {address.country}",
                **sent.told,
                "ready_on": ready_day(arguments.ready_on, market, ground.clock).isoformat(),
            },
            observed={"known_plans": earlier},
            payload={
                "destinationMarketplaces": [market.id],
                "items": items,
                "name": name,
                "sourceAddress": address.sent(),
            },
            summary=f"Inbound plan to {market.code}: {units} units of {len(items)} SKUs",
            warnings=(*same_plans(earlier), *sent.warnings, _COSTS_LATER),
            measures={"units": units},
            runs=sent.runs,
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
        market = marketplace(change.target["marketplace"])
        ready_on = date.fromisoformat(change.after["ready_on"])
        found, ended = await offers(
            Look.after(ground.amazon, change.seen, ground.clock.now()),
            str(plan_id),
            ready_from(ready_on, market, ground.clock),
        )
        return Verdict(Seen.APPLIED if ended else Seen.PENDING, live | found)

    def revert(self, change: Change) -> None:
        """See :meth:`stockroom.spec.tool.WriteTool.revert`: cancel_inbound_plan is another tool."""


TOOL = CreateInboundPlan()
