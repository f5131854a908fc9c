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
from stockroom.simulator.wire import query
from stockroom.simulator.wire.gateway import Call, Operation
from stockroom.simulator.wire.oracle import Oracle
from stockroom.simulator.wire.own_plan_rows import (
    own_item_row,
    own_placement_row,
    own_plan_row,
    own_shipment_row,
)
from stockroom.simulator.wire.paging import Page, Pages
from stockroom.simulator.wire.plan_calls import BASE
from stockroom.simulator.wire.plan_carriage import carriages, windows
from stockroom.simulator.wire.plan_desk import PlanDesk, SellerPlan
from stockroom.simulator.wire.plan_offers import placements
from stockroom.simulator.wire.plan_rows import (
    carriage_row,
    item_rows,
    listings_of,
    packing_rows,
    placement_row,
    plan_row,
    plan_summary,
    shipment_row,
    window_row,
)
from stockroom.simulator.wire.query import invalid
from stockroom.simulator.world import InboundShipment

ID_LENGTH = 38
TOKEN_LIFETIME = timedelta(hours=1)
SORTS = {"LAST_UPDATED_TIME": "lastUpdatedAt", "CREATION_TIME": "createdAt"}
ORDERS = ("ASC", "DESC")
STATUSES = ("ACTIVE", "VOIDED", "SHIPPED")
MOST_OPTIONS = 20
MOST_ITEMS = 1000
MOST_WINDOWS = 100
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
            Operation(
                "listDeliveryWindowOptions",
                "GET",
                f"{shipment}/deliveryWindowOptions",
                self.windows,
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
        rows = [own_plan_row(one, call.seller) for one in await self._known(call)]
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
        option = own_placement_row(one)
        placement = {name: option[name] for name in ("placementOptionId", "status")}
        return JSONResponse(
            own_plan_row(one, call.seller)
            | {"shipments": [summary], "placementOptions": [placement], "packingOptions": []}
        )

    async def plan_items(self, call: Call) -> Response:
        """``listInboundPlanItems``: empty until the plan was made."""
        mine = self._mine(call)
        if mine is None:
            return await self._paged(
                call, "items", [own_item_row(await self._found(call))], MOST_ITEMS
            )
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
            rows = [own_placement_row(await self._found(call))]
        return await self._paged(call, "placementOptions", rows, MOST_OPTIONS)

    async def carriage(self, call: Call) -> Response:
        """``listTransportationOptions``, of one shipment or one placement option."""
        mine, asked = self._mine(call), call.request.query_params
        shipment, option = asked.get("shipmentId"), asked.get("placementOptionId")
        if not shipment and not option:
            raise invalid("Either placementOptionId or shipmentId must be specified.")
        if mine is None:
            await self._found(call)
            return await self._paged(call, "transportationOptions", [], MOST_OPTIONS)
        wanted = {
            parcel.id
            for one in placements(mine, call.now)
            for parcel in one.parcels
            if one.id == option or parcel.id == shipment
        }
        offered = [one for one in carriages(mine, call.now) if one.parcel_id in wanted]
        rows = [carriage_row(mine, one, call.now) for one in offered]
        return await self._paged(call, "transportationOptions", rows, MOST_OPTIONS)

    async def windows(self, call: Call) -> Response:
        """``listDeliveryWindowOptions``."""
        mine, shipment = self._mine(call), call.request.path_params["shipment_id"]
        if mine is None:
            await self._found(call)
        rows = [window_row(one) for one in windows(mine, shipment, call.now)] if mine else []
        return await self._paged(call, "deliveryWindowOptions", rows, MOST_WINDOWS)

    async def shipment(self, call: Call) -> Response:
        """``getShipment``."""
        mine = self._mine(call)
        if mine is None:
            return JSONResponse(own_shipment_row(await self._found(call), call.seller))
        for option in placements(mine, call.now):
            for parcel in option.parcels:
                if parcel.id == call.request.path_params["shipment_id"]:
                    return JSONResponse(shipment_row(mine, option, parcel, call.now))
        raise _nothing()

    async def items(self, call: Call) -> Response:
        """``listShipmentItems``: what was sent; not what has arrived."""
        mine = self._mine(call)
        if mine is None:
            return JSONResponse({"items": [own_item_row(await self._found(call))]})
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


def _answer(name: str, page: Page[Row]) -> Response:
    answer: Row = {name: page.rows}
    if page.next_token:
        answer["pagination"] = {"nextToken": page.next_token}
    return JSONResponse(answer)
