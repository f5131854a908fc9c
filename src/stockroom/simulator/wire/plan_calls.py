"""What every write to a caller's plan begins and ends with: the plan is found, the write is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse, Response

from stockroom.core.errors import NotFoundError
from stockroom.simulator.wire.gateway import Call
from stockroom.simulator.wire.plan_desk import CREATE, PlanDesk, Problem, SellerPlan
from stockroom.simulator.wire.query import invalid

ROOT = "/inbound/fba/2024-03-20"
BASE = f"{ROOT}/inboundPlans"


def open_plan(desk: PlanDesk, call: Call) -> SellerPlan:
    """A plan that stands and can still be changed.

    A shipment of the seller's own people is being packed: over the wire nothing stops it.

    Raises:
        NotFoundError: The seller made none by that id.
        InvalidInputError: It was voided, or never came about.
    """
    plan = desk.plan(call.account, call.request.path_params["plan_id"])
    if plan is None:
        raise NotFoundError("The requested resource could not be found.")
    made = plan.done(CREATE, call.now)
    if made is None or plan.status(call.now) != "ACTIVE":
        raise invalid(f"The plan cannot be changed: it is {plan.status(call.now)}.")
    return plan


def taken(
    desk: PlanDesk,
    call: Call,
    plan: SellerPlan,
    name: str,
    details: Mapping[str, Any] | None = None,
    *,
    problems: Sequence[Problem] = (),
) -> Response:
    """202 and the operation to ask after."""
    one = desk.take(
        call.account, name, call.now, plan_id=plan.id, details=details, problems=problems
    )
    return JSONResponse({"operationId": one.operation_id}, HTTPStatus.ACCEPTED)
