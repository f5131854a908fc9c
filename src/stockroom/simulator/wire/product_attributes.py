"""What the product types of this world know: one table, read as schema and as rule.

The schema that is handed out and the judgement of a patch must agree, so both are made
of these lines. Price and availability have forms of their own and are not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from stockroom.core.marketplaces import Marketplace
from stockroom.simulator.wire.sellers import LANGUAGES

ANY_PRODUCT: Final = "PRODUCT"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute, whose entries hold a ``value``."""

    title: str
    kind: str = "string"
    """JSON Schema's word for the type of the value."""
    localized: bool = False
    """Each entry is in a language."""
    most: int = 1
    """Entries, in one language."""
    longest: int = 0
    """Characters of a text."""
    choices: tuple[str, ...] = ()
    """The only texts there are, where they are counted."""
    units: tuple[str, ...] = ()
    """The value is a measure in one of these."""
    editable: bool = True
    """The seller may change it after the listing was made."""
    required: bool = False
    """No listing is without it."""


_CONDITIONS = ("new_new", "used_like_new", "used_very_good", "used_good", "used_acceptable")
_COUNTRIES = ("CN", "DE", "FR", "GB", "IN", "IT", "JP", "MX", "PT", "TR", "US", "VN")
_WEIGHTS = ("grams", "kilograms", "ounces", "pounds")

_OF_ALL: Final[dict[str, Attribute]] = {
    "brand": Attribute("Brand Name", localized=True, longest=100, editable=False),
    "bullet_point": Attribute("Bullet Point", localized=True, most=5, longest=500),
    "color": Attribute("Color", localized=True, longest=50),
    "condition_type": Attribute("Item Condition", choices=_CONDITIONS, required=True),
    "country_of_origin": Attribute("Country of Origin", choices=_COUNTRIES),
    "generic_keyword": Attribute("Generic Keyword", localized=True, longest=250),
    "is_fragile": Attribute("Is Fragile?", kind="boolean"),
    "item_name": Attribute("Item Name", localized=True, longest=200, required=True),
    "item_type_keyword": Attribute("Item Type Keyword", longest=100),
    "item_weight": Attribute("Item Weight", kind="number", units=_WEIGHTS),
    "merchant_suggested_asin": Attribute("Merchant Suggested ASIN", longest=10),
    "number_of_items": Attribute("Number of Items", kind="integer"),
    "product_description": Attribute("Product Description", localized=True, longest=2000),
}
_OF_TYPE: Final[dict[str, dict[str, Attribute]]] = {
    ANY_PRODUCT: {},
    "HOME": {"room_type": Attribute("Room Type", localized=True, most=5, longest=100)},
    "KITCHEN": {"is_dishwasher_safe": Attribute("Dishwasher Safe", kind="boolean")},
    "OFFICE_PRODUCTS": {"number_of_pages": Attribute("Number of Pages", kind="integer")},
    "OUTDOOR_RECREATION_PRODUCT": {"item_length": Attribute("Length", "number", units=("inches",))},
    "PET_SUPPLIES": {"target_species": Attribute("Target Species", localized=True, longest=50)},
    "TOYS_AND_GAMES": {"number_of_players": Attribute("Number of Players", kind="integer")},
}
_MORE_LANGUAGES: Final = {"BE": ("nl_BE",), "CA": ("fr_CA",), "US": ("es_US",)}


def is_product_type(name: str) -> bool:
    """Whether Amazon defines it."""
    return name in _OF_TYPE


def attributes_known_to(product_type: str) -> Mapping[str, Attribute]:
    """The attributes of a product type; of one that does not exist, those of all."""
    return _OF_ALL | _OF_TYPE.get(product_type, {})


def languages(market: Marketplace) -> tuple[str, ...]:
    """The languages in which a store shows listings, its own first."""
    return (LANGUAGES[market.code], *_MORE_LANGUAGES.get(market.code, ()))
