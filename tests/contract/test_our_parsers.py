"""What Amazon itself publishes can be read: its sample documents, and its sandbox's answers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tests.serving import serving

from stockroom.amazon.connection import AmazonConnections
from stockroom.amazon.ports import AmazonAnswer, ReportSpec, ReportState
from stockroom.amazon.spapi import SpApi
from stockroom.amazon.throttle import Buckets
from stockroom.core.clock import FixedClock
from stockroom.core.config import load_settings
from stockroom.core.marketplaces import MARKETPLACES, Region
from stockroom.reports import all_reports
from stockroom.spec.account import AccountFacts
from stockroom.spec.fact import Asking
from stockroom.spec.report import MARKETPLACE, PagedApi, Report, SpApiReport
from stockroom.sync.normalize import Normalizer
from stockroom.sync.values import Tally

AMAZON = Path(__file__).parents[2].parent / "shared" / "amazon"
FOLDER = AMAZON / "amzn-models" / "models"
MODELS = (
    "reports-api-model/reports_2021-06-30.json",
    "listings-items-api-model/listingsItems_2021-08-01.json",
    "sellers-api-model/sellers.json",
    "fulfillment-inbound-api-model/fulfillmentInboundV0.json",
    "fulfillment-inbound-api-model/fulfillmentInbound_2024-03-20.json",
    "amazon-warehousing-and-distribution-model/awd_2024-05-09.json",
    "finances-api-model/finances_2024-06-19.json",
)
TOKENS = {"nextToken", "NextToken", "pageToken", "paginationToken"}
US = MARKETPLACES["US"]
ACCOUNT = AccountFacts(UUID(int=1), "harbor", Region.NA, ("US", "CA"), "US")
SAMPLED_AT = datetime(2024, 12, 20, 8, 45, tzinfo=UTC)
SANDBOX_AT = datetime(2024, 4, 1, 8, 45, tzinfo=UTC)

pytestmark = pytest.mark.skipif(
    not AMAZON.is_dir(), reason="Amazon's samples are not beside this project (../shared/amazon)"
)


def asking(report: Report, at: datetime) -> Asking:
    place = US if report.scope is MARKETPLACE else None
    return Asking(ACCOUNT, place, at.date(), at, (datetime(2000, 1, 1, tzinfo=UTC), at))


def read(report: Report, document: bytes, at: datetime) -> tuple[list[dict[str, Any]], Tally]:
    normalizer = Normalizer(report, asking(report, at), "text/plain; charset=UTF-8")
    frames = [*normalizer.feed(document), *normalizer.finish()]
    return (pl.concat(frames).to_dicts() if frames else []), normalizer.tally


# --- sample documents ------------------------------------------------------------------------------


def sampled() -> Iterator[tuple[Report, Path]]:
    for report in all_reports():
        if isinstance(report.request, SpApiReport):
            path = AMAZON / "samples" / f"{report.request.report_type}.tsv"
            if path.exists():
                yield report, path


@pytest.mark.parametrize(("report", "path"), tuple(sampled()), ids=lambda one: one.name)
def test_every_line_of_a_sample_is_a_row(report: Report, path: Path) -> None:
    rows, tally = read(report, path.read_bytes(), SAMPLED_AT)
    lines = [line for line in path.read_text().splitlines() if line]
    assert not tally.rejected
    assert len(rows) == len(lines) - 1 > 0


def test_samples_of_five_datasets_are_here() -> None:
    assert {report.name for report, _ in sampled()} == {
        "ledger_detail",
        "myi_inventory",
        "reserved_inventory",
        "storage_fees",
        "stranded_inventory",
    }


def sample(name: str) -> list[dict[str, Any]]:
    report, path = next(found for found in sampled() if found[0].name == name)
    return read(report, path.read_bytes(), SAMPLED_AT)[0]


def test_the_ledgers_unspaced_headers_and_instants_are_understood() -> None:
    first, second, *_ = sample("ledger_detail")
    assert (str(first["day"]), first["event_type"], first["quantity"]) == (
        "2024-12-02",
        "Receipts",
        25,
    )
    assert (second["reference_id"], second["quantity"]) == ("ORD-902-3159896", -1)


def test_samples_hold_what_they_say() -> None:
    console, _, bottle = sample("myi_inventory")
    assert (console["fulfillable"], console["inbound_working"], console["fba_listing"]) == (
        156,
        25,
        True,
    )
    assert (bottle["merchant_quantity"], bottle["unsellable"]) == (50, 4)
    (headset,) = sample("stranded_inventory")
    assert (headset["reason"], str(headset["auto_removal_on"])) == ("LISTING_CLOSED", "2025-01-15")
    reserved, *_ = sample("reserved_inventory")
    assert (reserved["reserved"], reserved["reserved_orders"]) == (12, 8)


# --- the sandbox's answers -----------------------------------------------------------------------


def untold(body: Any) -> Any:
    """An answer without the token of a following page: the sandbox's pages never end."""
    if isinstance(body, dict):
        return {key: untold(value) for key, value in body.items() if key not in TOKENS}
    return body


