"""Fulfillment Inbound 2024-03-20, its reads: plans, their shipments, delivery windows.

Facts 2.4: a shipment has two ids, the plan's own (``sh…``) and the confirmed one
(``FBA…``) that v0 and the ledger use. There is no quantity received here. A
delivery window is there only where the seller arranged one. Here a plan holds
one shipment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from operator import attrgetter
from typing import Any

from starlette.responses import JSONResponse, Response

from stockroom.core.clock import Clock
from stockroom.core.errors import NotFoundError
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.wire import query
from stockroom.simulator.wire.gateway import Call, Operation
from stockroom.simulator.wire.oracle import Oracle
from stockroom.simulator.wire.paging import Page, Pages
from stockroom.simulator.wire.query import invalid
from stockroom.simulator.wire.times import zulu_time
from stockroom.simulator.world import InboundShipment, Seller

BASE = "/inbound/fba/2024-03-20/inboundPlans"
ID_LENGTH = 38
TOKEN_LIFETIME = timedelta(hours=1)
SORTS: dict[str, Callable[[InboundShipment], Any]] = {
    "LAST_UPDATED_TIME": attrgetter("updated_at"),
    "CREATION_TIME": attrgetter("created_at"),
}
ORDERS = ("ASC", "DESC")
STATUSES = ("ACTIVE", "VOIDED", "SHIPPED")
Row = dict[str, Any]


class InboundPlans:
    """Plans and what they hold."""

    def __init__(self, oracle: Oracle, clock: Clock) -> None:
        self._oracle = oracle
        self._pages: Pages[Row] = Pages(clock, TOKEN_LIFETIME)

    @property
    def operations(self) -> list[Operation]:
        """What the wire serves."""
        plan = f"{BASE}/{{plan_id}}"
        shipment = f"{plan}/shipments/{{shipment_id}}"
        return [
            Operation("listInboundPlans", "GET", BASE, self.plans),
            Operation("getInboundPlan", "GET", plan, self.plan),
            Operation("getShipment", "GET", shipment, self.shipment),
            Operation("listShipmentItems", "GET", f"{shipment}/items", self.items),
        ]

    async def plans(self, call: Call) -> Response:
        """``listInboundPlans``: newest first unless asked otherwise."""
        token = call.request.query_params.get("paginationToken")
        if token:
            return _answer("inboundPlans", self._pages.following(call.account, token))
        size = query.whole(call.request, "pageSize", default=10, most=30)
        wanted = _one(call, "status", STATUSES, "")
        key = SORTS[_one(call, "sortBy", SORTS, "LAST_UPDATED_TIME")]
        falling = _one(call, "sortOrder", ORDERS, "DESC") == "DESC"
        found = [one for one in await self._known(call) if wanted in {"", _status(one)}]
        found.sort(key=key, reverse=falling)
        rows = [_plan(one, call.seller) for one in found]
        return _answer("inboundPlans", self._pages.first(call.account, rows, size))

    async def plan(self, call: Call) -> Response:
        """``getInboundPlan``."""
        one = await self._found(call)
        summary = {"shipmentId": one.plan_shipment_id, "status": one.status}
        placement = {"placementOptionId": _placement(one), "status": "ACCEPTED"}
        return JSONResponse(
            _plan(one, call.seller)
            | {"shipments": [summary], "placementOptions": [placement], "packingOptions": []}
        )

    async def shipment(self, call: Call) -> Response:
        """``getShipment``."""
        return JSONResponse(_shipment(await self._found(call), call.seller))

    async def items(self, call: Call) -> Response:
        """``listShipmentItems``: what was sent; not what has arrived."""
        one = await self._found(call)
        return JSONResponse({"items": [_item(one)]})

    async def _known(self, call: Call) -> list[InboundShipment]:
        return await self._oracle.ask(
            call.account, call.now, lambda world: world.shipments_at(call.now)
        )

    async def _found(self, call: Call) -> InboundShipment:
        params = call.request.path_params
        if any(len(given) != ID_LENGTH for given in params.values()):
            raise invalid(f"Identifiers have {ID_LENGTH} characters.")
        for one in await self._known(call):
            if one.plan_id == params["plan_id"] and (
                params.get("shipment_id", one.plan_shipment_id) == one.plan_shipment_id
            ):
                return one
        raise NotFoundError("The requested resource could not be found.")


def _one(call: Call, name: str, allowed: Sequence[str] | dict[str, Any], default: str) -> str:
    return next(iter(query.chosen(call.request, name, allowed)), default)


def _status(one: InboundShipment) -> str:
    return "ACTIVE" if one.status == "WORKING" else "SHIPPED"


def _plan(one: InboundShipment, seller: Seller) -> Row:
    return {
        "inboundPlanId": one.plan_id,
        "name": f"Restock {one.sku}",
        "status": _status(one),
        "createdAt": zulu_time(one.created_at),
        "lastUpdatedAt": zulu_time(one.updated_at),
        "marketplaceIds": [MARKETPLACES[one.marketplace].id],
        "sourceAddress": _address(one, seller),
    }


def _shipment(one: InboundShipment, seller: Seller) -> Row:
    shown: Row = {
        "shipmentId": one.plan_shipment_id,
        "shipmentConfirmationId": one.shipment_id,
        "placementOptionId": _placement(one),
        "name": f"Restock {one.sku}",
        "status": one.status,
        "source": {"sourceType": "SELLER_FACILITY", "address": _address(one, seller)},
        "destination": {"destinationType": "AMAZON_WAREHOUSE", "warehouseId": one.fc},
    }
    if one.delivery_window is None:
        return shown
    start, end = one.delivery_window
    window = {
        "availabilityType": "AVAILABLE",
        "deliveryWindowOptionId": "dw" + one.plan_shipment_id[2:],
        "startDate": zulu_time(start),
        "endDate": zulu_time(end),
        "editableUntil": zulu_time(start),
    }
    return shown | {"selectedDeliveryWindow": window}


def _item(one: InboundShipment) -> Row:
    return {
        "msku": one.sku,
        "fnsku": one.fnsku,
        "asin": one.asin,
        "quantity": one.units,
        "labelOwner": "SELLER",
        "prepInstructions": [{"prepType": "ITEM_NO_PREP", "prepOwner": "NONE"}],
    }


def _address(one: InboundShipment, seller: Seller) -> Row:
    return {
        "name": seller.name,
        "companyName": seller.name,
        "addressLine1": "1 Simulator Way",
        "city": "Simulation",
        "postalCode": "00000",
        "countryCode": one.country,
        "phoneNumber": "0000000000",
    }


def _placement(one: InboundShipment) -> str:
    return "pl" + one.plan_id[2:]


def _answer(name: str, page: Page[Row]) -> Response:
    answer: Row = {name: page.rows}
    if page.next_token:
        answer["pagination"] = {"nextToken": page.next_token}
    return JSONResponse(answer)
