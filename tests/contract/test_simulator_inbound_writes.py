"""A plan made over the wire, from its making to its end: every answer is one that Amazon's model allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from tests.contract.conftest import NOW
from tests.contract.test_simulator_answers import Checked, amazon

from stockroom.core.clock import FixedClock
from stockroom.simulator.world import World

__all__ = ["amazon"]

ROOT = "/inbound/fba/2024-03-20"
BASE = f"{ROOT}/inboundPlans"
FREIGHT = {"declaredValue": {"amount": 50, "code": "USD"}, "freightClass": "FC_50"}
ADDRESS = {
    "name": "Depot",
    "addressLine1": "1 Harbour Road",
    "city": "Harbour",
    "countryCode": "US",
    "postalCode": "10001",
    "phoneNumber": "5550100",
}


@dataclass
class Planner:
    """A seller who plans shipments to the first of its marketplaces."""

    amazon: Checked
    clock: FixedClock
    items: list[dict[str, Any]]

    @property
    def body(self) -> dict[str, Any]:
        return {
            "destinationMarketplaces": [self.amazon.markets[0]],
            "sourceAddress": ADDRESS,
            "items": self.items,
        }

    async def ended(self, operation: str, method: str, path: str, **options: Any) -> Any:
        """What a write was answered, and how its operation ended."""
        self.clock.move(1)
        answer = await self.amazon.call(operation, method, path, 202, **options)
        status = f"{ROOT}/operations/{answer['operationId']}"
        running = await self.amazon.call("getInboundOperationStatus", "GET", status)
        assert running["operationStatus"] == "IN_PROGRESS"
        self.clock.move(20)
        return answer, await self.amazon.call("getInboundOperationStatus", "GET", status)

    async def made(self) -> str:
        answer, done = await self.ended("createInboundPlan", "POST", BASE, json=self.body)
        assert done["operationStatus"] == "SUCCESS", done
        return f"{BASE}/{answer['inboundPlanId']}"

    async def chosen(self, plan: str, kind: str) -> dict[str, Any]:
        """Options generated, listed, and the first confirmed."""
        path = f"{plan}/{kind.lower()}Options"
        await self.ended(f"generate{kind}Options", "POST", path)
        found = await self.amazon.call(f"list{kind}Options", "GET", path)
        option: dict[str, Any] = found[f"{kind.lower()}Options"][0]
        confirm = f"{path}/{option[f'{kind.lower()}OptionId']}/confirmation"
        await self.ended(f"confirm{kind}Option", "POST", confirm)
        self.clock.move(1)
        await self.amazon.call(f"confirm{kind}Option", "POST", confirm, 400)
        return option

    async def carried(self, plan: str, placement: dict[str, Any]) -> list[dict[str, Any]]:
        """Amazon's partner chosen to carry every shipment."""
        path, start = f"{plan}/transportationOptions", {"start": "2026-11-24T08:00Z"}
        wanted = {
            "placementOptionId": placement["placementOptionId"],
            "shipmentTransportationConfigurations": [
                {"shipmentId": one, "readyToShipWindow": start, "freightInformation": FREIGHT}
                for one in placement["shipmentIds"]
            ],
        }
        await self.ended("generateTransportationOptions", "POST", path, json=wanted)
        await self.amazon.call("listTransportationOptions", "GET", path, 400)
        offered = await self.ways(plan, placement)
        assert {one["shippingMode"] for one in offered} == {"GROUND_SMALL_PARCEL", "FREIGHT_LTL"}
        await self.timed(plan, offered[-1]["shipmentId"])
        chosen = [
            {name: one[name] for name in ("shipmentId", "transportationOptionId")}
            for one in offered
            if one["shippingMode"] == "GROUND_SMALL_PARCEL" and "quote" in one
        ]
        body, path = {"transportationSelections": chosen}, f"{path}/confirmation"
        await self.ended("confirmTransportationOptions", "POST", path, json=body)
        return chosen

    async def ways(self, plan: str, placement: dict[str, Any]) -> list[dict[str, Any]]:
        """What is offered to carry the shipments of a placement, first page by first page."""
        path, query = f"{plan}/transportationOptions", {"pageSize": "20"}
        query["placementOptionId"] = placement["placementOptionId"]
        found = await self.amazon.call("listTransportationOptions", "GET", path, params=query)
        options: list[dict[str, Any]] = found["transportationOptions"]
        return options

    async def timed(self, plan: str, shipment: str) -> None:
        """A delivery window chosen for a shipment."""
        path = f"{plan}/shipments/{shipment}/deliveryWindowOptions"
        await self.ended("generateDeliveryWindowOptions", "POST", path)
        found = await self.amazon.call("listDeliveryWindowOptions", "GET", path)
        option = found["deliveryWindowOptions"][0]["deliveryWindowOptionId"]
        await self.ended("confirmDeliveryWindowOptions", "POST", f"{path}/{option}/confirmation")


