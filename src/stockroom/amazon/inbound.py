"""Shipments to Amazon: v0 for what was sent and counted, 2024-03-20 for plans and windows.

The newer interface knows no received quantity, the older no date: both are read.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

from sp_api.asyncio.api.fulfillment_inbound.fulfillment_inbound_2024_03_20 import (
    FulfillmentInboundV20240320,
)
from sp_api.asyncio.api.fulfillment_inbound.fulfillment_inbound_v0 import FulfillmentInboundV0

from stockroom.amazon import answers, rates
from stockroom.amazon.asking import NO_MARKETPLACE, Asking, iso, segment
from stockroom.amazon.paging import pages
from stockroom.amazon.ports import AmazonAnswer
from stockroom.core.marketplaces import Marketplace

_PLANS_PAGE = 30
UNDER_WAY = ("SHIPPED", "IN_TRANSIT", "DELIVERED", "CHECKED_IN", "RECEIVING")
"""Statuses of v0 between the seller's door and the last unit counted."""


class InboundApi(Asking):
    """Implements :class:`stockroom.amazon.ports.InboundReads`."""

    def inbound_shipments(
        self, marketplace: Marketplace, since: datetime, until: datetime
    ) -> AsyncIterator[AmazonAnswer]:
        """Pages of shipments that changed in a time, in every status."""
        return self._shipment_pages(marketplace, _changed(since, until))

    def inbound_under_way(self, marketplace: Marketplace) -> AsyncIterator[AmazonAnswer]:
        """Pages of shipments that have left the seller and are not yet closed."""
        statuses = ",".join(UNDER_WAY)
        return self._shipment_pages(
            marketplace, {"QueryType": "SHIPMENT", "ShipmentStatusList": statuses}
        )

    async def _shipment_pages(
        self, marketplace: Marketplace, first: Mapping[str, str]
    ) -> AsyncIterator[AmazonAnswer]:
        async def page(token: str | None) -> AmazonAnswer:
            query = _query(marketplace, first, token)
            answer = await self._ask(
                rates.GET_SHIPMENTS, FulfillmentInboundV0, lambda api: api.get_shipments(**query)
            )
            answers.rows(answer, "payload", "ShipmentData")
            return answer

        async for answer in pages(page):
            yield answer

    async def inbound_items(
        self, marketplace: Marketplace, since: datetime, until: datetime
    ) -> AsyncIterator[AmazonAnswer]:
        """Pages of shipment items that changed in a time."""

        async def page(token: str | None) -> AmazonAnswer:
            query = _query(marketplace, _changed(since, until), token)
            answer = await self._ask(
                rates.GET_SHIPMENT_ITEMS,
                FulfillmentInboundV0,
                lambda api: api.shipment_items(**query),
            )
            answers.rows(answer, "payload", "ItemData")
            return answer

        async for answer in pages(page):
            yield answer

    async def inbound_plans(self, since: datetime) -> AsyncIterator[AmazonAnswer]:
        """Pages of plans that changed since then, joined with the shipments of each."""
        first = {"pageSize": _PLANS_PAGE, "sortBy": "LAST_UPDATED_TIME", "sortOrder": "DESC"}

        async def page(token: str | None) -> AmazonAnswer:
            query: dict[str, Any] = first | ({"paginationToken": token} if token else {})
            return await self._ask(
                rates.LIST_INBOUND_PLANS,
                FulfillmentInboundV20240320,
                lambda api: api.list_inbound_plans(marketplaceIds=NO_MARKETPLACE, **query),
            )

        async for answer in pages(page):
            listed = answers.objects(answer, "inboundPlans")
            recent = [
                plan for plan in listed if answers.instant(answer, plan, "lastUpdatedAt") >= since
            ]
            joined = [
                row
                for plan in recent
                for row in await self._shipments(plan, answers.text(answer, plan, "inboundPlanId"))
            ]
            yield AmazonAnswer({"shipments": joined}, answer.request_id)
            if len(recent) < len(listed):
                return

    async def _shipments(self, plan: Mapping[str, Any], plan_id: str) -> list[dict[str, Any]]:
        """The plan beside each of its shipments; alone while it has none."""
        segment(plan_id, "inbound_plan_id")
        whole = await self._ask(
            rates.GET_INBOUND_PLAN,
            FulfillmentInboundV20240320,
            lambda api: api.get_inbound_plan(plan_id, marketplaceIds=NO_MARKETPLACE),
        )
        if not whole.body.get("shipments"):
            return [{"plan": plan}]
        ids = [
            answers.text(whole, one, "shipmentId") for one in answers.objects(whole, "shipments")
        ]
        return [{"plan": plan, "shipment": await self._shipment(plan_id, one)} for one in ids]

    async def _shipment(self, plan_id: str, shipment_id: str) -> Mapping[str, Any]:
        segment(shipment_id, "shipment_id")
        answer = await self._ask(
            rates.GET_SHIPMENT,
            FulfillmentInboundV20240320,
            lambda api: api.get_shipment(plan_id, shipment_id, marketplaceIds=NO_MARKETPLACE),
        )
        return answer.body


def _changed(since: datetime, until: datetime) -> dict[str, str]:
    return {
        "QueryType": "DATE_RANGE",
        "LastUpdatedAfter": iso(since),
        "LastUpdatedBefore": iso(until),
    }


def _query(marketplace: Marketplace, first: Mapping[str, str], token: str | None) -> dict[str, str]:
    """v0's: the pages after the first are asked for by token, and by marketplace all the same."""
    following = {"QueryType": "NEXT_TOKEN", "NextToken": token} if token else first
    return {**following, "MarketplaceId": marketplace.id}
