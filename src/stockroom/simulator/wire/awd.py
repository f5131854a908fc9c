"""Amazon Warehousing and Distribution 2024-05-09, its reads: stock at distribution centres, and what is sent there.

Facts 2.9: this stock is in no FBA interface. ``details=SHOW`` and
``skuQuantities=SHOW`` show what is hidden by default; tokens come at the top of
an answer.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import JSONResponse, Response

from stockroom.core.clock import Clock
from stockroom.core.errors import NotFoundError
from stockroom.simulator.wire import query
from stockroom.simulator.wire.gateway import Call, Operation
from stockroom.simulator.wire.oracle import Oracle
from stockroom.simulator.wire.paging import Page, Pages
from stockroom.simulator.wire.times import zulu_time
from stockroom.simulator.world import AwdShipment, AwdStock, Seller

BASE = "/awd/2024-05-09"
SHIPMENTS = f"{BASE}/inboundShipments"
TOKEN_LIFETIME = timedelta(hours=1)
MOST = 200
USUAL = 25
STATUSES = ("CREATED", "SHIPPED", "IN_TRANSIT", "RECEIVING", "DELIVERED", "CLOSED", "CANCELLED")
Row = dict[str, Any]


class Awd:
    """Stock and shipments of the distribution centres."""

    def __init__(self, oracle: Oracle, clock: Clock) -> None:
        self._oracle = oracle
        self._pages: Pages[Row] = Pages(clock, TOKEN_LIFETIME)

    @property
    def operations(self) -> list[Operation]:
        """What the wire serves."""
        one = f"{SHIPMENTS}/{{shipment_id}}"
        return [
            Operation("listInventory", "GET", f"{BASE}/inventory", self.inventory),
            Operation("listInboundShipments", "GET", SHIPMENTS, self.shipments),
            Operation("getInboundShipment", "GET", one, self.shipment),
        ]

    async def inventory(self, call: Call) -> Response:
        """``listInventory``: by SKU, or the next page."""
        token, size = (
            _token(call),
            query.whole(call.request, "maxResults", default=USUAL, most=MOST),
        )
        if token:
            return _answer("inventory", self._pages.following(call.account, token))
        shown = _shown(call, "details")
        wanted = call.request.query_params.get("sku")
        falling = "DESCENDING" in query.chosen(
            call.request, "sortOrder", ("ASCENDING", "DESCENDING")
        )
        stock = await self._oracle.ask(
            call.account, call.now, lambda world: world.awd_stock_at(call.now)
        )
        rows = [_stock(one, shown=shown) for one in stock if wanted in {None, one.sku}]
        rows.sort(key=lambda row: str(row["sku"]), reverse=falling)
        return _answer("inventory", self._pages.first(call.account, rows, size))

    async def shipments(self, call: Call) -> Response:
        """``listInboundShipments``: the last changed first unless asked otherwise."""
        token, size = (
            _token(call),
            query.whole(call.request, "maxResults", default=USUAL, most=MOST),
        )
        if token:
            return _answer("shipments", self._pages.following(call.account, token))
        statuses = query.chosen(call.request, "shipmentStatus", STATUSES) or STATUSES
        after = query.instant(call.request, "updatedAfter") or datetime.min.replace(tzinfo=UTC)
        before = query.instant(call.request, "updatedBefore") or call.now
        found = [
            one
            for one in await self._known(call)
            if one.status in statuses and after <= one.updated_at <= before
        ]
        by_creation = "CREATED_AT" in query.chosen(
            call.request, "sortBy", ("UPDATED_AT", "CREATED_AT")
        )
        rising = "ASCENDING" in query.chosen(call.request, "sortOrder", ("ASCENDING", "DESCENDING"))
        found.sort(
            key=lambda one: one.created_at if by_creation else one.updated_at, reverse=not rising
        )
        page = self._pages.first(call.account, [_summary(one) for one in found], size)
        return _answer("shipments", page)

    async def shipment(self, call: Call) -> Response:
        """``getInboundShipment``."""
        wanted, shown = call.request.path_params["shipment_id"], _shown(call, "skuQuantities")
        for one in await self._known(call):
            if one.shipment_id == wanted:
                return JSONResponse(_shipment(one, call.seller, shown=shown))
        raise NotFoundError("The requested shipment could not be found.")

    async def _known(self, call: Call) -> list[AwdShipment]:
        return await self._oracle.ask(
            call.account, call.now, lambda world: world.awd_shipments_at(call.now)
        )


def _token(call: Call) -> str | None:
    return call.request.query_params.get("nextToken")


def _shown(call: Call, name: str) -> bool:
    return "SHOW" in query.chosen(call.request, name, ("SHOW", "HIDE"))


def _stock(one: AwdStock, *, shown: bool) -> Row:
    row: Row = {
        "sku": one.sku,
        "totalOnhandQuantity": one.on_hand,
        "totalInboundQuantity": one.inbound,
    }
    if shown:
        row["inventoryDetails"] = {
            "availableDistributableQuantity": one.available,
            "reservedDistributableQuantity": one.reserved,
            "replenishmentQuantity": one.replenishing,
        }
        row["expirationDetails"] = []
    return row


def _summary(one: AwdShipment) -> Row:
    return {
        "shipmentId": one.shipment_id,
        "orderId": one.order_id,
        "shipmentStatus": one.status,
        "createdAt": zulu_time(one.created_at),
        "updatedAt": zulu_time(one.updated_at),
    }


def _shipment(one: AwdShipment, seller: Seller, *, shown: bool) -> Row:
    case = {
        "type": "CASE",
        "contents": {"products": [{"sku": one.sku, "quantity": one.units}]},
        "measurements": {"weight": {"unitOfMeasurement": "KILOGRAMS", "weight": 5.0}},
    }
    row = _summary(one) | {
        "originAddress": _address(seller.name),
        "destinationAddress": _address("Distribution centre"),
        "shipmentContainerQuantities": [{"count": 1, "distributionPackage": case}],
        "receivedQuantity": [_units(one.received)],
        "destinationRegion": "us-west",
    }
    if shown:
        row["shipmentSkuQuantities"] = [
            {
                "sku": one.sku,
                "expectedQuantity": _units(one.units),
                "receivedQuantity": _units(one.received),
            }
        ]
    return row


def _units(units: int) -> Row:
    return {"quantity": units, "unitOfMeasurement": "PRODUCT_UNITS"}


def _address(name: str) -> Row:
    return {
        "name": name,
        "addressLine1": "1 Simulator Way",
        "city": "Simulation",
        "stateOrRegion": "WA",
        "postalCode": "00000",
        "countryCode": "US",
    }


def _answer(name: str, page: Page[Row]) -> Response:
    answer: Row = {name: page.rows}
    if page.next_token:
        answer["nextToken"] = page.next_token
    return JSONResponse(answer)
