"""Carried out once: whatever dies, whoever comes second, whatever moved meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from tests.writes.conftest import Bench

from stockroom.core.errors import (
    AmazonError,
    AmazonRefusedError,
    AmazonUnavailableError,
    StockroomError,
    ThrottledError,
)
from stockroom.spec.change import Change, Receipt
from stockroom.spec.tool import Ground
from stockroom.tools.write.set_price import SetPrice, SetPriceArguments


class DiedError(Exception):
    """The process ended here."""


@dataclass
class Dying(SetPrice):
    """The real tool in a process that ends, or an Amazon that fails, at a chosen point."""

    in_plan: Exception | None = None
    before_call: Exception | None = None
    after_call: Exception | None = None
    calls: list[str] = field(default_factory=list)

    async def plan(self, arguments: SetPriceArguments, ground: Ground) -> Change:
        if self.in_plan:
            raise self.in_plan
        return await super().plan(arguments, ground)

    async def execute(self, change: Change, ground: Ground) -> Receipt:
        self.calls.append(change.fingerprint)
        if self.before_call:
            raise self.before_call
        receipt = await super().execute(change, ground)
        if self.after_call:
            raise self.after_call
        return receipt


async def run(bench: Bench, change_id: UUID, tool: SetPrice | None = None) -> str:
    """Execute and say where that left the change."""
    await bench.gate(tool or SetPrice()).execute(bench.account.id, change_id)
    return (await bench.row(change_id)).state


async def verified(bench: Bench, change_id: UUID) -> str:
    """Look after Amazon had time to apply it."""
    bench.clock.move(30)
    await bench.gate().verify(bench.account.id, change_id)
    return (await bench.row(change_id)).state


async def test_a_change_is_sent_once_and_verified_when_amazon_shows_it(bench: Bench) -> None:
    change_id = await bench.confirmed()
    assert await run(bench, change_id) == "sent"

    bench.clock.move(9)  # the pretend Amazon needs ten seconds at least
    await bench.gate().verify(bench.account.id, change_id)
    row = await bench.row(change_id)
    assert (row.state, row.looks) == ("sent", 1)  # accepted is not done

    assert await verified(bench, change_id) == "verified"
    assert await bench.sent() == 1
    assert await bench.actions() == ["proposed", "confirmed", "executing", "sent", "verified"]


async def test_the_receipt_keeps_amazons_answer_and_request_id(bench: Bench) -> None:
    change_id = await bench.confirmed()
    await run(bench, change_id)

    receipt = (await bench.row(change_id)).receipt
    assert receipt is not None
    assert receipt["accepted"] is True
    assert receipt["answer"]["status"] == "ACCEPTED"
    assert receipt["request_id"]


async def test_nothing_else_of_the_offer_changes(bench: Bench) -> None:
    before = await bench.live_offer()
    change_id = await bench.confirmed()
    await run(bench, change_id)
    await verified(bench, change_id)

    after = await bench.live_offer()
    assert after["B2B"] == before["B2B"]
    assert after["ALL"].pop("our_price") != before["ALL"].pop("our_price")
    assert after["ALL"] == before["ALL"]


async def test_a_sale_price_survives(bench: Bench) -> None:
    await bench.put_on_sale("15.49")
    change_id = await bench.confirmed()
    await run(bench, change_id)
    await verified(bench, change_id)

    sale = (await bench.live_offer())["ALL"]["discounted_price"][0]["schedule"][0]
    assert sale["value_with_tax"] == 15.49


async def test_every_audience_and_its_quantity_discounts_survive(bench: Bench) -> None:
    levels = [{"lower_bound": 5, "value": 8.0}, {"lower_bound": 20, "value": 12.0}]
    tiers = {
        "quantity_discount_plan": [{"schedule": [{"discount_type": "PERCENT", "levels": levels}]}]
    }
    before = await bench.live_offer()
    await bench.written_offer({**before["B2B"], **tiers})
    await bench.written_offer({**before["B2B"], "audience": "B2B_WHOLESALE", **tiers})
    await bench.put_on_sale("15.49")
    before = await bench.live_offer()
    change_id = await bench.confirmed()
    await run(bench, change_id)
    assert await verified(bench, change_id) == "verified"

    after = await bench.live_offer()
    assert after["ALL"]["our_price"] != before["ALL"]["our_price"]
    after["ALL"]["our_price"] = before["ALL"]["our_price"]
    assert after == before
    assert after.keys() == {"ALL", "B2B", "B2B_WHOLESALE"}


async def test_a_sale_price_is_a_warning_on_the_preview(bench: Bench) -> None:
    await bench.put_on_sale("15.49")
    preview = await bench.proposed()
    assert any("15.49" in warning for warning in preview.warnings)


@pytest.mark.requirement("no-unseen-change")
async def test_a_price_that_moved_after_the_preview_blocks_as_stale(bench: Bench) -> None:
    change_id = await bench.confirmed()
    await bench.moved_price(str(bench.listing.price + 3))

    assert await run(bench, change_id) == "blocked"
    row = await bench.row(change_id)
    assert row.problem_kind == "stale"
    assert await bench.sent() == 1  # the other one's


async def test_a_business_price_that_moved_blocks_too(bench: Bench) -> None:
    change_id = await bench.confirmed()
    await bench.moved_price("41.00", audience="B2B")
    assert await run(bench, change_id) == "blocked"


@pytest.mark.parametrize("switch", ["stop", "revoke", "tighten"])
async def test_what_was_forbidden_after_the_confirmation_is_not_done(
    bench: Bench, switch: str
) -> None:
    change_id = await bench.confirmed()
    if switch == "stop":
        await bench.set_account(stopped=True)
    elif switch == "revoke":
        await bench.set_key(revoked_at=bench.clock.now())
    else:
        rule = {"tool": "set_price", "measure": "price", "currency": "USD", "max": "1"}
        await bench.set_key(limits={"changes_per_day": 5, "rules": [rule]})

    assert await run(bench, change_id) == "blocked"
    assert await bench.sent() == 0


@pytest.mark.requirement("no-unseen-change")
async def test_an_agreement_that_nobody_carried_out_lapses(bench: Bench) -> None:
    change_id = await bench.confirmed()
    bench.clock.move(15 * 60)

    assert await run(bench, change_id) == "expired"
    assert await bench.sent() == 0


@pytest.mark.requirement("once")
async def test_two_executors_at_once_send_once(bench: Bench) -> None:
    change_id = await bench.confirmed()
    await asyncio.gather(*(run(bench, change_id) for _ in range(4)))

    assert await bench.sent() == 1
    assert (await bench.actions()).count("executing") == 1


async def test_executing_again_sends_nothing(bench: Bench) -> None:
    change_id = await bench.confirmed()
    await run(bench, change_id)
    await run(bench, change_id)
    await verified(bench, change_id)
    await run(bench, change_id)
    assert await bench.sent() == 1


@pytest.mark.requirement("no-unseen-change")
async def test_an_unconfirmed_change_is_not_carried_out(bench: Bench) -> None:
    preview = await bench.proposed()
    assert await run(bench, preview.id) == "proposed"
    assert await bench.sent() == 0


# --- deaths ---------------------------------------------------------------------------------


@pytest.mark.requirement("once")
async def test_death_before_it_is_taken_leaves_it_to_the_next(bench: Bench) -> None:
    change_id = await bench.confirmed()
    with pytest.raises(DiedError):
        await run(bench, change_id, Dying(in_plan=DiedError()))

    assert await run(bench, change_id) == "sent"
    assert await bench.sent() == 1


@pytest.mark.requirement("once")
async def test_death_after_the_call_is_settled_by_reading_back(bench: Bench) -> None:
    change_id = await bench.confirmed()
    with pytest.raises(DiedError):
        await run(bench, change_id, Dying(after_call=DiedError()))

    assert await run(bench, change_id) == "executing"  # the other one may still be at it
    bench.clock.move(3 * 60)
    assert await run(bench, change_id) == "unknown"
    assert await verified(bench, change_id) == "verified"
    assert await bench.sent() == 1


@pytest.mark.requirement("once")
async def test_death_just_before_the_call_ends_as_failed_and_is_never_sent(bench: Bench) -> None:
    change_id = await bench.confirmed()
    with pytest.raises(DiedError):
        await run(bench, change_id, Dying(before_call=DiedError()))

    bench.clock.move(3 * 60)
    assert await run(bench, change_id) == "unknown"
    assert await verified(bench, change_id) == "unknown"
    bench.clock.move(72 * 3600)
    assert await verified(bench, change_id) == "failed"
    assert await bench.sent() == 0


async def test_silence_after_amazon_acted_is_settled_by_reading_back(bench: Bench) -> None:
    change_id = await bench.confirmed()
    silence = AmazonUnavailableError("No answer.", code="NoAnswer")
    assert await run(bench, change_id, Dying(after_call=silence)) == "unknown"
    assert await verified(bench, change_id) == "verified"
    assert await bench.sent() == 1


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (AmazonRefusedError("No.", status=400), "rejected"),
        (AmazonRefusedError("It took too long.", status=408), "unknown"),
        (AmazonRefusedError("Conflict.", status=409), "unknown"),
        (ThrottledError("Slow down.", status=429), "failed"),
        (AmazonUnavailableError("No connection.", code="NotSent"), "failed"),
        (AmazonUnavailableError("Bad gateway.", status=502), "unknown"),
    ],
)
async def test_each_failure_of_the_call_ends_in_its_true_state(
    bench: Bench, error: AmazonError, state: str
) -> None:
    change_id = await bench.confirmed()
    assert await run(bench, change_id, Dying(before_call=error)) == state
    assert (await bench.row(change_id)).problem == error.summary


async def test_a_refusal_of_the_call_keeps_amazons_words_apart(bench: Bench) -> None:
    change_id = await bench.confirmed()
    error = AmazonRefusedError("No.", status=400, amazon_says=["7: too low"])
    await run(bench, change_id, Dying(before_call=error))
    row = await bench.row(change_id)
    assert (row.problem, row.amazon_says) == ("No.", ["7: too low"])


async def test_an_unavailable_amazon_before_the_call_is_left_to_the_queue(bench: Bench) -> None:
    change_id = await bench.confirmed()
    with pytest.raises(StockroomError) as raised:
        await run(bench, change_id, Dying(in_plan=AmazonUnavailableError("Later.")))

    assert raised.value.retryable
    assert (await bench.row(change_id)).state == "confirmed"
