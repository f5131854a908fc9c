"""Inbound shipments over the wire: statuses, quantities and windows that follow the stream."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.serving import serving
from tests.simulator.conftest import Application, logged_in
from tests.simulator.reading import NOW, SLUGS, events, every_seller, seller, world

from stockroom.core.clock import FixedClock
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.simulator.app import create_app

pytestmark = pytest.mark.early

V0 = "/fba/inbound/v0"
PLANS = "/inbound/fba/2024-03-20/inboundPlans"
STATUSES = "WORKING,SHIPPED,IN_TRANSIT,DELIVERED,CHECKED_IN,RECEIVING,CLOSED"
Row = dict[str, Any]


@pytest.fixture
async def served(clock: FixedClock, tmp_path: Path) -> AsyncIterator[str]:
    async with serving(create_app(world(), clock, tmp_path)) as url:
        yield url


async def shop(slug: str, url: str, http: httpx.AsyncClient, clock: FixedClock) -> Application:
    return await logged_in(url, world().sellers[slug], http, clock)


async def pages(shop: Application, path: str, rows: str, **params: str) -> list[Row]:
    found: list[Row] = []
    while True:
        shop.clock.move(0.5)
        answer = await shop.get(path, **params)
        assert answer.status_code == 200, answer.text
        payload = answer.json()["payload"]
        found += payload[rows]
        if "NextToken" not in payload:
            return found
        params["QueryType"], params["NextToken"] = "NEXT_TOKEN", payload["NextToken"]


async def shipments(shop: Application, country: str, statuses: str = STATUSES) -> list[Row]:
    params = {"QueryType": "SHIPMENT", "ShipmentStatusList": statuses}
    market = MARKETPLACES[country].id
    return await pages(shop, f"{V0}/shipments", "ShipmentData", MarketplaceId=market, **params)


async def items(
    shop: Application, country: str, since: datetime, until: datetime = NOW
) -> list[Row]:
    window = {"LastUpdatedAfter": since.isoformat(), "LastUpdatedBefore": until.isoformat()}
    market = MARKETPLACES[country].id
    return await pages(
        shop,
        f"{V0}/shipmentItems",
        "ItemData",
        QueryType="DATE_RANGE",
        MarketplaceId=market,
        **window,
    )


def by_shipment(slug: str, as_of: datetime) -> dict[str, list[Row]]:
    kinds = {"inbound_created", "inbound_shipped", "inbound_arrived", "received", "short"}
    found: dict[str, list[Row]] = {}
    for row in events(slug):
        if row["kind"] in kinds and datetime.fromisoformat(row["visible_at"]) <= as_of:
            found.setdefault(row["refs"]["shipment_id"], []).append(row)
    return found


def status(happened: list[Row], as_of: datetime) -> str:
    """The status those events amount to, by a reading of one's own."""
    counts: Counter[str] = Counter()
    for row in happened:
        counts[row["from"]] += row["units"]
    age = as_of - datetime.fromisoformat(happened[-1]["visible_at"])
    if counts["inbound_receiving"]:
        whole = counts["inbound_receiving"] == happened[0]["units"]
        return "CLOSED" if whole else "RECEIVING"
    if counts["inbound_shipped"]:
        return "CHECKED_IN" if age >= timedelta(hours=6) else "DELIVERED"
    if counts["inbound_working"]:
        return "IN_TRANSIT" if age >= timedelta(hours=24) else "SHIPPED"
    return "WORKING"


@pytest.mark.parametrize("hours", [0, pytest.param(100, marks=pytest.mark.slow), 1000])
@every_seller
async def test_shipments_stand_where_their_events_left_them(
    slug: str, hours: int, served: str, http: httpx.AsyncClient, clock: FixedClock
) -> None:
    clock.move(-3600 * hours)
    one = await shop(slug, served, http, clock)
    expected = by_shipment(slug, NOW - timedelta(hours=hours))
    networks = {"US", "CA"} if slug != SLUGS[2] else {"DE", "UK"}
    found = [row for country in networks for row in await shipments(one, country)]
    assert len(found) == len(expected) > 50
    for row in found:
        happened = expected[row["ShipmentId"]]
        assert row["ShipmentStatus"] == status(happened, NOW - timedelta(hours=hours))
        assert row["DestinationFulfillmentCenterId"] == happened[0]["fc"]


async def test_a_shipment_passes_through_every_status() -> None:
    slug = SLUGS[0]
    seen: dict[str, str] = {}
    for hours in range(0, 24 * 60, 6):
        for one in seller(slug).shipments_at(NOW - timedelta(hours=hours)):
            seen[one.status] = one.shipment_id
    assert set(seen) == set(STATUSES.split(","))


