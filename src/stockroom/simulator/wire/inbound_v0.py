"""Fulfillment Inbound v0, what is left of it: shipments, and what of them has arrived.

Facts 2.5: shipped against received is known nowhere else. A shipment carries no
date of any kind; it appears under every marketplace whose network it goes to.
Units that are booked in after CLOSED still raise what was received.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import JSONResponse, Response

from stockroom.core.clock import Clock
from stockroom.core.errors import NotFoundError
from stockroom.simulator.wire import query
from stockroom.simulator.wire.gateway import Call, Operation
from stockroom.simulator.wire.oracle import Oracle
from stockroom.simulator.wire.paging import Page, Pages
from stockroom.simulator.wire.plan_desk import PlanDesk
from stockroom.simulator.wire.plan_rows import desk_shipments
from stockroom.simulator.wire.query import invalid
from stockroom.simulator.world import InboundShipment, Seller, SellerWorld

PAGE = 50
TOKEN_LIFETIME = timedelta(hours=1)
MOST_IDS = 999
STATUSES = (
    "WORKING", "READY_TO_SHIP", "SHIPPED", "RECEIVING", "CANCELLED", "DELETED", "CLOSED", "ERROR",
    "IN_TRANSIT", "DELIVERED", "CHECKED_IN",
)  # fmt: skip
"""What may be asked for; READY_TO_SHIP is never answered."""
BASE = "/fba/inbound/v0"
Row = dict[str, Any]
Choice = Callable[[InboundShipment], bool]


class Inbound:
    """The three reads Amazon keeps."""

    def __init__(self, oracle: Oracle, clock: Clock, desk: PlanDesk) -> None:
        self._oracle = oracle
        self._desk = desk
        self._pages: Pages[Row] = Pages(clock, TOKEN_LIFETIME)

    @property
    def operations(self) -> list[Operation]:
        """What the wire serves."""
        items = f"{BASE}/shipments/{{shipment_id}}/items"
        return [
            Operation("getShipments", "GET", f"{BASE}/shipments", self.shipments),
            Operation("getShipmentItems", "GET", f"{BASE}/shipmentItems", self.items),
            Operation("getShipmentItemsByShipmentId", "GET", items, self.items_of_one),
        ]

    async def shipments(self, call: Call) -> Response:
        """``getShipments``: by status or id, by time of change, or the next page."""
        page = await self._page(
            call, {"SHIPMENT": _by_shipment, "DATE_RANGE": _by_date}, _shipment, once=True
        )
        return _answer("ShipmentData", page)

    async def items(self, call: Call) -> Response:
        """``getShipmentItems``: all items that changed in a time, in one sweep."""
        page = await self._page(call, {"DATE_RANGE": _by_date}, _item)
        return _answer("ItemData", page)

    async def items_of_one(self, call: Call) -> Response:
        """``getShipmentItemsByShipmentId``."""
        wanted = call.request.path_params["shipment_id"]
        found = await self._found(call, lambda one: one.shipment_id == wanted)
        if not found:
            raise NotFoundError("The requested shipment could not be found.")
        return _answer("ItemData", Page([_item(one, call.seller) for one in found], None))

    async def _page(
        self,
        call: Call,
        kinds: dict[str, Callable[[Call], Choice]],
        row: Callable[[InboundShipment, Seller], Row],
        *,
        once: bool = False,
    ) -> Page[Row]:
        params = call.request.query_params
        ids = query.csv(call.request, "MarketplaceId", most=1)
        (market,) = query.marketplaces(call.seller, ids, most=1)
        kind = params.get("QueryType", "")
        if kind == "NEXT_TOKEN":
            return self._pages.following(call.account, params.get("NextToken", ""))
        if kind not in kinds:
            raise invalid(f"QueryType must be one of {', '.join([*kinds, 'NEXT_TOKEN'])}.")
        chosen = kinds[kind](call)
        found = await self._found(call, lambda one: one.network == market.network and chosen(one))
        if once:
            found = list({one.shipment_id: one for one in found}.values())
        return self._pages.first(call.account, [row(one, call.seller) for one in found], PAGE)

    async def _found(self, call: Call, choice: Choice) -> Sequence[InboundShipment]:
        """Of the seller's own shipments and, item by item, those of plans made over the wire."""

        def question(world: SellerWorld) -> list[InboundShipment]:
            planned = desk_shipments(self._desk, call.account, world, call.now)
            return [*world.shipments_at(call.now), *planned]

        shipments = await self._oracle.ask(call.account, call.now, question)
        return [one for one in shipments if choice(one)]


def _by_shipment(call: Call) -> Choice:
    statuses = query.chosen(call.request, "ShipmentStatusList", STATUSES)
    ids = query.csv(call.request, "ShipmentIdList", most=MOST_IDS)
    if not statuses and not ids:
        raise invalid("ShipmentStatusList or ShipmentIdList is required.")
    return lambda one: _in(one.status, statuses) and _in(one.shipment_id, ids)


def _in(value: str, wanted: Iterable[str]) -> bool:
    return not wanted or value in wanted


def _by_date(call: Call) -> Choice:
    after = query.instant(call.request, "LastUpdatedAfter")
    before = query.instant(call.request, "LastUpdatedBefore")
    if after is None or before is None:
        raise invalid("LastUpdatedAfter and LastUpdatedBefore are required.")
    start: datetime = after
    end: datetime = before
    return lambda one: start <= one.updated_at <= end


def _shipment(one: InboundShipment, seller: Seller) -> Row:
    return {
        "ShipmentId": one.shipment_id,
        "ShipmentName": f"Restock {one.sku}",
        "ShipFromAddress": {
            "Name": seller.name,
            "AddressLine1": "1 Simulator Way",
            "City": "Simulation",
            "StateOrProvinceCode": "",
            "CountryCode": one.country,
            "PostalCode": "00000",
        },
        "DestinationFulfillmentCenterId": one.fc,
        "ShipmentStatus": one.status,
        "LabelPrepType": "SELLER_LABEL",
        "AreCasesRequired": False,
        "BoxContentsSource": "INTERACTIVE",
    }


def _item(one: InboundShipment, _: Seller) -> Row:
    return {
        "ShipmentId": one.shipment_id,
        "SellerSKU": one.sku,
        "FulfillmentNetworkSKU": one.fnsku,
        "QuantityShipped": one.units,
        "QuantityReceived": one.received,
        "QuantityInCase": 0,
        "PrepDetailsList": [{"PrepInstruction": "NoPrep", "PrepOwner": "SELLER"}],
    }


def _answer(name: str, page: Page[Row]) -> Response:
    payload: Row = {name: page.rows}
    if page.next_token:
        payload["NextToken"] = page.next_token
    return JSONResponse({"payload": payload})
