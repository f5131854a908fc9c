"""Fulfillment Outbound 2020-07-01, its writes: what an order would cost, giving one, stopping one.

The seller's own id is unique: a second order under it is refused, so that asking
twice never sends twice. Once picking has begun, nothing stops an order any more.
"""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from stockroom.core.errors import NotFoundError
from stockroom.simulator.wire import query
from stockroom.simulator.wire.gateway import Call, Operation
from stockroom.simulator.wire.oracle import Oracle
from stockroom.simulator.wire.order_desk import OrderDesk, wanted
from stockroom.simulator.wire.order_preview import preview
from stockroom.simulator.wire.order_requests import check_order, read_preview
from stockroom.simulator.wire.outbound import BASE
from stockroom.simulator.wire.query import invalid
from stockroom.simulator.world import SellerWorld
from stockroom.simulator.world.errands import Errand

_STOPPABLE = frozenset({"New", "Received", "Planning"})
"""The model: the seller can cancel an order in these."""


class OutboundWrites:
    """What callers have Amazon send."""

    def __init__(self, oracle: Oracle, desk: OrderDesk) -> None:
        self._oracle = oracle
        self._desk = desk

    @property
    def operations(self) -> list[Operation]:
        """What the wire serves."""
        cancel = f"{BASE}/{{order_id}}/cancel"
        return [
            Operation("getFulfillmentPreview", "POST", f"{BASE}/preview", self.preview),
            Operation("createFulfillmentOrder", "POST", BASE, self.create),
            Operation("cancelFulfillmentOrder", "PUT", cancel, self.cancel),
        ]

    async def preview(self, call: Call) -> Response:
        """``getFulfillmentPreview``: one for each speed asked."""
        body = await query.json_object(call.request)
        market, speeds = read_preview(body, call.seller)
        items = wanted(body)
        asked = Errand(int(call.now.timestamp()), "", market.code, tuple(items))

        def question(world: SellerWorld) -> list[dict[str, object]]:
            with world.errands() as errands:
                picks = errands.picks(asked)
            return [preview(speed, market, items, picks, call.now) for speed in speeds]

        found = await self._oracle.ask(call.account, call.now, question)
        return JSONResponse({"payload": {"fulfillmentPreviews": found}})

    async def create(self, call: Call) -> Response:
        """``createFulfillmentOrder``."""
        body = await query.json_object(call.request)
        check_order(body, call.seller)
        order_id = body["sellerFulfillmentOrderId"]

        def question(world: SellerWorld) -> None:
            known = world.multi_channel_order(order_id, call.now)
            if known is not None or self._desk.find(call.account, order_id) is not None:
                raise invalid(f"A fulfillment order {order_id} already exists.")
            self._desk.give(world, call.account, body, call.now)

        await self._oracle.ask(call.account, call.now, question)
        return JSONResponse({})

    async def cancel(self, call: Call) -> Response:
        """``cancelFulfillmentOrder``."""
        order_id = call.request.path_params["order_id"]

        def question(world: SellerWorld) -> None:
            known = world.multi_channel_order(order_id, call.now)
            if known is None:
                raise NotFoundError("The requested fulfillment order could not be found.")
            if known.status not in _STOPPABLE or self._desk.find(call.account, order_id) is None:
                raise invalid(f"The order cannot be cancelled: it is {known.status}.")
            self._desk.stop(world, call.account, order_id, call.now)

        await self._oracle.ask(call.account, call.now, question)
        return JSONResponse({})
