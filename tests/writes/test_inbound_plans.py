"""Inbound plans through the gate: made, placed for a fee by a person alone, cancelled; each in its true state."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import pytest
from tests.writes.conftest import MARKET, NOW, Bench

from stockroom.core.errors import (
    AmazonUnavailableError,
    InvalidInputError,
    NotAllowedError,
    ThrottledError,
)
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.core.scope import Scope
from stockroom.spec.change import Change, Receipt
from stockroom.spec.tool import Ground, WriteTool
from stockroom.tools.write.cancel_inbound_plan import TOOL as CANCEL
from stockroom.tools.write.choose_placement import TOOL as CHOOSE
from stockroom.tools.write.create_inbound_plan import TOOL as CREATE
from stockroom.tools.write.create_inbound_plan import CreateInboundPlan
from stockroom.writes.approve import spends
from stockroom.writes.models import ChangeRow
from stockroom.writes.shown import Preview

MARKETPLACE = MARKETPLACES[MARKET]
DEPOT = {
    "name": "Depot",
    "line1": "1 Harbour Road",
    "city": "Harbour",
    "state": "NY",
    "postal_code": "10001",
    "country": "US",
    "phone": "5550100",
}


@dataclass
class Planner:
    """A key that may plan shipments, and SKUs that are ready for it."""

    bench: Bench
    skus: list[str]
    unready: list[str]

    def wanted(self, **more: Any) -> dict[str, Any]:
        items = [{"sku": sku, "units": 30 + at} for at, sku in enumerate(self.skus[:2])]
        return {"marketplace": MARKET, "items": items, "ship_from": DEPOT, **more}

    async def proposed(self, tool: WriteTool, **arguments: Any) -> Preview:
        return await self.bench.gate(tool).propose(self.bench.asker, tool.name, arguments)

    async def executed(self, tool: WriteTool, **arguments: Any) -> UUID:
        """Confirmed by the key and carried out once."""
        preview = await self.proposed(tool, **arguments)
        gate = self.bench.gate(tool)
        await gate.confirm(self.bench.asker, preview.id, preview.fingerprint)
        await gate.execute(self.bench.account.id, preview.id)
        return preview.id

    async def settled(self, tool: WriteTool, change_id: UUID, looks: int = 12) -> ChangeRow:
        """Looked at until it is settled."""
        for _ in range(looks):
            row = await self.bench.row(change_id)
            if row.next_look_at is None:
                return row
            wait = (row.next_look_at - self.bench.clock.now()).total_seconds()
            self.bench.clock.move(max(wait, 0))
            await self.bench.gate(tool).verify(self.bench.account.id, change_id)
        return await self.bench.row(change_id)

    async def made(self, **more: Any) -> dict[str, Any]:
        """What a finished plan shows."""
        row = await self.settled(CREATE, await self.executed(CREATE, **self.wanted(**more)))
        assert row.state == "verified", (row.problem, row.last_verdict)
        assert row.last_verdict is not None
        seen: dict[str, Any] = row.last_verdict["live"]
        return seen

    async def approved(self, tool: WriteTool, preview: Preview) -> ChangeRow:
        """Agreed to by a person, carried out and looked at."""
        bench, gate = self.bench, self.bench.gate(tool)
        amount = spends(preview.costs)
        await gate.approve(bench.person(), preview.id, preview.fingerprint, amount)
        await gate.execute(bench.account.id, preview.id)
        return await self.settled(tool, preview.id)

    async def placed(self, seen: dict[str, Any], which: int = 0) -> ChangeRow:
        option = seen["placement_options"][which]["option"]
        asked = {"marketplace": MARKET, "plan": seen["plan"], "option": option}
        return await self.approved(CHOOSE, await self.proposed(CHOOSE, **asked))

    async def carried(self, plan_id: str) -> None:
        """The seller books Amazon's partner for every shipment."""
        amazon = self.bench.amazon
        (placement,) = (await amazon.inbound_plan(plan_id)).body["placementOptions"]
        options = await amazon.transportation_options(plan_id, placement["placementOptionId"])
        chosen = [
            {name: one[name] for name in ("shipmentId", "transportationOptionId")}
            for one in options
            if one["shippingSolution"] == "AMAZON_PARTNERED_CARRIER"
        ]
        await amazon.confirm_transportation_options(plan_id, {"transportationSelections": chosen})
        self.bench.clock.move(20)

    async def calls(self, operation: str) -> int:
        log = await self.bench.http.get(
            f"{self.bench.simulator}/_log", params={"operation": operation}
        )
        return len(log.json())


