"""Planning shipments: what is sent, how often, and what is read of the answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import JSONResponse, Response

from stockroom.amazon.spapi import SpApi
from stockroom.core.errors import AmazonUnavailableError, InvalidInputError, ThrottledError
from stockroom.core.marketplaces import marketplace

if TYPE_CHECKING:
    from tests.amazon.conftest import Hostile

ROOT = "/inbound/fba/2024-03-20"
PLANS = f"{ROOT}/inboundPlans"
PLAN = f"{PLANS}/wf1"
BODY: dict[str, Any] = {"destinationMarketplaces": ["ATVPDKIKX0DER"], "items": [{"msku": "A"}]}


def accepted(**more: str) -> Response:
    return JSONResponse({"operationId": "op1", **more}, status_code=202)


def throttled() -> Response:
    return JSONResponse({"errors": [{"code": "QuotaExceeded", "message": "No."}]}, status_code=429)


def broken() -> Response:
    return JSONResponse({"errors": [{"code": "InternalFailure", "message": "No."}]}, 500)


async def test_a_plan_is_sent_as_it_was_worked_out(hostile: Hostile, api: SpApi) -> None:
    hostile.answers(PLANS, accepted(inboundPlanId="wf1"))
    answer = await api.create_inbound_plan(BODY)
    assert answer.body["inboundPlanId"] == "wf1"
    (asked,) = hostile.calls(PLANS, "POST")
    assert json.loads(asked.body) == BODY
    assert asked.query == {}


@pytest.mark.parametrize(
    ("path", "call"),
    [
        (PLANS, lambda api: api.create_inbound_plan(BODY)),
        (f"{PLAN}/cancellation", lambda api: api.cancel_inbound_plan("wf1")),
        (
            f"{PLAN}/placementOptions/pl1/confirmation",
            lambda api: api.confirm_placement_option("wf1", "pl1"),
        ),
        (
            f"{PLAN}/packingOptions/po1/confirmation",
            lambda api: api.confirm_packing_option("wf1", "po1"),
        ),
        (
            f"{PLAN}/transportationOptions/confirmation",
            lambda api: api.confirm_transportation_options("wf1", {"transportationSelections": []}),
        ),
    ],
)
@pytest.mark.parametrize("reply", [broken, throttled])
async def test_a_write_is_never_sent_twice(
    hostile: Hostile, api: SpApi, path: str, call: Any, reply: Any
) -> None:
    hostile.answers(path, reply(), accepted())
    with pytest.raises((AmazonUnavailableError, ThrottledError)):
        await call(api)
    assert len(hostile.calls(path)) == 1


async def test_offers_are_asked_for_again_only_when_amazon_surely_did_not_hear(
    hostile: Hostile, api: SpApi
) -> None:
    path = f"{PLAN}/placementOptions"
    hostile.answers(path, throttled(), accepted())
    assert (await api.generate_placement_options("wf1")).body["operationId"] == "op1"
    hostile.answers(path, broken(), accepted())
    with pytest.raises(AmazonUnavailableError):
        await api.generate_placement_options("wf1")
    assert {one.body for one in hostile.calls(path)} == {b""}


async def test_a_comma_in_a_sku_separates_nothing(hostile: Hostile, api: SpApi) -> None:
    path = f"{ROOT}/items/prepDetails"
    hostile.answers(path, JSONResponse({"mskuPrepDetails": []}))
    await api.prep_details(marketplace("US"), ["A,B", "100%", "C+D", "E F"])
    (asked,) = hostile.calls(path)
    assert asked.query["mskus"] == "A%2CB,100%25,C%2BD,E F"


async def test_plans_are_read_back_only_as_far_as_asked(hostile: Hostile, api: SpApi) -> None:
    def page(*days: int, token: str | None) -> Response:
        rows = [
            {"inboundPlanId": f"wf{day}", "createdAt": f"2026-11-{day:02}T00:00:00Z"}
            for day in days
        ]
        return JSONResponse(
            {"inboundPlans": rows, "pagination": {"nextToken": token} if token else {}}
        )

    hostile.answers(PLANS, page(20, 18, token="t1"), page(17, 9, token="t2"), page(3, token=None))
    found = await api.plans_made_since(datetime(2026, 11, 10, tzinfo=UTC))
    assert [one["inboundPlanId"] for one in found] == ["wf20", "wf18", "wf17"]
    assert len(hostile.calls(PLANS)) == 2


async def test_an_answer_without_its_list_is_not_taken_for_an_empty_one(
    hostile: Hostile, api: SpApi
) -> None:
    hostile.answers(f"{PLAN}/placementOptions", JSONResponse({"options": []}))
    with pytest.raises(AmazonUnavailableError, match="placementOptions"):
        await api.placement_options("wf1")


async def test_an_id_that_means_another_path_is_never_sent(hostile: Hostile, api: SpApi) -> None:
    with pytest.raises(InvalidInputError):
        await api.cancel_inbound_plan("..")
    assert hostile.asked == []