@pytest.fixture
async def planner(amazon: Checked, world: World, clock: FixedClock) -> Planner:
    code = amazon.seller.marketplaces[0]
    skus = [
        one.sku
        for one in world.seller(amazon.seller.slug).listings_at(NOW)
        if one.marketplace == code and one.fnsku
    ]
    query = {"marketplaceId": amazon.markets[0], "mskus": ",".join(skus)}
    told = await amazon.call("listPrepDetails", "GET", f"{ROOT}/items/prepDetails", params=query)
    items = [
        {
            "msku": one["msku"],
            "quantity": 7,
            "labelOwner": "NONE" if one.get("labelOwnerConstraint") else "SELLER",
            "prepOwner": "NONE" if one.get("prepOwnerConstraint") else "SELLER",
        }
        for one in told["mskuPrepDetails"]
        if one["prepCategory"] != "UNKNOWN"
    ]
    return Planner(amazon, clock, items)


async def test_a_plan_is_made_placed_carried_and_cancelled(planner: Planner) -> None:
    ask, plan = planner.amazon.call, await planner.made()
    await ask("listInboundPlanItems", "GET", f"{plan}/items")
    await planner.chosen(plan, "Packing")
    placement = await planner.chosen(plan, "Placement")
    whole = await ask("getInboundPlan", "GET", plan)
    assert {one["status"] for one in whole["shipments"]} == {"WORKING"}

    chosen = await planner.carried(plan, placement)
    offered = await planner.ways(plan, placement)
    assert any("voidableUntil" in one.get("quote", {}) for one in offered)
    shipment = f"{plan}/shipments/{chosen[0]['shipmentId']}"
    assert "selectedDeliveryWindow" in await ask("getShipment", "GET", shipment)
    await ask("listShipmentItems", "GET", f"{shipment}/items")

    await planner.ended("cancelInboundPlan", "PUT", f"{plan}/cancellation")
    assert (await ask("getInboundPlan", "GET", plan))["status"] == "VOIDED"
    assert (await ask("getShipment", "GET", shipment))["status"] == "CANCELLED"
    planner.clock.move(1)
    await ask("cancelInboundPlan", "PUT", f"{plan}/cancellation", 400)


async def test_what_is_wrong_with_an_item_is_told_when_the_operation_ends(planner: Planner) -> None:
    planner.items = [planner.items[0] | {"msku": "NO-SUCH-SKU"}]
    answer, failed = await planner.ended("createInboundPlan", "POST", BASE, json=planner.body)
    assert failed["operationStatus"] == "FAILED"
    assert "NO-SUCH-SKU" in failed["operationProblems"][0]["message"]
    path = f"{BASE}/{answer['inboundPlanId']}"
    assert (await planner.amazon.call("getInboundPlan", "GET", path))["status"] == "ERRORED"


async def test_what_is_malformed_is_refused_at_once(planner: Planner) -> None:
    await planner.amazon.call("createInboundPlan", "POST", BASE, 400, json={})
    missing = f"{ROOT}/operations/{'0' * 36}"
    await planner.amazon.call("getInboundOperationStatus", "GET", missing, 404)
    path = f"{BASE}/wf{'0' * 36}/cancellation"
    await planner.amazon.call("cancelInboundPlan", "PUT", path, 404)
