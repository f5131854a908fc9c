"""What a new price must satisfy before Amazon is asked to take it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_UP, Decimal

from stockroom.core.errors import GuardrailError, InvalidInputError
from stockroom.core.marketplaces import Marketplace
from stockroom.tools.offer import BUSINESS, Offer, decimals, spelled


def wanted_price(text: str, market: Marketplace) -> Decimal:
    """The price that was asked for.

    Raises:
        InvalidInputError: The marketplace's currency cannot express it.
    """
    price, places = Decimal(text), decimals(market.currency)
    if price <= 0 or price != round(price, places):
        raise InvalidInputError(
            f"A price in {market.currency} is above 0 and has at most {places} decimals.",
            field="price",
            next_step=f"Pass a price such as {spelled(Decimal(20), market.currency)}.",
        )
    return price


def replaced_price(offer: Offer, price: Decimal, market: Marketplace) -> Decimal:
    """The live price that ``price`` would replace.

    Raises:
        InvalidInputError: There is none, or it is the same already.
    """
    current = offer.price()
    if current is None or current <= 0:
        raise InvalidInputError(
            f"This SKU has no offer with a price in {market.code} to change.",
            field="sku",
            next_step="Call listings to see where this SKU has a price; a first price is set in "
            "Seller Central.",
        )
    if current == price:
        raise InvalidInputError(
            f"The price is already {spelled(price, market.currency)} {market.currency}.",
            field="price",
            next_step="There is nothing to do, unless another price is meant.",
        )
    return current


def check_own_bounds(offer: Offer, price: Decimal, market: Marketplace) -> None:
    """Hold a price against the lowest and highest that the seller set on the listing.

    Raises:
        GuardrailError: It is outside.
    """
    lowest = offer.price("minimum_seller_allowed_price")
    highest = offer.price("maximum_seller_allowed_price")
    for name, bound, broken in (
        ("minimum", lowest, lowest is not None and price < lowest),
        ("maximum", highest, highest is not None and price > highest),
    ):
        if broken:
            raise GuardrailError(
                f"The listing's own {name} price is {bound} {market.currency}.",
                field="price",
                next_step="The seller can change that bound in Seller Central.",
            )


def relative_change(current: Decimal, price: Decimal) -> str:
    """How far the price moves, as a share of the present one; rounded up, so that limits hold."""
    share = abs(price - current) / current
    return str(share.quantize(Decimal("0.0001"), ROUND_UP))


def price_warnings(offer: Offer, price: Decimal, market: Marketplace) -> Iterator[str]:
    """What the offer's other prices mean for the one that changes."""
    sale, business = offer.price("discounted_price"), offer.price(audience=BUSINESS)
    if sale is not None:
        yield (
            f"A sale price of {sale} {market.currency} is set and stays; "
            "while it runs, buyers pay that."
        )
    if business is not None and business > price:
        yield f"The business price stays at {business} {market.currency}, above the new price."