def sandbox() -> Starlette:
    """Answers every operation with the first example in Amazon's model."""
    routes = []
    for name in MODELS:
        model = json.loads((FOLDER / name).read_text(encoding="utf-8"))
        for path, operations in model["paths"].items():
            for method, described in operations.items():
                example = _example(described) if isinstance(described, dict) else None
                if example is not None:
                    routes.append(_route(path, method, *example))

    async def sign_in(_: Request) -> Response:
        return JSONResponse({"access_token": "Atza|x", "token_type": "bearer", "expires_in": 3600})

    return Starlette(routes=[Route("/auth/o2/token", sign_in, methods=["POST"]), *routes])


def _example(described: dict[str, Any]) -> tuple[int, Any] | None:
    for status, response in described.get("responses", {}).items():
        examples = response.get("x-amzn-api-sandbox", {}).get("static", [])
        if status.startswith("2") and examples and "response" in examples[0]:
            return int(status), examples[0]["response"]
    return None


def _route(path: str, method: str, status: int, body: Any) -> Route:
    async def answer(request: Request) -> Response:
        follows = any(request.query_params.get(name) for name in TOKENS)
        return JSONResponse(untold(body) if follows else body, status)

    return Route(path, answer, methods=[method.upper()])


@pytest.fixture
async def api(tmp_path: Path, plenty: Buckets) -> AsyncIterator[SpApi]:
    """A seller's API at Amazon's sandbox."""
    async with serving(sandbox()) as url:
        settings = load_settings(
            home=tmp_path,
            lwa_url=f"{url}/auth/o2/token",
            lwa_client_id="amzn1.application-oa2-client.x",
            lwa_client_secret="x",
            spapi_na_url=url,
        )
        async with AmazonConnections(settings, plenty, FixedClock(SANDBOX_AT)) as connections:
            yield connections.for_seller("A1SELLER", Region.NA, "Atzr|x")


async def test_reports_of_the_sandbox_are_understood(api: SpApi) -> None:
    made = await api.create_report(ReportSpec("GET_MERCHANT_LISTINGS_ALL_DATA", (US,)))
    status = await api.report(made)
    listed = await api.reports(["FEE_DISCOUNTS_REPORT"], SANDBOX_AT - timedelta(days=30))
    assert made
    assert status.report_id
    assert {one.state for one in listed} == {ReportState.IN_PROGRESS}


async def test_sellers_and_listings_of_the_sandbox_are_understood(api: SpApi) -> None:
    taking_part = await api.participations()
    listing = await api.listing("GM-ZDPI-9B4E", US)
    patched = await api.patch_listing("GM-ZDPI-9B4E", US, {"productType": "X"}, preview=False)
    assert taking_part
    assert listing.body["sku"] == "GM-ZDPI-9B4E"
    assert patched.body["status"] == "ACCEPTED"


async def rows_of(name: str, api: SpApi) -> tuple[list[dict[str, Any]], Tally]:
    """A list operation's pages as its dataset reads them."""
    report = next(report for report in all_reports() if report.name == name)
    assert isinstance(report.request, PagedApi)
    pages = [page async for page in report.request.pages(api, asking(report, SANDBOX_AT))]
    return read(report, lines(pages), SANDBOX_AT)


