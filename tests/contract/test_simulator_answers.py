"""Every kind of answer the pretend Amazon gives is one that Amazon's own models allow."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
from tests.contract.conftest import NOW, Contract

from stockroom.core.clock import FixedClock
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.credentials import CLIENT_ID, CLIENT_SECRET
from stockroom.simulator.world import Seller, World

REPORTS = "/reports/2021-06-30"
LEDGER = "GET_LEDGER_SUMMARY_VIEW_DATA"


@dataclass
class Checked:
    """A seller's calls, each answer held against the model of its operation."""

    http: httpx.AsyncClient
    seller: Seller
    contract: Contract
    headers: dict[str, str] = field(default_factory=dict)

    async def call(
        self, operation: str, method: str, path: str, status: int = 200, **options: Any
    ) -> Any:
        address = f"/{self.seller.region.lower()}{path}"
        answer = await self.http.request(method, address, headers=self.headers, **options)
        assert answer.status_code == status, answer.text
        self.contract.check(operation, answer)
        return answer.json()

    @property
    def markets(self) -> list[str]:
        return [MARKETPLACES[code].id for code in self.seller.marketplaces]

    @property
    def listings(self) -> str:
        return f"/listings/2021-08-01/items/{self.seller.seller_id}"


@pytest.fixture(params=[0, 1, 2])
async def amazon(
    request: pytest.FixtureRequest, http: httpx.AsyncClient, world: World, contract: Contract
) -> Checked:
    seller = list(world.sellers.values())[request.param]
    form = {
        "grant_type": "refresh_token",
        "refresh_token": seller.refresh_token,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }
    token = (await http.post("/auth/o2/token", data=form)).json()["access_token"]
    return Checked(http, seller, contract, {"x-amz-access-token": token, "user-agent": "Test/1"})


def ask(amazon: Checked, **more: Any) -> dict[str, Any]:
    return {
        "reportType": LEDGER,
        "marketplaceIds": amazon.markets,
        "dataStartTime": (NOW - timedelta(days=9)).isoformat(),
        "dataEndTime": NOW.isoformat(),
        **more,
    }


async def test_answers_of_the_sellers_api(amazon: Checked) -> None:
    path = "/sellers/v1/marketplaceParticipations"
    await amazon.call("getMarketplaceParticipations", "GET", path)
    await amazon.call("getAccount", "GET", "/sellers/v1/account")
    del amazon.headers["x-amz-access-token"]
    await amazon.call("getMarketplaceParticipations", "GET", path, 403)


async def test_answers_of_the_inventory_api(amazon: Checked, clock: FixedClock) -> None:
    path = "/fba/inventory/v1/summaries"
    for market in amazon.markets:
        clock.move(1)
        params = {
            "granularityType": "Marketplace",
            "granularityId": market,
            "marketplaceIds": market,
            "details": "true",
        }
        await amazon.call("getInventorySummaries", "GET", path, params=params)
    clock.move(1)
    await amazon.call("getInventorySummaries", "GET", path, 400)
    await amazon.call("getInventorySummaries", "GET", path, 400)
    await amazon.call("getInventorySummaries", "GET", path, 429)


async def test_answers_of_the_inbound_v0_api(amazon: Checked) -> None:
    base, market = "/fba/inbound/v0", amazon.markets[0]
    window = {
        "LastUpdatedAfter": (NOW - timedelta(days=200)).isoformat(),
        "LastUpdatedBefore": NOW.isoformat(),
    }
    params = {"MarketplaceId": market, "QueryType": "DATE_RANGE", **window}
    found = await amazon.call("getShipments", "GET", f"{base}/shipments", params=params)
    if token := found["payload"].get("NextToken"):
        more = {"MarketplaceId": market, "QueryType": "NEXT_TOKEN", "NextToken": token}
        await amazon.call("getShipments", "GET", f"{base}/shipments", params=more)
    await amazon.call("getShipmentItems", "GET", f"{base}/shipmentItems", params=params)
    one = found["payload"]["ShipmentData"][0]["ShipmentId"]
    by_id = "getShipmentItemsByShipmentId"
    await amazon.call(by_id, "GET", f"{base}/shipments/{one}/items")
    await amazon.call(by_id, "GET", f"{base}/shipments/FBA0/items", 404)
    await amazon.call("getShipments", "GET", f"{base}/shipments", 400)
    await amazon.call("getShipmentItems", "GET", f"{base}/shipmentItems", 400)


