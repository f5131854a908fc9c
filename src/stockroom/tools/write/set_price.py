"""``set_price``: the price everybody pays, and nothing else of the offer.

Replacing an offer drops what the replacement does not repeat, so the entry is sent
whole: the live one with one figure edited. ``merge`` leaves the other audiences'
entries (the business price) untouched.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import Marketplace, marketplace
from stockroom.core.scope import Scope
from stockroom.spec.change import Change, Receipt, Seen, Verdict
from stockroom.spec.tool import Ground, Several
from stockroom.tools.listing_patch import submit, validate
from stockroom.tools.live_listing import SkuArgument
from stockroom.tools.offer import OFFER, read_offer, spelled
from stockroom.tools.own_market import own_market
from stockroom.tools.price_rules import (
    check_own_bounds,
    price_warnings,
    relative_change,
    replaced_price,
    wanted_price,
)


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


class SetPriceArguments(BaseModel):
    """One SKU, one marketplace, one price."""

    model_config = ConfigDict(extra="forbid")

    sku: SkuArgument
    marketplace: Annotated[str, Field(description="Country code, e.g. US or DE.", max_length=3)]
    price: Annotated[
        str,
        BeforeValidator(_as_text),
        Field(description='Decimal, e.g. "19.99".', pattern=r"^\d{1,9}(\.\d+)?$", max_length=20),
    ]
    currency: Annotated[str, Field(description="The marketplace's, e.g. EUR.", max_length=3)]


class SetPrice:
    """Changes the price of one SKU in one marketplace."""

    name: ClassVar[str] = "set_price"
    title: ClassVar[str] = "Preview a price change"
    description: ClassVar[str] = (
        "Previews a new price for one SKU in one marketplace, from the live listing. Nothing at "
        "Amazon changes until the preview is confirmed with confirm_change. Sale, "
        "business and minimum/maximum prices stay as they are. Not for quantities or ads."
    )
    scope: ClassVar[Scope] = Scope.LISTINGS_WRITE
    arguments: ClassVar[type[BaseModel]] = SetPriceArguments
    several: ClassVar[Several] = Several(100, each=("sku", "price"), named=("sku",))

    async def plan(self, arguments: SetPriceArguments, ground: Ground) -> Change:
        """See :meth:`stockroom.spec.tool.WriteTool.plan`."""
        market = _market(arguments, ground)
        price = wanted_price(arguments.price, market)
        offer = await read_offer(ground.amazon, arguments.sku, market)
        current = replaced_price(offer, price, market)
        check_own_bounds(offer, price, market)
        payload = {
            "productType": offer.product_type,
            "patches": [
                {"op": "merge", "path": f"/attributes/{OFFER}", "value": [offer.with_price(price)]}
            ],
        }
        await validate(ground.amazon, arguments.sku, market, payload)
        old, new = spelled(current, market.currency), spelled(price, market.currency)
        target = {"sku": arguments.sku, "marketplace": market.code}
        return Change(
            tool=self.name,
            account_id=ground.account.id,
            arguments=arguments.model_dump(),
            target=target,
            before={"price": old, "currency": market.currency},
            after={"price": new, "currency": market.currency},
            observed={**target, "offer": list(offer.entries), "issues": list(offer.issues)},
            payload=payload,
            summary=f"Price of {arguments.sku} in {market.code}: {old} → {new} {market.currency}",
            warnings=tuple(price_warnings(offer, price, market)),
            measures={
                "price": new,
                "currency": market.currency,
                "relative_change": relative_change(current, price),
            },
            requests={"price": offer.request_id},
        )

    async def execute(self, change: Change, ground: Ground) -> Receipt:
        """See :meth:`stockroom.spec.tool.WriteTool.execute`."""
        market = marketplace(change.target["marketplace"])
        return await submit(ground.amazon, change.target["sku"], market, change.payload)

    async def verify(self, change: Change, ground: Ground) -> Verdict:
        """See :meth:`stockroom.spec.tool.WriteTool.verify`."""
        market = marketplace(change.target["marketplace"])
        offer = await read_offer(ground.amazon, change.target["sku"], market)
        price = offer.price()
        shown = None if price is None else spelled(price, market.currency)
        live = {"price": shown, "currency": market.currency}
        if price == Decimal(change.after["price"]):
            return Verdict(Seen.APPLIED, live)
        if set(offer.issues) - set(change.observed["issues"]):
            return Verdict(Seen.REFUSED, live, offer.problems)
        return Verdict(Seen.PENDING, live, offer.problems)

    def revert(self, change: Change) -> SetPriceArguments:
        """See :meth:`stockroom.spec.tool.WriteTool.revert`."""
        return SetPriceArguments(**change.target, **change.before)


def _market(arguments: SetPriceArguments, ground: Ground) -> Marketplace:
    market = own_market(arguments.marketplace, ground.account)
    if arguments.currency.upper() != market.currency:
        raise InvalidInputError(
            f"Prices in {market.code} are in {market.currency}, not {arguments.currency.upper()}.",
            field="currency",
            next_step=f"Give the price in {market.currency}; amounts are never converted.",
        )
    return market


TOOL = SetPrice()
