"""``cancel_mcf_order``: a multi-channel order that is not to be sent after all; free until it is picked."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel

from stockroom.core.errors import InvalidInputError
from stockroom.core.scope import Scope
from stockroom.spec.change import Change, Receipt, Seen, Verdict
from stockroom.spec.tool import Ground
from stockroom.tools.mcf_order import CancelMcfOrderArguments
from stockroom.tools.mcf_quote import STOPPABLE, read_standing
from stockroom.tools.own_market import own_market

_SHIPPED = frozenset({"Complete", "CompletePartialled"})
_AGAIN = "A cancelled order does not come back: make a new one if it is to be sent."


class CancelMcfOrder:
    """Stops an order that was not picked yet."""

    name: ClassVar[str] = "cancel_mcf_order"
    title: ClassVar[str] = "Preview cancelling a multi-channel order"
    description: ClassVar[str] = (
        "Previews cancelling a multi-channel order; Amazon does so until it begins to pick it. "
        "Nothing changes until a person approves it. Not for orders on Amazon. To take back a preview "
        "use cancel_change."
    )
    scope: ClassVar[Scope] = Scope.INBOUND_WRITE
    arguments: ClassVar[type[BaseModel]] = CancelMcfOrderArguments

    async def plan(self, arguments: CancelMcfOrderArguments, ground: Ground) -> Change:
        """See :meth:`stockroom.spec.tool.WriteTool.plan`."""
        market, order_id = own_market(arguments.marketplace, ground.account), arguments.order
        standing = await read_standing(ground.amazon, order_id)
        if standing is None or standing.market_id != market.id:
            raise InvalidInputError(
                f"There is no multi-channel order {order_id} in {market.code}.",
                field="order",
                next_step="Take the order from changes (seen), once create_mcf_order was done.",
            )
        if standing.status not in STOPPABLE:
            raise InvalidInputError(
                f"Order {order_id} can no longer be cancelled: it is {standing.status}.",
                field="order",
                next_step="Amazon stops an order only before it begins to pick it.",
            )
        return Change(
            tool=self.name,
            account_id=ground.account.id,
            arguments=arguments.model_dump(),
            target={"marketplace": market.code, "order": order_id},
            before={"status": standing.status},
            after={"status": "Cancelled"},
            observed={"order": order_id},  # which of the stoppable statuses it has is no matter
            payload={"sellerFulfillmentOrderId": order_id},
            summary=f"Cancel multi-channel order {order_id} in {market.code}",
            measures={"cost": "0", "currency": market.currency},
            reversible=False,
            irreversible=_AGAIN,
        )

    async def execute(self, change: Change, ground: Ground) -> Receipt:
        """See :meth:`stockroom.spec.tool.WriteTool.execute`."""
        answer = await ground.amazon.cancel_mcf_order(change.payload["sellerFulfillmentOrderId"])
        # Its body says nothing that verifying does not, and may name the recipient: it is not kept.
        return Receipt(accepted=True, answer={}, request_id=answer.request_id)

    async def verify(self, change: Change, ground: Ground) -> Verdict:
        """See :meth:`stockroom.spec.tool.WriteTool.verify`."""
        standing = await read_standing(ground.amazon, change.target["order"])
        live = {"status": None if standing is None else standing.status}
        if standing is not None and standing.status == "Cancelled":
            return Verdict(Seen.APPLIED, live)
        if standing is not None and standing.status in _SHIPPED:
            return Verdict(Seen.REFUSED, live, (f"Amazon's order is {standing.status}.",))
        return Verdict(Seen.PENDING, live)

    def revert(self, change: Change) -> None:
        """See :meth:`stockroom.spec.tool.WriteTool.revert`: a cancelled order stays so."""


TOOL = CancelMcfOrder()
