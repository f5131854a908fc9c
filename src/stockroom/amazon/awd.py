"""Amazon Warehousing and Distribution 2024-05-09: stock at distribution centres, and shipments there.

Its operations belong to the seller, not to a marketplace: Amazon has such centres
in the United States alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

from sp_api.asyncio.api.amazon_warehousing_and_distribu.amazon_warehousing_and_distribu_2024_05_09 import (
    AmazonWarehousingAndDistributionV20240509,
)

from stockroom.amazon import answers, rates
from stockroom.amazon.asking import NO_MARKETPLACE, Asking, iso, segment
from stockroom.amazon.paging import pages
from stockroom.amazon.ports import AmazonAnswer

_PAGE = 200
_ENDED = ("CLOSED", "CANCELLED")


class AwdApi(Asking):
    """Implements :class:`stockroom.amazon.ports.AwdReads`."""

    async def awd_inventory(self) -> AsyncIterator[AmazonAnswer]:
        """Pages of stock with details."""

        async def page(token: str | None) -> AmazonAnswer:
            query = _query({"details": "SHOW", "maxResults": _PAGE}, token)
            answer = await self._ask(
                rates.LIST_AWD_INVENTORY,
                AmazonWarehousingAndDistributionV20240509,
                lambda api: api.list_inventory(**query),
            )
            answers.rows(answer, "inventory")
            return answer

        async for answer in pages(page):
            yield answer

    async def awd_shipments(
        self, since: datetime, ended_since: datetime
    ) -> AsyncIterator[AmazonAnswer]:
        """Pages of shipments that changed since then, each SKU of each a row."""

        async def page(token: str | None) -> AmazonAnswer:
            query = _query({"updatedAfter": iso(since), "maxResults": _PAGE}, token)
            return await self._ask(
                rates.LIST_AWD_SHIPMENTS,
                AmazonWarehousingAndDistributionV20240509,
                lambda api: api.list_inbound_shipments(**query),
            )

        async for answer in pages(page):
            # A seller who never sent one gets no list at all.
            listed = answers.objects(answer, "shipments") if answer.body.get("shipments") else []
            ids = [
                answers.text(answer, one, "shipmentId")
                for one in listed
                if one.get("shipmentStatus") not in _ENDED
                or answers.instant(answer, one, "updatedAt") >= ended_since
            ]
            joined = [row for one in ids for row in await self._skus(one)]
            yield AmazonAnswer({"shipments": joined}, answer.request_id)

    async def _skus(self, shipment_id: str) -> list[dict[str, Any]]:
        """The shipment beside each of its SKUs; alone where Amazon names none."""
        path = segment(shipment_id, "shipment_id")
        answer = await self._ask(
            rates.GET_AWD_SHIPMENT,
            AmazonWarehousingAndDistributionV20240509,
            lambda api: api.get_inbound_shipment(
                path, skuQuantities="SHOW", marketplaceIds=NO_MARKETPLACE
            ),
        )
        if not answer.body.get("shipmentSkuQuantities"):
            return [{"shipment": answer.body}]
        shipment = {
            name: value for name, value in answer.body.items() if name != "shipmentSkuQuantities"
        }
        skus = answers.objects(answer, "shipmentSkuQuantities")
        return [{"shipment": shipment, "sku": sku} for sku in skus]


def _query(first: Mapping[str, Any], token: str | None) -> dict[str, Any]:
    following = {"nextToken": token} if token else {}
    return {**first, **following, "marketplaceIds": NO_MARKETPLACE}
