"""``set_quantity``: how many units a merchant offers from his own shelf.

The entry is sent whole, the live one with one figure edited, so that the lead time and
whatever else it says stay. An order that comes in meanwhile moves the live quantity and
blocks the change as stale: the figure was counted before that order.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import marketplace
from stockroom.core.scope import Scope
from stockroom.spec.change import Change, Receipt, Seen, Verdict
from stockroom.spec.tool import Ground, Several
from stockroom.tools.availability import AVAILABILITY, read_availability
from stockroom.tools.listing_patch import submit, validate
from stockroom.tools.live_listing import SkuArgument
from stockroom.tools.own_market import MarketArgument, own_market

_MOST_UNITS = 9_999_999


class SetQuantityArguments(BaseModel):
    """One SKU, one marketplace, one quantity."""

    model_config = ConfigDict(extra="forbid")

    sku: SkuArgument
    marketplace: MarketArgument
    quantity: Annotated[
        int, Field(ge=0, le=_MOST_UNITS, strict=True, description="Units on offer; 0: none.")
    ]


class SetQuantity:
    """Changes the merchant's own quantity of one SKU in one marketplace."""

    name: ClassVar[str] = "set_quantity"
    title: ClassVar[str] = "Preview a merchant quantity"
    description: ClassVar[str] = (
        "Previews how many units of a merchant-fulfilled (FBM) SKU are on offer in one "
        "marketplace. Nothing at Amazon changes until confirm_change. Lead time stays. Refused "
        "for SKUs that Amazon fulfils: their stock changes with create_inbound_plan."
    )
    scope: ClassVar[Scope] = Scope.LISTINGS_WRITE
    arguments: ClassVar[type[BaseModel]] = SetQuantityArguments
    several: ClassVar[Several] = Several(25, each=("sku", "quantity"), named=("sku",))

    async def plan(self, arguments: SetQuantityArguments, ground: Ground) -> Change:
        """See :meth:`stockroom.spec.tool.WriteTool.plan`."""
        market = own_market(arguments.marketplace, ground.account)
        live = await read_availability(ground.amazon, arguments.sku, market)
        old, new = live.quantity, arguments.quantity
        if old == new:
            raise InvalidInputError(
                f"The quantity is already {new}.",
                field="quantity",
                next_step="There is nothing to do, unless another quantity is meant.",
            )
        value = [live.with_quantity(new)]
        payload = {
            "productType": live.product_type,
            "patches": [{"op": "merge", "path": f"/attributes/{AVAILABILITY}", "value": value}],
        }
        await validate(ground.amazon, arguments.sku, market, payload)
        target = {"sku": arguments.sku, "marketplace": market.code}
        was = "no quantity" if old is None else str(old)
        return Change(
            tool=self.name,
            account_id=ground.account.id,
            arguments=arguments.model_dump(),
            target=target,
            before={"quantity": old},
            after={"quantity": new},
            observed={**target, "entry": dict(live.entry), "issues": list(live.trouble.codes)},
            payload=payload,
            summary=f"Quantity of {arguments.sku} in {market.code}: {was} → {new}",
            warnings=("With 0 units nobody can buy it from the merchant.",) if new == 0 else (),
            measures={"units": new},
            requests={"quantity": live.request_id},
            reversible=old is not None,
        )

    async def execute(self, change: Change, ground: Ground) -> Receipt:
        """See :meth:`stockroom.spec.tool.WriteTool.execute`."""
        market = marketplace(change.target["marketplace"])
        return await submit(ground.amazon, change.target["sku"], market, change.payload)

    async def verify(self, change: Change, ground: Ground) -> Verdict:
        """See :meth:`stockroom.spec.tool.WriteTool.verify`."""
        market = marketplace(change.target["marketplace"])
        live = await read_availability(ground.amazon, change.target["sku"], market)
        told, trouble = {"quantity": live.quantity}, live.trouble
        if is_in_force(live.quantity, change.before["quantity"], change.after["quantity"]):
            return Verdict(Seen.APPLIED, told)
        if set(trouble.codes) - set(change.observed["issues"]):
            return Verdict(Seen.REFUSED, told, trouble.problems)
        return Verdict(Seen.PENDING, told, trouble.problems)

    def revert(self, change: Change) -> SetQuantityArguments:
        """See :meth:`stockroom.spec.tool.WriteTool.revert`."""
        return SetQuantityArguments(**change.target, **change.before)


def is_in_force(live: int | None, before: int | None, after: int) -> bool:
    """Whether the quantity was taken, although orders may have lowered it since.

    They never raise it, so nothing above the new figure is it; of what lies between, only what
    is nearer to the new figure than to the old.
    """
    if live is None or live > after:
        return False
    return before is None or after - live < abs(live - before)


TOOL = SetQuantity()
