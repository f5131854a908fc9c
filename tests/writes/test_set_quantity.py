"""set_quantity: the merchant's own shelf, and nothing else of how a SKU is fulfilled."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tests.writes.conftest import Bench
from tests.writes.listing_changes import US, carried_out, confirmed, executed, live, looked, written
from tests.writes.saying import Saying

from stockroom.core.errors import GuardrailError, InvalidInputError, StaleError
from stockroom.simulator.world import ListingState
from stockroom.spec.change import Change, Receipt
from stockroom.spec.tool import Ground
from stockroom.tools.availability import read_availability
from stockroom.tools.write.set_quantity import TOOL, SetQuantity, SetQuantityArguments, is_in_force

PATH = "/attributes/fulfillment_availability"


@pytest.fixture
def merchant(bench: Bench) -> ListingState:
    """A listing that the merchant fulfils."""
    return next(one for one in bench.listings if one.channel == "FBM")


def wanted(state: ListingState, quantity: int) -> dict[str, Any]:
    return {"sku": state.sku, "marketplace": "US", "quantity": quantity}


async def entry(bench: Bench, state: ListingState) -> dict[str, Any]:
    (found,) = (await live(bench, state.sku))["fulfillment_availability"]
    assert isinstance(found, dict)
    return found


async def availability(bench: Bench, state: ListingState, **parts: Any) -> None:
    """The seller changes other parts of the entry, and Amazon shows it."""
    value = {**(await entry(bench, state)), **parts}
    await written(bench, state.sku, {"op": "replace", "path": PATH, "value": [value]})


async def test_the_quantity_changes_the_rest_of_the_entry_stays_and_it_can_be_put_back(
    bench: Bench, merchant: ListingState
) -> None:
    await availability(bench, merchant, lead_time_to_ship_max_days=9, restock_date="2026-12-24")
    before = await entry(bench, merchant)
    change_id = await carried_out(bench, TOOL, wanted(merchant, before["quantity"] + 7))

    row = await bench.row(change_id)
    assert (row.before, row.after) == (
        {"quantity": before["quantity"]},
        {"quantity": before["quantity"] + 7},
    )
    assert await entry(bench, merchant) == {**before, "quantity": before["quantity"] + 7}
    assert row.measures == {"units": before["quantity"] + 7}
    back = await bench.gate(TOOL).revert(bench.asker, change_id)
    assert back.after == row.before


async def test_none_left_is_a_warning_and_the_same_is_nothing_to_do(
    bench: Bench, merchant: ListingState
) -> None:
    preview = await bench.gate(TOOL).propose(bench.asker, TOOL.name, wanted(merchant, 0))
    assert preview.warnings
    present = (await entry(bench, merchant))["quantity"]
    with pytest.raises(InvalidInputError, match="already"):
        await bench.gate(TOOL).propose(bench.asker, TOOL.name, wanted(merchant, present))


async def test_a_quantity_where_none_was_said_cannot_be_put_back(
    bench: Bench, merchant: ListingState
) -> None:
    always = {"fulfillment_channel_code": "DEFAULT", "is_inventory_available": True}
    await written(bench, merchant.sku, {"op": "replace", "path": PATH, "value": [always]})
    change_id = await carried_out(bench, TOOL, wanted(merchant, 5))
    row = await bench.row(change_id)
    assert (row.before, row.reversible) == ({"quantity": None}, False)
    with pytest.raises(InvalidInputError, match="cannot be undone"):
        await bench.gate(TOOL).revert(bench.asker, change_id)


async def test_a_limit_on_units_holds_what_is_offered(bench: Bench, merchant: ListingState) -> None:
    await bench.set_account(settings={"limits": {"rules": [{"measure": "units", "max": "100"}]}})
    with pytest.raises(GuardrailError, match="units at most 100"):
        await bench.gate(TOOL).propose(bench.asker, TOOL.name, wanted(merchant, 101))


@pytest.mark.requirement("fulfilment-stays")
async def test_a_sku_that_amazon_fulfils_is_refused_and_nothing_is_asked_of_amazon(
    bench: Bench,
) -> None:
    fba = next(one for one in bench.listings if one.channel == "FBA")
    with pytest.raises(InvalidInputError, match="fulfilled by Amazon"):
        await bench.gate(TOOL).propose(bench.asker, TOOL.name, wanted(fba, 5))
    assert await bench.sent() == 0


@pytest.mark.requirement("fulfilment-stays")
async def test_a_sku_that_went_to_amazon_after_the_confirmation_is_not_touched(
    bench: Bench, merchant: ListingState
) -> None:
    change_id = await confirmed(bench, TOOL, wanted(merchant, 77))
    moved = {"fulfillment_channel_code": "AMAZON_NA"}
    await written(bench, merchant.sku, {"op": "replace", "path": PATH, "value": [moved]})

    await bench.gate(TOOL).execute(bench.account.id, change_id)
    assert (await bench.row(change_id)).state == "blocked"
    assert await bench.sent() == 1  # the other one's


async def test_an_order_between_preview_and_execution_blocks_it_as_stale(
    bench: Bench, merchant: ListingState
) -> None:
    change_id = await confirmed(bench, TOOL, wanted(merchant, 77))
    present = (await entry(bench, merchant))["quantity"]
    await availability(bench, merchant, quantity=present + 1)

    await bench.gate(TOOL).execute(bench.account.id, change_id)
    assert (await bench.row(change_id)).problem_kind == StaleError.kind


@pytest.mark.parametrize("quantity", [-1, 1.5, "5", True, 10_000_000])
def test_only_a_whole_number_of_units_is_a_quantity(quantity: Any) -> None:
    with pytest.raises(ValidationError, match="quantity"):
        SetQuantityArguments(sku="A", marketplace="US", quantity=quantity)


@pytest.mark.parametrize(
    ("live", "before", "after", "in_force"),
    [
        (60, 40, 60, True),
        (57, 40, 60, True),
        (42, 40, 60, False),  # the seller's own restocking, rather
        (40, 40, 60, False),
        (61, 40, 60, False),
        (5, 40, 5, True),
        (4, 40, 5, True),
        (39, 40, 5, False),
        (3, None, 5, True),
        (None, 40, 60, False),
    ],
)
def test_what_orders_leave_of_a_quantity_is_told_from_the_old_one(
    live: int | None, before: int | None, after: int, *, in_force: bool
) -> None:
    assert is_in_force(live, before, after) is in_force


class Selling(SetQuantity):
    """Customers who buy some as soon as they can."""

    def __init__(self, bench: Bench, state: ListingState, quantity: int) -> None:
        self._bench, self._state, self._quantity = bench, state, quantity

    async def execute(self, change: Change, ground: Ground) -> Receipt:
        receipt = await super().execute(change, ground)
        await availability(self._bench, self._state, quantity=self._quantity)
        return receipt


@pytest.mark.parametrize(
    ("to", "shows", "state"),
    [(+20, +17, "verified"), (+20, +25, "sent")],
)
async def test_orders_right_after_it_do_not_hide_that_it_was_taken(
    bench: Bench, merchant: ListingState, to: int, shows: int, state: str
) -> None:
    await availability(bench, merchant, quantity=40)
    tool = Selling(bench, merchant, 40 + shows)
    change_id = await executed(bench, tool, wanted(merchant, 40 + to))
    assert (await looked(bench, tool, change_id)).state == state


@pytest.mark.parametrize(
    ("entries", "shown", "why"),
    [
        ([], [], "no single quantity"),
        ([{"fulfillment_channel_code": "DEFAULT", "quantity": 3}, {}], [], "no single quantity"),
        ([{"fulfillment_channel_code": "store-7", "quantity": 3}], [], "no single quantity"),
        ("DEFAULT", [], "no single quantity"),
        (
            [{"fulfillment_channel_code": "DEFAULT", "quantity": 3}],
            [{"fulfillmentChannelCode": "AMAZON_EU"}],
            "fulfilled by Amazon",
        ),
        (
            [{"fulfillment_channel_code": "DEFAULT"}, {"fulfillment_channel_code": "AMAZON_JP"}],
            [],
            "fulfilled by Amazon",
        ),
    ],
)
@pytest.mark.requirement("fulfilment-stays")
async def test_an_unclear_fulfilment_is_refused(entries: Any, shown: Any, why: str) -> None:
    saying = Saying.listing_with(fulfillment_availability=entries, fulfillmentAvailability=shown)
    with pytest.raises(InvalidInputError, match=why):
        await read_availability(saying, "A", US)


async def test_an_entry_without_a_number_has_no_quantity() -> None:
    entries = [{"fulfillment_channel_code": "DEFAULT", "quantity": "many"}]
    saying = Saying.listing_with(fulfillment_availability=entries)
    assert (await read_availability(saying, "A", US)).quantity is None
