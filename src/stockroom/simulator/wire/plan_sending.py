"""Fulfillment Inbound 2024-03-20, its writes about the way: carriers and delivery windows.

The model: transportation is confirmed once, for every shipment of a placed plan, and
an option with a precondition needs it met before. What names nothing of the plan is
a 400 at once; a quote that is over and a precondition that is not met are told when
the operation ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from starlette.responses import Response

from stockroom.core.errors import NotFoundError
from stockroom.simulator.wire import query
from stockroom.simulator.wire.gateway import Call, Operation
from stockroom.simulator.wire.plan_calls import BASE, open_plan, taken
from stockroom.simulator.wire.plan_carriage import (
    NEEDS_WINDOW,
    PARTNERED,
    Carriage,
    carriages,
    chosen_window,
    windows,
)
from stockroom.simulator.wire.plan_desk import (
    CONFIRM_TRANSPORTATION,
    CONFIRM_WINDOW,
    GENERATE_TRANSPORTATION,
    GENERATE_WINDOWS,
    PlanDesk,
    Problem,
    SellerPlan,
)
from stockroom.simulator.wire.plan_offers import Placement, chosen_placement, placements
from stockroom.simulator.wire.plan_requests import problem
from stockroom.simulator.wire.query import invalid
from stockroom.simulator.wire.times import read_time

Row = Mapping[str, Any]


class PlanSending:
    """What settles how the shipments of a plan travel."""

    def __init__(self, desk: PlanDesk) -> None:
        self._desk = desk

    @property
    def operations(self) -> list[Operation]:
        """What the wire serves."""
        way = f"{BASE}/{{plan_id}}/transportationOptions"
        window = f"{BASE}/{{plan_id}}/shipments/{{shipment_id}}/deliveryWindowOptions"
        one = f"{window}/{{option_id}}/confirmation"
        return [
            Operation(GENERATE_TRANSPORTATION, "POST", way, self.carry),
            Operation(CONFIRM_TRANSPORTATION, "POST", f"{way}/confirmation", self.choose_carriage),
            Operation(GENERATE_WINDOWS, "POST", window, self.time),
            Operation(CONFIRM_WINDOW, "POST", one, self.choose_window),
        ]

    async def carry(self, call: Call) -> Response:
        """``generateTransportationOptions``: for shipments of one placement option."""
        plan, body = open_plan(self._desk, call), await query.json_object(call.request)
        _check_not_sent(plan, call)
        option = _option(plan, call, body.get("placementOptionId"))
        parcels = {parcel.id for parcel in option.parcels}
        wanted = _selections(
            body,
            "shipmentTransportationConfigurations",
            lambda one: one.get("shipmentId") in parcels,
        )
        for one in wanted:
            _check_ready(one.get("readyToShipWindow"), call)
        return taken(self._desk, call, plan, GENERATE_TRANSPORTATION, body)

    async def choose_carriage(self, call: Call) -> Response:
        """``confirmTransportationOptions``: all shipments of the plan at once."""
        plan, body = open_plan(self._desk, call), await query.json_object(call.request)
        _check_not_sent(plan, call)
        chosen = _placed(plan, call)
        offered = {(one.parcel_id, one.id): one for one in carriages(plan, call.now)}
        found = [
            (one["shipmentId"], one["transportationOptionId"])
            for one in _selections(
                body,
                "transportationSelections",
                lambda one: (one.get("shipmentId"), one.get("transportationOptionId")) in offered,
            )
        ]
        if sorted(one for one, _ in found) != sorted(parcel.id for parcel in chosen.parcels):
            raise invalid("transportationSelections must name every shipment of the plan once.")
        problems = [one for pair in found for one in _problems(plan, offered[pair], call)]
        return taken(self._desk, call, plan, CONFIRM_TRANSPORTATION, body, problems=problems)

    async def time(self, call: Call) -> Response:
        """``generateDeliveryWindowOptions``: none are made any more once one is confirmed."""
        plan, parcel_id = self._shipment(call)
        if plan.begun(CONFIRM_WINDOW, call.now, shipment=parcel_id):
            raise invalid("The delivery window of this shipment was confirmed.")
        return taken(self._desk, call, plan, GENERATE_WINDOWS, {"shipment": parcel_id})

    async def choose_window(self, call: Call) -> Response:
        """``confirmDeliveryWindowOptions``; another one can be confirmed later."""
        plan, parcel_id = self._shipment(call)
        _placed(plan, call)
        wanted = call.request.path_params["option_id"]
        offered = {one.id: one for one in windows(plan, parcel_id, call.now)}
        if wanted not in offered or call.now >= offered[wanted].valid_until:
            raise invalid("The delivery window option is not on offer.")
        details = {"shipment": parcel_id, "option": wanted}
        return taken(self._desk, call, plan, CONFIRM_WINDOW, details)

    def _shipment(self, call: Call) -> tuple[SellerPlan, str]:
        plan, wanted = open_plan(self._desk, call), call.request.path_params["shipment_id"]
        if all(wanted != one.id for way in placements(plan, call.now) for one in way.parcels):
            raise NotFoundError("The requested resource could not be found.")
        return plan, wanted


def _problems(plan: SellerPlan, one: Carriage, call: Call) -> Iterator[Problem]:
    if one.solution == PARTNERED and call.now >= one.expires_at:
        yield problem("FBA_INB_0321", f"The quote of {one.id} has expired.")
    if NEEDS_WINDOW in one.preconditions and not chosen_window(plan, one.parcel_id, call.now):
        yield problem("FBA_INB_0322", f"{one.parcel_id} has no confirmed delivery window.")


def _check_not_sent(plan: SellerPlan, call: Call) -> None:
    if plan.begun(CONFIRM_TRANSPORTATION, call.now):
        raise invalid("The transportation of this plan was confirmed and cannot be changed.")


def _check_ready(window: object, call: Call) -> None:
    start = window.get("start") if isinstance(window, dict) else None
    if not isinstance(start, str) or read_time(start, "readyToShipWindow.start") < call.now:
        raise invalid("readyToShipWindow.start must be an instant to come.")


def _placed(plan: SellerPlan, call: Call) -> Placement:
    chosen = chosen_placement(plan, call.now)
    if chosen is None:
        raise invalid("A placement option must be confirmed first.")
    return chosen


def _option(plan: SellerPlan, call: Call, wanted: object) -> Placement:
    for one in placements(plan, call.now):
        if one.id == wanted:
            return one
    raise invalid("placementOptionId names no option of this plan.")


def _selections(body: Row, name: str, check: Callable[[Row], bool]) -> list[Row]:
    """The objects of a list in a body, each of which passes ``check``."""
    found = body.get(name)
    if not isinstance(found, list) or not found:
        raise invalid(f"{name} must have one entry at least.")
    if not all(isinstance(one, dict) and check(one) for one in found):
        raise invalid(f"{name} has an entry that cannot be used.")
    return found
