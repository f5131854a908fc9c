"""A seller's API of an Amazon that answers one thing to everything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from stockroom.amazon.ports import AmazonAnswer
from stockroom.amazon.spapi import SpApi
from stockroom.core.marketplaces import MARKETPLACES, Marketplace

US = MARKETPLACES["US"]


class Saying(SpApi):
    """Says ``body`` of every listing and patch, and ``schema`` of every product type."""

    def __init__(self, body: Mapping[str, Any], schema: Mapping[str, Any] | None = None) -> None:
        self.body = body
        self.schema = schema or {}

    @classmethod
    def listing_with(cls, **told: Any) -> Self:
        """A lamp in the US: attributes by their names, sections of the answer by theirs."""
        kinds = [{"marketplaceId": US.id, "productType": "LAMP"}]
        sections = {name: told.pop(name) for name in list(told) if name != name.lower()}
        sections |= {name: told.pop(name) for name in ("issues", "attributes") if name in told}
        return cls({"sku": "A", "productTypes": kinds, "attributes": told, **sections})

    async def listing(self, sku: str, marketplace: Marketplace) -> AmazonAnswer:  # noqa: ARG002 - whatever is asked
        return AmazonAnswer(self.body, "request-1")

    async def product_type_schema(
        self,
        product_type: str,  # noqa: ARG002 - whatever is asked
        marketplace: Marketplace,  # noqa: ARG002 - whatever is asked
    ) -> Mapping[str, Any]:
        return self.schema

    async def patch_listing(
        self,
        sku: str,  # noqa: ARG002 - whatever is asked
        marketplace: Marketplace,  # noqa: ARG002 - whatever is asked
        body: Mapping[str, Any],  # noqa: ARG002 - whatever is asked
        *,
        preview: bool,  # noqa: ARG002 - whatever is asked
    ) -> AmazonAnswer:
        return AmazonAnswer(self.body, "request-1")
