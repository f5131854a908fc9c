"""The JSON Schema of a product type, as Amazon's definitions lead to it.

Each attribute is a list of entries; ``selectors`` name what tells two entries apart and
``editable`` says whether a seller may change a value. Amazon's keywords beyond JSON
Schema (``editable``, ``selectors``, ``maxUniqueItems``) belong to its meta-schema.
"""

from __future__ import annotations

from typing import Any, Final

from stockroom.core.marketplaces import Marketplace
from stockroom.simulator.wire.product_attributes import Attribute, attributes_known_to, languages

Schema = dict[str, Any]

META_SCHEMA: Final = (
    "https://schemas.amazon.com/selling-partners/definitions/product-types/meta-schema/v1"
)
_PRICES: Final = (
    "our_price",
    "discounted_price",
    "minimum_seller_allowed_price",
    "maximum_seller_allowed_price",
)
_HERE: Final = {"$ref": "#/$defs/marketplace_id"}
_LANGUAGE: Final = {"$ref": "#/$defs/language_tag"}


def schema_of(product_type: str, market: Marketplace, *, enforced: bool) -> Schema:
    """Everything a listing of this type may say in this store.

    Args:
        product_type: Amazon's name.
        market: The store.
        enforced: Whether what every listing needs is required.
    """
    known = attributes_known_to(product_type)
    properties = {name: _attribute(one) for name, one in known.items()} | _sales_terms(market)
    schema = {
        "$schema": META_SCHEMA,
        "$id": f"{META_SCHEMA.removesuffix('/meta-schema/v1')}/schema/v1/{product_type}",
        "$defs": {
            "marketplace_id": {"type": "string", "default": market.id, "enum": [market.id]}
            | {"editable": False, "hidden": True},
            "language_tag": {"type": "string", "default": languages(market)[0]}
            | {"enum": list(languages(market)), "editable": False, "hidden": True},
        },
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    needed = [name for name, one in known.items() if one.required]
    return schema | {"required": needed} if enforced else schema


def _attribute(one: Attribute) -> Schema:
    properties: Schema = {"value": _value(one)}
    if one.units:
        properties["unit"] = {"type": "string", "enum": list(one.units), "editable": one.editable}
    if one.localized:
        properties["language_tag"] = _LANGUAGE
    selectors = ["marketplace_id", *(["language_tag"] if one.localized else [])]
    return {
        "title": one.title,
        "type": "array",
        "minItems": 1,
        "minUniqueItems": 1,
        "maxUniqueItems": one.most,
        "selectors": selectors,
        "items": _entry(properties | {"marketplace_id": _HERE}),
    }


def _value(one: Attribute) -> Schema:
    value: Schema = {"title": one.title, "type": one.kind, "editable": one.editable}
    if one.longest:
        value |= {"maxLength": one.longest, "minLength": 1}
    if one.kind in {"integer", "number"}:
        value |= {"minimum": 0}
    return value | {"enum": list(one.choices)} if one.choices else value


def _entry(properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _sales_terms(market: Marketplace) -> Schema:
    amount = {"type": "number", "minimum": 0, "editable": True}
    currency = {"type": "string", "enum": [market.currency], "editable": True}
    slot = {"type": "object", "properties": {"value_with_tax": amount}}
    schedule = {"schedule": {"type": "array", "items": slot}}
    prices = {"type": "array", "items": {"type": "object", "properties": schedule}}
    offer = {
        "currency": currency,
        "audience": {"type": "string"},
        "marketplace_id": _HERE,
        **dict.fromkeys(_PRICES, prices),
    }
    available = {
        "fulfillment_channel_code": {"type": "string"},
        "quantity": {"type": "integer", "minimum": 0},
        "lead_time_to_ship_max_days": {"type": "integer", "minimum": 0},
    }
    listed = {"value": amount, "currency": currency, "marketplace_id": _HERE}
    return {
        "purchasable_offer": _listed({"type": "object", "properties": offer}),
        "fulfillment_availability": _listed({"type": "object", "properties": available}),
        "list_price": _listed(_entry(listed)),
    }


def _listed(entry: Schema) -> Schema:
    return {"type": "array", "minItems": 1, "items": entry}
