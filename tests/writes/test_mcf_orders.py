"""Multi-channel orders through the gate: quoted, approved by a person, made once, and kept of nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import pytest
from tests.writes.conftest import MARKET, SEED, Bench

from stockroom.core.clock import FixedClock
from stockroom.core.errors import (
    AmazonRefusedError,
    AmazonUnavailableError,
    GuardrailError,
    InvalidInputError,
    NotAllowedError,
)
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.core.scope import Scope
from stockroom.simulator.world import World, WorldOptions
from stockroom.spec.change import Change, Receipt
from stockroom.spec.tool import Ground, WriteTool
from stockroom.tenancy.roles import Role
from stockroom.tenancy.vault import Vault
from stockroom.tools.mcf_quote import read_standing
from stockroom.tools.write.cancel_mcf_order import TOOL as CANCEL
from stockroom.tools.write.create_mcf_order import TOOL as CREATE
from stockroom.tools.write.create_mcf_order import CreateMcfOrder
from stockroom.writes.approve import spends
from stockroom.writes.audit import journal
from stockroom.writes.models import ChangeRow
from stockroom.writes.shown import Preview
from stockroom.writes.states import State, step

MARKETPLACE = MARKETPLACES[MARKET]
STREET, PERSON, PHONE = "17 Quince Lane", "Ottilie Testperson", "5550199"
RECIPIENT = {
    "name": PERSON,
    "line1": STREET,
    "city": "Harbour",
    "state": "NY",
    "postal_code": "10001",
    "country": "US",
    "phone": PHONE,
}


@pytest.fixture
def world(clock: FixedClock) -> World:
    """Of one test alone: what is ordered stays ordered."""
    return World(WorldOptions.create(now=clock.now(), skus=6, days=30))


@dataclass
class Shop:
    """A key that may have orders sent, and SKUs that lie at Amazon."""

    bench: Bench
    stock: dict[str, int]
    """Sellable units by SKU."""

    @property
    def skus(self) -> list[str]:
        return sorted(self.stock, key=lambda sku: -self.stock[sku])

    def wanted(self, **more: Any) -> dict[str, Any]:
        items = [{"sku": sku, "units": 2} for sku in self.skus[:2]]
        return {
            "marketplace": MARKET,
            "order_number": "WEB 1001",
            "items": items,
            "recipient": RECIPIENT,
            "comment": f"For {PERSON}, with love.",
            **more,
        }

    async def proposed(self, **more: Any) -> Preview:
        gate = self.bench.gate(CREATE)
        return await gate.propose(self.bench.asker, CREATE.name, self.wanted(**more))

    async def approved(self, preview: Preview, tool: WriteTool = CREATE) -> ChangeRow:
        """Agreed to by a person, carried out and looked at."""
        bench, gate = self.bench, self.bench.gate(tool)
        async with journal(bench.database, bench.clock, bench.account.id, "person") as open_one:
            values: dict[str, Any] = {"delegated": False, "confirmed_at": open_one.at}
            await step(open_one, preview.id, State.PROPOSED, State.CONFIRMED, **values)
        await gate.execute(bench.account.id, preview.id)
        bench.clock.move(30)
        await gate.verify(bench.account.id, preview.id)
        return await bench.row(preview.id)

    async def calls(self, operation: str) -> int:
        log = await self.bench.http.get(
            f"{self.bench.simulator}/_log", params={"operation": operation}
        )
        return len(log.json())

    async def sellable(self) -> dict[str, int]:
        return await sellable(self.bench)

    async def written(self) -> str:
        """All that is kept of changes and in the audit, as text."""
        rows = [str(vars(row)) for row in await self.bench.audit()]
        changes = [str(vars(await self.bench.row(id_))) for id_ in await self._ids()]
        return "\n".join([*rows, *changes])

    async def _ids(self) -> set[UUID]:
        return {row.change_id for row in await self.bench.audit() if row.change_id}


async def sellable(bench: Bench) -> dict[str, int]:
    return {
        row["sellerSku"]: row["inventoryDetails"]["fulfillableQuantity"]
        async for page in bench.amazon.inventory_summaries(MARKETPLACE)
        for row in page.body["payload"]["inventorySummaries"]
    }


@pytest.fixture
async def shop(bench: Bench) -> Shop:
    scopes = [Scope.INBOUND_WRITE, Scope.CONFIRM]
    await bench.set_key(scopes=scopes)
    bench.asker = replace(bench.asker, scopes=frozenset(scopes))
    own = {one.fnsku: one.sku for one in bench.listings if one.fnsku and not one.remote}
    ours = {*own.values()}  # one of those that share their stock
    stock = {sku: units for sku, units in (await sellable(bench)).items() if sku in ours}
    return Shop(bench, stock)


@dataclass
class Deaf(CreateMcfOrder):
    """An Amazon that acts, and whose answer does not arrive."""

    calls: list[str] = field(default_factory=list)

    async def execute(self, change: Change, ground: Ground) -> Receipt:
        self.calls.append(change.fingerprint)
        await super().execute(change, ground)
        raise AmazonUnavailableError("no answer", status=0)


async def test_a_preview_tells_parcels_and_fees_and_orders_nothing(shop: Shop) -> None:
    preview = await shop.proposed()

    sent = [item for one in preview.after["shipments"] for item in one["items"]]
    assert sum(item["units"] for item in sent) == 4
    assert preview.after["fees"].keys() == {"FBAPerUnitFulfillmentFee", "FBATransportationFee"}
    assert preview.costs is not None
    assert preview.costs["currency"] == "USD"
    assert preview.after["ship_to"] == "US 10…"
    assert await shop.calls("createFulfillmentOrder") == 0
    with pytest.raises(NotAllowedError):  # it costs money: a key cannot agree to it
        await shop.bench.gate(CREATE).confirm(shop.bench.asker, preview.id, preview.fingerprint)


async def test_an_approved_order_is_made_once_under_the_changes_own_id(shop: Shop) -> None:
    before = await shop.sellable()
    preview = await shop.proposed()
    row = await shop.approved(preview)

    assert row.state == "verified", (row.problem, row.amazon_says)
    assert row.last_verdict is not None
    assert row.last_verdict["live"]["order"] == f"SR-{preview.id}"
    order = (await shop.bench.amazon.mcf_order(f"SR-{preview.id}")).body["payload"]
    assert order["fulfillmentOrder"]["destinationAddress"]["addressLine1"] == STREET
    assert order["fulfillmentOrder"]["displayableOrderId"] == "WEB 1001"
    assert order["fulfillmentOrder"]["displayableOrderComment"] == f"For {PERSON}, with love."
    assert {item["sellerSku"] for item in order["fulfillmentOrderItems"]} == set(shop.skus[:2])
    left = await shop.sellable()
    assert [before[sku] - left[sku] for sku in shop.skus[:2]] == [2, 2]
    await shop.bench.gate(CREATE).execute(shop.bench.account.id, preview.id)
    assert await shop.calls("createFulfillmentOrder") == 1


@pytest.mark.requirement("recipients-forgotten")
async def test_nobody_is_kept_of_an_order_that_left_or_lapsed(shop: Shop) -> None:
    preview, late = await shop.proposed(), await shop.proposed(order_number="WEB 1002")
    assert (await shop.bench.row(preview.id)).personal is not None

    await shop.approved(preview)
    shop.bench.clock.move(3600)
    await shop.bench.gate(CREATE).sweep(shop.bench.account.id)

    for one in (preview, late):
        assert (await shop.bench.row(one.id)).personal is None
    assert (await shop.bench.row(late.id)).state == "expired"
    written = await shop.written()
    assert "WEB 1002" in written
    assert not [word for word in (STREET, PERSON, PHONE, "10001") if word in written]


@pytest.mark.requirement("recipients-forgotten")
async def test_nobody_is_readable_of_an_order_that_waits_or_was_refused(shop: Shop) -> None:
    await shop.proposed()
    too_many = [{"sku": shop.skus[-1], "units": 250}]
    with pytest.raises(AmazonRefusedError):
        await shop.proposed(items=too_many)
    written = await shop.written()
    assert "refused" in str(await shop.bench.actions())
    assert not [word for word in (STREET, PERSON, PHONE, "10001") if word in written]


async def test_an_order_of_unknown_fee_passes_no_limit_of_money(shop: Shop) -> None:
    class Silent:
        def __getattr__(self, name: str) -> Any:
            return getattr(shop.bench.amazon, name)

        async def mcf_preview(self, body: Mapping[str, Any]) -> Any:
            answer = await shop.bench.amazon.mcf_preview(body)
            for one in answer.body["payload"]["fulfillmentPreviews"]:
                one["estimatedFees"] = []
            return answer

    gate = shop.bench.gate(CREATE, amazon=Silent())
    preview = await gate.propose(shop.bench.asker, CREATE.name, shop.wanted())
    assert (preview.costs, preview.irreversible[:6]) == (None, "Amazon")
    rule = {"measure": "cost", "currency": "USD", "max": "1000000"}
    for limits in ({"rules": [rule]}, {"spend_per_day": {"USD": "1000000"}}):
        await shop.bench.set_account(settings={"limits": limits})
        with pytest.raises(GuardrailError):
            await gate.propose(shop.bench.asker, CREATE.name, shop.wanted())


@pytest.mark.requirement("recipients-forgotten")
async def test_only_who_decides_sees_for_whom_an_order_is_and_only_while_it_waits(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    preview, late = await shop.proposed(), await shop.proposed(order_number="WEB 1002")
    bench, gate = shop.bench, shop.bench.gate(CREATE)

    seen = await gate.personal(bench.person(), preview.id)
    assert {name: seen["recipient"][name] for name in RECIPIENT} == RECIPIENT
    assert seen["comment"] == f"For {PERSON}, with love."
    for role in (Role.VIEWER, Role.OPERATOR):
        assert await gate.personal(bench.person(role=role), preview.id) == {}

    spent = spends(preview.costs)
    await gate.approve(bench.person(), preview.id, preview.fingerprint, spent)
    assert await gate.personal(bench.person(), preview.id) == {}
    bench.clock.move(15 * 60)
    assert await gate.personal(bench.person(), late.id) == {}
    assert (await bench.row(late.id)).personal is not None  # nobody has swept yet
    assert not [word for word in (STREET, PERSON, PHONE) if word in caplog.text]
    assert not [word for word in (STREET, PERSON, PHONE) if word in await shop.written()]


async def test_a_recipient_with_a_character_that_cannot_be_stored_is_still_the_same(
    shop: Shop,
) -> None:
    recipient = {**RECIPIENT, "line2": "3\x00rd floor"}
    preview = await shop.proposed(recipient=recipient)
    row = await shop.approved(preview)
    assert (row.state, row.problem) == ("verified", None)


async def test_a_repeat_for_somebody_else_is_no_repeat(shop: Shop) -> None:
    gate, asker = shop.bench.gate(CREATE), shop.bench.asker
    first = await gate.propose(asker, CREATE.name, shop.wanted(), idempotency_key="one")
    again = await gate.propose(asker, CREATE.name, shop.wanted(), idempotency_key="one")
    assert again.id == first.id
    other = shop.wanted(recipient={**RECIPIENT, "line1": "18 Quince Lane"})
    with pytest.raises(InvalidInputError, match="other arguments"):
        await gate.propose(asker, CREATE.name, other, idempotency_key="one")

    assert not [one for one in first.warnings if "second time" in one]
    await shop.approved(first)  # nobody knows any more who it was, and yet
    again = await gate.propose(asker, CREATE.name, shop.wanted(), idempotency_key="one")
    assert (again.id, again.state) == (first.id, "verified")
    with pytest.raises(InvalidInputError, match="other arguments"):
        await gate.propose(asker, CREATE.name, other, idempotency_key="one")
    second = await gate.propose(asker, CREATE.name, shop.wanted())
    assert f"Change {first.id} did the same" in second.warnings[-1]


async def test_an_order_that_waits_outlives_a_rotation_of_the_vaults_keys(shop: Shop) -> None:
    bench, key = shop.bench, {"idempotency_key": "order of the day"}
    propose = bench.gate(CREATE).propose
    preview = await propose(bench.asker, CREATE.name, shop.wanted(), **key)
    person = bench.person()
    await bench.gate(CREATE).approve(person, preview.id, preview.fingerprint, spends(preview.costs))

    rotated = bench.gate(CREATE, vault=Vault({"newer": bytes(32), "test": SEED}))
    again = await rotated.propose(bench.asker, CREATE.name, shop.wanted(), **key)
    assert again.id == preview.id
    await rotated.execute(bench.account.id, preview.id)
    row = await bench.row(preview.id)
    assert (row.state, row.problem) == ("sent", None)
    after = await rotated.propose(bench.asker, CREATE.name, shop.wanted(), **key)
    assert (after.id, after.state) == (preview.id, "sent")


async def test_what_cannot_be_sent_is_told_with_its_reason(shop: Shop) -> None:
    scarce = shop.skus[-1]
    items = [{"sku": shop.skus[0], "units": 1}, {"sku": scarce, "units": 240}]
    assert shop.stock[scarce] < 240
    with pytest.raises(AmazonRefusedError) as refused:
        await shop.proposed(items=items)
    assert scarce in refused.value.amazon_says[0]
    assert "InventoryUnavailable" in refused.value.amazon_says[0]

    partial = await shop.proposed(items=items, allow_partial=True)
    (missing,) = partial.after["unfulfillable"]
    assert missing["units"] == 240 - shop.stock[scarce]
    assert (await shop.bench.row(partial.id)).measures["units"] == 241  # it may find them yet
    row = await shop.approved(partial)
    assert row.state == "verified"


async def test_an_answer_that_never_came_is_settled_by_the_orders_own_id(shop: Shop) -> None:
    deaf = Deaf()
    row = await shop.approved(await shop.proposed(), deaf)
    assert (row.state, len(deaf.calls)) == ("verified", 1)
    assert await shop.calls("createFulfillmentOrder") == 1


async def test_only_a_404_says_that_there_is_no_such_order() -> None:
    class Asked:
        def __init__(self, status: int) -> None:
            self.status = status

        async def mcf_order(self, _: str) -> None:
            raise AmazonRefusedError("No.", status=self.status)

    gone: Any = Asked(404)
    assert await read_standing(gone, "SR-1") is None
    unclear: Any = Asked(400)
    with pytest.raises(AmazonRefusedError):
        await read_standing(unclear, "SR-1")


async def test_an_order_that_amazon_finds_invalid_ends_as_rejected(shop: Shop) -> None:
    class Greedy(CreateMcfOrder):
        async def execute(self, change: Change, ground: Ground) -> Receipt:
            items = [item | {"quantity": 125} for item in change.payload["items"]]
            return await super().execute(
                replace(change, payload={**change.payload, "items": items}), ground
            )

    few = [{"sku": sku, "units": 1} for sku in shop.skus[-2:]]
    row = await shop.approved(await shop.proposed(items=few), Greedy())
    assert row.state == "rejected"
    assert row.amazon_says == ["Amazon's order is Invalid."]


async def test_stock_that_went_meanwhile_blocks_the_order(shop: Shop) -> None:
    scarce = shop.skus[-1]
    items = [{"sku": scarce, "units": shop.stock[scarce]}]
    preview = await shop.proposed(items=items)
    first = await shop.proposed(items=items, order_number="WEB 2000")
    assert (await shop.approved(first)).state == "verified"

    row = await shop.approved(preview)
    assert (row.state, row.problem_kind) == ("blocked", "amazon_refused")
    assert await shop.calls("createFulfillmentOrder") == 1


async def test_an_order_is_reverted_by_cancelling_it_while_nobody_picks(shop: Shop) -> None:
    before = await shop.sellable()
    made = await shop.proposed()
    await shop.approved(made)
    gate, bench = shop.bench.gate(CREATE, also=(CANCEL,)), shop.bench

    undo = await gate.revert(bench.asker, made.id)
    assert (undo.tool, undo.before, undo.costs) == (CANCEL.name, {"status": "Received"}, None)
    with pytest.raises(NotAllowedError):  # it does not come back: a key cannot agree to it
        await gate.confirm(bench.asker, undo.id, undo.fingerprint)
    row = await shop.approved(undo, CANCEL)
    assert (row.state, row.receipt["answer"] if row.receipt else None) == ("verified", {})
    assert await shop.sellable() == before
    with pytest.raises(InvalidInputError, match="it is Cancelled"):
        await gate.revert(bench.asker, made.id)


async def test_an_order_that_is_being_picked_can_no_longer_be_cancelled(shop: Shop) -> None:
    made = await shop.proposed()
    await shop.approved(made)
    shop.bench.clock.move(3600)
    with pytest.raises(InvalidInputError, match="it is Processing"):
        await shop.bench.gate(CREATE, also=(CANCEL,)).revert(shop.bench.asker, made.id)


async def test_what_cannot_be_ordered_is_named_and_repeats_nothing_personal(shop: Shop) -> None:
    impossible: tuple[tuple[dict[str, Any], str], ...] = (
        ({"marketplace": "DE"}, "marketplace"),
        ({"recipient": {**RECIPIENT, "country": "usa"}}, "recipient.country"),
        ({"order_number": "two  spaces"}, "order_number"),
        ({"items": []}, "items"),
        ({"items": [{"sku": "A", "units": 1}] * 2}, "items"),
    )
    for more, named in impossible:
        with pytest.raises(InvalidInputError) as refused:
            await shop.proposed(**more)
        assert refused.value.field == named
        assert STREET not in str(refused.value)
