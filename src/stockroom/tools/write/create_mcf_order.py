"""``create_mcf_order``: Amazon sends units of FBA stock to somebody who bought them elsewhere.

The order's id at Amazon is made of the change's, so nothing can make a second one of it.
Its fee is what Amazon quotes, and part of what a person agrees to; dates move from
minute to minute and are only shown.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel

from stockroom.core.scope import Scope
from stockroom.spec.change import Change, Receipt, Seen, Verdict
from stockroom.spec.personal import set_apart
from stockroom.spec.tool import Ground
from stockroom.tools.inbound_plan import spelled
from stockroom.tools.mcf_order import (
    CancelMcfOrderArguments,
    CreateMcfOrderArguments,
    lines,
    own_id,
)
from stockroom.tools.mcf_quote import Quote, check_sendable, read_quote, read_standing
from stockroom.tools.own_market import own_market

_SENT = frozenset({"Received", "Planning", "Processing", "Complete", "CompletePartialled"})
_ENDED = frozenset({"Cancelled", "Unfulfillable", "Invalid"})
_NO_FEE = "Amazon charges for it and names no fee beforehand."
_CANCEL = "It can be taken back until Amazon begins to pick it, often within the hour."


class CreateMcfOrder:
    """Has Amazon send units to a buyer from elsewhere."""

    name: ClassVar[str] = "create_mcf_order"
    title: ClassVar[str] = "Preview a multi-channel order"
    description: ClassVar[str] = (
        "Previews having Amazon send FBA units to a buyer from another shop: parcels, fees, what "
        "cannot be sent and why. It costs money: nothing is ordered until a person approves it. "
        "Not for orders on Amazon, nor for sending stock to Amazon (create_inbound_plan)."
    )
    scope: ClassVar[Scope] = Scope.INBOUND_WRITE
    arguments: ClassVar[type[BaseModel]] = CreateMcfOrderArguments

    async def plan(self, arguments: CreateMcfOrderArguments, ground: Ground) -> Change:
        """See :meth:`stockroom.spec.tool.WriteTool.plan`."""
        market = own_market(arguments.marketplace, ground.account)
        items = lines(arguments.items)
        quote = await read_quote(ground.amazon, market, arguments.recipient, items, arguments.speed)
        check_sendable(quote, arguments.items, partly=arguments.allow_partial)
        fee = quote.fee
        return Change(
            tool=self.name,
            account_id=ground.account.id,
            arguments=set_apart(arguments)[0],
            target={"marketplace": market.code, "order_number": arguments.order_number},
            before={"order": None},
            after=_shown(arguments, quote),
            observed={"missing": list(quote.missing), "units": quote.units},
            payload={
                "marketplaceId": market.id,
                "displayableOrderId": arguments.order_number,
                "shippingSpeedCategory": arguments.speed,
                "fulfillmentAction": "Ship",
                "fulfillmentPolicy": "FillAllAvailable"
                if arguments.allow_partial
                else "FillOrKill",
                "items": items,
            },
            personal={
                "destinationAddress": arguments.recipient.sent(),
                "displayableOrderComment": arguments.comment,
            },
            summary=f"Multi-channel order {arguments.order_number} in {market.code}: "
            f"{quote.units} units, {arguments.speed}, {spelled(fee) or 'fee not known'}",
            warnings=(_CANCEL,),
            measures={
                # With allow_partial Amazon may find more by the time it sends.
                "units": max(quote.units, sum(item.units for item in arguments.items)),
                "cost": fee.amount if fee else None,  # unknown: no limit of money lets it pass
                "currency": fee.currency if fee else market.currency,
            },
            costs=fee,
            irreversible="" if fee else _NO_FEE,
        )

    async def execute(self, change: Change, ground: Ground) -> Receipt:
        """See :meth:`stockroom.spec.tool.WriteTool.execute`."""
        order_id = own_id(change.id)
        body = {
            **change.payload,
            **change.personal,
            "sellerFulfillmentOrderId": order_id,
            "displayableOrderDate": ground.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        answer = await ground.amazon.create_mcf_order(body)
        return Receipt(accepted=True, answer={"order": order_id}, request_id=answer.request_id)

    async def verify(self, change: Change, ground: Ground) -> Verdict:
        """See :meth:`stockroom.spec.tool.WriteTool.verify`."""
        order_id = own_id(change.id)
        standing = await read_standing(ground.amazon, order_id)
        if standing is None:
            return Verdict(Seen.PENDING, {"order": None})
        live = {"order": order_id, "status": standing.status, "parcels": list(standing.parcels)}
        if standing.status in _ENDED:
            return Verdict(Seen.REFUSED, live, (f"Amazon's order is {standing.status}.",))
        return Verdict(Seen.APPLIED if standing.status in _SENT else Seen.PENDING, live)

    def revert(self, change: Change) -> CancelMcfOrderArguments:
        """See :meth:`stockroom.spec.tool.WriteTool.revert`."""
        return CancelMcfOrderArguments(
            marketplace=change.target["marketplace"], order=own_id(change.id)
        )


def _shown(arguments: CreateMcfOrderArguments, quote: Quote) -> dict[str, object]:
    return {
        "order_number": arguments.order_number,
        "items": [item.facts() for item in arguments.items],
        "ship_to": arguments.recipient.region,
        "speed": arguments.speed,
        "shipments": list(quote.shipments),
        "fees": dict(quote.fees),
        "unfulfillable": list(quote.missing),
    }


TOOL = CreateMcfOrder()