async def test_answers_of_the_inbound_plans_api(amazon: Checked, clock: FixedClock) -> None:
    base = "/inbound/fba/2024-03-20/inboundPlans"
    plans = await amazon.call("listInboundPlans", "GET", base, params={"pageSize": "7"})
    more = {"paginationToken": plans["pagination"]["nextToken"]}
    await amazon.call("listInboundPlans", "GET", base, params=more)
    for plan in plans["inboundPlans"]:
        clock.move(1)
        path = f"{base}/{plan['inboundPlanId']}"
        whole = await amazon.call("getInboundPlan", "GET", path)
        shipment = f"{path}/shipments/{whole['shipments'][0]['shipmentId']}"
        await amazon.call("getShipment", "GET", shipment)
        await amazon.call("listShipmentItems", "GET", f"{shipment}/items")
    nobody = f"{base}/wf{'0' * 36}"
    await amazon.call("getInboundPlan", "GET", nobody, 404)
    await amazon.call("getShipment", "GET", f"{nobody}/shipments/sh{'0' * 36}", 404)
    await amazon.call("listInboundPlans", "GET", base, 400, params={"status": "LOST"})


async def test_answers_of_the_outbound_api(amazon: Checked, clock: FixedClock) -> None:
    base = "/fba/outbound/2020-07-01/fulfillmentOrders"
    params = {"queryStartDate": (NOW - timedelta(days=90)).isoformat()}
    listed = await amazon.call("listAllFulfillmentOrders", "GET", base, params=params)
    more = {"nextToken": listed["payload"]["nextToken"]}
    await amazon.call("listAllFulfillmentOrders", "GET", base, params=more)
    for order in listed["payload"]["fulfillmentOrders"][-8:]:
        clock.move(1)
        path = f"{base}/{order['sellerFulfillmentOrderId']}"
        await amazon.call("getFulfillmentOrder", "GET", path)
    await amazon.call("getFulfillmentOrder", "GET", f"{base}/none", 404)
    await amazon.call("listAllFulfillmentOrders", "GET", base, 400, params={"nextToken": "none"})


async def test_answers_of_the_distribution_centres(amazon: Checked, clock: FixedClock) -> None:
    stock, shipments = "/awd/2024-05-09/inventory", "/awd/2024-05-09/inboundShipments"
    for details in ("SHOW", "HIDE"):
        params = {"details": details}
        found = await amazon.call("listInventory", "GET", stock, params=params)
        assert bool(found["inventory"]) == ("US" in amazon.seller.marketplaces)
    clock.move(9)
    listed = await amazon.call("listInboundShipments", "GET", shipments, params={"maxResults": 3})
    for token in filter(None, [listed.get("nextToken")]):
        clock.move(1)
        await amazon.call("listInboundShipments", "GET", shipments, params={"nextToken": token})
    for one in listed["shipments"]:
        clock.move(1)
        path = f"{shipments}/{one['shipmentId']}"
        await amazon.call("getInboundShipment", "GET", path)
        await amazon.call("getInboundShipment", "GET", path, params={"skuQuantities": "SHOW"})
    clock.move(9)
    await amazon.call("getInboundShipment", "GET", f"{shipments}/none", 404)
    await amazon.call("listInventory", "GET", stock, 400, params={"details": "MAYBE"})
    await amazon.call("listInboundShipments", "GET", shipments, 400, params={"maxResults": 999})


async def test_answers_of_the_finances_api(amazon: Checked) -> None:
    path = "/finances/2024-06-19/transactions"
    window = {
        "postedAfter": (NOW - timedelta(days=60)).isoformat(),
        "postedBefore": (NOW - timedelta(days=2)).isoformat(),
    }
    found = await amazon.call("listTransactions", "GET", path, params=window)
    more = window | {"nextToken": found["payload"]["nextToken"]}
    await amazon.call("listTransactions", "GET", path, params=more)
    kinds = {one["transactionType"] for one in found["payload"]["transactions"]}
    assert kinds >= {"Shipment", "Refund"}
    too_new = window | {"postedBefore": NOW.isoformat()}
    await amazon.call("listTransactions", "GET", path, 400, params=too_new)
    too_long = window | {"postedAfter": (NOW - timedelta(days=200)).isoformat()}
    nothing = await amazon.call("listTransactions", "GET", path, params=too_long)
    assert nothing["payload"] == {"transactions": []}


async def test_settlements_are_listed_and_cannot_be_requested(amazon: Checked) -> None:
    kind = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
    params = {"reportTypes": kind, "pageSize": "100"}
    listed = await amazon.call("getReports", "GET", f"{REPORTS}/reports", params=params)
    one = listed["reports"][0]
    path = f"{REPORTS}/documents/{one['reportDocumentId']}"
    await amazon.call("getReportDocument", "GET", path)
    await amazon.call("getReport", "GET", f"{REPORTS}/reports/{one['reportId']}")
    asked = ask(amazon, reportType=kind)
    await amazon.call("createReport", "POST", f"{REPORTS}/reports", 400, json=asked)


