"""edit_listing: what Amazon's definition allows, attribute by attribute, and back again."""

from __future__ import annotations

from typing import Any

import pytest
from tests.writes.conftest import Bench
from tests.writes.listing_changes import carried_out, confirmed, live, written

from stockroom.core.errors import AmazonRefusedError, InvalidInputError
from stockroom.tools.write.edit_listing import TOOL
from stockroom.writes.shown import Preview

NEW = {
    "item_name": "A better title",
    "bullet_point": ["Sturdy", "Light"],
    "item_weight": {"value": 2.5, "unit": "pounds"},
    "is_fragile": True,
    "number_of_items": None,
}

RULED_OUT: list[tuple[str, Any, str]] = [
    ("colour", "Sage", "have no attribute 'colour'"),
    ("number_of_players", 4, "have no attribute"),
    ("brand", "Other", "cannot be edited"),
    ("item_name", "x" * 201, "more than 200 characters"),
    ("item_name", 7, "is no string"),
    ("item_name", ["One", "Two"], "more than 1 entries"),
    ("bullet_point", ["a", "b", "c", "d", "e", "f"], "more than 5 entries"),
    ("bullet_point", [["a"]], "neither values nor entries"),
    ("bullet_point", [], "neither values nor entries"),
    ("bullet_point", ["a", {"value": "b"}], "neither values nor entries"),
    ("number_of_items", "two", "is no integer"),
    ("number_of_items", -1, "below 0"),
    ("is_fragile", "yes", "is no boolean"),
    ("country_of_origin", "Atlantis", "none of the allowed values"),
    ("item_weight", 2, "lacks a part"),
    ("item_weight", {"value": 2, "unit": "stones"}, "none of the allowed values"),
    ("item_weight", {"value": 2, "unit": "pounds", "colour": 1}, "is not known"),
    ("item_name", {"value": "x", "language_tag": "de_DE"}, "none of the allowed values"),
    ("item_name", {"value": "x", "marketplace_id": "A1PA6795UKMFR9"}, "another marketplace"),
    ("item_name", "safe\u202eevil", "hidden characters"),
    ("item_name", "a\0b", "hidden characters"),
    ("number_of_items", float("inf"), "impossible numbers"),
    ("item_weight", {"value": {"a": {"b": {"c": [[[[[1]]]]]}}}}, "too deep"),
]
ELSEWHERE = [
    ("purchasable_offer", "set_price"),
    ("list_price", "Seller Central"),
    ("uvp_list_price", "set_price"),
    ("fulfillment_availability", "set_quantity"),
    ("condition_type", "Seller Central"),
    ("merchant_suggested_asin", "Seller Central"),
    ("skip_offer", "Seller Central"),
]
NOTHING_OR_TOO_MUCH: list[dict[str, Any]] = [
    {},
    {f"attribute_{number}": "x" for number in range(21)},
    {"Item Name": "x"},
    {"item_name/value": "x"},
    {"product_description": "x" * 60_000},
]


def wanted(bench: Bench, **attributes: Any) -> dict[str, Any]:
    return {"sku": bench.listing.sku, "marketplace": "US", "attributes": attributes}


async def proposed(bench: Bench, **attributes: Any) -> Preview:
    return await bench.gate(TOOL).propose(bench.asker, TOOL.name, wanted(bench, **attributes))


async def refused(bench: Bench, **attributes: Any) -> InvalidInputError:
    with pytest.raises(InvalidInputError) as refusal:
        await proposed(bench, **attributes)
    assert await bench.sent() == 0
    return refusal.value


def replaced(name: str, *value: dict[str, Any]) -> dict[str, Any]:
    return {"op": "replace", "path": f"/attributes/{name}", "value": list(value)}


async def test_a_preview_shows_each_attribute_before_and_after(bench: Bench) -> None:
    old = await live(bench, bench.listing.sku)
    preview = await proposed(bench, **NEW)
    assert preview.before == {
        "item_name": bench.listing.title,
        "bullet_point": [one["value"] for one in old["bullet_point"]],
        "item_weight": None,
        "is_fragile": None,
        "number_of_items": 1,
    }
    assert preview.after == NEW
    assert preview.warnings == ("Removed: number_of_items.",)
    assert await bench.sent() == 0


async def test_a_confirmed_edit_is_at_amazon_to_the_letter(bench: Bench) -> None:
    before = await live(bench, bench.listing.sku)
    change_id = await carried_out(bench, TOOL, wanted(bench, **NEW))
    after = await live(bench, bench.listing.sku)

    assert [one["value"] for one in after["bullet_point"]] == ["Sturdy", "Light"]
    assert after["item_name"][0]["value"] == "A better title"
    assert after["item_weight"][0] | {"marketplace_id": ""} == {
        "value": 2.5,
        "unit": "pounds",
        "marketplace_id": "",
    }
    assert "number_of_items" not in after
    untouched = before.keys() - NEW.keys()
    assert {name: after[name] for name in untouched} == {name: before[name] for name in untouched}
    seen = (await bench.row(change_id)).last_verdict
    assert seen is not None
    assert seen["live"] == NEW


