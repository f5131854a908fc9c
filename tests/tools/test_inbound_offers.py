"""Offers of a plan are awaited look by look: asked for once, told with what failed, never for ever."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.writes.saying import Saying

from stockroom.amazon.ports import AmazonAnswer
from stockroom.core.errors import AmazonRefusedError, ThrottledError
from stockroom.tools.inbound_offers import ALL, Look, offers, ways_offered

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)
READY = NOW + timedelta(days=7)
PLACEMENT = {"placementOptionId": "pl1", "status": "OFFERED", "shipmentIds": ["sh1"]}
WAY = {
    "transportationOptionId": "to1",
    "shipmentId": "sh1",
    "shippingSolution": "USE_YOUR_OWN_CARRIER",
}


class Offering(Saying):
    """Works offers out, each in its own time, or not at all."""

    def __init__(self) -> None:
        super().__init__({})
        self.rows: dict[str, list[Any]] = {"packing": [], "placement": [], "transportation": []}
        self.ended: dict[str, str] = {}
        self.begun: Counter[str] = Counter()

    def ends(self, name: str, *rows: Any, status: str = "SUCCESS") -> None:
        self.ended[name] = status
        self.rows[name] = list(rows)

    async def packing_options(self, plan_id: str) -> list[Any]:  # noqa: ARG002 - whatever is asked
        return self.rows["packing"]

    async def placement_options(self, plan_id: str) -> list[Any]:  # noqa: ARG002 - whatever is asked
        return self.rows["placement"]

    async def transportation_options(self, plan_id: str, placement_id: str) -> list[Any]:  # noqa: ARG002 - whatever is asked
        return self.rows["transportation"]

    async def generate_packing_options(self, plan_id: str) -> AmazonAnswer:
        return self._begin("packing", plan_id)

    async def generate_placement_options(self, plan_id: str) -> AmazonAnswer:
        return self._begin("placement", plan_id)

    async def generate_transportation_options(self, plan_id: str, body: Any) -> AmazonAnswer:
        start = body["shipmentTransportationConfigurations"][0]["readyToShipWindow"]["start"]
        assert start == "2026-11-28T08:45Z"
        return self._begin("transportation", plan_id)

    def _begin(self, name: str, plan_id: str) -> AmazonAnswer:
        assert plan_id == "wf1"
        self.begun[name] += 1
        if self.ended.get(name) == "REFUSED":
            raise AmazonRefusedError("No.", status=400, amazon_says=("Boxes are missing.",))
        return AmazonAnswer({"operationId": name}, "request-1")

    async def inbound_operation(self, operation_id: str) -> AmazonAnswer:
        status = self.ended.get(operation_id, "IN_PROGRESS")
        problem = {"severity": "ERROR", "code": "X", "message": f"{operation_id} failed"}
        problems = [problem] if status == "FAILED" else []
        return AmazonAnswer({"operationStatus": status, "operationProblems": problems}, "request-1")


async def looked(
    amazon: Offering, seen: dict[str, Any], now: datetime = NOW
) -> tuple[dict[str, Any], bool]:
    return await offers(Look.after(amazon, seen, now), "wf1", READY)


async def test_each_is_asked_for_once_however_often_it_is_looked_at() -> None:
    amazon, ended = Offering(), False
    seen: dict[str, Any] = {}
    for name, row in (("packing", {}), ("placement", PLACEMENT), ("transportation", WAY)):
        for _ in range(2):
            seen, ended = await looked(amazon, seen)
            assert not ended
        amazon.ends(name, row)
    seen, ended = await looked(amazon, seen)
    assert ended
    assert seen["transportation_options"][0]["options"][0]["option"] == "to1"
    assert set(amazon.begun.values()) == {1}
    assert "working_out" not in seen


async def test_what_failed_is_told_and_not_tried_again() -> None:
    amazon = Offering()
    amazon.ends("packing", status="FAILED")
    amazon.ends("transportation", status="FAILED")
    seen: dict[str, Any] = {}
    for _ in range(3):
        seen, _ = await looked(amazon, seen)
    amazon.ends("placement", PLACEMENT)
    seen, ended = await looked(amazon, seen)
    assert ended
    assert seen["packing_problems"] == ["ERROR X: packing failed"]
    assert seen["transportation_problems"] == ["ERROR X: transportation failed"]
    assert amazon.begun == {"packing": 1, "placement": 1, "transportation": 1}


async def test_what_amazon_refuses_to_work_out_ends_the_waiting_with_its_words() -> None:
    amazon = Offering()
    amazon.ends("packing", {})
    amazon.ends("placement", PLACEMENT)
    amazon.ends("transportation", status="REFUSED")
    seen, ended = await looked(amazon, {})
    assert ended
    assert seen["transportation_problems"] == ["Boxes are missing."]


async def test_what_amazon_has_worked_out_at_once_is_told_in_one_look() -> None:
    class Quick(Offering):
        def _begin(self, name: str, plan_id: str) -> AmazonAnswer:
            self.ends(name, {"packing": {}, "placement": PLACEMENT, "transportation": WAY}[name])
            return super()._begin(name, plan_id)

    seen, ended = await looked(amazon := Quick(), {})
    assert ended
    assert seen["transportation_options"][0]["options"][0]["option"] == "to1"
    assert set(amazon.begun.values()) == {1}


async def test_what_was_begun_is_not_forgotten_when_amazon_does_not_say_how_it_goes() -> None:
    class Busy(Offering):
        async def inbound_operation(self, operation_id: str) -> AmazonAnswer:  # noqa: ARG002 - whatever is asked
            raise ThrottledError("Too many.", status=429)

    amazon = Busy()
    seen, ended = await looked(amazon, {})
    assert not ended
    assert seen["working_out"] == {"packing": "packing"}
    with pytest.raises(ThrottledError):
        await looked(amazon, seen)
    assert amazon.begun == {"packing": 1}


async def test_all_shipments_are_told_once_carriers_are_to_be_chosen() -> None:
    amazon = Offering()
    shipments = [f"sh{at}" for at in range(20)]
    amazon.rows["transportation"] = [WAY | {"shipmentId": one} for one in shipments]
    look = Look.after(amazon, {}, NOW)
    few = await ways_offered(look, "wf1", {"pl1": shipments}, READY)
    assert (len(few["transportation_options"]), few["shipments_not_told"]) == (12, 8)
    facts = await ways_offered(look, "wf1", {"pl1": shipments}, READY, most=ALL)
    assert [one["shipment"] for one in facts["transportation_options"]] == shipments


async def test_ways_for_another_day_are_asked_for_although_some_are_there() -> None:
    amazon = Offering()
    amazon.rows["transportation"] = [WAY]
    look = Look.after(amazon, {}, NOW)
    facts = await ways_offered(look, "wf1", {"pl1": ["sh1"]}, READY, anew=True)
    assert (facts["transportation_options"], look.waiting) == ([], True)
    amazon.ends("transportation", WAY | {"transportationOptionId": "to2"})
    look = Look.after(amazon, look.found(facts)[0], NOW)
    facts = await ways_offered(look, "wf1", {"pl1": ["sh1"]}, READY, anew=True)
    assert facts["transportation_options"][0]["options"][0]["option"] == "to2"
    assert (amazon.begun["transportation"], look.waiting) == (1, False)


async def test_what_amazon_never_ends_is_awaited_for_an_hour() -> None:
    amazon = Offering()
    amazon.ends("packing", {})
    amazon.ends("placement", PLACEMENT)
    seen, ended = await looked(amazon, {})
    seen, ended = await looked(amazon, seen, NOW + timedelta(minutes=59))
    assert not ended
    seen, ended = await looked(amazon, seen, NOW + timedelta(hours=1))
    assert ended
    assert seen["placement_options"]
    assert seen["transportation_options"] == []


async def test_no_ways_are_asked_for_where_the_placement_is_over() -> None:
    amazon = Offering()
    amazon.ends("packing", {})
    amazon.ends("placement", PLACEMENT | {"expiration": "2026-11-21T08:45:00Z"})
    seen, ended = await looked(amazon, {})
    assert ended
    assert seen["transportation_options"] == []
    assert amazon.begun["transportation"] == 0


async def test_a_quote_that_is_over_is_asked_for_again() -> None:
    amazon = Offering()
    amazon.ends("packing", {})
    amazon.ends("placement", PLACEMENT)
    quote = {"cost": {"amount": 5, "code": "USD"}, "expiration": "2026-11-21T08:45:00Z"}
    amazon.rows["transportation"] = [WAY | {"quote": quote}]
    seen, ended = await looked(amazon, {})
    assert not ended
    amazon.ends("transportation", WAY)
    seen, ended = await looked(amazon, seen)
    assert ended
    assert amazon.begun["transportation"] == 1
    assert seen["transportation_options"][0]["options"][0]["option"] == "to1"
