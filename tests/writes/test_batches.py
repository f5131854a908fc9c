"""Several changes, shown together and agreed to together: each has its own end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from tests.writes.conftest import Bench

from stockroom.core.errors import (
    GuardrailError,
    InvalidInputError,
    NotFoundError,
    StaleError,
    StoppedError,
)
from stockroom.core.scope import Scope
from stockroom.db.reach import EVERYWHERE, Reach
from stockroom.spec.tool import WriteTool
from stockroom.tools.read.changes import changes
from stockroom.tools.write.create_mcf_order import TOOL as MCF
from stockroom.tools.write.edit_listing import TOOL as EDIT
from stockroom.tools.write.set_planning_inputs import TOOL as INPUTS
from stockroom.tools.write.set_price import TOOL as PRICE
from stockroom.tools.write.set_quantity import TOOL as QUANTITY
from stockroom.writes.batch import Batch
from stockroom.writes.doors import GATE_TOOLS, proposal_arguments, split_proposal, spread

NOWHERE = "NO-SUCH-SKU"


def prices(bench: Bench, *more: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Half a dollar more for two listings, and whatever else."""
    shared = {"marketplace": "US", "currency": "USD"}
    plain = [one for one in bench.listings if one.minimum_price is None][:2]
    raised = [{"sku": one.sku, "price": str(one.price + Decimal("0.50"))} for one in plain]
    return [{**shared, **item} for item in (*raised, *more)]


async def proposed(bench: Bench, *more: Mapping[str, Any], **rest: Any) -> Batch:
    return await bench.gate().propose_batch(bench.asker, "set_price", prices(bench, *more), **rest)


async def test_each_item_has_its_own_end_under_one_confirmation(bench: Bench) -> None:
    gate = bench.gate()
    batch = await proposed(bench, {"sku": NOWHERE, "price": "9.99"})
    assert batch.states == {"proposed": 2, "blocked": 1}
    refused = batch.items[2]
    assert (refused["sku"], refused["state"]) == (NOWHERE, "blocked")
    assert refused["problem"]
    assert await bench.sent() == 0
    supplied = [json.loads(row.details).get("requests") for row in await bench.audit()]
    assert all(supplied[at]["price"] for at in range(2))
    assert supplied[2] is None

    agreed = await gate.confirm_batch(bench.asker, batch.id, batch.fingerprint)
    assert agreed.states == {"confirmed": 2, "blocked": 1}
    for change_id in agreed.confirmed:
        await gate.execute(bench.account.id, change_id)
    bench.clock.move(30)
    for change_id in agreed.confirmed:
        await gate.verify(bench.account.id, change_id)

    async with bench.database.read(bench.account.id, EVERYWHERE) as db:
        report = await changes.ask(db, bench.clock, id=batch.id)
    states = [row[list(report.columns).index("state")] for row in report.rows]
    assert sorted(states) == ["blocked", "verified", "verified"]
    assert await bench.sent() == 2


async def test_one_item_that_moved_does_not_stop_the_other(bench: Bench) -> None:
    gate = bench.gate()
    rest = {"sku": bench.listing.sku, "price": str(bench.listing.price + Decimal("0.50"))}
    batch = await proposed(bench, rest)
    await bench.moved_price(bench.listing.price + Decimal("0.25"))
    agreed = await gate.confirm_batch(bench.asker, batch.id, batch.fingerprint)
    for change_id in agreed.confirmed:
        await gate.execute(bench.account.id, change_id)

    states = [(await bench.row(change_id)).state for change_id in agreed.confirmed]
    assert states == ["sent", "sent", "blocked"]


async def test_what_confirms_or_cancels_nothing_of_it_is_remembered(bench: Bench) -> None:
    batch = await proposed(bench)
    with pytest.raises(StaleError):
        await bench.gate().confirm_batch(bench.asker, batch.id, "0" * 64)
    elsewhere = replace(bench.asker, reach=Reach(("BR",)))
    with pytest.raises(NotFoundError):
        await bench.gate().confirm_batch(elsewhere, batch.id, batch.fingerprint)

    with pytest.raises(NotFoundError):
        await bench.gate().cancel_batch(elsewhere, batch.id)
    await bench.set_account(stopped=True)
    with pytest.raises(StoppedError):
        await bench.gate().confirm_batch(bench.asker, batch.id, batch.fingerprint)

    assert await bench.actions() == ["proposed", "proposed", *["refused"] * 4]


