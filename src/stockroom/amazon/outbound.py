"""Multi-channel orders: Fulfillment Outbound 2020-07-01. The list knows no items, so each is asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from sp_api.asyncio.api import FulfillmentOutbound

from stockroom.amazon import answers, rates
from stockroom.amazon.asking import NO_MARKETPLACE, Asking, iso, segment
from stockroom.amazon.paging import pages
from stockroom.amazon.ports import AmazonAnswer


class OutboundApi(Asking):
    """Implements :class:`stockroom.amazon.ports.OutboundReads`."""

    async def mcf_orders(self, since: datetime, until: datetime) -> AsyncIterator[AmazonAnswer]:
        """Every order whose status changed in a time, whole: one answer each."""

        async def page(token: str | None) -> AmazonAnswer:
            query: dict[str, Any] = (
                {"nextToken": token} if token else {"queryStartDate": iso(since)}
            )
            return await self._ask(
                rates.LIST_MCF_ORDERS,
                FulfillmentOutbound,
                lambda api: api.list_all_fulfillment_orders(marketplaceIds=NO_MARKETPLACE, **query),
            )

        async for answer in pages(page):
            for order in answers.objects(answer, "payload", "fulfillmentOrders"):
                # Amazon takes no end of the time, and a later change is another window's.
                if since <= answers.instant(answer, order, "statusUpdatedDate") < until:
                    yield await self._order(answers.text(answer, order, "sellerFulfillmentOrderId"))

    async def _order(self, order_id: str) -> AmazonAnswer:
        path = segment(order_id, "order_id")
        return await self._ask(
            rates.GET_MCF_ORDER,
            FulfillmentOutbound,
            lambda api: api.get_fulfillment_order(path, marketplaceIds=NO_MARKETPLACE),
        )