@every_seller
async def test_received_is_what_was_booked_in_also_after_the_close(
    slug: str, served: str, http: httpx.AsyncClient, clock: FixedClock
) -> None:
    one = await shop(slug, served, http, clock)
    expected = by_shipment(slug, NOW)
    countries = ("US", "CA") if slug != SLUGS[2] else ("DE", "UK")
    since = NOW - timedelta(days=999)
    found = [row for country in countries for row in await items(one, country, since)]
    assert {row["ShipmentId"] for row in found} == set(expected)
    short = late = 0
    for row in found:
        happened = expected[row["ShipmentId"]]
        received = sum(each["units"] for each in happened if each["kind"] == "received")
        assert row["QuantityShipped"] == happened[0]["units"]
        assert row["QuantityReceived"] == received
        assert row["SellerSKU"] == happened[0]["msku"]
        assert row["FulfillmentNetworkSKU"] == happened[0]["fnsku"]
        short += received < row["QuantityShipped"] and happened[-1]["kind"] == "short"
        late += any(each["from"] == "short" for each in happened)
    assert short
    assert late


async def test_a_late_receipt_moves_a_closed_shipment() -> None:
    slug = SLUGS[0]
    late = next(row for row in events(slug) if row["kind"] == "received" and row["from"] == "short")
    at = datetime.fromisoformat(late["visible_at"])
    before, after = (
        next(
            one
            for one in seller(slug).shipments_at(moment)
            if one.shipment_id == late["refs"]["shipment_id"]
        )
        for moment in (at - timedelta(seconds=1), at)
    )
    assert before.status == after.status == "CLOSED"
    assert after.received - before.received == late["units"]
    assert before.updated_at < after.updated_at == at


async def test_a_sweep_finds_what_changed_and_nothing_else(
    served: str, http: httpx.AsyncClient, clock: FixedClock
) -> None:
    one = await shop(SLUGS[0], served, http, clock)
    since = NOW - timedelta(days=5)
    changed = {
        each.shipment_id for each in seller(SLUGS[0]).shipments_at(NOW) if each.updated_at >= since
    }
    assert {row["ShipmentId"] for row in await items(one, "US", since)} == changed
    assert changed


async def test_every_european_marketplace_answers_with_the_same_shipments(
    served: str, http: httpx.AsyncClient, clock: FixedClock
) -> None:
    one = await shop(SLUGS[2], served, http, clock)
    german, french = await shipments(one, "DE"), await shipments(one, "FR")
    assert german == french
    assert not {row["ShipmentId"] for row in german} & {
        row["ShipmentId"] for row in await shipments(one, "UK")
    }


async def test_no_date_is_anywhere_in_a_v0_shipment(
    served: str, http: httpx.AsyncClient, clock: FixedClock
) -> None:
    one = await shop(SLUGS[0], served, http, clock)
    for row in await shipments(one, "US", "WORKING,SHIPPED,IN_TRANSIT"):
        assert "2026" not in str(row)


async def test_shipments_can_be_asked_for_by_id_and_status(
    served: str, http: httpx.AsyncClient, clock: FixedClock
) -> None:
    one = await shop(SLUGS[0], served, http, clock)
    closed = await shipments(one, "US", "CLOSED")
    ids = ",".join(row["ShipmentId"] for row in closed[:3])
    params = {"QueryType": "SHIPMENT", "MarketplaceId": MARKETPLACES["US"].id}
    found = await pages(one, f"{V0}/shipments", "ShipmentData", ShipmentIdList=ids, **params)
    assert found == closed[:3]
    both = {"ShipmentIdList": ids, "ShipmentStatusList": "WORKING"}
    assert await pages(one, f"{V0}/shipments", "ShipmentData", **both, **params) == []
    single = await one.get(f"{V0}/shipments/{closed[0]['ShipmentId']}/items")
    (item,) = single.json()["payload"]["ItemData"]
    assert item["ShipmentId"] == closed[0]["ShipmentId"]


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("shipments", {}),
        ("shipments", {"QueryType": "SHIPMENT"}),
        ("shipments", {"QueryType": "SHIPMENT", "ShipmentStatusList": "LOST"}),
        ("shipments", {"QueryType": "NEXT_TOKEN", "NextToken": "made-up"}),
        ("shipments", {"QueryType": "EVERYTHING"}),
        ("shipmentItems", {"QueryType": "SHIPMENT", "ShipmentIdList": "FBA1"}),
        ("shipmentItems", {"QueryType": "DATE_RANGE", "LastUpdatedAfter": "2026-01-01"}),
    ],
)
async def test_what_v0_cannot_use_is_400(
    served: str, http: httpx.AsyncClient, clock: FixedClock, path: str, params: dict[str, str]
) -> None:
    one = await shop(SLUGS[0], served, http, clock)
    answer = await one.get(f"{V0}/{path}", MarketplaceId=MARKETPLACES["US"].id, **params)
    assert answer.status_code == 400
    no_market = await one.get(f"{V0}/{path}", **params)
    assert no_market.status_code == 400


