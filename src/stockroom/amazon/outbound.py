"""Multi-channel orders: Fulfillment Outbound 2020-07-01. The list knows no items, so each is asked for.

An order carries the recipient's address: it is handed on and kept nowhere here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

from sp_api.asyncio.api import FulfillmentOutbound

from stockroom.amazon import answers, rates
from stockroom.amazon.asking import NO_MARKETPLACE, Asking, bare, iso, segment
from stockroom.amazon.paging import pages
from stockroom.amazon.ports import AmazonAnswer
from stockroom.amazon.repeat import Repeat


class OutboundApi(Asking):
    """Implements :class:`~stockroom.amazon.ports.OutboundReads` and, beside it, ``OutboundOrders``."""

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
                    yield await self.mcf_order(
                        answers.text(answer, order, "sellerFulfillmentOrderId")
                    )

    async def mcf_preview(self, body: Mapping[str, Any]) -> AmazonAnswer:
        """What an order would cost; commits to nothing."""
        return await self._ask(
            rates.PREVIEW_MCF_ORDER,
            FulfillmentOutbound,
            lambda api: bare(api).get_fulfillment_preview(**body),
        )

    async def mcf_order(self, order_id: str) -> AmazonAnswer:
        """One order, whole."""
        path = segment(order_id, "order_id")
        return await self._ask(
            rates.GET_MCF_ORDER,
            FulfillmentOutbound,
            lambda api: api.get_fulfillment_order(path, marketplaceIds=NO_MARKETPLACE),
        )

    async def create_mcf_order(self, body: Mapping[str, Any]) -> AmazonAnswer:
        """Give an order: one call."""
        return await self._ask(
            rates.CREATE_MCF_ORDER,
            FulfillmentOutbound,
            lambda api: bare(api).create_fulfillment_order(**body),
            repeat=Repeat.NEVER,
        )

    async def cancel_mcf_order(self, order_id: str) -> AmazonAnswer:
        """Stop an order: one call."""
        path = segment(order_id, "order_id")
        return await self._ask(
            rates.CANCEL_MCF_ORDER,
            FulfillmentOutbound,
            lambda api: bare(api).cancel_fulfillment_order(path),
            repeat=Repeat.NEVER,
        )
