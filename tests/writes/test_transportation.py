"""Who carries the shipments of a plan, through the gate: quoted, booked by a person alone, restated when cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.simulator.conftest import logged_in
from tests.writes.conftest import MARKET, Bench
from tests.writes.test_inbound_plans import DEPOT, MARKETPLACE, Planner, planner

from stockroom.core.clock import FixedClock
from stockroom.core.errors import (
    AmazonError,
    AmazonUnavailableError,
    InvalidInputError,
    NotAllowedError,
    ThrottledError,
)
from stockroom.simulator.world import Seller
from stockroom.spec.change import Change, Receipt
from stockroom.spec.tool import Ground
from stockroom.tools.inbound_items import Address
from stockroom.tools.write.cancel_inbound_plan import TOOL as CANCEL
from stockroom.tools.write.choose_placement import TOOL as CHOOSE
from stockroom.tools.write.choose_transportation import TOOL as CARRY
from stockroom.tools.write.choose_transportation import ChooseTransportation
from stockroom.tools.write.create_inbound_plan import TOOL as CREATE
from stockroom.writes.approve import spends
from stockroom.writes.models import ChangeRow
from stockroom.writes.shown import Preview

__all__ = ["planner"]

READY = "2026-11-30T08:00Z"
PARTNERED, OWN = "AMAZON_PARTNERED_CARRIER", "USE_YOUR_OWN_CARRIER"


@dataclass
class Placed:
    """A plan that was placed at Amazon directly, with ways to send its shipments."""

    planner: Planner
    plan: str
    placement: str
    shipments: list[str]
    ways: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def bench(self) -> Bench:
        return self.planner.bench

    async def quoted(self) -> None:
        """Ways worked out anew; they replace those before."""
        window = {"readyToShipWindow": {"start": READY}}
        body = {
            "placementOptionId": self.placement,
            "shipmentTransportationConfigurations": [
                {"shipmentId": one, **window} for one in self.shipments
            ],
        }
        await self.bench.amazon.generate_transportation_options(self.plan, body)
        self.bench.clock.move(20)
        self.ways = await self.bench.amazon.transportation_options(self.plan, self.placement)

    def chosen(self, solution: str = PARTNERED) -> dict[str, Any]:
        """Arguments that choose it for every shipment."""
        options = {
            one["shipmentId"]: one["transportationOptionId"]
            for one in self.ways
            if one["shippingSolution"] == solution
        }
        return {"marketplace": MARKET, "plan": self.plan, "options": options}

    async def proposed(self, solution: str = PARTNERED) -> Preview:
        return await self.planner.proposed(CARRY, **self.chosen(solution))

    async def agreed(self, tool: ChooseTransportation, preview: Preview) -> None:
        person, amount = self.bench.person(), spends(preview.costs)
        await self.bench.gate(tool).approve(person, preview.id, preview.fingerprint, amount)

    async def executed(self, tool: ChooseTransportation, amazon: Any = None) -> ChangeRow:
        """The partner chosen by a person, and sent once to an Amazon that may be another."""
        preview = await self.planner.proposed(tool, **self.chosen())
        await self.agreed(tool, preview)
        await self.bench.gate(tool, amazon).execute(self.bench.account.id, preview.id)
        return await self.bench.row(preview.id)


@pytest.fixture
async def placed(planner: Planner) -> Placed:
    """One plan in two shipments."""
    amazon, clock = planner.bench.amazon, planner.bench.clock
    told = await amazon.prep_details(MARKETPLACE, planner.skus)
    ready = next(one["msku"] for one in told if one["prepCategory"] == "NONE")
    item = {"msku": ready, "quantity": 2, "labelOwner": "SELLER", "prepOwner": "NONE"}
    made = await amazon.create_inbound_plan(
        {
            "destinationMarketplaces": [MARKETPLACE.id],
            "items": [item],
            "sourceAddress": Address.model_validate(DEPOT).sent(),
        }
    )
    plan = str(made.body["inboundPlanId"])
    clock.move(20)
    await amazon.generate_placement_options(plan)
    clock.move(20)
    option = (await amazon.placement_options(plan))[-1]
    await amazon.confirm_placement_option(plan, option["placementOptionId"])
    clock.move(20)
    found = Placed(planner, plan, option["placementOptionId"], list(option["shipmentIds"]))
    await found.quoted()
    return found


# --- what is offered ----------------------------------------------------------------------------


async def test_a_plan_shows_per_placement_and_shipment_who_could_carry_it(
    planner: Planner,
) -> None:
    preview = await planner.proposed(CREATE, **planner.wanted())
    assert preview.after["ready_on"] == "2026-11-28"

    seen = await planner.made()
    told = seen["transportation_options"]
    shipments = {one["option"]: one["shipments"] for one in seen["placement_options"]}
    assert {one["placement"] for one in told} == shipments.keys()
    assert len(told) == sum(shipments.values())
    partner, own = told[0]["options"]
    assert partner["solution"] == PARTNERED
    assert partner["quote"].endswith(" USD")
    assert partner["valid_until"] > planner.bench.clock.now().isoformat()
    assert (own["quote"], own["preconditions"]) == (None, ["CONFIRMED_DELIVERY_WINDOW"])
    assert "working_out" not in seen
    assert await planner.calls("generateTransportationOptions") == len(shipments)

    options = {told[0]["shipment"]: partner["option"]}
    with pytest.raises(InvalidInputError, match="not confirmed yet") as refusal:
        await planner.proposed(CARRY, marketplace=MARKET, plan=seen["plan"], options=options)
    assert "choose_placement" in refusal.value.next_step

    row = await planner.placed(seen, which=1)
    assert row.last_verdict is not None
    chosen = seen["placement_options"][1]["option"]
    again = row.last_verdict["live"]["transportation_options"]
    assert again == [one for one in told if one["placement"] == chosen]
    assert await planner.calls("generateTransportationOptions") == len(shipments)


class Asked:
    """The real thing, and from when carriers were to come whenever quotes were asked for."""

    def __init__(self, amazon: Any) -> None:
        self._amazon = amazon
        self.starts: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._amazon, name)

    async def generate_transportation_options(self, plan_id: str, body: Any) -> Any:
        (shipment, *_) = body["shipmentTransportationConfigurations"]
        self.starts.append(shipment["readyToShipWindow"]["start"])
        return await self._amazon.generate_transportation_options(plan_id, body)


async def test_quotes_after_a_placement_are_for_the_day_that_was_said_for_the_plan(
    planner: Planner,
) -> None:
    seen = await planner.made(ready_on="2026-12-03")
    planner.bench.clock.move(25 * 3600)  # the quotes are over and asked for again
    asked = Asked(planner.bench.amazon)
    planner.bench.amazon = asked
    row = await planner.placed(seen)
    assert row.last_verdict is not None
    assert (row.after["ready_on"], row.last_verdict["live"]["ready_on"]) == ("2026-12-03",) * 2
    assert [start[:10] for start in asked.starts] == ["2026-12-03"]


async def test_another_day_can_be_said_with_the_placement_and_has_its_own_quotes(
    planner: Planner,
) -> None:
    seen = await planner.made()
    asked = {"marketplace": MARKET, "plan": seen["plan"], "ready_on": "2026-12-05"}
    option = seen["placement_options"][0]["option"]
    before = await planner.calls("generateTransportationOptions")
    row = await planner.approved(CHOOSE, await planner.proposed(CHOOSE, **asked, option=option))
    assert row.state == "verified"
    assert row.last_verdict is not None
    assert row.last_verdict["live"]["ready_on"] == "2026-12-05"
    assert await planner.calls("generateTransportationOptions") == before + 1


async def test_quotes_that_are_over_are_asked_for_again_once_a_placement_is_chosen(
    planner: Planner,
) -> None:
    seen = await planner.made()
    planner.bench.clock.move(25 * 3600)
    row = await planner.placed(seen)
    assert row.last_verdict is not None
    (told,) = row.last_verdict["live"]["transportation_options"]
    assert told["options"][0]["valid_until"] > planner.bench.clock.now().isoformat()


# --- what is booked -----------------------------------------------------------------------------


async def test_a_person_books_what_was_quoted_and_cancelling_restates_it(placed: Placed) -> None:
    preview = await placed.proposed()
    asked = sum(
        Decimal(str(one["quote"]["cost"]["amount"])) for one in placed.ways if "quote" in one
    )
    assert preview.costs == {"amount": f"{asked:.2f}", "currency": "USD"}
    assert f"{asked:.2f} USD" in preview.summary
    assert "cannot be changed" in preview.irreversible
    assert any("for 24 h after the booking" in one for one in preview.warnings)
    planner = placed.planner
    gate = placed.bench.gate(CARRY)
    with pytest.raises(NotAllowedError, match="no key may confirm"):
        await gate.confirm(placed.bench.asker, preview.id, preview.fingerprint)

    row = await planner.approved(CARRY, preview)
    assert (row.state, row.delegated) == ("verified", False)
    assert row.last_verdict is not None
    live = row.last_verdict["live"]
    told = {one["shipment"]: one["option"] for one in live["transportation"]}
    assert told == placed.chosen()["options"]
    until = placed.bench.clock.now() + timedelta(hours=24)
    assert abs(datetime.fromisoformat(live["voidable_until"]) - until) < timedelta(minutes=1)
    with pytest.raises(InvalidInputError, match="confirmed already"):
        await placed.proposed()

    placed.bench.clock.move(25 * 3600)
    late = await planner.proposed(CANCEL, marketplace=MARKET, plan=placed.plan)
    assert late.costs == preview.costs


async def test_a_carrier_of_the_sellers_own_needs_a_window_and_costs_nothing_here(
    placed: Placed, seller: Seller
) -> None:
    with pytest.raises(InvalidInputError, match="needs a confirmed delivery window") as refusal:
        await placed.proposed(OWN)
    assert "Seller Central" in refusal.value.next_step

    wire = await logged_in(placed.bench.simulator, seller, placed.bench.http, placed.bench.clock)
    for shipment in placed.shipments:
        path = f"/inbound/fba/2024-03-20/inboundPlans/{placed.plan}/shipments/{shipment}"
        await wire.call("POST", f"{path}/deliveryWindowOptions")
        wire.clock.move(20)
        found = (await wire.get(f"{path}/deliveryWindowOptions")).json()["deliveryWindowOptions"]
        window = found[0]["deliveryWindowOptionId"]
        await wire.call("POST", f"{path}/deliveryWindowOptions/{window}/confirmation")
    wire.clock.move(20)

    preview = await placed.proposed(OWN)
    assert preview.costs is None
    assert preview.irreversible
    assert any("paid by the seller: 2 of 2" in one for one in preview.warnings)
    with pytest.raises(NotAllowedError):
        await placed.bench.gate(CARRY).confirm(placed.bench.asker, preview.id, preview.fingerprint)
    assert (await placed.planner.approved(CARRY, preview)).state == "verified"


async def test_what_cannot_be_booked_is_refused_with_the_way_out(placed: Placed) -> None:
    planner, chosen = placed.planner, placed.chosen()
    one, *others = placed.shipments
    few = chosen | {"options": {name: chosen["options"][name] for name in others}}
    with pytest.raises(InvalidInputError, match="each of the 2 shipments") as refusal:
        await planner.proposed(CARRY, **few)
    assert one in refusal.value.next_step

    strange = chosen | {"options": chosen["options"] | {one: "to-none"}}
    with pytest.raises(InvalidInputError, match="is not on offer") as refusal:
        await planner.proposed(CARRY, **strange)
    assert chosen["options"][one] in refusal.value.next_step

    swapped = dict(zip(placed.shipments, reversed(list(chosen["options"].values())), strict=True))
    with pytest.raises(InvalidInputError, match="is not on offer"):
        await planner.proposed(CARRY, **chosen | {"options": swapped})

    placed.bench.clock.move(25 * 3600)
    with pytest.raises(InvalidInputError, match="expired quote"):
        await planner.proposed(CARRY, **chosen)


class Dearer:
    """The real thing, but every quote is a dollar higher."""

    def __init__(self, amazon: Any) -> None:
        self._amazon = amazon

    def __getattr__(self, name: str) -> Any:
        return getattr(self._amazon, name)

    async def transportation_options(self, *asked: str) -> list[Any]:
        found = await self._amazon.transportation_options(*asked)
        for one in found:
            if "quote" in one:
                one["quote"]["cost"]["amount"] += 1
        return list(found)


async def test_what_is_not_on_offer_any_more_as_agreed_books_nothing(placed: Placed) -> None:
    bench, dearer = placed.bench, Dearer(placed.bench.amazon)
    row = await placed.executed(CARRY, dearer)
    assert (row.state, row.problem_kind) == ("blocked", "stale")

    preview = await placed.proposed()
    await placed.quoted()  # others by now
    await placed.agreed(CARRY, preview)
    await bench.gate(CARRY).execute(bench.account.id, preview.id)
    row = await bench.row(preview.id)
    assert (row.state, row.problem_kind) == ("blocked", "invalid_input")
    assert await placed.planner.calls("confirmTransportationOptions") == 0


# --- how the call can end -----------------------------------------------------------------------


@dataclass
class Moody(ChooseTransportation):
    """An Amazon that fails before it acts, or after, or takes its time before it hears."""

    before_call: AmazonError | None = None
    after_call: AmazonError | None = None
    late: float = 0

    async def execute(self, change: Change, ground: Ground) -> Receipt:
        if self.before_call:
            raise self.before_call
        assert isinstance(ground.clock, FixedClock)
        ground.clock.move(self.late)
        receipt = await super().execute(change, ground)
        if self.after_call:
            raise self.after_call
        return receipt


SILENCE = AmazonUnavailableError("No answer.", status=0)
BROKEN = AmazonUnavailableError("Internal failure.", status=500)
THROTTLED = ThrottledError("Too many.", status=429)


async def test_every_end_is_the_true_one(placed: Placed) -> None:
    assert (await placed.executed(Moody(before_call=THROTTLED))).state == "failed"
    broken = Moody(before_call=BROKEN)
    row = await placed.executed(broken)
    assert row.state == "unknown"
    placed.bench.clock.move(72 * 3600)  # never shown: it did not happen
    assert (await placed.planner.settled(broken, row.id)).state == "failed"
    assert await placed.planner.calls("confirmTransportationOptions") == 0

    await placed.quoted()
    late = Moody(late=25 * 3600)
    row = await placed.planner.settled(late, (await placed.executed(late)).id)
    assert row.state == "rejected"
    assert any("has expired" in said for said in row.amazon_says)

    await placed.quoted()
    silent = Moody(after_call=SILENCE)
    row = await placed.planner.settled(silent, (await placed.executed(silent)).id)
    assert row.state == "verified"
    assert await placed.planner.calls("confirmTransportationOptions") == 2
