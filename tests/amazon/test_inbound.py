"""Shipments to Amazon: swept page by page, plans joined with their shipments."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from starlette.responses import JSONResponse, Response

from stockroom.amazon.ports import AmazonAnswer
from stockroom.amazon.spapi import SpApi
from stockroom.core.errors import AmazonUnavailableError, InvalidInputError
from stockroom.core.marketplaces import Region, marketplace
from stockroom.reports import inbound_plans
from stockroom.simulator.world import Seller, World
from stockroom.spec.account import AccountFacts
from stockroom.spec.fact import Asking
from stockroom.spec.report import PagedApi

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.amazon.conftest import Hostile

US = marketplace("US")
SINCE, UNTIL = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 21, 8, 45, tzinfo=UTC)
ASKED = datetime(2026, 11, 9, 8, 45, tzinfo=UTC)
ACCOUNT = AccountFacts(UUID(int=1), "harbor", Region.NA, ("US",), "US")
SHIPMENTS = "/fba/inbound/v0/shipments"
ITEMS = "/fba/inbound/v0/shipmentItems"
PLANS = "/inbound/fba/2024-03-20/inboundPlans"


def swept(name: str, *rows: Any, token: str | None = None) -> Response:
    payload = {name: list(rows)} | ({"NextToken": token} if token else {})
    return JSONResponse({"payload": payload})


def plan(name: str, day: int) -> dict[str, Any]:
    changed = f"2026-10-{day:02}T08:00:00Z"
    return {"inboundPlanId": name, "lastUpdatedAt": changed, "status": "SHIPPED"}


def plans(*found: dict[str, Any], token: str | None = None) -> Response:
    body: dict[str, Any] = {"inboundPlans": list(found)}
    return JSONResponse(body | ({"pagination": {"nextToken": token}} if token else {}))


async def rows(answers: AsyncIterator[AmazonAnswer], *path: str) -> list[Any]:
    found: list[Any] = []
    async for answer in answers:
        value: Any = answer.body
        for name in path:
            value = value[name]
        found += value
    return found


@pytest.mark.parametrize(
    ("path", "name", "method"),
    [(SHIPMENTS, "ShipmentData", "inbound_shipments"), (ITEMS, "ItemData", "inbound_items")],
)
async def test_a_sweep_follows_the_token_inside_the_payload(
    hostile: Hostile, api: SpApi, path: str, name: str, method: str
) -> None:
    hostile.answers(path, swept(name, {"ShipmentId": "A"}, token="t1"), swept(name, {}))

    found = await rows(getattr(api, method)(US, SINCE, UNTIL), "payload", name)

    assert found == [{"ShipmentId": "A"}, {}]
    assert [one.query for one in hostile.calls(path)] == [
        {
            "QueryType": "DATE_RANGE",
            "LastUpdatedAfter": "2026-10-01T00:00:00Z",
            "LastUpdatedBefore": "2026-11-21T08:45:00Z",
            "MarketplaceId": US.id,
        },
        {"QueryType": "NEXT_TOKEN", "NextToken": "t1", "MarketplaceId": US.id},
    ]


async def test_a_sweep_without_its_list_cannot_be_used(hostile: Hostile, api: SpApi) -> None:
    hostile.answers(SHIPMENTS, JSONResponse({"payload": {}}))

    with pytest.raises(AmazonUnavailableError, match="ShipmentData"):
        await rows(api.inbound_shipments(US, SINCE, UNTIL), "payload", "ShipmentData")


async def test_plans_are_read_no_further_back_than_asked(hostile: Hostile, api: SpApi) -> None:
    hostile.answers(
        PLANS,
        plans(plan("P3", 30), plan("P2", 15), token="t1"),
        plans(plan("P1", 10), plan("P0", 1), token="t2"),
    )
    for name in ("P1", "P2", "P3"):
        hostile.answers(f"{PLANS}/{name}", JSONResponse({"shipments": []}))

    since = datetime(2026, 10, 9, tzinfo=UTC)
    found = await rows(api.inbound_plans(since), "shipments")

    assert [row["plan"]["inboundPlanId"] for row in found] == ["P3", "P2", "P1"]
    assert [one.query for one in hostile.calls(PLANS)] == [
        {"pageSize": "30", "sortBy": "LAST_UPDATED_TIME", "sortOrder": "DESC"},
        {
            "pageSize": "30",
            "sortBy": "LAST_UPDATED_TIME",
            "sortOrder": "DESC",
            "paginationToken": "t1",
        },
    ]
    assert not hostile.calls(f"{PLANS}/P0")


async def test_a_plan_is_joined_with_each_of_its_shipments(hostile: Hostile, api: SpApi) -> None:
    hostile.answers(PLANS, plans(plan("P1", 10)))
    listed = {"shipments": [{"shipmentId": "S1"}, {"shipmentId": "S2"}]}
    hostile.answers(f"{PLANS}/P1", JSONResponse(listed))
    for name in ("S1", "S2"):
        hostile.answers(f"{PLANS}/P1/shipments/{name}", JSONResponse({"shipmentId": name}))

    found = await rows(api.inbound_plans(SINCE), "shipments")

    assert [(row["plan"]["inboundPlanId"], row["shipment"]) for row in found] == [
        ("P1", {"shipmentId": "S1"}),
        ("P1", {"shipmentId": "S2"}),
    ]
    assert all(one.query == {} for one in hostile.asked if one.path.startswith(f"{PLANS}/"))


@pytest.mark.parametrize(
    ("listed", "whole"),
    [
        ({"inboundPlans": [7]}, {}),
        ({"inboundPlans": [{"inboundPlanId": "P1"}]}, {}),
        ({"inboundPlans": [plan("P1", 10) | {"inboundPlanId": 7}]}, {}),
        ({"inboundPlans": [plan("P1", 10)]}, {"shipments": {"shipmentId": "S1"}}),
        ({"inboundPlans": [plan("P1", 10)]}, {"shipments": [{"shipmentId": None}]}),
    ],
)
async def test_a_malformed_answer_is_no_answer(
    hostile: Hostile, api: SpApi, listed: dict[str, Any], whole: dict[str, Any]
) -> None:
    hostile.answers(PLANS, JSONResponse(listed))
    hostile.answers(f"{PLANS}/P1", JSONResponse(whole))

    with pytest.raises(AmazonUnavailableError):
        await rows(api.inbound_plans(SINCE), "shipments")


async def test_an_id_that_would_be_another_path_is_not_called(hostile: Hostile, api: SpApi) -> None:
    hostile.answers(PLANS, plans(plan("..", 10)))

    with pytest.raises(InvalidInputError):
        await rows(api.inbound_plans(SINCE), "shipments")


@pytest.mark.parametrize(("under_way", "pages"), [("FBA3", 2), ("FBA2", 2), ("FBA1", 3)])
async def test_older_plans_are_read_until_all_that_is_under_way_is_found(
    hostile: Hostile, api: SpApi, under_way: str, pages: int
) -> None:
    hostile.answers(SHIPMENTS, swept("ShipmentData", {"ShipmentId": under_way}))
    hostile.answers(
        PLANS,
        plans(plan("P3", 30), token="t1"),
        plans(plan("P2", 20), token="t2"),
        plans(plan("P1", 2), token="t3"),
        plans(plan("P0", 1)),
    )
    for number in range(4):
        one = {"shipments": [{"shipmentId": f"S{number}"}]}
        hostile.answers(f"{PLANS}/P{number}", JSONResponse(one))
        whole = {"shipmentId": f"S{number}", "shipmentConfirmationId": f"FBA{number}"}
        hostile.answers(f"{PLANS}/P{number}/shipments/S{number}", JSONResponse(whole))
    asking = Asking(ACCOUNT, None, ASKED.date(), ASKED)
    assert isinstance(inbound_plans.REPORT.request, PagedApi)

    await rows(inbound_plans.REPORT.request.pages(api, asking), "shipments")

    assert len(hostile.calls(PLANS)) == pages
    assert hostile.calls(SHIPMENTS)[0].query == {
        "QueryType": "SHIPMENT",
        "ShipmentStatusList": "SHIPPED,IN_TRANSIT,DELIVERED,CHECKED_IN,RECEIVING",
        "MarketplaceId": US.id,
    }


async def test_the_pretend_amazons_shipments_all_come(
    pretend: SpApi, world: World, seller: Seller
) -> None:
    known = world.seller(seller.slug).shipments_at(UNTIL)
    wanted = {one.shipment_id for one in known if one.network == US.network}

    answers = pretend.inbound_shipments(US, datetime(2025, 1, 1, tzinfo=UTC), UNTIL)
    found = await rows(answers, "payload", "ShipmentData")

    assert {row["ShipmentId"] for row in found} == wanted
    assert len(found) == len(wanted) > 50
