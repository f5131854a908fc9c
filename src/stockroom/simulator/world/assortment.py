"""What the invented shops sell: words for titles, and the warehouses their goods lie in.

Titles carry what real ones carry and parsers trip over: accents, curly quotes,
a lone inch mark. All of it exists in Windows-1252, as Amazon's European
documents need.
"""

from __future__ import annotations

from random import Random
from typing import Final

GOODS: Final[tuple[tuple[str, str, str], ...]] = (
    ("KTC", "KITCHEN", "Crème Brûlée Ramekin Set of 6"),
    ("KTC", "KITCHEN", 'Cast Iron Skillet 12"'),
    ("KTC", "KITCHEN", "Café Pour-Over Kettle 1 L"),
    ("KTC", "KITCHEN", "“Everyday” Chef’s Knife"),
    ("KTC", "KITCHEN", "Bamboo Drawer Organizer"),
    ("KTC", "KITCHEN", "Silicone Baking Mat, 2 Pack"),
    ("HOM", "HOME", "Linen Cushion Cover 18 x 18"),
    ("HOM", "HOME", "“Lumière” Table Lamp"),
    ("HOM", "HOME", "Wool Throw Blanket"),
    ("HOM", "HOME", 'Picture Frame 8" x 10" Oak'),
    ("HOM", "HOME", "Façade Wall Hook Rail"),
    ("HOM", "HOME", "Scented Candle Señorita Blossom"),
    ("OUT", "OUTDOOR_RECREATION_PRODUCT", "Camping Lantern, Rechargeable"),
    ("OUT", "OUTDOOR_RECREATION_PRODUCT", 'Trekking Pole 54" Pair'),
    ("OUT", "OUTDOOR_RECREATION_PRODUCT", "Dry Bag 20 L"),
    ("OUT", "OUTDOOR_RECREATION_PRODUCT", "Folding Stool “Gipfel”"),
    ("PET", "PET_SUPPLIES", "Cat Scratching Post Grün"),
    ("PET", "PET_SUPPLIES", "Dog Bowl, Non-Slip, Größe M"),
    ("PET", "PET_SUPPLIES", "Slow Feeder Mat"),
    ("OFF", "OFFICE_PRODUCTS", "Desk Pad 36 x 17"),
    ("OFF", "OFFICE_PRODUCTS", "Notebook “À Suivre” A5, dotted"),
    ("OFF", "OFFICE_PRODUCTS", 'Monitor Riser 20" Walnut'),
    ("TOY", "TOYS_AND_GAMES", "Wooden Puzzle, 48 Pieces"),
    ("TOY", "TOYS_AND_GAMES", "Plush Otter “Zoë”"),
)
"""(letters in the SKU, Amazon's product type, title)."""

_COLOURS: Final = ("Sage", "Slate", "Ivory", "Rosé", "Ocean", "Amber", "Charcoal", "Olive")

FULFILMENT_CENTRES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "NA_US": (("PHX7", "US"), ("MDW2", "US"), ("ABE8", "US"), ("ONT8", "US")),
    "NA_CA": (("YYZ4", "CA"), ("YVR3", "CA")),
    "EU": (("LEJ1", "DE"), ("WRO1", "PL"), ("ORY4", "FR"), ("MXP5", "IT"), ("BCN1", "ES")),
    "UK": (("BHX4", "GB"), ("LTN4", "GB")),
}
"""(code, country) of the warehouses of each network; stock lies in countries without a store too."""

PRICE_FACTORS: Final[dict[str, float]] = {
    "USD": 1.0,
    "CAD": 1.35,
    "MXN": 18.5,
    "EUR": 0.95,
    "GBP": 0.82,
}
"""What a shop asks in another currency for a dollar's worth: its own policy, not an exchange rate."""

ORDER_PREFIXES: Final[dict[str, int]] = {
    "US": 111,
    "CA": 701,
    "MX": 702,
    "DE": 302,
    "FR": 403,
    "IT": 405,
    "ES": 407,
    "UK": 203,
}
"""The three digits with which a marketplace's order ids begin."""


def title(shop: str, good: str, rng: Random) -> str:
    """A listing title: shop, good, colour."""
    return f"{shop} {good}, {rng.choice(_COLOURS)}"


def warehouses(network: str, rng: Random) -> list[tuple[str, str]]:
    """Two to four warehouses of ``network``, the first always among them."""
    first, *others = FULFILMENT_CENTRES[network]
    count = min(len(others), rng.randint(1, 3))
    return [first, *rng.sample(others, count)]