async def test_a_day_without_room_for_all_of_it_confirms_nothing(bench: Bench) -> None:
    batch = await proposed(bench)
    tight = replace(bench.asker, limits={"changes_per_day": 1})
    with pytest.raises(GuardrailError):
        await bench.gate().confirm_batch(tight, batch.id, batch.fingerprint)
    assert "confirmed" not in await bench.actions()


async def test_a_preview_that_lapsed_confirms_nothing(bench: Bench) -> None:
    batch = await proposed(bench)
    bench.clock.move(15 * 60)
    with pytest.raises(StaleError):
        await bench.gate().confirm_batch(bench.asker, batch.id, batch.fingerprint)


async def test_an_idempotency_key_gives_the_first_batch_again(bench: Bench) -> None:
    gate = bench.gate()
    first = await proposed(bench, {"sku": NOWHERE, "price": "9.99"}, idempotency_key="monday")
    again = await proposed(bench, {"sku": NOWHERE, "price": "9.99"}, idempotency_key="monday")

    assert again == first
    with pytest.raises(InvalidInputError):
        await proposed(bench, idempotency_key="monday")
    one = prices(bench)[0]
    with pytest.raises(InvalidInputError):
        await gate.propose(bench.asker, "set_price", one, idempotency_key="monday")
    bench.clock.move(15 * 60)
    late = await proposed(bench, {"sku": NOWHERE, "price": "9.99"}, idempotency_key="monday")
    assert (late.id, late.states) == (first.id, {"expired": 2, "blocked": 1})


async def test_a_batch_in_which_nothing_can_be_done_stores_nothing(bench: Bench) -> None:
    unknown = [{**prices(bench)[0], "sku": f"{NOWHERE}-{n}"} for n in range(2)]
    with pytest.raises(Exception, match=r"\w") as refused:
        await bench.gate().propose_batch(bench.asker, "set_price", unknown)
    assert refused.value.__class__.__module__ == "stockroom.core.errors"
    assert "proposed" not in await bench.actions()


async def test_two_items_about_the_same_thing_are_refused(bench: Bench) -> None:
    again = {"sku": prices(bench)[0]["sku"], "price": "77.00"}
    with pytest.raises(InvalidInputError, match="same thing"):
        await proposed(bench, again)
    with pytest.raises(InvalidInputError) as refused:
        await proposed(bench, {"sku": "A", "price": "much"})
    assert refused.value.field == "items.2.price"


async def test_what_was_not_sent_is_cancelled_together(bench: Bench) -> None:
    gate = bench.gate()
    batch = await proposed(bench)
    await gate.confirm_batch(bench.asker, batch.id, batch.fingerprint)
    cancelled = await gate.cancel_batch(bench.asker, batch.id, "no")

    assert cancelled.states == {"cancelled": 2}


async def test_records_of_many_skus_count_at_once_and_are_put_back_together(bench: Bench) -> None:
    await bench.set_key(scopes=[Scope.PLANNING_WRITE], limits={})
    asker = replace(bench.asker, scopes=frozenset({Scope.PLANNING_WRITE}), limits={})
    tools = {tool.name: tool for tool in GATE_TOOLS}
    gate = bench.gate(INPUTS)
    asked = {
        "marketplace": "US",
        "items": [{"sku": f"SKU-{n}", "inputs": {"moq_units": n}} for n in range(1, 4)],
        "reason": "new supplier",
    }
    own, reason, _ = split_proposal(proposal_arguments(INPUTS).model_validate(asked))
    items = spread(INPUTS, own)
    assert items is not None
    batch = await gate.propose_batch(asker, INPUTS.name, items, reason=reason)
    confirm, revert = tools["confirm_change"], tools["revert_change"]
    given = {"id": batch.id, "fingerprint": batch.fingerprint}
    done = await confirm.call(gate, asker, confirm.arguments.model_validate(given))
    assert done.facts()["states"] == {"verified": 3}

    bench.clock.move(1)
    back = await revert.call(gate, asker, revert.arguments.model_validate({"id": batch.id}))
    assert [item["after"] for item in back.facts()["items"]] == [{"moq_units": None}] * 3