@pytest.fixture
async def planner(bench: Bench) -> Planner:
    scopes = [Scope.INBOUND_WRITE, Scope.PLANNING_READ, Scope.CONFIRM]
    await bench.set_key(scopes=scopes)
    bench.asker = replace(bench.asker, scopes=frozenset(scopes))
    skus = [one.sku for one in bench.listings if one.fnsku and not one.remote]
    told = await bench.amazon.prep_details(MARKETPLACE, skus)
    unready = [one["msku"] for one in told if one["prepCategory"] == "UNKNOWN"]
    return Planner(bench, [sku for sku in skus if sku not in unready], unready)


@dataclass
class Dying(CreateInboundPlan):
    """An Amazon whose answer does not arrive, or that fails before it acts."""

    before_call: Exception | None = None
    after_call: Exception | None = None
    calls: list[str] = field(default_factory=list)

    async def execute(self, change: Change, ground: Ground) -> Receipt:
        self.calls.append(change.fingerprint)
        if self.before_call:
            raise self.before_call
        receipt = await super().execute(change, ground)
        if self.after_call:
            raise self.after_call
        return receipt


# --- create -----------------------------------------------------------------------------------


async def test_a_plan_is_made_once_and_shows_its_offers_with_fees(planner: Planner) -> None:
    preview = await planner.proposed(CREATE, **planner.wanted())
    assert preview.costs is None
    assert {item["labelOwner"] for item in preview.after["items"]} <= {"SELLER", "NONE"}
    assert "5550100" not in str(preview.facts())
    assert await planner.calls("createInboundPlan") == 0

    seen = await planner.made()
    one, split = seen["placement_options"]
    assert (one["shipments"], split["shipments"]) == (1, 4)
    assert one["fee"].endswith(" USD")
    assert split["fee"] is None
    assert seen["packing_options"][0]["groups"] == 1
    assert await planner.calls("createInboundPlan") == 1
    assert await planner.calls("generatePlacementOptions") == 1

    items = await planner.bench.amazon.inbound_plan_items(seen["plan"])
    asked = {item["sku"]: item["units"] for item in planner.wanted()["items"]}
    assert {item["msku"]: item["quantity"] for item in items} == asked


async def test_a_warning_of_amazons_is_told_and_ends_nothing(planner: Planner) -> None:
    seen = await planner.made(items=[{"sku": planner.skus[0], "units": 6000}])
    assert any(said.startswith("WARNING") for said in seen["problems"])


async def test_what_amazon_holds_against_an_item_ends_it_as_rejected(planner: Planner) -> None:
    # Told only while Amazon makes the plan, as when a SKU changes between preview and call.
    @dataclass
    class Wrong(CreateInboundPlan):
        async def execute(self, change: Change, ground: Ground) -> Receipt:
            items = [item | {"prepOwner": "NONE"} for item in change.payload["items"]]
            items += [items[0] | {"msku": "NO-SUCH-SKU"}]
            return await super().execute(
                replace(change, payload={**change.payload, "items": items}), ground
            )

    row = await planner.settled(Wrong(), await planner.executed(Wrong(), **planner.wanted()))
    assert row.state == "rejected"
    assert any("NO-SUCH-SKU" in said for said in row.amazon_says)
    assert "NO-SUCH-SKU" not in (row.problem or "")


async def test_an_answer_that_never_came_is_settled_by_the_plan_itself(planner: Planner) -> None:
    lost = Dying(after_call=AmazonUnavailableError("No answer.", status=0))
    change_id = await planner.executed(lost, **planner.wanted())
    assert (await planner.bench.row(change_id)).state == "unknown"

    row = await planner.settled(lost, change_id)
    assert row.state == "verified"
    assert row.last_verdict is not None
    assert row.last_verdict["live"]["placement_options"]
    assert await planner.calls("createInboundPlan") == 1