async def test_answers_of_the_reports_api(amazon: Checked, clock: FixedClock) -> None:
    created = await amazon.call("createReport", "POST", f"{REPORTS}/reports", 202, json=ask(amazon))
    one = f"{REPORTS}/reports/{created['reportId']}"
    for _ in range(11):
        report = await amazon.call("getReport", "GET", one)
        clock.move(1)
    params = {"reportTypes": LEDGER, "pageSize": "1"}
    await amazon.call("createReport", "POST", f"{REPORTS}/reports", 202, json=ask(amazon))
    await amazon.call("getReports", "GET", f"{REPORTS}/reports", params=params)
    document = f"{REPORTS}/documents/{report['reportDocumentId']}"
    await amazon.call("getReportDocument", "GET", document)
    await amazon.call("getReportDocument", "GET", f"{REPORTS}/documents/none", 404)
    await amazon.call("getReport", "GET", f"{REPORTS}/reports/none", 404)
    await amazon.call("getReports", "GET", f"{REPORTS}/reports", 400)
    await amazon.call("cancelReport", "DELETE", one, 400)
    await amazon.call("cancelReport", "DELETE", f"{REPORTS}/reports/none", 404)


@pytest.mark.parametrize(
    ("change", "ending"),
    [
        ({}, "DONE"),
        ({"dataStartTime": None}, "FATAL"),
        ({"reportOptions": {"aggregateByLocation": "FC"}}, "FATAL"),
    ],
)
async def test_every_ending_of_a_report(
    amazon: Checked, clock: FixedClock, change: dict[str, Any], ending: str
) -> None:
    ids = [
        (await amazon.call("createReport", "POST", f"{REPORTS}/reports", 202, json=body))[
            "reportId"
        ]
        for body in [ask(amazon, **change)] * 2
    ]
    await amazon.call("cancelReport", "DELETE", f"{REPORTS}/reports/{ids[1]}")
    clock.move(10)
    endings = [
        (await amazon.call("getReport", "GET", f"{REPORTS}/reports/{one}"))["processingStatus"]
        for one in ids
    ]
    assert endings == [ending, "CANCELLED"]


async def test_answers_of_the_listings_api(amazon: Checked, clock: FixedClock) -> None:
    everything = {
        "marketplaceIds": ",".join(amazon.markets),
        "includedData": "summaries,attributes,issues,offers,fulfillmentAvailability,"
        "procurement,relationships,productTypes",
        "pageSize": "20",
    }
    items: list[dict[str, Any]] = []
    while True:
        clock.move(1)
        page = await amazon.call("searchListingsItems", "GET", amazon.listings, params=everything)
        items += page["items"]
        if "nextToken" not in page["pagination"]:
            break
        everything["pageToken"] = page["pagination"]["nextToken"]
    assert any(one["issues"] for one in items) or len(items) > 10
    for one in items[:5]:
        params = {key: everything[key] for key in ("marketplaceIds", "includedData")}
        await amazon.call(
            "getListingsItem", "GET", f"{amazon.listings}/{one['sku']}", params=params
        )
    clock.move(1)
    params = {"marketplaceIds": amazon.markets[0]}
    await amazon.call("getListingsItem", "GET", f"{amazon.listings}/none", 404, params=params)
    await amazon.call("getListingsItem", "GET", f"{amazon.listings}/none", 400)
    await amazon.call("searchListingsItems", "GET", amazon.listings, 400)


async def test_answers_of_the_product_types_api(amazon: Checked, clock: FixedClock) -> None:
    path = "/definitions/2020-09-01/productTypes"
    for market in amazon.markets:
        clock.move(1)
        params = {"marketplaceIds": market, "requirementsEnforced": "NOT_ENFORCED"}
        await amazon.call("getDefinitionsProductType", "GET", f"{path}/KITCHEN", params=params)
    clock.move(1)
    await amazon.call("getDefinitionsProductType", "GET", f"{path}/KITCHEN", 400)
    await amazon.call("getDefinitionsProductType", "GET", f"{path}/NONE", 404, params=params)


async def test_answers_to_a_patch(amazon: Checked) -> None:
    market = MARKETPLACES[amazon.seller.marketplaces[0]]
    params = {"marketplaceIds": market.id, "includedData": "summaries,attributes"}
    found = await amazon.call("searchListingsItems", "GET", amazon.listings, params=params)
    sku, summary = found["items"][0]["sku"], found["items"][0]["summaries"][0]
    offer = found["items"][0]["attributes"]["purchasable_offer"][0]
    change = {"op": "merge", "path": "/attributes/purchasable_offer", "value": [offer]}
    body = {"productType": summary["productType"], "patches": [change]}
    strange = {"op": "replace", "path": "/attributes/fake", "value": [{"value": 1}]}
    path, to = f"{amazon.listings}/{sku}", {"marketplaceIds": market.id}
    preview = {**to, "mode": "VALIDATION_PREVIEW", "includedData": "identifiers,issues"}
    endings = [
        (await amazon.call("patchListingsItem", "PATCH", path, params=where, json=what))["status"]
        for where, what in (
            (preview, body),
            (to, body),
            (to, body | {"patches": [strange]}),
        )
    ]
    assert endings == ["VALID", "ACCEPTED", "INVALID"]
    await amazon.call("patchListingsItem", "PATCH", path, 400, params=to, json={})
