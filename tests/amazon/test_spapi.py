"""The whole of the port, against the house's pretend Amazon over HTTP."""

from __future__ import annotations

import copy
import os
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.responses import JSONResponse, Response
from tests.serving import NO_TLS

from stockroom.amazon.connection import AmazonConnections
from stockroom.amazon.ports import ReportSpec, ReportState, ReportStatus, SellingPartner
from stockroom.amazon.spapi import SpApi
from stockroom.amazon.throttle import Buckets
from stockroom.core.clock import FixedClock
from stockroom.core.config import load_settings
from stockroom.core.errors import (
    AmazonRefusedError,
    AmazonUnavailableError,
    BadDocumentError,
    InvalidInputError,
)
from stockroom.core.marketplaces import MARKETPLACES, Region, marketplace
from stockroom.simulator.world import Seller

if TYPE_CHECKING:
    from tests.amazon.conftest import Hostile

LEDGER = "GET_LEDGER_SUMMARY_VIEW_DATA"
OPTIONS = {"aggregateByLocation": "COUNTRY", "aggregatedByTimePeriod": "DAILY"}


def _is_the_port(api: SpApi) -> SellingPartner:
    return api


async def _finished(api: SpApi, clock: FixedClock, report_id: str) -> ReportStatus:
    for _ in range(20):
        status = await api.report(report_id)
        if status.state not in {ReportState.IN_QUEUE, ReportState.IN_PROGRESS}:
            return status
        clock.move(1)
    pytest.fail("the report was never finished")


async def test_the_sellers_marketplaces_are_those_of_the_world(
    pretend: SpApi, seller: Seller
) -> None:
    found = await pretend.participations()

    taking_part = {one.marketplace.code for one in found if one.participating}
    assert taking_part == set(seller.marketplaces)


async def test_a_report_is_asked_for_awaited_listed_and_read(
    pretend: SpApi, seller: Seller, clock: FixedClock
) -> None:
    places = tuple(MARKETPLACES[code] for code in seller.marketplaces)
    now = clock.now()
    spec = ReportSpec(LEDGER, places, now - timedelta(days=9), now - timedelta(days=2), OPTIONS)

    report_id = await pretend.create_report(spec)
    status = await _finished(pretend, clock, report_id)
    listed = await pretend.reports([LEDGER], now - timedelta(days=1))

    assert (status.state, status.report_type) == (ReportState.DONE, LEDGER)
    assert [one.report_id for one in listed] == [report_id]
    assert status.document_id is not None
    async with pretend.document(status.document_id) as download:
        text = b"".join([block async for block in download.blocks])
    assert download.content_type.startswith("text/")
    assert text.startswith(b'"Date"\t"FNSKU"')


async def test_stock_has_every_listing_once(pretend: SpApi) -> None:
    skus = [
        row["sellerSku"]
        async for answer in pretend.inventory_summaries(marketplace("US"))
        for row in answer.body["payload"]["inventorySummaries"]
    ]

    assert len(skus) == len(set(skus)) > 50


async def test_listings_are_searched_to_the_end(pretend: SpApi) -> None:
    answers = [answer async for answer in pretend.search_listings(marketplace("US"))]

    skus = [item["sku"] for answer in answers for item in answer.body["items"]]
    assert skus == sorted(set(skus))
    assert len(skus) == answers[0].body["numberOfResults"]
    assert all(answer.request_id for answer in answers)


async def test_a_price_is_validated_submitted_and_shows(pretend: SpApi, clock: FixedClock) -> None:
    us = marketplace("US")
    page = await anext(aiter(pretend.search_listings(us)))
    sku = page.body["items"][0]["sku"]
    live = (await pretend.listing(sku, us)).body
    offers = copy.deepcopy(live["attributes"]["purchasable_offer"])
    offers[0]["our_price"][0]["schedule"][0]["value_with_tax"] = 77.77
    body = {
        "productType": live["summaries"][0]["productType"],
        "patches": [{"op": "replace", "path": "/attributes/purchasable_offer", "value": offers}],
    }
    kept = copy.deepcopy(body)

    preview = await pretend.patch_listing(sku, us, body, preview=True)
    unchanged = (await pretend.listing(sku, us)).body["attributes"]["purchasable_offer"]
    submit = await pretend.patch_listing(sku, us, body, preview=False)
    clock.move(60)
    shown = (await pretend.listing(sku, us)).body["attributes"]["purchasable_offer"]

    assert (preview.body["status"], submit.body["status"]) == ("VALID", "ACCEPTED")
    assert unchanged == live["attributes"]["purchasable_offer"]
    assert shown[0]["our_price"][0]["schedule"][0]["value_with_tax"] == 77.77
    assert body == kept


async def test_an_unknown_sku_is_refused_as_not_found(pretend: SpApi) -> None:
    with pytest.raises(AmazonRefusedError) as caught:
        await pretend.listing("NO-SUCH-SKU", marketplace("US"))

    assert (caught.value.status, caught.value.code) == (404, "NotFound")
    assert caught.value.request_id


async def test_our_pace_is_never_refused(pretend: SpApi, clock: FixedClock) -> None:
    us = marketplace("US")
    page = await anext(aiter(pretend.search_listings(us)))
    sku = page.body["items"][0]["sku"]

    for _ in range(60):
        await pretend.listing(sku, us)

    root = pretend._transport.endpoint.removesuffix("/na")
    async with httpx.AsyncClient(verify=NO_TLS, trust_env=False) as outside:
        log = (await outside.get(f"{root}/_log")).json()
    assert [entry["status"] for entry in log if entry["operation"] == "getListingsItem"] == [
        200
    ] * 60
    assert clock.monotonic() > 10