async def test_an_item_that_cannot_be_stored_as_it_was_asked_for_stops_no_other(
    bench: Bench,
) -> None:
    asker = replace(bench.asker, scopes=frozenset({Scope.PLANNING_WRITE}), limits={})
    said = [("LAMP-1", 3), ("LAMP\u0000", 3), ("LAMP-2", float("inf")), ("LAMP-3", "\u0000")]
    items = [{"marketplace": "US", "sku": s, "inputs": {"moq_units": n}} for s, n in said]
    for _ in range(2):
        batch = await bench.gate(INPUTS).propose_batch(
            asker, INPUTS.name, items, idempotency_key="once"
        )
        assert batch.states == {"proposed": 1, "blocked": 3}
    assert (await bench.actions()) == ["proposed", *["blocked"] * 3]


@pytest.mark.parametrize("name", ["reason", "idempotency_key"])
def test_words_of_a_proposal_that_cannot_be_kept_are_refused(name: str) -> None:
    one = {"sku": "A", "price": "1.00", "marketplace": "US", "currency": "USD"}
    with pytest.raises(ValidationError, match="cannot be kept"):
        proposal_arguments(PRICE).model_validate({**one, name: "a\u0000b"})


@pytest.mark.parametrize(
    "given",
    [
        {"items": [{"sku": "A", "price": "1"}], "sku": "A"},
        {"items": [{"sku": "A", "price": "1", "marketplace": "CA"}]},
        {"items": [{"sku": "A", "colour": "red"}]},
    ],
)
def test_items_and_what_they_share_are_kept_apart(given: dict[str, Any]) -> None:
    model = proposal_arguments(PRICE)
    own, _, _ = split_proposal(
        model.model_validate({"marketplace": "US", "currency": "USD", **given})
    )
    with pytest.raises(InvalidInputError) as refused:
        spread(PRICE, own)
    assert refused.value.field == "items"


def test_a_call_for_one_is_spread_over_nothing() -> None:
    one = {"sku": "A", "price": "1.00", "marketplace": "US", "currency": "USD"}
    own, _, _ = split_proposal(proposal_arguments(PRICE).model_validate(one))

    assert spread(PRICE, own) is None
    assert own == one


async def test_quantities_of_several_skus_are_one_preview(bench: Bench) -> None:
    own = [one.sku for one in bench.listings if one.channel == "FBM"][:2]
    fba = next(one.sku for one in bench.listings if one.channel == "FBA")
    items = [{"sku": sku, "quantity": 77, "marketplace": "US"} for sku in (*own, fba)]
    batch = await bench.gate(QUANTITY).propose_batch(bench.asker, "set_quantity", items)

    assert own
    assert batch.states == {"proposed": len(own), "blocked": 1}
    assert batch.items[-1]["problem"]


@pytest.mark.parametrize("tool", [EDIT, MCF], ids=lambda tool: tool.name)
async def test_what_takes_one_at_a_time_is_no_batch(bench: Bench, tool: WriteTool) -> None:
    with pytest.raises(InvalidInputError, match="one change at a time") as refused:
        await bench.gate(tool).propose_batch(bench.asker, tool.name, [{}, {}])
    assert refused.value.field == "items"
    assert await bench.actions() == []


async def test_an_item_kept_here_that_its_key_may_not_change_says_so_beside_those_done(
    bench: Bench,
) -> None:
    await bench.set_key(scopes=[Scope.PLANNING_WRITE], limits={})
    planner = replace(bench.asker, scopes=frozenset({Scope.PLANNING_WRITE}), limits={})
    gate = bench.gate(INPUTS)
    items = [
        {"marketplace": "US", "sku": sku, "inputs": {"moq_units": 5}} for sku in ("LAMP", "SOFA")
    ]
    batch = await gate.propose_batch(planner, INPUTS.name, items)
    narrowed = replace(planner, limits={"skus": ["LAMP"]})
    await bench.set_key(limits=narrowed.limits)
    done = await gate.confirm_batch(narrowed, batch.id, batch.fingerprint)

    assert done.states == {"verified": 1, "proposed": 1}
    assert done.items[1]["problem_kind"] == "blocked_by_guardrail"
    assert "SOFA" in done.items[1]["problem"]
