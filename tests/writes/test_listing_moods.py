"""However Amazon misbehaves while a listing is written, the change ends in the true state."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.writes.conftest import Bench
from tests.writes.listing_changes import executed, live, looked, mood, settled

from stockroom.spec.change import Seen
from stockroom.spec.tool import WriteTool
from stockroom.tools.write.edit_listing import TOOL as EDIT_LISTING
from stockroom.tools.write.set_price import TOOL as SET_PRICE
from stockroom.tools.write.set_quantity import TOOL as SET_QUANTITY
from stockroom.writes.verify import GIVES_UP

TOOLS: list[WriteTool] = [SET_PRICE, SET_QUANTITY, EDIT_LISTING]
SOME = [SET_PRICE, *(pytest.param(one, marks=pytest.mark.slow) for one in TOOLS[1:])]
ATTRIBUTES = {
    "set_price": "purchasable_offer",
    "set_quantity": "fulfillment_availability",
    "edit_listing": "item_name",
}


def arguments(bench: Bench, tool: WriteTool) -> dict[str, Any]:
    """What each of the tools is asked for."""
    if tool is SET_PRICE:
        return bench.wanted()
    merchant = next(one for one in bench.listings if one.channel == "FBM")
    if tool is SET_QUANTITY:
        return {"sku": merchant.sku, "marketplace": "US", "quantity": 4321}
    return {"sku": merchant.sku, "marketplace": "US", "attributes": {"item_name": "A new title"}}


async def attribute(bench: Bench, tool: WriteTool) -> Any:
    sku = arguments(bench, tool)["sku"]
    return (await live(bench, sku))[ATTRIBUTES[tool.name]]


@pytest.mark.parametrize("tool", SOME, ids=lambda one: one.name)
@pytest.mark.requirement("once")
async def test_an_answer_lost_after_amazon_acted_is_settled_by_reading_back(
    bench: Bench, tool: WriteTool
) -> None:
    await mood(bench, "unanswered")
    change_id = await executed(bench, tool, arguments(bench, tool))
    row = await bench.row(change_id)
    assert (row.state, row.receipt) == ("unknown", None)
    assert (await looked(bench, tool, change_id)).state == "verified"
    assert await bench.sent() == 1


@pytest.mark.parametrize("tool", [SET_PRICE, SET_QUANTITY], ids=lambda one: one.name)
async def test_a_server_error_before_amazon_acted_ends_as_failed_and_is_not_sent_again(
    bench: Bench, tool: WriteTool
) -> None:
    before = await attribute(bench, tool)
    await mood(bench, "failing")
    change_id = await executed(bench, tool, arguments(bench, tool))
    await mood(bench)
    assert (await looked(bench, tool, change_id)).state == "unknown"
    bench.clock.move(GIVES_UP.total_seconds())
    row = await looked(bench, tool, change_id)
    assert (row.state, row.problem_kind) == ("failed", "amazon_refused")
    assert await bench.sent() == 1
    if tool is not SET_QUANTITY:  # the shelf sells on
        assert await attribute(bench, tool) == before


async def test_a_429_is_a_clear_no(bench: Bench) -> None:
    await mood(bench, "busy")
    change_id = await executed(bench, EDIT_LISTING, arguments(bench, EDIT_LISTING))
    row = await bench.row(change_id)
    assert (row.state, row.next_look_at) == ("failed", None)
    assert await bench.sent() == 1


async def test_invalid_with_http_200_is_a_clear_no_with_amazons_words(bench: Bench) -> None:
    await mood(bench, "contrary")
    change_id = await executed(bench, SET_QUANTITY, arguments(bench, SET_QUANTITY))
    row = await bench.row(change_id)
    assert row.state == "rejected"
    assert row.amazon_says == ["8560: The value conflicts with the Amazon catalog."]
    assert row.receipt is not None
    assert row.receipt["accepted"] is False


@pytest.mark.parametrize("tool", SOME, ids=lambda one: one.name)
async def test_accepted_and_then_objected_to_is_rejected_with_amazons_issue(
    bench: Bench, tool: WriteTool
) -> None:
    await mood(bench, "objecting")
    change_id = await executed(bench, tool, arguments(bench, tool))
    assert (await bench.row(change_id)).state == "sent"
    row = await looked(bench, tool, change_id)
    assert row.state == "rejected"
    assert row.amazon_says == ["8560: The value conflicts with the Amazon catalog."]


async def test_accepted_and_never_applied_is_rejected_after_72_hours_of_looking(
    bench: Bench,
) -> None:
    before = await attribute(bench, EDIT_LISTING)
    await mood(bench, "forgetful")
    change_id = await executed(bench, EDIT_LISTING, arguments(bench, EDIT_LISTING))
    begun = bench.clock.now()
    row = await settled(bench, EDIT_LISTING, change_id)

    assert row.state == "rejected"
    assert "72 hours" in (row.problem or "")
    assert GIVES_UP <= bench.clock.now() - begun <= GIVES_UP + timedelta(hours=3)
    assert row.looks > 24  # the last ones three hours apart
    assert await attribute(bench, EDIT_LISTING) == before
    assert await bench.actions() == ["proposed", "confirmed", "executing", "sent", "rejected"]


async def test_accepted_and_applied_days_later_stays_sent_until_then(bench: Bench) -> None:
    await mood(bench, "belated")
    change_id = await executed(bench, SET_PRICE, arguments(bench, SET_PRICE))
    row = await looked(bench, SET_PRICE, change_id)
    assert (row.state, row.last_verdict["seen"]) == ("sent", Seen.PENDING)  # type: ignore[index]
    row = await settled(bench, SET_PRICE, change_id)
    assert row.state == "verified"
    assert row.verified_at is not None
    assert row.taken_at is not None
    assert timedelta(hours=2) < row.verified_at - row.taken_at < GIVES_UP


async def test_an_issue_that_stood_before_is_told_when_it_never_shows(bench: Bench) -> None:
    await mood(bench, "objecting")
    first = await executed(bench, EDIT_LISTING, arguments(bench, EDIT_LISTING))
    assert (await looked(bench, EDIT_LISTING, first)).state == "rejected"
    await mood(bench, "forgetful")
    second = await executed(bench, EDIT_LISTING, arguments(bench, EDIT_LISTING))
    assert (await looked(bench, EDIT_LISTING, second)).state == "sent"
    bench.clock.move(GIVES_UP.total_seconds())
    row = await looked(bench, EDIT_LISTING, second)
    assert row.state == "rejected"
    assert row.amazon_says == ["8560: The value conflicts with the Amazon catalog."]


async def test_three_days_in_which_amazon_cannot_be_read_settle_nothing(bench: Bench) -> None:
    change_id = await executed(bench, SET_PRICE, bench.wanted())
    await mood(bench, "role-missing:getListingsItem")
    for _ in range(2):
        bench.clock.move(GIVES_UP.total_seconds())
        await bench.gate(SET_PRICE).verify(bench.account.id, change_id)
        assert (await bench.row(change_id)).state == "sent"
    await mood(bench)
    bench.clock.move(timedelta(hours=3).total_seconds())
    await bench.gate(SET_PRICE).verify(bench.account.id, change_id)
    assert (await bench.row(change_id)).state == "verified"


async def test_previews_and_reads_pass_while_writes_fail(bench: Bench) -> None:
    await mood(bench, "busy", "failing", "unanswered", "contrary", "forgetful")
    assert (await bench.proposed()).state == "proposed"