async def test_an_older_plan_of_the_same_name_is_not_taken_for_it(planner: Planner) -> None:
    await planner.made()
    planner.bench.clock.move(60)
    failing = Dying(before_call=AmazonUnavailableError("Internal failure.", status=500))
    change_id = await planner.executed(failing, **planner.wanted())
    row = await planner.settled(failing, change_id, looks=60)
    assert row.state == "failed"
    assert await planner.calls("createInboundPlan") == 1


async def test_a_plan_that_was_throttled_away_was_not_made(planner: Planner) -> None:
    change_id = await planner.executed(
        Dying(before_call=ThrottledError("Too many.", status=429)), **planner.wanted()
    )
    assert (await planner.bench.row(change_id)).state == "failed"


@pytest.mark.parametrize(
    ("more", "match"),
    [
        ({"label_and_prep_by": "AMAZON"}, "neither labels nor prepares"),
        ({"ship_from": None}, "no address"),
        ({"ship_from": {"city": "Harbour"}}, "name is missing"),
        ({"marketplace": "DE"}, "does not sell in DE"),
    ],
)
async def test_what_is_known_beforehand_is_refused_at_once(
    planner: Planner, more: dict[str, Any], match: str
) -> None:
    with pytest.raises(InvalidInputError, match=match):
        await planner.proposed(CREATE, **planner.wanted(**more))


async def test_a_sku_that_is_not_ready_is_named(planner: Planner) -> None:
    assert planner.unready, "the world has no SKU without a preparation"
    items = [{"sku": planner.unready[0], "units": 3}]
    with pytest.raises(InvalidInputError, match=planner.unready[0]):
        await planner.proposed(CREATE, **planner.wanted(items=items))


async def test_the_accounts_own_address_is_taken_when_none_is_given(planner: Planner) -> None:
    planner.bench.account = replace(planner.bench.account, settings={"ship_from": DEPOT})
    preview = await planner.proposed(CREATE, **planner.wanted(ship_from=None))
    assert preview.after["ship_from"] == "10001 Harbour, US"


# --- choose -----------------------------------------------------------------------------------


async def test_a_placement_is_shown_with_its_fee_and_no_key_may_confirm_it(
    planner: Planner,
) -> None:
    seen = await planner.made()
    fee = seen["placement_options"][0]["fee"]
    option = seen["placement_options"][0]["option"]
    preview = await planner.proposed(CHOOSE, marketplace=MARKET, plan=seen["plan"], option=option)
    assert preview.costs is not None
    assert f"{preview.costs['amount']} {preview.costs['currency']}" == fee
    assert fee in preview.summary
    assert "cannot be changed" in preview.irreversible

    gate = planner.bench.gate(CHOOSE)
    with pytest.raises(NotAllowedError, match="no key may confirm"):
        await gate.confirm(planner.bench.asker, preview.id, preview.fingerprint)
    assert (await planner.bench.row(preview.id)).state == "proposed"
    assert (await planner.bench.actions())[-1] == "refused"


async def test_a_person_chooses_and_the_shipments_are_amazons_from_then_on(
    planner: Planner,
) -> None:
    seen = await planner.made()
    row = await planner.placed(seen, which=1)
    assert row.state == "verified", row.last_verdict
    assert row.last_verdict is not None
    told = row.last_verdict["live"]["shipments"]
    assert len(told) == 4
    assert {one["status"] for one in told} == {"WORKING"}

    pages = planner.bench.amazon.inbound_items(MARKETPLACE, NOW, planner.bench.clock.now())
    listed = [one async for page in pages for one in page.body["payload"]["ItemData"]]
    ids = {one["confirmation_id"] for one in told}
    units = [one["QuantityShipped"] for one in listed if one["ShipmentId"] in ids]
    assert sum(units) == sum(item["units"] for item in planner.wanted()["items"])
    with pytest.raises(InvalidInputError, match="confirmed already"):
        await planner.placed(seen)


async def test_an_offer_that_is_over_is_not_chosen_any_more(planner: Planner) -> None:
    seen = await planner.made()
    planner.bench.clock.move(49 * 3600)
    with pytest.raises(InvalidInputError, match="has expired"):
        await planner.placed(seen)