def lines(pages: Iterable[AmazonAnswer]) -> bytes:
    return b"".join(json.dumps(page.body).encode() + b"\n" for page in pages)


async def test_shipments_of_the_sandbox_become_rows(api: SpApi) -> None:
    rows, tally = await rows_of("inbound_shipments", api)
    assert not tally.rejected
    assert [(row["shipment_id"], row["status"], row["network"]) for row in rows] == [
        ("FBA15DJ9S3J5", "SHIPPED", "NA_US")
    ]


async def test_shipment_items_of_the_sandbox_become_rows(api: SpApi) -> None:
    rows, tally = await rows_of("inbound_items", api)
    assert not tally.rejected
    ((row,),) = (rows,)
    assert (row["shipment_id"], row["sku"]) == ("FBA15DF2763D", "CR-47K6-H6QN")
    assert (row["units_shipped"], row["units_received"]) == (4, 0)


async def test_a_shipment_of_a_plan_of_the_sandbox_is_understood(api: SpApi) -> None:
    answer = await api._shipment("wf" + "1" * 36, "sh" + "1" * 36)
    report = next(report for report in all_reports() if report.name == "inbound_plans")
    plan = {
        "inboundPlanId": "wf" + "1" * 36,
        "status": "ACTIVE",
        "createdAt": "2024-03-20T12:01:00Z",
        "lastUpdatedAt": "2024-03-28T13:15:30Z",
    }
    page = AmazonAnswer({"shipments": [{"plan": plan, "shipment": answer}]}, "")
    rows, tally = read(report, lines([page]), SANDBOX_AT)
    assert not tally.rejected
    assert rows[0]["shipment_confirmation_id"] == "FBA1234ABCD"
    assert rows[0]["window_end"] == datetime(2024, 1, 1, 6, tzinfo=UTC)
    assert rows[0]["destination_country"] == "CA"


async def test_plans_of_the_sandbox_without_shipments_stand_alone(api: SpApi) -> None:
    pages = [page async for page in api.inbound_plans(datetime(2023, 1, 1, tzinfo=UTC))]
    shown = [row for page in pages for row in page.body["shipments"]]
    assert len(shown) == 4  # the sandbox gives its one page twice
    assert all("shipment" not in row for row in shown)


async def test_distribution_centres_of_the_sandbox_become_rows(api: SpApi) -> None:
    stock, tally = await rows_of("awd_inventory", api)
    assert not tally.rejected
    assert [(row["sku"], row["on_hand"], row["inbound"]) for row in stock] == [
        ("100TestSKU1Pen", 20, 10),
        ("2U-BKEX-VW4D", 20, 5),
    ]
    assert {(row["available"], row["reserved"], row["replenishing"]) for row in stock} == {
        (10, 10, 10)
    }
    sent, tally = await rows_of("awd_shipments", api)
    assert not tally.rejected
    assert {(row["sku"], row["units_shipped"], row["units_received"]) for row in sent} == {
        ("testPen", 2, 0)
    }


async def test_participations_of_the_sandbox_become_rows(api: SpApi) -> None:
    rows, tally = await rows_of("marketplace_participations", api)
    assert not tally.rejected
    assert {row["participating"] for row in rows} == {True}


async def test_listings_of_the_sandbox_become_rows(api: SpApi) -> None:
    rows, tally = await rows_of("listings", api)
    assert not tally.rejected
    assert {row["status"] for row in rows} == {"active"}


async def test_transactions_of_the_sandbox_become_rows(api: SpApi) -> None:
    report = next(report for report in all_reports() if report.name == "transactions")
    since, until = SANDBOX_AT - timedelta(days=9), SANDBOX_AT - timedelta(days=2)
    pages = [page async for page in api.transactions(since, until)]
    rows, tally = read(report, lines(pages), datetime(2020, 8, 1, tzinfo=UTC))
    assert not tally.rejected
    assert [(row["order_id"], row["amount"], row["currency"]) for row in rows] == [
        ("8129762527551", 10, "USD")
    ] * 2  # the sandbox gives its one page twice