async def test_a_verified_edit_can_be_put_back_to_the_letter(bench: Bench) -> None:
    before = await live(bench, bench.listing.sku)
    change_id = await carried_out(bench, TOOL, wanted(bench, **NEW))
    gate = bench.gate(TOOL)
    back = await gate.revert(bench.asker, change_id)
    await gate.confirm(bench.asker, back.id, back.fingerprint)
    await gate.execute(bench.account.id, back.id)
    bench.clock.move(30)
    await gate.verify(bench.account.id, back.id)
    assert (await bench.row(back.id)).state == "verified"
    assert await live(bench, bench.listing.sku) == before


async def test_a_plain_value_leaves_other_languages_alone(bench: Bench) -> None:
    own, *_ = (await live(bench, bench.listing.sku))["item_name"]
    spanish = {**own, "language_tag": "es_US", "value": "Un título"}
    await written(bench, bench.listing.sku, replaced("item_name", own, spanish))

    preview = await proposed(bench, item_name="New")
    assert preview.before["item_name"] == [
        {"value": own["value"]},
        {"value": "Un título", "language_tag": "es_US"},
    ]
    await carried_out(bench, TOOL, wanted(bench, item_name="New"))
    assert (await live(bench, bench.listing.sku))["item_name"] == [{**own, "value": "New"}, spanish]


async def test_entries_are_the_whole_attribute(bench: Bench) -> None:
    own, *_ = (await live(bench, bench.listing.sku))["item_name"]
    spanish = {**own, "language_tag": "es_US", "value": "Un título"}
    await written(bench, bench.listing.sku, replaced("item_name", own, spanish))
    await carried_out(bench, TOOL, wanted(bench, item_name={"value": "Only this"}))
    assert (await live(bench, bench.listing.sku))["item_name"] == [{**own, "value": "Only this"}]


@pytest.mark.requirement("no-unseen-change")
async def test_an_attribute_that_moved_after_the_preview_blocks_as_stale(bench: Bench) -> None:
    change_id = await confirmed(bench, TOOL, wanted(bench, item_name="New"))
    own, *_ = (await live(bench, bench.listing.sku))["item_name"]
    await written(bench, bench.listing.sku, replaced("item_name", {**own, "value": "Theirs"}))

    await bench.gate(TOOL).execute(bench.account.id, change_id)
    assert (await bench.row(change_id)).problem_kind == "stale"


async def test_an_attribute_beside_it_that_moved_does_not(bench: Bench) -> None:
    change_id = await confirmed(bench, TOOL, wanted(bench, item_name="New"))
    await written(bench, bench.listing.sku, replaced("number_of_items", {"value": 2}))
    await bench.gate(TOOL).execute(bench.account.id, change_id)
    assert (await bench.row(change_id)).state == "sent"


async def test_what_the_definition_rules_out_is_named(bench: Bench) -> None:
    for name, value, why in RULED_OUT:
        bench.clock.move(1)  # a preview a second is the pace
        refusal = await refused(bench, **{name: value})
        assert why in refusal.summary, (name, value)
        assert refusal.field == f"attributes.{name}", (name, value)


async def test_the_values_that_would_do_are_told_as_amazons_words(bench: Bench) -> None:
    assert "PT" in (await refused(bench, country_of_origin="Atlantis")).amazon_says[0]
    assert "color" in (await refused(bench, color_name="Sage")).amazon_says[0]


async def test_price_quantity_and_condition_are_not_edited_here(bench: Bench) -> None:
    for name, remedy in ELSEWHERE:
        refusal = await refused(bench, **{name: [{"value": 1}]})
        assert refusal.summary == f"The attribute '{name}' is not edited here."
        assert remedy in refusal.next_step, name


async def test_what_stands_already_is_nothing_to_do_and_is_left_out(bench: Bench) -> None:
    title = bench.listing.title
    assert "already" in (await refused(bench, item_name=title, color=None)).summary
    preview = await proposed(bench, item_name=title, color="Sage")
    assert preview.after == {"color": "Sage"}


async def test_an_edit_of_nothing_or_of_too_much_is_refused(bench: Bench) -> None:
    for attributes in NOTHING_OR_TOO_MUCH:
        assert (await refused(bench, **attributes)).field


async def test_amazons_own_validation_has_the_last_word(bench: Bench) -> None:
    with pytest.raises(AmazonRefusedError) as refusal:
        await proposed(bench, item_name=None)
    assert refusal.value.amazon_says == ("90220: 'Item Name' is required but not supplied.",)


@pytest.mark.requirement("listing-text-is-data")
async def test_text_of_the_listing_is_cleaned_where_it_is_shown(bench: Bench) -> None:
    own, *_ = (await live(bench, bench.listing.sku))["item_name"]
    hidden = {**own, "value": "Lamp\u202e\u200b\U000e0041 IGNORE"}
    await written(bench, bench.listing.sku, replaced("item_name", hidden))
    preview = await proposed(bench, item_name="New")
    assert preview.before == {"item_name": "Lamp IGNORE"}
    assert "IGNORE" not in preview.summary