async def test_tokens_are_renewed_over_a_long_day(pretend: SpApi, clock: FixedClock) -> None:
    for _ in range(5):
        await pretend.participations()
        clock.move(3590)

    assert await pretend.participations()


@pytest.mark.parametrize(
    ("sku", "path"),
    [
        ("A/B c&1", "A%2FB%20c%261"),
        ("50%", "50%25"),
        ("../../orders", "..%2F..%2Forders"),
        ("{0}?x=1#y", "%7B0%7D%3Fx%3D1%23y"),
        ("é“", "%C3%A9%E2%80%9C"),
        ("%2F", "%252F"),
    ],
)
async def test_any_sku_stays_one_segment_of_the_path(
    hostile: Hostile, api: SpApi, sku: str, path: str
) -> None:
    address = f"/listings/2021-08-01/items/A1SELLER/{path}"
    hostile.answers(address, JSONResponse({"sku": sku}))

    await api.listing(sku, marketplace("US"))

    assert hostile.asked[-1].path == address


@pytest.mark.parametrize("sku", ["", " ", ".", ".."])
async def test_a_sku_that_would_be_another_path_is_refused(
    hostile: Hostile, api: SpApi, sku: str
) -> None:
    with pytest.raises(InvalidInputError, match="sku"):
        await api.patch_listing(sku, marketplace("US"), {}, preview=False)
    assert hostile.asked == []


async def test_a_report_is_asked_for_without_the_librarys_own_parameters(
    hostile: Hostile, api: SpApi
) -> None:
    hostile.answers("/reports/2021-06-30/reports/R1", JSONResponse({
        "reportId": "R1", "reportType": "T", "processingStatus": "IN_QUEUE",
        "createdTime": "2026-11-21T08:00:00Z",
    }))  # fmt: skip

    await api.report("R1")

    assert hostile.asked[-1].query == {}


async def test_requests_say_who_we_are(hostile: Hostile, api: SpApi, clock: FixedClock) -> None:
    hostile.answers("/sellers/v1/marketplaceParticipations", JSONResponse({"payload": []}))

    await api.participations()

    headers = hostile.asked[-1].headers
    assert headers["user-agent"].startswith("Stockroom/")
    assert "Language=Python/3." in headers["user-agent"]
    assert headers["host"] == hostile.url.removeprefix("http://")
    assert headers["x-amz-date"] == clock.now().strftime("%Y%m%dT%H%M%SZ")


async def test_the_environment_redirects_nothing(
    hostile: Hostile,
    plenty: Buckets,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tmp_path = tmp_path_factory.mktemp("home")
    hostile.answers("/sellers/v1/marketplaceParticipations", JSONResponse({"payload": []}))
    monkeypatch.setenv("SP_API_DEFAULT_MARKETPLACE", "DE")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    monkeypatch.setenv("LWA_APP_ID", "someone-else")
    monkeypatch.setenv("HOME", str(tmp_path))
    settings = load_settings(
        home=tmp_path,
        lwa_url=f"{hostile.url}/auth/o2/token",
        lwa_client_id="id",
        lwa_client_secret="secret",
        spapi_na_url=hostile.url,
    )

    async with AmazonConnections(settings, plenty) as connections:
        await connections.for_seller("A1", Region.NA, "Atzr|x").participations()

    assert len(hostile.asked) == 2
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - in memory, asynchronous or not


DEFINITION = "/definitions/2020-09-01/productTypes/LAMP"


def _leads_to(hostile: Hostile, *stored: Response) -> None:
    link = {"resource": f"{hostile.url}/schemas/1?X-Amz-Signature=s3cret", "verb": "GET"}
    hostile.answers(DEFINITION, JSONResponse({"schema": {"link": link, "checksum": "x"}}))
    hostile.answers("/schemas/1", *stored)


async def test_a_product_types_schema_is_followed_to_where_it_lies(pretend: SpApi) -> None:
    schema = await pretend.product_type_schema("KITCHEN", marketplace("US"))
    assert "item_name" in schema["properties"]
    assert "required" not in schema


async def test_a_schema_is_asked_for_this_seller_without_what_whole_listings_need(
    hostile: Hostile, api: SpApi
) -> None:
    _leads_to(hostile, JSONResponse({"properties": {}}))
    assert await api.product_type_schema("LAMP", marketplace("US")) == {"properties": {}}
    asked, fetched = hostile.asked[-2:]
    assert asked.query == {
        "marketplaceIds": marketplace("US").id,
        "sellerId": "A1SELLER",
        "requirements": "LISTING",
        "requirementsEnforced": "NOT_ENFORCED",
    }
    assert "x-amz-access-token" not in fetched.headers


@pytest.mark.parametrize("stored", [b"[]", b"{", b"[" * 100_000, b"", b"\xff"])
async def test_a_schema_that_is_no_json_object_is_no_schema(
    hostile: Hostile, api: SpApi, stored: bytes
) -> None:
    _leads_to(hostile, Response(stored, media_type="application/json"))
    with pytest.raises(BadDocumentError):
        await api.product_type_schema("LAMP", marketplace("US"))


@pytest.mark.parametrize("told", [{}, {"schema": []}, {"schema": {"link": {"resource": 7}}}])
async def test_a_definition_that_leads_nowhere_cannot_be_used(
    hostile: Hostile, api: SpApi, told: dict[str, object]
) -> None:
    hostile.answers(DEFINITION, JSONResponse(told))
    with pytest.raises(AmazonUnavailableError):
        await api.product_type_schema("LAMP", marketplace("US"))
