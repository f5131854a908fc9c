"""Planning shipments to Amazon: the writes of Fulfillment Inbound 2024-03-20 and what they lead to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sp_api.asyncio.api.fulfillment_inbound.fulfillment_inbound_2024_03_20 import (
    FulfillmentInboundV20240320,
)

from stockroom.amazon import answers, rates
from stockroom.amazon.asking import NO_MARKETPLACE, Asking, bare, segment
from stockroom.amazon.inbound_ports import Row
from stockroom.amazon.paging import pages
from stockroom.amazon.ports import AmazonAnswer
from stockroom.amazon.rates import Operation
from stockroom.amazon.repeat import Repeat
from stockroom.core.marketplaces import Marketplace

_PLANS_PAGE = 30
_OPTIONS_PAGE = 20
_ITEMS_PAGE = 1000
_SEPARATES = str.maketrans({one: quote(one, safe="") for one in "%+,"})
"""What must be encoded inside a SKU before the list of SKUs is."""


class InboundPlanningApi(Asking):
    """Implements :class:`stockroom.amazon.inbound_ports.InboundPlanning`."""

    async def prep_details(self, marketplace: Marketplace, skus: Sequence[str]) -> list[Row]:
        """What each SKU needs before it is sent."""
        query = {
            "marketplaceId": marketplace.id,
            "mskus": ",".join(sku.translate(_SEPARATES) for sku in skus),
        }
        answer = await self._read(
            rates.LIST_PREP_DETAILS,
            lambda api: api.list_prep_details(marketplaceIds=NO_MARKETPLACE, **query),
        )
        return answers.objects(answer, "mskuPrepDetails")

    async def plans_made_since(self, since: datetime) -> list[Row]:
        """Plans created since then, the newest first."""
        first = {"pageSize": _PLANS_PAGE, "sortBy": "CREATION_TIME", "sortOrder": "DESC"}

        async def page(token: str | None) -> AmazonAnswer:
            query: dict[str, Any] = first | ({"paginationToken": token} if token else {})
            return await self._read(
                rates.LIST_INBOUND_PLANS,
                lambda api: api.list_inbound_plans(marketplaceIds=NO_MARKETPLACE, **query),
            )

        found: list[Row] = []
        async for answer in pages(page):
            listed = answers.objects(answer, "inboundPlans")
            found += [one for one in listed if answers.instant(answer, one, "createdAt") >= since]
            if not listed or answers.instant(answer, listed[-1], "createdAt") < since:
                break
        return found

    async def inbound_plan(self, plan_id: str) -> AmazonAnswer:
        """One plan."""
        path = segment(plan_id, "plan")
        return await self._read(
            rates.GET_INBOUND_PLAN,
            lambda api: api.get_inbound_plan(path, marketplaceIds=NO_MARKETPLACE),
        )

    async def inbound_plan_items(self, plan_id: str) -> list[Row]:
        """What is in a plan."""
        return await self._all(
            rates.LIST_INBOUND_PLAN_ITEMS, "list_inbound_plan_items", plan_id, "items", _ITEMS_PAGE
        )

    async def inbound_shipment(self, plan_id: str, shipment_id: str) -> AmazonAnswer:
        """One shipment of a plan."""
        path = segment(plan_id, "plan"), segment(shipment_id, "shipment_id")
        return await self._read(
            rates.GET_SHIPMENT,
            lambda api: api.get_shipment(*path, marketplaceIds=NO_MARKETPLACE),
        )

    async def inbound_operation(self, operation_id: str) -> AmazonAnswer:
        """How a write goes."""
        path = segment(operation_id, "operation_id")
        return await self._read(
            rates.GET_INBOUND_OPERATION,
            lambda api: api.get_inbound_operation_status(path, marketplaceIds=NO_MARKETPLACE),
        )

    async def packing_options(self, plan_id: str) -> list[Row]:
        """Ways to pack a plan."""
        return await self._options(
            rates.LIST_PACKING_OPTIONS, "list_packing_options", plan_id, "packingOptions"
        )

    async def placement_options(self, plan_id: str) -> list[Row]:
        """Ways to split a plan."""
        return await self._options(
            rates.LIST_PLACEMENT_OPTIONS, "list_placement_options", plan_id, "placementOptions"
        )

    async def transportation_options(self, plan_id: str, placement_id: str) -> list[Row]:
        """Ways to send the shipments of one placement option."""
        return await self._options(
            rates.LIST_TRANSPORTATION_OPTIONS,
            "list_transportation_options",
            plan_id,
            "transportationOptions",
            placementOptionId=placement_id,
        )

    async def generate_packing_options(self, plan_id: str) -> AmazonAnswer:
        """Have ways to pack worked out."""
        path = segment(plan_id, "plan")
        return await self._write(
            rates.GENERATE_PACKING_OPTIONS,
            lambda api: api.generate_packing_options(path),
            Repeat.IF_NOT_DONE,
        )

    async def generate_placement_options(self, plan_id: str) -> AmazonAnswer:
        """Have ways to split worked out."""
        path = segment(plan_id, "plan")
        return await self._write(
            rates.GENERATE_PLACEMENT_OPTIONS,
            lambda api: api.generate_placement_options(path),
            Repeat.IF_NOT_DONE,
        )

    async def generate_transportation_options(
        self, plan_id: str, body: Mapping[str, Any]
    ) -> AmazonAnswer:
        """Have ways to send worked out."""
        path = segment(plan_id, "plan")
        return await self._write(
            rates.GENERATE_TRANSPORTATION_OPTIONS,
            lambda api: api.generate_transportation_options(path, **body),
            Repeat.IF_NOT_DONE,
        )

    async def create_inbound_plan(self, body: Mapping[str, Any]) -> AmazonAnswer:
        """Make a plan."""
        return await self._write(
            rates.CREATE_INBOUND_PLAN, lambda api: api.create_inbound_plan(**body)
        )

    async def confirm_packing_option(self, plan_id: str, option_id: str) -> AmazonAnswer:
        """Choose how to pack."""
        path = segment(plan_id, "plan"), segment(option_id, "option")
        return await self._write(
            rates.CONFIRM_PACKING_OPTION, lambda api: api.confirm_packing_option(*path)
        )

    async def confirm_placement_option(self, plan_id: str, option_id: str) -> AmazonAnswer:
        """Choose how to split, for good."""
        path = segment(plan_id, "plan"), segment(option_id, "option")
        return await self._write(
            rates.CONFIRM_PLACEMENT_OPTION, lambda api: api.confirm_placement_option(*path)
        )

    async def confirm_transportation_options(
        self, plan_id: str, body: Mapping[str, Any]
    ) -> AmazonAnswer:
        """Choose who carries every shipment."""
        path = segment(plan_id, "plan")
        return await self._write(
            rates.CONFIRM_TRANSPORTATION_OPTIONS,
            lambda api: api.confirm_transportation_options(path, **body),
        )

    async def cancel_inbound_plan(self, plan_id: str) -> AmazonAnswer:
        """Void a plan."""
        path = segment(plan_id, "plan")
        return await self._write(
            rates.CANCEL_INBOUND_PLAN, lambda api: api.cancel_inbound_plan(path)
        )

    async def _options(
        self, operation: Operation, method: str, plan_id: str, rows: str, **about: str
    ) -> list[Row]:
        return await self._all(operation, method, plan_id, rows, _OPTIONS_PAGE, **about)

    async def _all(
        self,
        operation: Operation,
        method: str,
        plan_id: str,
        rows: str,
        size: int,
        **about: str,
    ) -> list[Row]:
        path = segment(plan_id, "plan")

        async def page(token: str | None) -> AmazonAnswer:
            query: dict[str, Any] = {"pageSize": size, **about}
            query |= {"paginationToken": token} if token else {}
            return await self._read(
                operation,
                lambda api: getattr(api, method)(path, marketplaceIds=NO_MARKETPLACE, **query),
            )

        found: list[Row] = []
        async for answer in pages(page):
            found += answers.objects(answer, rows)
        return found

    async def _read(
        self, operation: Operation, build: Callable[[Any], Awaitable[object]]
    ) -> AmazonAnswer:
        return await self._ask(operation, FulfillmentInboundV20240320, build)

    async def _write(
        self,
        operation: Operation,
        build: Callable[[Any], Awaitable[object]],
        repeat: Repeat = Repeat.NEVER,
    ) -> AmazonAnswer:
        return await self._ask(
            operation, FulfillmentInboundV20240320, lambda api: build(bare(api)), repeat=repeat
        )
