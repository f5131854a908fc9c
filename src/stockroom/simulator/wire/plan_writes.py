"""Fulfillment Inbound 2024-03-20, its writes: plans made over the wire, packed, placed, voided.

Facts 2.4: a write is answered 202 with an operation to ask after. A confirmed
placement cannot be changed.
"""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import unquote
from uuid import uuid4

from starlette.responses import JSONResponse, Response

from stockroom.core.errors import NotFoundError
from stockroom.simulator.wire import plan_desk as desk_words
from stockroom.simulator.wire import query
from stockroom.simulator.wire.gateway import Call, Operation
from stockroom.simulator.wire.oracle import Oracle
from stockroom.simulator.wire.plan_calls import BASE, ROOT, open_plan, taken
from stockroom.simulator.wire.plan_desk import PlanDesk, SellerPlan
from stockroom.simulator.wire.plan_offers import placements
from stockroom.simulator.wire.plan_requests import find_problems, prep_details, read_plan
from stockroom.simulator.wire.plan_rows import packing_rows
from stockroom.simulator.wire.plan_sending import PlanSending
from stockroom.simulator.wire.query import invalid
from stockroom.simulator.world import ListingState

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
            Operation(
                "getInboundOperationStatus",
                "GET",
                f"{ROOT}/operations/{{operation_id}}",
                self.operation,
            ),
            Operation("listPrepDetails", "GET", f"{ROOT}/items/prepDetails", self.prep),
            *PlanSending(self._desk).operations,
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
        return taken(self._desk, call, open_plan(self._desk, call), desk_words.CANCEL)

    async def pack(self, call: Call) -> Response:
        """``generatePackingOptions``."""
        return taken(self._desk, call, self._unplaced(call), desk_words.GENERATE_PACKING)

    async def choose_packing(self, call: Call) -> Response:
        """``confirmPackingOption``."""
        plan, wanted = self._unplaced(call), call.request.path_params["option_id"]
        offered = {one["packingOptionId"]: one["status"] for one in packing_rows(plan, call.now)}
        if offered.get(wanted) != "OFFERED":
            raise invalid("The packing option is not on offer.")
        return taken(self._desk, call, plan, desk_words.CONFIRM_PACKING, {"option": wanted})

    async def place(self, call: Call) -> Response:
        """``generatePlacementOptions``."""
        return taken(self._desk, call, self._unplaced(call), desk_words.GENERATE_PLACEMENT)

    async def choose_placement(self, call: Call) -> Response:
        """``confirmPlacementOption``: for good."""
        plan, wanted = self._unplaced(call), call.request.path_params["option_id"]
        offered = {one.id: one for one in placements(plan, call.now)}
        if wanted not in offered or call.now >= offered[wanted].expires_at:
            raise invalid("The placement option is not on offer.")
        return taken(self._desk, call, plan, desk_words.CONFIRM_PLACEMENT, {"option": wanted})

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

    def _unplaced(self, call: Call) -> SellerPlan:
        plan = open_plan(self._desk, call)
        if plan.begun(desk_words.CONFIRM_PLACEMENT, call.now):
            raise invalid("The placement of this plan was confirmed and cannot be changed.")
        return plan