# --- 2024-03-20 ----------------------------------------------------------------------------------


async def plans(shop: Application, **params: str) -> list[Row]:
    found: list[Row] = []
    while True:
        shop.clock.move(0.5)
        answer = (await shop.get(PLANS, pageSize="30", **params)).json()
        found += answer["inboundPlans"]
        token = answer.get("pagination", {}).get("nextToken")
        if token is None:
            return found
        params["paginationToken"] = token


async def test_every_shipment_has_a_plan_and_the_newest_come_first(
    served: str, http: httpx.AsyncClient, clock: FixedClock
) -> None:
    one = await shop(SLUGS[0], served, http, clock)
    created = {
        row["refs"]["inbound_plan_id"]
        for row in events(SLUGS[0])
        if row["kind"] == "inbound_created"
    }
    found = await plans(one)
    assert {row["inboundPlanId"] for row in found} == created
    changes = [row["lastUpdatedAt"] for row in found]
    assert changes == sorted(changes, reverse=True)
    oldest = [row["createdAt"] for row in await plans(one, sortBy="CREATION_TIME", sortOrder="ASC")]
    assert oldest == sorted(oldest)
    active = {row["inboundPlanId"] for row in await plans(one, status="ACTIVE")}
    assert active == {row["inboundPlanId"] for row in found if row["status"] == "ACTIVE"}


async def test_a_plans_shipment_names_its_confirmed_id_and_its_window(
    served: str, http: httpx.AsyncClient, clock: FixedClock
) -> None:
    one = await shop(SLUGS[2], served, http, clock)
    created = [row for row in events(SLUGS[2]) if row["kind"] == "inbound_created"][-12:]
    windows = 0
    for row in created:
        clock.move(1)
        refs = row["refs"]
        path = f"{PLANS}/{refs['inbound_plan_id']}"
        (summary,) = (await one.get(path)).json()["shipments"]
        assert summary["shipmentId"] == refs["inbound_shipment_id"]
        shipment = (await one.get(f"{path}/shipments/{summary['shipmentId']}")).json()
        assert shipment["shipmentConfirmationId"] == refs["shipment_id"]
        assert shipment["destination"]["warehouseId"] == row["fc"]
        window = shipment.get("selectedDeliveryWindow", {})
        assert window.get("endDate") == refs.get("delivery_window_end")
        assert window.get("startDate") == refs.get("delivery_window_start")
        windows += bool(window)
        (item,) = (await one.get(f"{path}/shipments/{summary['shipmentId']}/items")).json()["items"]
        assert (item["msku"], item["quantity"]) == (row["msku"], row["units"])
    assert 0 < windows < len(created)


def test_windows_are_kept_mostly_but_not_always() -> None:
    outcomes: Counter[bool] = Counter()
    for slug in SLUGS:
        ends = {
            row["refs"]["shipment_id"]: row["refs"]["delivery_window_end"]
            for row in events(slug)
            if row["kind"] == "inbound_created" and "delivery_window_end" in row["refs"]
        }
        for row in events(slug):
            end = ends.get(row["refs"].get("shipment_id", ""))
            if row["kind"] == "inbound_arrived" and end:
                outcomes[row["at"] <= end] += 1
    assert outcomes[True] > outcomes[False] > 0


async def test_unknown_plans_are_404_and_odd_ids_400(
    served: str, http: httpx.AsyncClient, clock: FixedClock
) -> None:
    one = await shop(SLUGS[0], served, http, clock)
    foreign = next(row for row in events(SLUGS[1]) if row["kind"] == "inbound_created")["refs"]
    assert (await one.get(f"{PLANS}/{foreign['inbound_plan_id']}")).status_code == 404
    assert (await one.get(f"{PLANS}/short")).status_code == 400
    assert (await one.get(f"{V0}/shipments/{foreign['shipment_id']}/items")).status_code == 404
    for params in ({"status": "LOST"}, {"pageSize": "31"}, {"sortBy": "NAME"}):
        clock.move(1)
        assert (await one.get(PLANS, **params)).status_code == 400
