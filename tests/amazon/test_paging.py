"""Pages followed to the last, none lost, none twice."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from stockroom.amazon.spapi import SpApi
from stockroom.core.errors import AmazonRefusedError, AmazonUnavailableError
from stockroom.core.marketplaces import marketplace

if TYPE_CHECKING:
    from tests.amazon.conftest import Hostile

US = marketplace("US")
INVENTORY = "/fba/inventory/v1/summaries"
REPORTS = "/reports/2021-06-30/reports"
SEARCH = "/listings/2021-08-01/items/A1SELLER"
RAN_OUT = JSONResponse({"errors": [{"code": "InvalidInput", "message": "nextToken"}]}, 400)


def _stock(sku: str, token: str | None = None) -> Response:
    body: dict[str, Any] = {"payload": {"inventorySummaries": [{"sellerSku": sku}]}}
    return JSONResponse(body | ({"pagination": {"nextToken": token}} if token else {}))


async def _skus(api: SpApi) -> list[str]:
    return [
        row["sellerSku"]
        async for answer in api.inventory_summaries(US)
        for row in answer.body["payload"]["inventorySummaries"]
    ]


async def test_stock_is_followed_to_the_last_page(hostile: Hostile, api: SpApi) -> None:
    hostile.answers(INVENTORY, _stock("A", "t1"), _stock("B", "t2"), _stock("C"))

    assert await _skus(api) == ["A", "B", "C"]
    assert [one.query.get("nextToken") for one in hostile.calls(INVENTORY)] == [None, "t1", "t2"]
    assert hostile.calls(INVENTORY)[0].query == {
        "details": "true",
        "granularityType": "Marketplace",
        "granularityId": US.id,
        "marketplaceIds": US.id,
    }


async def test_a_page_token_that_ran_out_starts_the_pull_over(hostile: Hostile, api: SpApi) -> None:
    hostile.answers(INVENTORY, _stock("A", "t1"), RAN_OUT, _stock("A", "t2"), _stock("B"))

    assert await _skus(api) == ["A", "B"]


async def test_a_pull_that_never_gets_through_gives_no_rows(hostile: Hostile, api: SpApi) -> None:
    def reply(request: Request) -> Response:
        return RAN_OUT if "nextToken" in request.query_params else _stock("A", "t1")

    hostile.answers(INVENTORY, reply)
    pages = []

    with pytest.raises(AmazonRefusedError):
        pages = [answer async for answer in api.inventory_summaries(US)]
    assert pages == []
    assert len(hostile.calls(INVENTORY)) == 6


async def test_a_refused_first_page_is_not_asked_for_again(hostile: Hostile, api: SpApi) -> None:
    hostile.answers(INVENTORY, RAN_OUT)

    with pytest.raises(AmazonRefusedError):
        await _skus(api)
    assert len(hostile.calls(INVENTORY)) == 1


async def test_pages_in_a_circle_are_noticed(hostile: Hostile, api: SpApi) -> None:
    hostile.answers(INVENTORY, _stock("A", "t1"))

    with pytest.raises(AmazonUnavailableError, match="nextToken"):
        await _skus(api)
    assert len(hostile.calls(INVENTORY)) == 2


async def test_the_token_of_a_report_list_goes_alone(hostile: Hostile, api: SpApi) -> None:
    def report(number: int, day: int) -> dict[str, Any]:
        return {
            "reportId": f"R{number}",
            "reportType": "T",
            "processingStatus": "DONE",
            "createdTime": f"2026-11-{day:02}T08:00:00+00:00",
        }

    hostile.answers(
        REPORTS,
        JSONResponse({"reports": [report(1, 3), report(2, 9)], "nextToken": "t1"}),
        JSONResponse({"reports": [report(3, 5)]}),
    )

    found = await api.reports(["T", "U"], datetime(2026, 11, 1, tzinfo=UTC))

    assert [one.report_id for one in found] == ["R2", "R3", "R1"]
    assert [one.query for one in hostile.calls(REPORTS)] == [
        {"reportTypes": "T,U", "createdSince": "2026-11-01T00:00:00Z", "pageSize": "100"},
        {"nextToken": "t1"},
    ]


async def test_report_types_are_listed_ten_at_a_time(hostile: Hostile, api: SpApi) -> None:
    hostile.answers(REPORTS, JSONResponse({"reports": []}))

    await api.reports([f"T{number}" for number in range(12)], datetime(2026, 11, 1, tzinfo=UTC))

    asked = [one.query["reportTypes"].split(",") for one in hostile.calls(REPORTS)]
    assert [len(types) for types in asked] == [10, 2]


async def test_listings_come_by_sku_twenty_a_page(hostile: Hostile, api: SpApi) -> None:
    hostile.answers(
        SEARCH,
        JSONResponse({"items": [{"sku": "A"}], "pagination": {"nextToken": "t1"}}),
        JSONResponse({"items": [{"sku": "B"}]}),
    )

    answers = [answer async for answer in api.search_listings(US)]

    assert [one.body["items"][0]["sku"] for one in answers] == ["A", "B"]
    first, second = (one.query for one in hostile.calls(SEARCH))
    assert (first["sortBy"], first["pageSize"], second["pageToken"]) == ("sku", "20", "t1")
