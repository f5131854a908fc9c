"""A seller's offer as it stands inside a listing's attributes.

``purchasable_offer`` is a list: one entry per audience (everybody, business buyers),
each with its price, and maybe a sale price and the seller's own lowest and highest.
All of it comes from outside, so nothing about its shape is taken for granted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from stockroom.amazon.ports import SellingPartner
from stockroom.core.marketplaces import Marketplace
from stockroom.tools.listing_patch import objects
from stockroom.tools.live_listing import read_listing

OFFER = "purchasable_offer"
EVERYBODY = "ALL"
BUSINESS = "B2B"
_WITHOUT_MINOR_UNIT = frozenset({"JPY"})


@dataclass(frozen=True, slots=True)
class Offer:
    """One SKU's offer in one marketplace, live.

    Args:
        product_type: Amazon's product type; every patch must name it.
        entries: The entries of this marketplace, as Amazon keeps them.
        issues: What Amazon holds against the price now, as codes.
        problems: The same, one sentence each.
        request_id: Under which Amazon gave the answer.
    """

    product_type: str
    entries: tuple[Mapping[str, Any], ...]
    issues: tuple[str, ...]
    problems: tuple[str, ...]
    request_id: str

    def price(self, part: str = "our_price", audience: str = EVERYBODY) -> Decimal | None:
        """A price of the offer, e.g. its ``discounted_price``, when it has one."""
        entry = self.entry(audience)
        return None if entry is None else _first_price(entry, part)

    def entry(self, audience: str = EVERYBODY) -> Mapping[str, Any] | None:
        """The entry for an audience; one that names none is for everybody."""
        for entry in self.entries:
            if entry.get("audience", EVERYBODY) == audience:
                return entry
        return None

    def with_price(self, price: Decimal) -> dict[str, Any]:
        """The entry for everybody, complete, with another price and all else as it was."""
        entry = self.entry()
        assert entry is not None
        edited = deepcopy(dict(entry))
        next(_slots(edited, "our_price"))["value_with_tax"] = float(price)
        return edited


async def read_offer(amazon: SellingPartner, sku: str, market: Marketplace) -> Offer:
    """Ask Amazon for a SKU's offer.

    Raises:
        NotFoundError: The seller has no such listing there.
        AmazonError: Amazon answered otherwise.
    """
    listing = await read_listing(amazon, sku, market)
    trouble = listing.trouble({OFFER}, category="INVALID_PRICE")
    return Offer(
        listing.product_type,
        listing.entries(OFFER),
        trouble.codes,
        trouble.problems,
        listing.request_id,
    )


def spelled(amount: Decimal, currency: str) -> str:
    """An amount as the currency is written, e.g. ``19.90`` or, for yen, ``1990``."""
    return f"{amount:.{decimals(currency)}f}"


def decimals(currency: str) -> int:
    """Digits after the point that the currency knows."""
    return 0 if currency in _WITHOUT_MINOR_UNIT else 2


def _first_price(entry: Mapping[str, Any], part: str) -> Decimal | None:
    slot = next(_slots(entry, part), None)
    return None if slot is None else _decimal(slot.get("value_with_tax"))


def _slots(entry: Mapping[str, Any], part: str) -> Iterator[dict[str, Any]]:
    for price in objects(entry.get(part)):
        yield from objects(price.get("schedule"))


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
