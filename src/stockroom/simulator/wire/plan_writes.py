"""Fulfillment Inbound 2024-03-20, its writes and what they offer: plans made over the wire.

Facts 2.4: a write is answered 202 with an operation to ask after. A confirmed
placement cannot be changed; once transportation is confirmed, nothing is offered
any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from starlette.responses import JSONResponse, Response

from stockroom.core.errors import NotFoundError
from stockroom.simulator.wire import plan_desk as desk_words
from stockroom.simulator.wire import query
from stockroom.simulator.wire.gateway import Call, Operation
from stockroom.simulator.wire.oracle import Oracle
from stockroom.simulator.wire.plan_desk import PlanDesk, SellerPlan
from stockroom.simulator.wire.plan_offers import carriages, chosen_placement, placements
from stockroom.simulator.wire.plan_requests import (
    find_problems,
    prep_details,
    read_plan,
    selections,
)
from stockroom.simulator.wire.plan_rows import packing_rows
from stockroom.simulator.wire.query import invalid
from stockroom.simulator.world import ListingState

ROOT = "/inbound/fba/2024-03-20"
BASE = f"{ROOT}/inboundPlans"
MOST_SKUS = 100


class PlanWrites:
    """What changes a plan, and how each change goes."""

    def __init__(self, oracle: Oracle, desk: PlanDesk) -> None:
        self._oracle = oracle
        self._desk = desk

    @property
    def operations(self) -> list[Operation]:
        """What the wire serves."""
        plan = f"{BASE}/{{plan_id}}"
        packing, placement = f"{plan}/packingOptions", f"{plan}/placementOptions"
        carriage = f"{plan}/transportationOptions"
        one = "{option_id}/confirmation"
        return [
            Operation(desk_words.CREATE, "POST", BASE, self.create),
            Operation(desk_words.CANCEL, "PUT", f"{plan}/cancellation", self.cancel),
            Operation(desk_words.GENERATE_PACKING, "POST", packing, self.pack),
            Operation(desk_words.CONFIRM_PACKING, "POST", f"{packing}/{one}", self.choose_packing),
            Operation(desk_words.GENERATE_PLACEMENT, "POST", placement, self.place),
            Operation(
                desk_words.CONFIRM_PLACEMENT, "POST", f"{placement}/{one}", self.choose_placement
            ),
            Operation(desk_words.GENERATE_TRANSPORTATION, "POST", carriage, self.carry),
            Operation(
                desk_words.CONFIRM_TRANSPORTATION,
                "POST",
                f"{carriage}/confirmation",
                self.choose_carriage,
            ),
            Operation(
                "getInboundOperationStatus",
                "GET",
                f"{ROOT}/operations/{{operation_id}}",
                self.operation,
            ),
            Operation("listPrepDetails", "GET", f"{ROOT}/items/prepDetails", self.prep),
        ]

    async def create(self, call: Call) -> Response:
        """``createInboundPlan``."""
        body = await query.json_object(call.request)
        market = read_plan(body, call.seller)
        listings = await self._listings(call, market.code)
        one = self._desk.take(
            call.account,
            desk_words.CREATE,
            call.now,
            plan_id=f"wf{uuid4()}",
            details=body,
            problems=list(find_problems(body["items"], listings)),
        )
        answer = {"inboundPlanId": one.plan_id, "operationId": one.operation_id}
        return JSONResponse(answer, HTTPStatus.ACCEPTED)

    async def cancel(self, call: Call) -> Response:
        """``cancelInboundPlan``; after the void window Amazon charges for the carriage."""
        return self._taken(call, self._open(call), desk_words.CANCEL)

    async def pack(self, call: Call) -> Response:
        """``generatePackingOptions``."""
        return self._taken(call, self._unplaced(call), desk_words.GENERATE_PACKING)

    async def choose_packing(self, call: Call) -> Response:
        """``confirmPackingOption``."""
        plan, wanted = self._unplaced(call), call.request.path_params["option_id"]
        offered = {one["packingOptionId"]: one["status"] for one in packing_rows(plan, call.now)}
        if offered.get(wanted) != "OFFERED":
            raise invalid("The packing option is not on offer.")
        return self._taken(call, plan, desk_words.CONFIRM_PACKING, {"option": wanted})

    async def place(self, call: Call) -> Response:
        """``generatePlacementOptions``."""
        return self._taken(call, self._unplaced(call), desk_words.GENERATE_PLACEMENT)

    async def choose_placement(self, call: Call) -> Response:
        """``confirmPlacementOption``: for good."""
        plan, wanted = self._unplaced(call), call.request.path_params["option_id"]
        offered = {one.id: one for one in placements(plan, call.now)}
        if wanted not in offered or call.now >= offered[wanted].expires_at:
            raise invalid("The placement option is not on offer.")
        return self._taken(call, plan, desk_words.CONFIRM_PLACEMENT, {"option": wanted})

    async def carry(self, call: Call) -> Response:
        """``generateTransportationOptions``: for shipments of one placement option."""
        plan, body = self._open(call), await query.json_object(call.request)
        _not_sent(plan, call)
        option = next(
            (one for one in placements(plan, call.now) if one.id == body.get("placementOptionId")),
            None,
        )
        if option is None:
            raise invalid("placementOptionId names no option of this plan.")
        parcels = {parcel.id for parcel in option.parcels}
        selections(
            body,
            "shipmentTransportationConfigurations",
            lambda one: (
                one.get("shipmentId") in parcels and isinstance(one.get("readyToShipWindow"), dict)
            ),
        )
        return self._taken(call, plan, desk_words.GENERATE_TRANSPORTATION, body)

    async def choose_carriage(self, call: Call) -> Response:
        """``confirmTransportationOptions``: all shipments of the plan at once."""
        plan, body = self._open(call), await query.json_object(call.request)
        _not_sent(plan, call)
        chosen = chosen_placement(plan, call.now)
        if chosen is None:
            raise invalid("A placement option must be confirmed first.")
        offered = {(one.parcel_id, one.id) for one in carriages(plan, call.now)}
        found = selections(
            body,
            "transportationSelections",
            lambda one: (one.get("shipmentId"), one.get("transportationOptionId")) in offered,
        )
        if {one["shipmentId"] for one in found} != {parcel.id for parcel in chosen.parcels}:
            raise invalid("transportationSelections must name every shipment of the plan.")
        return self._taken(call, plan, desk_words.CONFIRM_TRANSPORTATION, body)

    async def operation(self, call: Call) -> Response:
        """``getInboundOperationStatus``."""
        one = self._desk.operation(call.account, call.request.path_params["operation_id"])
        if one is None:
            raise NotFoundError("The requested resource could not be found.")
        status = one.status(call.now)
        answer = {
            "operation": one.operation,
            "operationId": one.operation_id,
            "operationStatus": status,
            "operationProblems": [] if status == "IN_PROGRESS" else list(one.problems),
        }
        return JSONResponse(answer)

    async def prep(self, call: Call) -> Response:
        """``listPrepDetails``; a SKU may hold what separates SKUs, percent-encoded once more."""
        ids = query.csv(call.request, "marketplaceId", most=1)
        (market,) = query.marketplaces(call.seller, ids, most=1)
        skus = [unquote(one) for one in query.csv(call.request, "mskus", most=MOST_SKUS)]
        if not skus:
            raise invalid("mskus is required.")
        listings = await self._listings(call, market.code)
        unknown = [sku for sku in skus if sku not in listings]
        if unknown:
            raise invalid(f"There is no SKU {unknown[0]} in this marketplace.")
        return JSONResponse({"mskuPrepDetails": [prep_details(listings[sku]) for sku in skus]})

    async def _listings(self, call: Call, code: str) -> dict[str, ListingState]:
        states = await self._oracle.ask(
            call.account, call.now, lambda world: world.listings_at(call.now)
        )
        return {one.sku: one for one in states if one.marketplace == code}

    def _open(self, call: Call) -> SellerPlan:
        """A plan that stands and can still be changed.

        A shipment of the seller's own people is being packed: over the wire nothing stops it.
        """
        plan = self._desk.plan(call.account, call.request.path_params["plan_id"])
        if plan is None:
            raise NotFoundError("The requested resource could not be found.")
        made = plan.done(desk_words.CREATE, call.now)
        if made is None or plan.status(call.now) != "ACTIVE":
            raise invalid(f"The plan cannot be changed: it is {plan.status(call.now)}.")
        return plan

    def _unplaced(self, call: Call) -> SellerPlan:
        plan = self._open(call)
        confirm = desk_words.CONFIRM_PLACEMENT
        if plan.done(confirm, call.now) or plan.pending(confirm, call.now):
            raise invalid("The placement of this plan was confirmed and cannot be changed.")
        return plan

    def _taken(
        self, call: Call, plan: SellerPlan, name: str, details: Mapping[str, Any] | None = None
    ) -> Response:
        one = self._desk.take(call.account, name, call.now, plan_id=plan.id, details=details)
        return JSONResponse({"operationId": one.operation_id}, HTTPStatus.ACCEPTED)


def _not_sent(plan: SellerPlan, call: Call) -> None:
    if plan.done(desk_words.CONFIRM_TRANSPORTATION, call.now):
        raise invalid("The transportation of this plan was confirmed and cannot be changed.")
