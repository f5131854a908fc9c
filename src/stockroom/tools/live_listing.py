"""A listing as Amazon shows it now, in one marketplace.

All of it comes from outside: nothing about its shape is taken for granted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from stockroom.amazon.ports import SellingPartner
from stockroom.core.errors import AmazonRefusedError, AmazonUnavailableError, NotFoundError
from stockroom.core.marketplaces import Marketplace
from stockroom.core.text import plain, storable
from stockroom.tools.listing_patch import objects, problems_of

SkuArgument = Annotated[
    str, Field(description="Seller SKU.", max_length=100, pattern=r"^[^\x00-\x1f]+$")
]
Entry = Mapping[str, Any]
"""One value of an attribute, with what tells it apart: marketplace, language, audience …"""

_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Trouble:
    """What Amazon holds against some part of a listing.

    Args:
        codes: Amazon's codes.
        problems: The same, one sentence each.
    """

    codes: tuple[str, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LiveListing:
    """One SKU in one marketplace.

    Args:
        market: Where.
        product_type: Amazon's product type; every patch must name it.
        body: Amazon's answer, as it came.
        request_id: Under which Amazon gave it.
    """

    market: Marketplace
    product_type: str
    body: Mapping[str, Any]
    request_id: str

    def entries(self, name: str) -> tuple[Entry, ...]:
        """The entries of an attribute in this marketplace, as Amazon keeps them."""
        attributes = self.body.get("attributes")
        found = attributes.get(name) if isinstance(attributes, dict) else None
        return tuple(
            storable(entry)
            for entry in objects(found)
            if entry.get("marketplace_id", self.market.id) == self.market.id
        )

    def trouble(self, names: Collection[str], category: str | None = None) -> Trouble:
        """Errors that Amazon reports with these attributes, or of a category."""
        issues = [
            one
            for one in objects(self.body.get("issues"))
            if one.get("severity") == "ERROR"
            and (
                set(names) & set(_texts(one.get("attributeNames")))
                or category in _texts(one.get("categories"))
            )
        ]
        codes = {plain(str(one.get("code", ""))) for one in issues}
        return Trouble(tuple(sorted(codes)), problems_of(issues))


async def read_listing(amazon: SellingPartner, sku: str, market: Marketplace) -> LiveListing:
    """Ask Amazon for a listing.

    Raises:
        NotFoundError: The seller has no such listing there.
        AmazonError: Amazon answered otherwise.
    """
    try:
        answer = await amazon.listing(sku, market)
    except AmazonRefusedError as error:
        if error.status != _NOT_FOUND:
            raise
        raise NotFoundError(
            f"There is no listing of this SKU in {market.code}.",
            field="sku",
            next_step="Call listings to find the SKU and its marketplaces.",
        ) from None
    product_type = _product_type(answer.body, market)
    return LiveListing(market, product_type, answer.body, answer.request_id)


def _product_type(body: Mapping[str, Any], market: Marketplace) -> str:
    for section in ("productTypes", "summaries"):
        for one in objects(body.get(section)):
            if one.get("marketplaceId") == market.id and isinstance(one.get("productType"), str):
                return str(one["productType"])
    raise AmazonUnavailableError(
        f"Amazon's answer names no product type for this SKU in {market.code}.",
        next_step="Try again later.",
    )


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