async def test_an_unknown_option_is_answered_with_those_on_offer(planner: Planner) -> None:
    seen = await planner.made()
    with pytest.raises(InvalidInputError, match="not on offer") as refusal:
        await planner.proposed(CHOOSE, marketplace=MARKET, plan=seen["plan"], option="pl-none")
    for one in seen["placement_options"]:
        assert one["option"] in refusal.value.next_step


# --- cancel -----------------------------------------------------------------------------------


async def test_a_plan_is_cancelled_free_of_charge_by_a_key(planner: Planner) -> None:
    seen = await planner.made()
    asked = {"marketplace": MARKET, "plan": seen["plan"]}
    row = await planner.settled(CANCEL, await planner.executed(CANCEL, **asked))
    assert row.state == "verified"
    assert row.costs is None
    with pytest.raises(InvalidInputError, match="it is VOIDED"):
        await planner.proposed(CANCEL, **asked)


async def test_within_the_void_window_it_is_free_and_says_until_when(planner: Planner) -> None:
    seen = await planner.made()
    await planner.placed(seen)
    await planner.carried(seen["plan"])
    preview = await planner.proposed(CANCEL, marketplace=MARKET, plan=seen["plan"])
    assert preview.costs is None
    assert any("Free of charge only until" in one for one in preview.warnings)


async def test_after_the_void_window_the_carriage_is_restated_and_a_person_decides(
    planner: Planner,
) -> None:
    seen = await planner.made()
    await planner.placed(seen)
    await planner.carried(seen["plan"])
    asked = {"marketplace": MARKET, "plan": seen["plan"]}
    early = await planner.proposed(CANCEL, **asked)
    planner.bench.clock.move(25 * 3600)
    late = await planner.proposed(CANCEL, **asked)
    assert late.costs is not None
    assert f"{late.costs['amount']} USD" in late.summary
    assert "void window is over" in late.irreversible
    assert late.fingerprint != early.fingerprint
    with pytest.raises(NotAllowedError):
        await planner.bench.gate(CANCEL).confirm(planner.bench.asker, late.id, late.fingerprint)
    assert (await planner.approved(CANCEL, late)).state == "verified"


class Silent:
    """The real thing, but it does not tell what carriers were offered."""

    def __init__(self, amazon: Any) -> None:
        self._amazon = amazon

    def __getattr__(self, name: str) -> Any:
        return getattr(self._amazon, name)

    async def transportation_options(self, *_: str) -> list[Any]:
        return []


async def test_a_booked_carriage_without_a_price_is_left_to_a_person(planner: Planner) -> None:
    seen = await planner.made()
    await planner.placed(seen)
    await planner.carried(seen["plan"])
    silent: Any = Silent(planner.bench.amazon)
    preview = await planner.bench.gate(CANCEL, silent).propose(
        planner.bench.asker, CANCEL.name, {"marketplace": MARKET, "plan": seen["plan"]}
    )
    assert preview.costs is None
    assert "does not say" in preview.irreversible
    with pytest.raises(NotAllowedError):
        await planner.bench.gate(CANCEL).confirm(
            planner.bench.asker, preview.id, preview.fingerprint
        )


async def test_a_window_that_closes_after_the_agreement_blocks_the_change(
    planner: Planner,
) -> None:
    seen = await planner.made()
    await planner.placed(seen)
    await planner.carried(seen["plan"])
    planner.bench.clock.move(24 * 3600 - 300)
    preview = await planner.proposed(CANCEL, marketplace=MARKET, plan=seen["plan"])
    gate = planner.bench.gate(CANCEL)
    await gate.confirm(planner.bench.asker, preview.id, preview.fingerprint)
    planner.bench.clock.move(400)
    await gate.execute(planner.bench.account.id, preview.id)
    row = await planner.bench.row(preview.id)
    assert (row.state, row.problem_kind) == ("blocked", "stale")
    assert await planner.calls("cancelInboundPlan") == 0


async def test_a_plan_of_another_seller_or_marketplace_does_not_exist(planner: Planner) -> None:
    with pytest.raises(InvalidInputError, match="There is no inbound plan"):
        await planner.proposed(CANCEL, marketplace=MARKET, plan="wf" + "0" * 36)
