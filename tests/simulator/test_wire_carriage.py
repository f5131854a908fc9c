"""Transportation over the wire: per placement option, with preconditions, confirmed once."""

from __future__ import annotations

from typing import Any

import pytest
from tests.simulator.conftest import Application
from tests.simulator.test_wire_inbound_writes import ROOT, placed, ready_item, taken

from stockroom.simulator.world import World

READY = "2026-11-30T08:00Z"
OWN = "USE_YOUR_OWN_CARRIER"


class Way:
    """A placed plan and how its shipments can travel."""

    def __init__(self, application: Application, plan: str) -> None:
        self.application = application
        self.plan = plan
        self.placement = ""
        self.shipments: list[str] = []

    async def read(self) -> None:
        whole = (await self.application.get(self.plan)).json()
        self.placement = whole["placementOptions"][0]["placementOptionId"]
        self.shipments = [one["shipmentId"] for one in whole["shipments"]]

    def wanted(self, start: str = READY) -> dict[str, Any]:
        window = {"start": start}
        return {
            "placementOptionId": self.placement,
            "shipmentTransportationConfigurations": [
                {"shipmentId": one, "readyToShipWindow": window} for one in self.shipments
            ],
        }

    async def quoted(self) -> list[dict[str, Any]]:
        path = f"{self.plan}/transportationOptions"
        await taken(self.application, "POST", path, json=self.wanted())
        return await self.listed()

    async def listed(self) -> list[dict[str, Any]]:
        path = f"{self.plan}/transportationOptions"
        answer = await self.application.get(path, placementOptionId=self.placement, pageSize="20")
        rows: list[dict[str, Any]] = answer.json()["transportationOptions"]
        return rows

    async def confirmed(self, rows: list[dict[str, Any]], solution: str) -> dict[str, Any]:
        """How the operation that chooses this for every shipment ends."""
        chosen = [
            {name: one[name] for name in ("shipmentId", "transportationOptionId")}
            for one in rows
            if one["shippingSolution"] == solution
        ]
        path, body = f"{self.plan}/transportationOptions/confirmation", "transportationSelections"
        answer = await taken(self.application, "POST", path, json={body: chosen})
        found = await self.application.get(f"{ROOT}/operations/{answer['operationId']}")
        ended: dict[str, Any] = found.json()
        return ended

    async def shipment(self, at: int = 0) -> dict[str, Any]:
        found: dict[str, Any] = (
            await self.application.get(f"{self.plan}/shipments/{self.shipments[at]}")
        ).json()
        return found


@pytest.fixture
async def way(application: Application, world: World) -> Way:
    found = Way(application, await placed(application, await ready_item(application, world)))
    await found.read()
    return found


async def test_only_the_partner_quotes_and_freight_is_for_who_says_what_it_is(way: Way) -> None:
    rows = await way.quoted()
    assert len(rows) == 2 * len(way.shipments)
    assert {one["shippingMode"] for one in rows} == {"GROUND_SMALL_PARCEL"}
    for one in rows:
        assert ("quote" in one) == (one["preconditions"] == [])
        assert "voidableUntil" not in one.get("quote", {})


async def test_a_failed_choice_chooses_nothing_and_can_be_made_again(way: Way) -> None:
    rows = await way.quoted()
    ended = await way.confirmed(rows, OWN)
    assert ended["operationStatus"] == "FAILED"
    assert "delivery window" in ended["operationProblems"][0]["message"]
    assert "selectedTransportationOptionId" not in await way.shipment()

    way.application.clock.move(25 * 3600)
    await way.application.login()
    ended = await way.confirmed(rows, "AMAZON_PARTNERED_CARRIER")
    assert "expired" in ended["operationProblems"][0]["message"]

    rows = await way.quoted()
    ended = await way.confirmed(rows, "AMAZON_PARTNERED_CARRIER")
    assert ended["operationStatus"] == "SUCCESS"
    ids = {one["transportationOptionId"] for one in rows}
    assert (await way.shipment())["selectedTransportationOptionId"] in ids
    assert all("voidableUntil" in one["quote"] for one in await way.listed() if "quote" in one)


async def test_once_it_is_chosen_nothing_is_offered_or_chosen_any_more(way: Way) -> None:
    path = f"{way.plan}/transportationOptions"
    late = await way.application.call("POST", path, json=way.wanted())
    assert late.status_code == 202
    way.application.clock.move(20)
    rows = await way.listed()
    # One more is under way while the choice is made: what was chosen stays what it was.
    way.application.clock.move(1)
    assert (await way.application.call("POST", path, json=way.wanted())).status_code == 202
    await way.confirmed(rows, "AMAZON_PARTNERED_CARRIER")
    ids = [one["transportationOptionId"] for one in await way.listed()]
    assert ids == [one["transportationOptionId"] for one in rows]
    assert (await way.application.call("POST", path, json=way.wanted())).status_code == 400


@pytest.mark.parametrize("start", ["2026-11-20T08:00Z", "soon", None])
async def test_a_lorry_comes_only_on_a_day_to_come(way: Way, start: Any) -> None:
    path = f"{way.plan}/transportationOptions"
    answer = await way.application.call("POST", path, json=way.wanted(start))
    assert answer.status_code == 400


async def test_a_window_is_chosen_among_those_on_offer_and_shown_everywhere(way: Way) -> None:
    path = f"{way.plan}/shipments/{way.shipments[0]}/deliveryWindowOptions"
    await taken(way.application, "POST", path)
    offered = (await way.application.get(path)).json()["deliveryWindowOptions"]
    confirm = f"{path}/{offered[1]['deliveryWindowOptionId']}/confirmation"
    await taken(way.application, "POST", confirm)
    selected = (await way.shipment())["selectedDeliveryWindow"]
    assert selected["startDate"] == offered[1]["startDate"]
    assert "selectedDeliveryWindow" not in await way.shipment(1)
    assert (await way.application.call("POST", path)).status_code == 400
    confirm = f"{path}/dw{'0' * 36}/confirmation"
    assert (await way.application.call("POST", confirm)).status_code == 400
    nowhere = f"{way.plan}/shipments/sh{'0' * 36}/deliveryWindowOptions"
    assert (await way.application.call("POST", nowhere)).status_code == 404
