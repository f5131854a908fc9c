"""A product type's schema as Amazon, or anybody, may send it; and values held against it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis.strategies import booleans, characters, integers, lists, one_of, text
from tests.writes.saying import US, Saying

from stockroom.core.errors import BadDocumentError, InvalidInputError
from stockroom.tools.attribute_values import entries_of, same, shown
from stockroom.tools.product_type import AttributeType, ProductType, read_product_type
from stockroom.tools.schema_check import SchemaCheck

HERE = {"marketplace_id": US.id}
ENGLISH = {**HERE, "language_tag": "en_US"}


def definition(value: Any, **attribute: Any) -> dict[str, Any]:
    """A schema with the one attribute ``note``, its entries in a language."""
    parts = {
        "value": value,
        "language_tag": {"$ref": "#/$defs/language_tag"},
        "marketplace_id": {"$ref": "#/$defs/marketplace_id"},
    }
    items = {"type": "object", "required": ["value"], "properties": parts}
    tags = {"type": "string", "default": "en_US", "enum": ["en_US", "es_US"], "editable": False}
    places = {"type": "string", "default": US.id, "enum": [US.id], "editable": False}
    return {
        "$defs": {"language_tag": tags, "marketplace_id": places},
        "properties": {
            "note": {
                "type": "array",
                "items": {**items, "additionalProperties": False},
                **attribute,
            }
        },
    }


def note(value: Any = None, **attribute: Any) -> AttributeType:
    return ProductType(definition(value or {"type": "string"}, **attribute)).attribute("note")


def first_fault(schema: Mapping[str, Any], value: Any) -> str | None:
    return next((fault.what for fault in SchemaCheck(schema).faults(schema, value)), None)


# --- the schema -----------------------------------------------------------------------------


@pytest.mark.parametrize("schema", [{}, {"properties": []}, {"properties": {}}])
async def test_a_schema_without_attributes_is_none(schema: dict[str, Any]) -> None:
    with pytest.raises(BadDocumentError):
        await read_product_type(Saying({}, schema), "LAMP", US)


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"note": 7}},
        {"properties": {"note": {"$ref": "#/$defs/none"}}},
        {"properties": {"note": {"$ref": "https://example.com/schema"}}},
        {"properties": {"note": {"items": {"properties": ["value"]}, "selectors": 7}}},
        {"properties": {"note": {"type": ["array", {}], "maxUniqueItems": True}}},
    ],
)
def test_a_definition_of_any_shape_only_says_less(schema: dict[str, Any]) -> None:
    kind = ProductType(schema).attribute("note")
    kind.judge([{"value": "x"}], [])
    assert kind.language is None


def test_references_that_go_round_end() -> None:
    circle = {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}
    assert first_fault({**circle, "properties": {"x": {"$ref": "#/$defs/a"}}}, {"x": 1}) is None


def test_a_schema_made_to_keep_us_busy_does_not() -> None:
    bomb: dict[str, Any] = {"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}] * 50}}}
    begun = time.process_time()
    assert first_fault({**bomb, "$ref": "#/$defs/a"}, "x") is None
    pattern = {"type": "string", "pattern": "(a+)+$"}
    assert first_fault(pattern, "a" * 60 + "!") is None
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    ("schema", "value", "fault"),
    [
        ({"type": "string"}, "x", None),
        ({"type": "string"}, None, "is no string"),
        ({"type": ["string", "null"]}, None, None),
        ({"type": ["string", "integer"]}, [], "is no string or integer"),
        ({"type": "integer"}, 2.0, None),
        ({"type": "integer"}, 2.5, "is no integer"),
        ({"type": "integer"}, True, "is no integer"),
        ({"type": "number"}, False, "is no number"),
        ({"type": "fancy"}, object, None),
        ({"minimum": 2}, 1, "is below 2"),
        ({"maximum": 2}, 2, None),
        ({"maxLength": 3}, "Größe", "has more than 3 characters"),
        ({"maxUtf8ByteLength": 6}, "Größe", "has more than 6 bytes"),
        ({"maxItems": 1}, [1, 2], "has more than 1 entries"),
        ({"maxLength": "three"}, "four", None),
        ({"enum": ["a", "b"]}, "c", "is none of the allowed values"),
        ({"const": "a"}, "b", "is none of the allowed values"),
        ({"anyOf": [{"type": "string"}, {"enum": [1]}]}, 2, "is no string"),
        ({"anyOf": [{"type": "string"}, {"enum": [1]}]}, 1, None),
        ({"allOf": [{"minLength": 2}, {"maxLength": 3}]}, "x", "has less than 2 characters"),
        ({"items": {"type": "string"}}, ["a", 1], "is no string"),
        ({"required": ["unit"]}, {"value": 1}, "lacks a part"),
        ({"properties": {"a": {}}, "additionalProperties": False}, {"b": 1}, "is not known"),
    ],
)
def test_a_value_is_held_against_what_can_be_judged(
    schema: dict[str, Any], value: Any, fault: str | None
) -> None:
    assert first_fault(schema, value) == fault


# --- values and entries ---------------------------------------------------------------------


def test_a_plain_value_is_completed_with_marketplace_and_language() -> None:
    assert entries_of("x", note(), [], US) == ({**ENGLISH, "value": "x"},)


def test_a_plain_value_keeps_the_entries_of_other_languages_at_the_end() -> None:
    spanish = {**ENGLISH, "language_tag": "es_US", "value": "y"}
    present = [spanish, {**ENGLISH, "value": "old"}, {**HERE, "value": "of no language"}]
    assert entries_of(["a", "b"], note(), present, US) == (
        {**ENGLISH, "value": "a"},
        {**ENGLISH, "value": "b"},
        spanish,
    )


def test_as_many_entries_as_may_share_a_language_are_taken_in_each() -> None:
    kind = note(maxUniqueItems=1, selectors=["marketplace_id", "language_tag"])
    both = [{**ENGLISH, "value": "x"}, {**ENGLISH, "language_tag": "es_US", "value": "y"}]
    kind.judge(both, [])
    with pytest.raises(InvalidInputError, match="more than 1 entries"):
        kind.judge([*both, {**ENGLISH, "value": "z"}], [])


def test_entries_that_amazon_keeps_are_not_judged_again() -> None:
    odd = {**HERE, "value": 7, "unheard_of": True}
    note().judge([odd, {**ENGLISH, "value": "x"}], [odd])
    with pytest.raises(InvalidInputError):
        note().judge([odd], [])


@pytest.mark.parametrize("where", ["attribute", "value"])
def test_what_a_seller_may_not_edit_he_may_not_remove(where: str) -> None:
    fixed = {"editable": False}
    kind = note(**fixed) if where == "attribute" else note({"type": "string", **fixed})
    present = [{**ENGLISH, "value": "x"}]
    kind.judge(present, present)
    for entries in ([], [{**ENGLISH, "value": "y"}]):
        with pytest.raises(InvalidInputError, match="cannot be edited"):
            kind.judge(entries, present)


def test_entries_are_shown_as_values_where_that_says_it_all() -> None:
    one = note(maxUniqueItems=1)
    assert shown([{**ENGLISH, "value": "x"}], one) == "x"
    assert shown([{**ENGLISH, "value": "x"}], note()) == ["x"]
    assert shown([], one) is None
    assert shown([{**HERE, "value": 1, "unit": "g"}], one) == {"value": 1, "unit": "g"}


VISIBLE = characters(exclude_categories=["C"])


@given(lists(one_of(booleans(), integers(), text(VISIBLE, min_size=1)), min_size=1, max_size=4))
def test_what_is_shown_can_be_given_again(values: list[Any]) -> None:
    for kind in (note(maxUniqueItems=1), note()):
        entries = entries_of(values, kind, [], US)
        assert same(entries_of(shown(entries, kind), kind, [], US), entries)


@pytest.mark.parametrize(
    ("live", "agrees"),
    [
        ([{**ENGLISH, "value": "a b", "id": 9}], True),
        ([{"language_tag": "en_US", "value": "a  b "}], True),
        ([{**ENGLISH, "value": "a"}], False),
        ([{**ENGLISH, "value": "a b"}, {**ENGLISH, "value": "c"}], False),
        ([], False),
    ],
)
def test_amazon_may_add_parts_and_respell_spaces(live: list[dict[str, Any]], agrees: bool) -> None:  # noqa: FBT001 - a case
    assert same([{**ENGLISH, "value": "a b"}], live) is agrees
