"""``edit_listing``: what a listing says of its product, against Amazon's definition of such products.

Each attribute is sent as a whole, because Amazon drops what a replacement does not
repeat: the entries in other languages go along as they stand.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from stockroom.core.errors import InvalidInputError
from stockroom.core.marketplaces import marketplace
from stockroom.core.scope import Scope
from stockroom.spec.change import Change, Receipt, Seen, Verdict
from stockroom.spec.tool import Ground
from stockroom.tools.attribute_edits import (
    Edit,
    check_ours,
    edits,
    named,
    standing,
    wanted_by,
)
from stockroom.tools.attribute_values import same
from stockroom.tools.listing_patch import submit, validate
from stockroom.tools.live_listing import LiveListing, SkuArgument, read_listing
from stockroom.tools.own_market import MarketArgument, own_market
from stockroom.tools.product_type import read_product_type

_MOST_ATTRIBUTES = 20

Name = Annotated[str, Field(max_length=100, pattern=r"^[a-z0-9_]+$")]


class EditListingArguments(BaseModel):
    """One SKU, one marketplace, the attributes to change."""

    model_config = ConfigDict(extra="forbid")

    sku: SkuArgument
    marketplace: MarketArgument
    attributes: Annotated[
        dict[Name, Any],
        Field(min_length=1, max_length=_MOST_ATTRIBUTES),
        WithJsonSchema(
            {
                "type": "object",
                "maxProperties": _MOST_ATTRIBUTES,
                "description": "Amazon's attribute name → value, list of values, or Amazon's "
                'entries; null removes. E.g. {"item_name": "New title", "bullet_point": ["A", '
                '"B"], "item_weight": {"value": 2, "unit": "pounds"}}.',
            }
        ),
    ]


class EditListing:
    """Changes attributes of one listing in one marketplace."""

    name: ClassVar[str] = "edit_listing"
    title: ClassVar[str] = "Preview a listing edit"
    description: ClassVar[str] = (
        "Previews new attributes (title, bullet points, keywords …) of one SKU in one "
        "marketplace, checked against its product type. A value replaces the whole attribute, "
        "other languages apart. Nothing at Amazon changes until confirm_change. Not for price, "
        "quantity or condition."
    )
    scope: ClassVar[Scope] = Scope.LISTINGS_WRITE
    arguments: ClassVar[type[BaseModel]] = EditListingArguments

    async def plan(self, arguments: EditListingArguments, ground: Ground) -> Change:
        """See :meth:`stockroom.spec.tool.WriteTool.plan`."""
        market = own_market(arguments.marketplace, ground.account)
        check_ours(arguments.attributes)
        listing = await read_listing(ground.amazon, arguments.sku, market)
        product_type = await read_product_type(ground.amazon, listing.product_type, market)
        changed = list(edits(arguments.attributes, listing, product_type))
        if not changed:
            raise InvalidInputError(
                "The listing says all of that already.",
                field="attributes",
                next_step="There is nothing to do, unless other values are meant.",
            )
        payload = {
            "productType": listing.product_type,
            "patches": [one.patch for one in changed],
        }
        await validate(ground.amazon, arguments.sku, market, payload)
        return self._change(arguments, ground, listing, changed, payload)

    def _change(
        self,
        arguments: EditListingArguments,
        ground: Ground,
        listing: LiveListing,
        changed: list[Edit],
        payload: dict[str, Any],
    ) -> Change:
        names = [one.name for one in changed]
        removed = [one.name for one in changed if not one.wanted]
        target = {"sku": arguments.sku, "marketplace": listing.market.code}
        return Change(
            tool=self.name,
            account_id=ground.account.id,
            arguments=arguments.model_dump(),
            target=target,
            before={one.name: one.before for one in changed},
            after={one.name: one.after for one in changed},
            observed={
                **target,
                "attributes": {one.name: list(one.present) for one in changed},
                "issues": list(listing.trouble(names).codes),
            },
            payload=payload,
            summary=f"{named(names)} of {arguments.sku} in {listing.market.code}",
            warnings=(f"Removed: {', '.join(removed)}.",) if removed else (),
            measures={"attributes": len(changed)},
            requests=dict.fromkeys(names, listing.request_id),
        )

    async def execute(self, change: Change, ground: Ground) -> Receipt:
        """See :meth:`stockroom.spec.tool.WriteTool.execute`."""
        market = marketplace(change.target["marketplace"])
        return await submit(ground.amazon, change.target["sku"], market, change.payload)

    async def verify(self, change: Change, ground: Ground) -> Verdict:
        """See :meth:`stockroom.spec.tool.WriteTool.verify`."""
        market = marketplace(change.target["marketplace"])
        listing = await read_listing(ground.amazon, change.target["sku"], market)
        wanted = wanted_by(change.payload)
        live = {name: standing(change, name, wanted[name], listing) for name in wanted}
        trouble = listing.trouble(list(wanted))
        if all(same(entries, listing.entries(name)) for name, entries in wanted.items()):
            return Verdict(Seen.APPLIED, live)
        if set(trouble.codes) - set(change.observed["issues"]):
            return Verdict(Seen.REFUSED, live, trouble.problems)
        return Verdict(Seen.PENDING, live, trouble.problems)

    def revert(self, change: Change) -> EditListingArguments:
        """See :meth:`stockroom.spec.tool.WriteTool.revert`: entries as Amazon kept them."""
        attributes = {name: old or None for name, old in change.observed["attributes"].items()}
        return EditListingArguments(**change.target, attributes=attributes)


TOOL = EditListing()
