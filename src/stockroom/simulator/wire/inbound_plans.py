"""Fulfillment Inbound 2024-03-20, its reads: plans, their shipments, delivery windows.

Facts 2.4: a shipment has two ids, the plan's own (``sh…``) and the confirmed one
(``FBA…``) that v0 and the ledger use. There is no quantity received here. A
delivery window is there only where the seller arranged one. Plans of the seller's
own people hold one shipment each; plans made over the wire stand beside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from starlette.responses import JSONResponse, Response

from stockroom.core.clock import Clock
from stockroom.core.errors import NotFoundError
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.wire import query
from stockroom.simulator.wire.gateway import Call, Operation
from stockroom.simulator.wire.oracle import Oracle
from stockroom.simulator.wire.paging import Page, Pages
from stockroom.simulator.wire.plan_desk import PlanDesk, SellerPlan
from stockroom.simulator.wire.plan_offers import carriages, placements
from stockroom.simulator.wire.plan_rows import (
    carriage_row,
    item_rows,
    listings_of,
    packing_rows,
    placement_row,
    plan_row,
    plan_summary,
    shipment_row,
)
from stockroom.simulator.wire.query import invalid
from stockroom.simulator.wire.times import zulu_time
from stockroom.simulator.world import InboundShipment, Seller

BASE = "/inbound/fba/2024-03-20/inboundPlans"
ID_LENGTH = 38
TOKEN_LIFETIME = timedelta(hours=1)
SORTS = {"LAST_UPDATED_TIME": "lastUpdatedAt", "CREATION_TIME": "createdAt"}
ORDERS = ("ASC", "DESC")
STATUSES = ("ACTIVE", "VOIDED", "SHIPPED")
MOST_OPTIONS = 20
MOST_ITEMS = 1000
Row = dict[str, Any]


class InboundPlans:
    """Plans and what they hold."""

    def __init__(self, oracle: Oracle, clock: Clock, desk: PlanDesk) -> None:
        self._oracle = oracle
        self._desk = desk
        self._pages: Pages[Row] = Pages(clock, TOKEN_LIFETIME)

    @property
    def operations(self) -> list[Operation]:
        """What the wire serves."""
        plan = f"{BASE}/{{plan_id}}"
        shipment = f"{plan}/shipments/{{shipment_id}}"
        return [
            Operation("listInboundPlans", "GET", BASE, self.plans),
            Operation("getInboundPlan", "GET", plan, self.plan),
            Operation("listInboundPlanItems", "GET", f"{plan}/items", self.plan_items),
            Operation("listPackingOptions", "GET", f"{plan}/packingOptions", self.packing),
            Operation("listPlacementOptions", "GET", f"{plan}/placementOptions", self.placement),
            Operation(
                "listTransportationOptions", "GET", f"{plan}/transportationOptions", self.carriage
            ),
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
        rows = [_plan(one, call.seller) for one in await self._known(call)]
        rows += [plan_summary(one, call.now) for one in self._desk.plans(call.account, call.now)]
        rows = [row for row in rows if wanted in {"", row["status"]}]
        rows.sort(key=lambda row: row[key], reverse=falling)
        return _answer("inboundPlans", self._pages.first(call.account, rows, size))

    async def plan(self, call: Call) -> Response:
        """``getInboundPlan``."""
        mine = self._mine(call)
        if mine:
            return JSONResponse(plan_row(mine, call.now))
        one = await self._found(call)
        summary = {"shipmentId": one.plan_shipment_id, "status": one.status}
        placement = {"placementOptionId": _placement(one), "status": "ACCEPTED"}
        return JSONResponse(
            _plan(one, call.seller)
            | {"shipments": [summary], "placementOptions": [placement], "packingOptions": []}
        )

    async def plan_items(self, call: Call) -> Response:
        """``listInboundPlanItems``: empty until the plan was made."""
        mine = self._mine(call)
        if mine is None:
            return await self._paged(call, "items", [_item(await self._found(call))], MOST_ITEMS)
        rows = await self._items(call, mine, mine.units(call.now))
        return await self._paged(call, "items", rows, MOST_ITEMS)

    async def packing(self, call: Call) -> Response:
        """``listPackingOptions``."""
        mine = self._mine(call)
        rows = packing_rows(mine, call.now) if mine else []
        if mine is None:
            await self._found(call)
        return await self._paged(call, "packingOptions", rows, MOST_OPTIONS)

    async def placement(self, call: Call) -> Response:
        """``listPlacementOptions``: empty until they were generated."""
        mine = self._mine(call)
        if mine:
            rows = [placement_row(mine, one, call.now) for one in placements(mine, call.now)]
        else:
            rows = [_placement_row(await self._found(call))]
        return await self._paged(call, "placementOptions", rows, MOST_OPTIONS)

    async def carriage(self, call: Call) -> Response:
        """``listTransportationOptions``, of one shipment or of all."""
        mine, wanted = self._mine(call), call.request.query_params.get("shipmentId", "")
        rows = []
        if mine:
            offered = carriages(mine, call.now)
            rows = [
                carriage_row(mine, one, call.now)
                for one in offered
                if wanted in {"", one.parcel_id}
            ]
        else:
            await self._found(call)
        return await self._paged(call, "transportationOptions", rows, MOST_OPTIONS)

    async def shipment(self, call: Call) -> Response:
        """``getShipment``."""
        mine = self._mine(call)
        if mine is None:
            return JSONResponse(_shipment(await self._found(call), call.seller))
        for option in placements(mine, call.now):
            for parcel in option.parcels:
                if parcel.id == call.request.path_params["shipment_id"]:
                    return JSONResponse(shipment_row(mine, option, parcel, call.now))
        raise _nothing()

    async def items(self, call: Call) -> Response:
        """``listShipmentItems``: what was sent; not what has arrived."""
        mine = self._mine(call)
        if mine is None:
            return JSONResponse({"items": [_item(await self._found(call))]})
        for option in placements(mine, call.now):
            for parcel in option.parcels:
                if parcel.id == call.request.path_params["shipment_id"]:
                    rows = await self._items(call, mine, parcel.units)
                    return await self._paged(call, "items", rows, MOST_ITEMS)
        raise _nothing()

    async def _paged(self, call: Call, name: str, rows: list[Row], most: int) -> Response:
        token = call.request.query_params.get("paginationToken")
        if token:
            return _answer(name, self._pages.following(call.account, token))
        size = query.whole(call.request, "pageSize", default=min(10, most), most=most)
        return _answer(name, self._pages.first(call.account, rows, size))

    async def _items(self, call: Call, plan: SellerPlan, units: Mapping[str, int]) -> list[Row]:
        listings = await self._oracle.ask(
            call.account, call.now, lambda world: listings_of(plan, world, call.now)
        )
        return item_rows(units, plan, listings)

    def _mine(self, call: Call) -> SellerPlan | None:
        """The plan, where it was made over the wire."""
        return self._desk.plan(call.account, call.request.path_params["plan_id"])

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
        raise _nothing()


def _nothing() -> NotFoundError:
    return NotFoundError("The requested resource could not be found.")


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


def _placement_row(one: InboundShipment) -> Row:
    return {
        "placementOptionId": _placement(one),
        "shipmentIds": [one.plan_shipment_id],
        "status": "ACCEPTED",
        "fees": [],
        "discounts": [],
    }


def _placement(one: InboundShipment) -> str:
    return "pl" + one.plan_id[2:]


def _answer(name: str, page: Page[Row]) -> Response:
    answer: Row = {name: page.rows}
    if page.next_token:
        answer["pagination"] = {"nextToken": page.next_token}
    return JSONResponse(answer)
